//! DOCX: documents of Word, and of LibreOffice.

use crate::common::{
    archive, assert_round_trip, member, members, parse, segments, unchanged, upper,
};
use deshi_documents::{Error, Format};

pub const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>"#;

const FOOTER: &str = r#"<w:ftr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:r><w:t xml:space="preserve">Page </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>One</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> of it</w:t></w:r></w:p></w:ftr>"#;

/// A document whose body is `body`.
fn document(body: &str) -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\"?>\n<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><w:body>{body}<w:sectPr/></w:body></w:document>"
    );
    archive(&[
        ("[Content_Types].xml", TYPES),
        ("word/document.xml", &document),
        ("word/styles.xml", "<w:styles>Not text.</w:styles>"),
        ("word/footer1.xml", FOOTER),
    ])
}

/// The body after a translation into capitals.
fn upper_body(body: &str) -> String {
    let written = member(&upper(Format::Docx, &document(body)), "word/document.xml");
    let start = written.find("<w:body>").unwrap() + "<w:body>".len();
    written[start..written.find("<w:sectPr/>").unwrap()].to_owned()
}

fn body_segments(body: &str) -> Vec<String> {
    let mut all = segments(Format::Docx, &document(body));
    assert_eq!(all.pop().unwrap(), "Page {0/} of it");
    all
}

#[test]
fn runs_that_look_alike_are_one_text() {
    let body = r#"<w:p w:rsidR="00A1"><w:pPr><w:jc w:val="left"/></w:pPr><w:r w:rsidR="00A1"><w:t xml:space="preserve">The gar</w:t></w:r><w:proofErr w:type="spellStart"/><w:r w:rsidR="00B2"><w:rPr><w:lang w:val="en-US"/></w:rPr><w:t>den</w:t></w:r><w:proofErr w:type="spellEnd"/><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve"> </w:t></w:r><w:r><w:t>is open.</w:t></w:r></w:p>"#;
    assert_eq!(body_segments(body), ["The garden is open."]);
    assert_eq!(
        upper_body(body),
        r#"<w:p w:rsidR="00A1"><w:pPr><w:jc w:val="left"/></w:pPr><w:r><w:t xml:space="preserve">THE GARDEN IS OPEN.</w:t></w:r></w:p>"#
    );
}

#[test]
fn other_formatting_and_hyperlinks_are_spans() {
    let body = r#"<w:p><w:r><w:t xml:space="preserve">A </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>bold</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:br/><w:t>word</w:t></w:r><w:r><w:t xml:space="preserve"> &amp; a </w:t></w:r><w:hyperlink r:id="rId1"><w:r><w:rPr><w:rStyle w:val="Hyperlink"/></w:rPr><w:t>link</w:t></w:r></w:hyperlink><w:r><w:t>.</w:t></w:r></w:p>"#;
    assert_eq!(
        body_segments(body),
        ["A {0}bold{1/}word{/0} & a {2}link{/2}."]
    );
    assert_eq!(
        upper_body(body),
        r#"<w:p><w:r><w:t xml:space="preserve">A </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">BOLD</w:t><w:br/><w:t xml:space="preserve">WORD</w:t></w:r><w:r><w:t xml:space="preserve"> &amp; A </w:t></w:r><w:hyperlink r:id="rId1"><w:r><w:rPr><w:rStyle w:val="Hyperlink"/></w:rPr><w:t xml:space="preserve">LINK</w:t></w:r></w:hyperlink><w:r><w:t xml:space="preserve">.</w:t></w:r></w:p>"#
    );
}

#[test]
fn one_formatting_or_link_around_everything_is_no_mark() {
    for body in [
        r#"<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Whole.</w:t></w:r></w:p>"#,
        r#"<w:p><w:bookmarkStart w:id="0"/><w:hyperlink r:id="rId1"><w:r><w:rPr><w:b/></w:rPr><w:t>Whole.</w:t></w:r></w:hyperlink><w:bookmarkEnd w:id="0"/></w:p>"#,
        r#"<w:p><w:r><w:rPr><w:b/></w:rPr><w:tab/><w:t>Whole.</w:t></w:r></w:p>"#,
    ] {
        assert_eq!(body_segments(body), ["Whole."], "{body}");
        let expected = body.replace("<w:t>Whole.", "<w:t xml:space=\"preserve\">WHOLE.");
        assert_eq!(upper_body(body), expected);
    }
}

