//! Tokens, names and attributes.

use super::*;

const NAMESPACES: &[(&str, &str)] = &[("urn:words", "w"), ("urn:plain", "")];

fn parse(text: &str) -> Xml {
    Xml::parse(text.to_owned(), NAMESPACES, 10).unwrap()
}

#[test]
fn tokens_cover_every_byte() {
    let text = "\u{feff}<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a b='>'>t &amp;<![CDATA[<x>]]><!-- c --><d/></a ><!-- e -->\n";
    let xml = parse(text);
    let joined: String = (0..xml.len()).map(|token| xml.raw(token)).collect();
    assert_eq!(joined, text);
    assert_eq!(xml.raw(xml.root()), "<a b='>'>");
    assert_eq!(xml.content(xml.root()), "t &<x>");
}

#[test]
fn names_are_told_apart_by_namespace() {
    let names = |text: &str| -> Vec<String> {
        let xml = parse(text);
        let tags =
            (0..xml.len()).filter(|&token| matches!(xml.kind(token), Kind::Start | Kind::Empty));
        tags.map(|token| xml.name(token).to_owned()).collect()
    };
    assert_eq!(names("<w:a xmlns:w='urn:words'><b/></w:a>"), ["w:a", "b"]);
    assert_eq!(
        names("<x:a xmlns:x='urn:words'><w:b/></x:a>"),
        ["w:a", "w:b"]
    );
    assert_eq!(names("<a xmlns='urn:words'><x:b/></a>"), ["w:a", "x:b"]);
    assert_eq!(names("<w:a xmlns:w='urn:others'/>"), ["other:a"]);
    assert_eq!(names("<x:a xmlns:x='urn:plain'><x:b/></x:a>"), ["a", "b"]);
}

#[test]
fn attributes_are_found_with_their_places() {
    let xml = parse("<a xmlns:x='urn:words' b = \"1 &gt; 0\"\n\tx:c='>' d/>");
    let root = xml.root();
    assert_eq!(xml.attribute(root, "b").as_deref(), Some("1 > 0"));
    assert_eq!(xml.attribute(root, "w:c").as_deref(), Some(">"));
    assert_eq!(xml.attribute(root, "d"), None);
    let found = &xml.attributes(root)[1];
    assert_eq!(&xml.text()[found.range.clone()], "b = \"1 &gt; 0\"");
    assert_eq!(&xml.text()[found.value.clone()], "1 &gt; 0");
    let ends = |text| &text[..parse(text).attributes_end(0)];
    assert_eq!(
        (ends("<a b='>'/>"), ends("<a/>"), ends("<a ></a>")),
        ("<a b='>'", "<a", "<a")
    );
}
