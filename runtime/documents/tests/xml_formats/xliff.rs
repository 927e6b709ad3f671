//! XLIFF 1.2 and 2.

use crate::common::{parse, segments, translated_with, upper};
use deshi_documents::{Document, Error, Format, Place, Settings};

pub const ONE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
  <file original="a.txt" source-language="en" datatype="plaintext">
    <body>
      <trans-unit id="1">
        <source>Good <g id="1">morning</g>,<x id="2"/> Anna &amp; Ben.</source>
        <note>A greeting</note>
      </trans-unit>
      <trans-unit id="2">
        <source xml:lang="en">Good night.</source>
        <target state="final">Gute Nacht.</target>
      </trans-unit>
      <trans-unit id="3" translate="no"><source>DESHI</source></trans-unit>
      <trans-unit id="4" approved="yes"><source>Thanks!</source><target/></trans-unit>
      <trans-unit id="4b"><source>Copied.</source><target state="needs-translation">Copied.</target></trans-unit>
      <group translate="no"><trans-unit id="5"><source>Not this.</source></trans-unit>
        <trans-unit id="6" translate="yes"><source>But this.</source><target></target></trans-unit></group>
      <trans-unit id="7"><source><bpt id="1">&lt;b></bpt>Bold<ept id="1">&lt;/b></ept> and <ph id="2">%s</ph>.</source>
        <alt-trans><source>Other.</source><target>Anderes.</target></alt-trans></trans-unit>
      <trans-unit id="8"><source>One. Two.</source><seg-source><mrk mtype="seg" mid="1">One.</mrk> <mrk mtype="seg" mid="2">Two.</mrk></seg-source></trans-unit>
      <trans-unit id="9"><source>   </source></trans-unit>
    </body>
  </file>
</xliff>
"#;

const ONE_UPPER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
  <file original="a.txt" source-language="en" datatype="plaintext">
    <body>
      <trans-unit id="1">
        <source>Good <g id="1">morning</g>,<x id="2"/> Anna &amp; Ben.</source>
        <target state="translated" state-qualifier="leveraged-mt">GOOD <g id="1">MORNING</g>,<x id="2"/> ANNA &amp; BEN.</target>
        <note>A greeting</note>
      </trans-unit>
      <trans-unit id="2">
        <source xml:lang="en">Good night.</source>
        <target state="final">Gute Nacht.</target>
      </trans-unit>
      <trans-unit id="3" translate="no"><source>DESHI</source></trans-unit>
      <trans-unit id="4" approved="no"><source>Thanks!</source><target state="translated" state-qualifier="leveraged-mt">THANKS!</target></trans-unit>
      <trans-unit id="4b"><source>Copied.</source><target state="translated" state-qualifier="leveraged-mt">COPIED.</target></trans-unit>
      <group translate="no"><trans-unit id="5"><source>Not this.</source></trans-unit>
        <trans-unit id="6" translate="yes"><source>But this.</source><target state="translated" state-qualifier="leveraged-mt">BUT THIS.</target></trans-unit></group>
      <trans-unit id="7"><source><bpt id="1">&lt;b></bpt>Bold<ept id="1">&lt;/b></ept> and <ph id="2">%s</ph>.</source><target state="translated" state-qualifier="leveraged-mt"><bpt id="1">&lt;b></bpt>BOLD<ept id="1">&lt;/b></ept> AND <ph id="2">%s</ph>.</target>
        <alt-trans><source>Other.</source><target>Anderes.</target></alt-trans></trans-unit>
      <trans-unit id="8"><source>One. Two.</source><seg-source><mrk mtype="seg" mid="1">One.</mrk> <mrk mtype="seg" mid="2">Two.</mrk></seg-source><target state="translated" state-qualifier="leveraged-mt"><mrk mtype="seg" mid="1">ONE.</mrk> <mrk mtype="seg" mid="2">TWO.</mrk></target></trans-unit>
      <trans-unit id="9"><source>   </source></trans-unit>
    </body>
  </file>
</xliff>
"#;

pub const TWO: &str = r#"<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en">
<file id="f1">
 <unit id="u1">
  <segment id="s1">
   <source>Read the <pc id="1">book</pc> <sc id="2"/>now<ec startRef="2"/>, <mrk id="m1" translate="no">Deshi</mrk><ph id="3"/>!</source>
  </segment>
  <ignorable><source> </source></ignorable>
  <segment state="final"><source>Done.</source><target>Fertig.</target></segment>
 </unit>
 <unit id="u2" translate="no"><segment><source>Keep.</source></segment></unit>
</file>
</xliff>
"#;

#[test]
fn version_one_gets_its_targets_and_nothing_else_changes() {
    let written = String::from_utf8(upper(Format::Xliff, ONE.as_bytes())).unwrap();
    assert_eq!(written, ONE_UPPER);
    assert_eq!(
        segments(Format::Xliff, ONE.as_bytes()),
        [
            "Good {0}morning{/0},{1/} Anna & Ben.",
            "Thanks!",
            "Copied.",
            "But this.",
            "{0}Bold{/0} and {1/}.",
            "One.",
            "Two.",
        ]
    );
}