#[test]
fn tabs_cut_a_paragraph_into_cells() {
    let body = r#"<w:p><w:r><w:t>Name:</w:t><w:tab/><w:t>Maria</w:t><w:tab/><w:t>555 0199</w:t></w:r></w:p>"#;
    assert_eq!(body_segments(body), ["Name:", "Maria"]);
    assert_eq!(
        upper_body(body),
        r#"<w:p><w:r><w:t xml:space="preserve">NAME:</w:t><w:tab/><w:t xml:space="preserve">MARIA</w:t><w:tab/><w:t>555 0199</w:t></w:r></w:p>"#
    );
}

#[test]
fn spaces_at_the_ends_of_spans_stand_outside() {
    let run = |format: &str, text: &str| {
        let properties = if format.is_empty() {
            String::new()
        } else {
            format!("<w:rPr>{format}</w:rPr>")
        };
        format!("<w:r>{properties}<w:t xml:space=\"preserve\">{text}</w:t></w:r>")
    };
    let body = |red: &str| {
        format!(
            "<w:p>{}{red}{}</w:p>",
            run("", "The"),
            run("", "house of all")
        )
    };
    assert_eq!(
        body_segments(&body(&run("<w:b/>", " red "))),
        ["The {0}red{/0} house of all"]
    );
    assert_eq!(
        body_segments(&body(
            &(run("", " ") + &run("<w:i/>", "red") + &run("", " "))
        )),
        ["The {0}red{/0} house of all"]
    );
    // An underlined space shows.
    assert_eq!(
        body_segments(&body(&run("<w:u/>", " red "))),
        ["The{0} red {/0}house of all"]
    );
    let written = upper_body(&body(&run("<w:b/>", " red ")));
    let expected = format!(
        "<w:p>{}{}{}</w:p>",
        run("", "THE "),
        run("<w:b/>", "RED"),
        run("", " HOUSE OF ALL")
    );
    assert_eq!(written, expected);
}

#[test]
fn program_text_stays() {
    let body = r#"<w:p><w:pPr><w:pStyle w:val="SourceCode"/></w:pPr><w:r><w:t>print</w:t></w:r></w:p><w:p><w:r><w:t xml:space="preserve">Use </w:t></w:r><w:r><w:rPr><w:rStyle w:val="VerbatimChar"/></w:rPr><w:t>ls</w:t></w:r><w:r><w:t xml:space="preserve"> now</w:t></w:r></w:p>"#;
    assert_eq!(body_segments(body), ["Use {0/} now"]);
    assert_eq!(
        upper_body(body),
        body.replace("Use ", "USE ").replace(" now", " NOW")
    );
}

#[test]
fn line_breaks_cut_a_paragraph_unless_a_sentence_goes_on() {
    let text = |text: &str| format!("<w:r><w:t>{text}</w:t></w:r>");
    let line_break = "<w:r><w:br/></w:r>";
    for (lines, expected) in [
        (
            ["Anna Smith", "12 Park Road", "London"],
            vec!["Anna Smith", "12 Park Road", "London"],
        ),
        (
            ["The end.", "of it", "all"],
            vec!["The end.", "of it{0/}all"],
        ),
        (["One,", "two", "Three"], vec!["One,{0/}two", "Three"]),
    ] {
        let body = format!("<w:p>{}</w:p>", lines.map(text).join(line_break));
        assert_eq!(body_segments(&body), expected);
        assert_eq!(upper_body(&body).matches("<w:br/>").count(), 2);
    }
    let page = r#"<w:p><w:r><w:t>one</w:t><w:br w:type="page"/><w:t>two</w:t></w:r></w:p>"#;
    assert_eq!(body_segments(page), ["one", "two"]);
}

#[test]
fn deleted_and_hidden_text_stay_and_inserted_text_is_translated() {
    let body = r#"<w:p><w:r><w:t xml:space="preserve">One </w:t></w:r><w:del w:id="1"><w:r><w:delText>old</w:delText></w:r></w:del><w:ins w:id="2"><w:r><w:t>new</w:t></w:r></w:ins><w:r><w:t xml:space="preserve"> word</w:t></w:r><w:moveFrom w:id="3"><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:t>.</w:t></w:r></w:p>"#;
    assert_eq!(body_segments(body), ["One {0}new{/0} word{1/}."]);
    let written = upper_body(body);
    for kept in [
        ">old<",
        ">moved<",
        ">secret<",
        "<w:ins w:id=\"2\"><w:r><w:t xml:space=\"preserve\">NEW</w:t></w:r></w:ins>",
    ] {
        assert!(written.contains(kept), "{kept} in {written}");
    }
}

