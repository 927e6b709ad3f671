//! EPUB: e-books.

use crate::common::{
    archive, assert_round_trip, member, members, parse, segments, translated_with, unchanged, upper,
};
use deshi_documents::{Error, Format, Settings};

const CONTAINER: &str = r#"<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"#;

const PACKAGE: &str = r#"<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:x</dc:identifier><dc:title>The garden &amp; the house</dc:title><dc:creator>Anna Smith</dc:creator><dc:language>en-GB</dc:language></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/><item id="two" href="text/two.xhtml" media-type="application/xhtml+xml"/><item id="one" href="text/chapter%20one.xhtml" media-type="application/xhtml+xml"/><item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/><item id="css" href="style.css" media-type="text/css"/><item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine toc="ncx"><itemref idref="one"/><itemref idref="two"/><itemref idref="gone"/></spine></package>"#;

const NCX: &str = r#"<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd"><ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><docTitle><text>The garden</text></docTitle><navMap><navPoint id="a" playOrder="1"><navLabel><text>First chapter</text></navLabel><content src="text/chapter%20one.xhtml"/></navPoint></navMap></ncx>"#;

const NAV: &str = r#"<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Contents</title></head><body><nav epub:type="toc"><ol><li><a href="text/chapter%20one.xhtml">First chapter</a></li></ol></nav></body></html>"#;

const ONE: &str = r#"<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>One</title></head><body><h1>First chapter</h1><p>It was a <em>very</em> warm day.<br/>They went home.</p></body></html>"#;

const TWO: &str = r#"<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Two</title></head><body><p>The end.</p></body></html>"#;

fn book(more: &[(&str, &str)]) -> Vec<u8> {
    let mut all = vec![
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", CONTAINER),
        ("OEBPS/book.opf", PACKAGE),
        ("OEBPS/nav.xhtml", NAV),
        ("OEBPS/toc.ncx", NCX),
        ("OEBPS/text/two.xhtml", TWO),
        ("OEBPS/text/chapter one.xhtml", ONE),
        ("OEBPS/style.css", "p { color: red }"),
    ];
    all.extend(more);
    archive(&all)
}

#[test]
fn chapters_titles_and_contents_are_translated_in_the_order_of_reading() {
    assert_eq!(
        segments(Format::Epub, &book(&[])),
        [
            "The garden & the house",
            "One",
            "First chapter",
            "It was a {0}very{/0} warm day.",
            "They went home.",
            "Two",
            "The end.",
            "Contents",
            "First chapter",
            "The garden",
            "First chapter",
        ]
    );
    let written = upper(Format::Epub, &book(&[]));
    let changes = |name: &str, before: &str, pairs: &[(&str, &str)]| {
        let expected = pairs
            .iter()
            .fold(before.to_owned(), |text, (from, to)| text.replace(from, to));
        assert_eq!(member(&written, name), expected);
    };
    changes(
        "OEBPS/book.opf",
        PACKAGE,
        &[("The garden &amp; the house", "THE GARDEN &amp; THE HOUSE")],
    );
    changes(
        "OEBPS/toc.ncx",
        NCX,
        &[
            (">The garden<", ">THE GARDEN<"),
            (">First chapter<", ">FIRST CHAPTER<"),
        ],
    );
    changes(
        "OEBPS/nav.xhtml",
        NAV,
        &[
            (">Contents<", ">CONTENTS<"),
            (">First chapter<", ">FIRST CHAPTER<"),
        ],
    );
    changes(
        "OEBPS/text/two.xhtml",
        TWO,
        &[(">Two<", ">TWO<"), (">The end.<", ">THE END.<")],
    );
    changes(
        "OEBPS/text/chapter one.xhtml",
        ONE,
        &[
            (">One<", ">ONE<"),
            (">First chapter<", ">FIRST CHAPTER<"),
            (
                "It was a <em>very</em> warm day.<br/>They went home.",
                "IT WAS A <em>VERY</em> WARM DAY.<br/>THEY WENT HOME.",
            ),
        ],
    );
    changes("OEBPS/style.css", "p { color: red }", &[]);
}

#[test]
fn what_is_not_translated_stays_as_it_is() {
    assert_round_trip(Format::Epub, &book(&[]));
    assert_eq!(unchanged(Format::Epub, &book(&[])), book(&[]));
    let mut backwards = members(&book(&[]));
    backwards.reverse();
    let backwards: Vec<(&str, &str)> = backwards
        .iter()
        .map(|(name, content)| (name.as_str(), std::str::from_utf8(content).unwrap()))
        .collect();
    let written = unchanged(Format::Epub, &archive(&backwards));
    assert_eq!(&written[30..58], b"mimetypeapplication/epub+zip");
}

#[test]
fn the_language_is_the_translations() {
    let mut settings = Settings::default();
    settings.target_language = Some("de".to_owned());
    let written = translated_with(&settings, Format::Epub, &book(&[]), str::to_owned);
    assert_eq!(
        member(&written, "OEBPS/book.opf"),
        PACKAGE.replace(">en-GB<", ">de<")
    );
}

#[test]
fn what_is_encrypted_or_signed_or_damaged_is_refused_by_name() {
    let encryption = |algorithm: &str| {
        format!(
            "<encryption xmlns:enc=\"http://www.w3.org/2001/04/xmlenc#\"><enc:EncryptedData><enc:EncryptionMethod Algorithm=\"{algorithm}\"/></enc:EncryptedData></encryption>"
        )
    };
    let licence = encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc");
    let bytes = book(&[("META-INF/encryption.xml", &licence)]);
    assert!(matches!(
        parse(Format::Epub, &bytes),
        Err(Error::Encrypted { .. })
    ));
    let fonts = encryption("http://www.idpf.org/2008/embedding");
    assert!(parse(Format::Epub, &book(&[("META-INF/encryption.xml", &fonts)])).is_ok());
    assert!(matches!(
        parse(Format::Epub, &book(&[("META-INF/signatures.xml", "<a/>")])),
        Err(Error::Signed { .. })
    ));
    for (members, problem) in [
        (
            vec![("mimetype", "application/epub+zip")],
            "META-INF/container.xml, byte 0",
        ),
        (
            vec![("META-INF/container.xml", CONTAINER)],
            "OEBPS/book.opf, byte 0: the archive has no such member",
        ),
        (
            vec![("META-INF/container.xml", "<container/>")],
            "names no package document",
        ),
        (
            vec![
                ("META-INF/container.xml", CONTAINER),
                ("OEBPS/book.opf", "<package><a></package>"),
            ],
            "OEBPS/book.opf, byte 12",
        ),
    ] {
        let error = parse(Format::Epub, &archive(&members))
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("epub") && error.contains(problem), "{error}");
    }
}