#[test]
fn version_two_gets_its_targets_and_states() {
    let mut settings = Settings::default();
    settings.target_language = Some("de".to_owned());
    let written = translated_with(&settings, Format::Xliff, TWO.as_bytes(), str::to_uppercase);
    let expected = TWO
        .replace("srcLang=\"en\"", "srcLang=\"en\" trgLang=\"de\"")
        .replace("<segment id=\"s1\">", "<segment id=\"s1\" state=\"translated\">")
        .replace(
            "<ph id=\"3\"/>!</source>",
            "<ph id=\"3\"/>!</source>\n   <target>READ THE <pc id=\"1\">BOOK</pc> <sc id=\"2\"/>NOW<ec startRef=\"2\"/>, \
             <mrk id=\"m1\" translate=\"no\">Deshi</mrk><ph id=\"3\"/>!</target>",
        );
    assert_eq!(String::from_utf8(written).unwrap(), expected);
    assert_eq!(
        segments(Format::Xliff, TWO.as_bytes()),
        ["Read the {0}book{/0} {1}now{/1}, {2/}!"]
    );
}

#[test]
fn what_is_translated_is_translated_again_only_if_asked() {
    let mut settings = Settings::default();
    settings.retranslate = true;
    settings.mark_unreviewed = true;
    let written = String::from_utf8(translated_with(
        &settings,
        Format::Xliff,
        ONE.as_bytes(),
        str::to_uppercase,
    ))
    .unwrap();
    let unit = "<target state=\"needs-review-translation\" state-qualifier=\"leveraged-mt\">GOOD NIGHT.</target>";
    assert!(written.contains(unit), "{written}");
    let written = String::from_utf8(translated_with(
        &settings,
        Format::Xliff,
        TWO.as_bytes(),
        str::to_uppercase,
    ))
    .unwrap();
    let segment =
        "<segment state=\"initial\"><source>Done.</source><target>DONE.</target></segment>";
    assert!(written.contains(segment), "{written}");
}

/// The target's codes are in another order than the source's, as another language may need it.
#[test]
fn marks_may_move() {
    let document = parse(Format::Xliff, TWO.as_bytes()).unwrap();
    let mut translated = document.segments().to_vec();
    translated[0].parts.reverse();
    for part in &mut translated[0].parts {
        use deshi_text::segment::Part::{Close, Open};
        match *part {
            Open(number) => *part = Close(number),
            Close(number) => *part = Open(number),
            _ => {}
        }
    }
    let mut written = Vec::new();
    document.write(&translated, &mut written).unwrap();
    let written = String::from_utf8(written).unwrap();
    assert!(
        written.contains(
            "<target>!<mrk id=\"m1\" translate=\"no\">Deshi</mrk><ph id=\"3\"/>, <sc id=\"2\"/>now"
        ),
        "{written}"
    );
}

#[test]
fn the_language_is_set_where_it_differs() {
    for (before, after) in [
        ("target-language=\"fr\"", "target-language=\"de\""),
        ("target-language=\"de-AT\"", "target-language=\"de-AT\""),
        ("datatype=\"x\"", "datatype=\"x\" target-language=\"de\""),
    ] {
        let file = format!(
            "<xliff version=\"1.2\"><file source-language=\"en\" {before}><body/></file></xliff>"
        );
        let mut settings = Settings::default();
        settings.target_language = Some("de".to_owned());
        let written = translated_with(&settings, Format::Xliff, file.as_bytes(), str::to_owned);
        assert_eq!(
            String::from_utf8(written).unwrap(),
            file.replace(before, after)
        );
    }
}

#[test]
fn other_languages_than_the_translations_are_refused() {
    let one = |languages: &str, target: &str| {
        format!(
            "<xliff version=\"1.2\">\n<file {languages}><trans-unit><source>Yes.</source>{target}</trans-unit></file></xliff>"
        )
    };
    let two = |languages: &str, target: &str| {
        format!(
            "<xliff version=\"2.0\" {languages}><file><unit><segment><source>Yes.</source>{target}</segment></unit></file></xliff>"
        )
    };
    let target = "<target>Oui.</target>";
    let parse = |file: &str, retranslate: bool| {
        let mut settings = Settings::default();
        settings.source_language = Some("en".to_owned());
        settings.target_language = Some("de".to_owned());
        settings.retranslate = retranslate;
        Document::parse(Format::Xliff, file.as_bytes().to_vec(), &settings)
    };
    for (file, line) in [
        (one("source-language=\"fr\"", ""), 2),
        (two("srcLang=\"fr-FR\"", ""), 1),
    ] {
        for retranslate in [false, true] {
            let error = parse(&file, retranslate).err().expect(&file);
            assert!(
                matches!(&error, Error::SourceLanguage { found, expected, place, .. }
                    if found.starts_with("fr") && expected == "en" && *place == Place::Line(line)),
                "{error}"
            );
        }
    }
    for file in [
        one("source-language=\"en\" target-language=\"fr\"", ""),
        one("source-language=\"en\" target-language=\"fr\"", target),
        one("source-language=\"en\" target-language=\"en\"", target),
        two("srcLang=\"en\" trgLang=\"fr\"", target),
    ] {
        let error = parse(&file, false).err().expect(&file);
        assert!(
            matches!(&error, Error::TargetLanguage { expected, .. } if expected == "de"),
            "{error}"
        );
        assert!(error.to_string().contains("\"de\""), "{error}");
        assert!(parse(&file, true).is_ok(), "{file}");
    }
    for file in [
        one(
            "source-language=\"en-GB\" target-language=\"de_AT\"",
            target,
        ),
        one("source-language=\"en\" target-language=\"en\"", ""),
        one("source-language=\"\" target-language=\"\"", target),
        two("srcLang=\"EN\"", ""),
    ] {
        assert!(parse(&file, false).is_ok(), "{file}");
    }
}