/// Deleted text, comments and bookmarks are not in the way of a sentence's words.
#[test]
fn what_holds_nothing_to_read_goes_before_the_sentence() {
    let run = |text: &str| format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>");
    let deleted = |text: &str| {
        format!(
            "<w:del w:id=\"1\"><w:r><w:delText xml:space=\"preserve\">{text}</w:delText></w:r></w:del>"
        )
    };
    let inserted = |inside: &str| format!("<w:ins w:id=\"2\">{inside}</w:ins>");
    let comment = |what: &str| format!("<w:{what} w:id=\"0\"/>");
    let old = deleted("old ");
    for (body, expected, written) in [
        (
            format!("{}{old}{}", run("the "), run("garden")),
            "the garden",
            format!("{old}{}", run("THE GARDEN")),
        ),
        // The two changes of one word.
        (
            format!(
                "{}{old}{}{}",
                run("the "),
                inserted(&run("new ")),
                run("garden")
            ),
            "the {0}new {/0}garden",
            format!(
                "{old}{}{}{}",
                run("THE "),
                inserted(&run("NEW ")),
                run("GARDEN")
            ),
        ),
        // Text that was inserted and then deleted.
        (
            format!("{}{}{}", run("the "), inserted(&old), run("garden")),
            "the garden",
            format!("{}{}", inserted(&old), run("THE GARDEN")),
        ),
        // A comment stays around its words; its sign goes to the front.
        (
            format!(
                "{}{}{}{}<w:r>{}</w:r>{}",
                run("the "),
                comment("commentRangeStart"),
                run("garden"),
                comment("commentRangeEnd"),
                comment("commentReference"),
                run(" here")
            ),
            "the {0}garden{/0} here",
            format!(
                "<w:r>{}</w:r>{}{}{}{}{}",
                comment("commentReference"),
                run("THE "),
                comment("commentRangeStart"),
                run("GARDEN"),
                comment("commentRangeEnd"),
                run(" HERE")
            ),
        ),
        // Bookmarks: around nothing, and across a change.
        (
            format!(
                "{}{}{}{}",
                run("the "),
                comment("bookmarkStart"),
                comment("bookmarkEnd"),
                run("garden")
            ),
            "the garden",
            format!(
                "{}{}{}",
                comment("bookmarkStart"),
                comment("bookmarkEnd"),
                run("THE GARDEN")
            ),
        ),
        (
            format!(
                "{}{}{}",
                run("the "),
                inserted(&format!("{}{}", comment("bookmarkStart"), run("old "))),
                format_args!("{}{}{}", run("gar"), comment("bookmarkEnd"), run("den"))
            ),
            "the {0}old {/0}garden",
            format!(
                "{}{}{}{}{}",
                comment("bookmarkStart"),
                comment("bookmarkEnd"),
                run("THE "),
                inserted(&run("OLD ")),
                run("GARDEN")
            ),
        ),
    ] {
        let body = format!("<w:p>{body}</w:p>");
        assert_eq!(body_segments(&body), [expected]);
        assert_eq!(upper_body(&body), format!("<w:p>{written}</w:p>"));
        let bytes = document(&body);
        assert_eq!(
            member(&unchanged(Format::Docx, &bytes), "word/document.xml"),
            member(&bytes, "word/document.xml")
        );
    }
}