#[test]
fn a_prefix_for_the_namespace_changes_nothing() {
    let file = r#"<?xml version="1.0"?><x:xliff version="1.2" xmlns:x="urn:oasis:names:tc:xliff:document:1.2"><x:file><x:trans-unit id="1"><x:source>Yes.</x:source></x:trans-unit></x:file></x:xliff>"#;
    let written = String::from_utf8(upper(Format::Xliff, file.as_bytes())).unwrap();
    assert!(written.contains("</x:source><x:target state=\"translated\" state-qualifier=\"leveraged-mt\">YES.</x:target>"), "{written}");
}

/// Codes whose ends are not nested, or have no partner, stand alone; a reference that only a DTD explains is kept.
#[test]
fn codes_that_do_not_pair_stand_alone() {
    let unit = |source: &str| {
        format!(
            "<xliff version=\"1.2\"><file><trans-unit><source>{source}</source></trans-unit></file></xliff>"
        )
    };
    for (source, expected) in [
        (
            "a<bpt id=\"1\"/>b<bpt id=\"2\"/>c<ept id=\"1\"/>d<ept id=\"2\"/>e",
            "a{0}b{1/}c{/0}d{2/}e",
        ),
        (
            "a<g id=\"1\">b<bx id=\"2\"/>c</g>d<ex id=\"2\"/>e",
            "a{0}b{1/}c{/0}d{2/}e",
        ),
        (
            "a<it id=\"1\" pos=\"open\">x</it>b &product; c",
            "a{0/}b {1/} c",
        ),
        (
            "a<mrk mtype=\"protected\">X</mrk>b<mrk mtype=\"term\">t</mrk>",
            "a{0/}b{1}t{/1}",
        ),
        ("<![CDATA[a < b]]> c", "a < b c"),
    ] {
        assert_eq!(
            segments(Format::Xliff, unit(source).as_bytes()),
            [expected],
            "{source}"
        );
    }
}

#[test]
fn what_is_no_xliff_is_refused_with_the_line() {
    for (file, place, problem) in [
        (
            "<xliff version=\"1.2\">\n<file>\n</xliff>",
            "line 3",
            "expected `</file>`",
        ),
        ("<xliff version=\"3.0\"/>", "line 1", "neither 1.x nor 2.x"),
        ("<tmx version=\"1.4\"/>", "line 1", "not <xliff>"),
        ("<xliff/>", "line 1", "no attribute version"),
        ("", "line 1", "no XML element"),
        ("hello", "line 1", "outside the root"),
        (
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<xliff version=\"1.2\"/>",
            "line 1",
            "ISO-8859-1",
        ),
        (
            "<xliff version=\"1.2\">\n\n<a b=\"c",
            "line 3",
            "not closed",
        ),
    ] {
        let error = parse(Format::Xliff, file.as_bytes()).err().unwrap();
        let message = error.to_string();
        assert!(matches!(error, Error::Malformed { .. }), "{message}");
        assert!(
            message.contains(place) && message.contains(problem),
            "{message}"
        );
    }
    let deep = format!(
        "<xliff version=\"1.2\">{}{}</xliff>",
        "<g>".repeat(300),
        "</g>".repeat(300)
    );
    assert!(matches!(
        parse(Format::Xliff, deep.as_bytes()),
        Err(Error::TooDeep { limit: 256, .. })
    ));
}

#[test]
fn utf_16_is_read_and_written() {
    let utf_16 = |text: &str| -> Vec<u8> {
        let text = format!("\u{feff}{}", text.replace("UTF-8", "UTF-16"));
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let document = Document::parse(Format::Xliff, utf_16(ONE), &Settings::default()).unwrap();
    assert_eq!(document.segments().len(), 7);
    assert_eq!(upper(Format::Xliff, &utf_16(ONE)), utf_16(ONE_UPPER));
}