#[test]
fn fields_keep_their_results_but_hyperlinks_are_translated() {
    let char = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let field = |code: &str, result: &str| {
        format!(
            "{}<w:r><w:instrText xml:space=\"preserve\"> {code} </w:instrText></w:r>{}<w:r><w:t>{result}</w:t></w:r>{}",
            char("begin"),
            char("separate"),
            char("end")
        )
    };
    let text = |text: &str| format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>");
    let (link, reference) = (
        field("HYPERLINK \"https://example.org/\"", "here"),
        field("REF a", "Figure"),
    );
    let body = format!(
        "<w:p>{}{link}{}{reference}{}</w:p>",
        text("See "),
        text(" and "),
        text(" too.")
    );
    assert_eq!(body_segments(&body), ["See {0}here{/0} and {1/} too."]);
    let written = upper_body(&body);
    assert!(written.contains("> HYPERLINK \"https://example.org/\" </w:instrText><w:fldChar w:fldCharType=\"separate\"/><w:t xml:space=\"preserve\">HERE</w:t>"), "{written}");
    assert!(written.contains("<w:fldChar w:fldCharType=\"separate\"/><w:t>Figure</w:t><w:fldChar w:fldCharType=\"end\"/>"), "{written}");
    // A field that goes on in the next paragraph: its parts stay where they are.
    let body = format!(
        "<w:p>{}<w:r><w:instrText>TOC</w:instrText></w:r>{}{}</w:p><w:p>{}</w:p>",
        char("begin"),
        char("separate"),
        text("Intro"),
        char("end")
    );
    assert_eq!(body_segments(&body), ["Intro"]);
    assert_eq!(upper_body(&body).matches("<w:fldChar ").count(), 3);
}

#[test]
fn content_controls_that_are_typed_in_are_translated() {
    let control = |properties: &str| {
        format!(
            r#"<w:p><w:r><w:t xml:space="preserve">A </w:t></w:r><w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent><w:r><w:t>thing</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t xml:space="preserve"> here</w:t></w:r></w:p>"#
        )
    };
    assert_eq!(
        body_segments(&control("<w:text/>")),
        ["A {0}thing{/0} here"]
    );
    assert_eq!(
        body_segments(&control("<w:dropDownList/>")),
        ["A {0/} here"]
    );
    assert!(upper_body(&control("<w:text/>")).contains(r#"<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent><w:r><w:t xml:space="preserve">THING</w:t></w:r></w:sdtContent></w:sdt><w:r>"#));
    let block =
        r#"<w:sdt><w:sdtContent><w:p><w:r><w:t>Block</w:t></w:r></w:p></w:sdtContent></w:sdt>"#;
    assert_eq!(body_segments(block), ["Block"]);
}

/// A text box is within a run of its paragraph; either may change without the other.
#[test]
fn text_boxes_and_descriptions_lie_within_paragraphs() {
    let inner = "<w:p><w:r><w:t>Box</w:t></w:r></w:p>";
    let body = format!(
        r#"<w:p><w:r><w:t>Before</w:t></w:r><w:r><w:drawing><wp:docPr xmlns:wp="x" id="1" descr="A &quot;tree&quot;"/><w:txbxContent>{inner}</w:txbxContent></w:drawing></w:r><w:r><w:t>behind</w:t></w:r></w:p>"#
    );
    assert_eq!(
        body_segments(&body),
        ["Before{0/}behind", "A \"tree\"", "Box"]
    );
    let written = upper_body(&body);
    assert!(written.contains(r#"<w:txbxContent><w:p><w:r><w:t xml:space="preserve">BOX</w:t></w:r></w:p></w:txbxContent>"#), "{written}");
    assert!(
        written.contains("descr=\"A &quot;TREE&quot;\""),
        "{written}"
    );
    let document_bytes = document(&body);
    let document = parse(Format::Docx, &document_bytes).unwrap();
    for changed in 0..3 {
        let mut translated = document.segments().to_vec();
        let last = translated[changed].parts.last_mut().unwrap();
        *last = deshi_text::segment::Part::Text("Neu".to_owned());
        let mut bytes = Vec::new();
        document.write(&translated, &mut bytes).unwrap();
        let written = member(&bytes, "word/document.xml");
        for (index, text) in ["behind", "&quot;tree&quot;", ">Box<"].iter().enumerate() {
            assert_eq!(
                written.contains(text),
                index != changed,
                "{text} in {written}"
            );
        }
        assert_eq!(written.matches("Neu").count(), 1);
    }
}

#[test]
fn special_characters_become_elements_again() {
    let body = r#"<w:p><w:r><w:t>E</w:t><w:noBreakHyphen/><w:t>mail co</w:t><w:softHyphen/><w:t>op</w:t></w:r></w:p>"#;
    assert_eq!(body_segments(body), ["E\u{2011}mail co\u{ad}op"]);
    assert_eq!(
        upper_body(body),
        r#"<w:p><w:r><w:t xml:space="preserve">E</w:t><w:noBreakHyphen/><w:t xml:space="preserve">MAIL CO</w:t><w:softHyphen/><w:t xml:space="preserve">OP</w:t></w:r></w:p>"#
    );
}

#[test]
fn any_prefix_is_understood() {
    let document = r#"<x:document xmlns:x="http://purl.oclc.org/ooxml/wordprocessingml/main"><x:p><x:r><x:t>Yes</x:t></x:r></x:p></x:document>"#;
    let bytes = archive(&[
        ("[Content_Types].xml", TYPES),
        ("word/document.xml", document),
    ]);
    let written = member(&upper(Format::Docx, &bytes), "word/document.xml");
    assert_eq!(
        written,
        document.replace("<x:t>Yes", "<x:t xml:space=\"preserve\">YES")
    );
}

#[test]
fn what_is_not_translated_stays_as_it_is() {
    let body = r#"<w:p><w:r><w:t>Text &#x2013; and &quot;more&quot;</w:t></w:r></w:p><w:p/><w:p><w:r><w:t>12:30</w:t></w:r></w:p>"#;
    let bytes = document(body);
    assert_round_trip(Format::Docx, &bytes);
    assert_eq!(
        unchanged(Format::Docx, &bytes),
        bytes,
        "members are copied as they were compressed"
    );
    let written = upper(Format::Docx, &bytes);
    for (before, after) in members(&bytes).iter().zip(members(&written)) {
        let translated = matches!(before.0.as_str(), "word/document.xml" | "word/footer1.xml");
        assert_eq!(before.0, after.0);
        assert_eq!(before.1 != after.1, translated, "{}", before.0);
    }
}

#[test]
fn a_document_of_libreoffice_is_translated_whole() {
    let bytes = include_bytes!("../samples/report.docx");
    assert_round_trip(Format::Docx, bytes);
    assert_eq!(
        segments(Format::Docx, bytes),
        [
            "The garden in spring",
            "The {0}red{/0} house is {1}very{/1} beautiful, and the garden is {2}open to visitors{/2} every day.",
            "The first flowers come in March.{0/} The trees follow in April.",
            "Name:",
            "Maria",
            "Telephone:",
            "First line{0/}second line",
            "Please read this.",
            "Plant",
            "Colour",
            "Rose",
            "White & red",
            "The box holds advice.",
            "Box with advice",
            "Water the plants in the evening.",
            "Water the plants in the evening.",
            "Report of the gardeners",
            "Page {0/} of the report",
            "In warm years they come in February.",
            "Is this still true?",
        ]
    );
    let written = upper(Format::Docx, bytes);
    let again = segments(Format::Docx, &written);
    let expected = segments(Format::Docx, bytes).concat().to_uppercase();
    // In capitals the second line begins no longer like the rest of a sentence.
    let expected = expected.replace("LINE{0/}SECOND", "LINESECOND");
    assert_eq!(
        again.concat(),
        expected,
        "what was written is read again with the same marks"
    );
}

#[test]
fn what_is_no_docx_is_refused_by_name() {
    let with = |name: &str| {
        archive(&[
            ("[Content_Types].xml", TYPES),
            ("word/document.xml", "<w:document/>"),
            (name, "x"),
        ])
    };
    assert!(matches!(
        parse(Format::Docx, &with("_xmlsignatures/sig1.xml")),
        Err(Error::Signed { .. })
    ));
    let compound = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    let encrypted: Vec<u8> = compound
        .into_iter()
        .chain("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert!(matches!(
        parse(Format::Docx, &encrypted),
        Err(Error::Encrypted { .. })
    ));
    let sheet = TYPES.replace("wordprocessingml.document.main", "spreadsheetml.sheet.main");
    for (bytes, problem) in [
        (compound.to_vec(), "before 2007"),
        (b"Hello".to_vec(), "not a zip archive"),
        (
            archive(&[("a", "b")]),
            "[Content_Types].xml, byte 0: the archive has no such member",
        ),
        (
            archive(&[
                ("[Content_Types].xml", &sheet),
                ("word/document.xml", "<x/>"),
            ]),
            "spreadsheetml",
        ),
        (
            archive(&[
                ("[Content_Types].xml", TYPES),
                ("word/document.xml", "<a>\n<b></a>"),
            ]),
            "word/document.xml, byte 7",
        ),
    ] {
        let error = parse(Format::Docx, &bytes).err().unwrap().to_string();
        assert!(error.contains("docx") && error.contains(problem), "{error}");
    }
}
