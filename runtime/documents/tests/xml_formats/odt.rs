//! ODT: documents of LibreOffice.

use crate::common::{
    archive, assert_round_trip, member, members, parse, segments, texts, unchanged, upper,
};
use deshi_documents::{Error, Format};

const NAMES: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
    xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
    xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
    xmlns:officeooo=\"http://openoffice.org/2009/office\" \
    xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\"";

const STYLES: &str = r#"<office:automatic-styles><style:style style:name="T1" style:family="text"><style:text-properties officeooo:rsid="0012ab"/></style:style><style:style style:name="T2" style:family="text"><style:text-properties fo:font-weight="bold" officeooo:rsid="0012ab"/></style:style></office:automatic-styles>"#;

fn document(body: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content {NAMES}>{STYLES}<office:body>{body}</office:body></office:document-content>"
    );
    archive(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", &content),
        ("meta.xml", "<meta>Title</meta>"),
    ])
}

fn upper_body(body: &str) -> String {
    let written = member(&upper(Format::Odt, &document(body)), "content.xml");
    let start = written.find("<office:body>").unwrap() + "<office:body>".len();
    written[start..written.find("</office:body>").unwrap()].to_owned()
}

#[test]
fn paragraphs_are_segments_with_spans_as_marks() {
    for (body, expected, written) in [
        (
            "<text:p>A <text:span text:style-name=\"T2\">bold</text:span><text:line-break/>word.</text:p>",
            "A {0}bold{/0}{1/}word.",
            "<text:p>A <text:span text:style-name=\"T2\">BOLD</text:span><text:line-break/>WORD.</text:p>",
        ),
        // Spans of editing sessions are left out, and spans of one style joined.
        (
            "<text:h>The <text:span text:style-name=\"T1\">gar</text:span>den <text:span text:style-name=\"T2\">is</text:span><text:span text:style-name=\"T2\"> open</text:span> now</text:h>",
            "The garden {0}is open{/0} now",
            "<text:h>THE GARDEN <text:span text:style-name=\"T2\">IS OPEN</text:span> NOW</text:h>",
        ),
        // Spans around everything stay outside.
        (
            "<text:p><text:bookmark text:name=\"a\"/><text:span text:style-name=\"T2\"><text:span text:style-name=\"T1\">Yes</text:span></text:span></text:p>",
            "Yes",
            "<text:p><text:bookmark text:name=\"a\"/><text:span text:style-name=\"T2\"><text:span text:style-name=\"T1\">YES</text:span></text:span></text:p>",
        ),
        // A span that is left out, only in part within what is translated.
        (
            "<text:p><text:span text:style-name=\"T1\"><text:bookmark text:name=\"a\"/>One</text:span> two</text:p>",
            "One two",
            "<text:p><text:bookmark text:name=\"a\"/>ONE TWO</text:p>",
        ),
        // White space: collapsed where a reader collapses it, kept where elements say so.
        (
            "<text:p>\n  One\n  two. <text:s text:c=\"2\"/>Three</text:p>",
            "One two.   Three",
            "<text:p>ONE TWO. <text:s/><text:s/>THREE</text:p>",
        ),
        (
            "<text:p>a <text:page-number>One</text:page-number> &lt;b&gt; &amp; <text:a xlink:href=\"x\">c</text:a></text:p>",
            "a {0/} <b> & {1}c{/1}",
            "<text:p>A <text:page-number>One</text:page-number> &lt;B&gt; &amp; <text:a xlink:href=\"x\">C</text:a></text:p>",
        ),
    ] {
        assert_eq!(segments(Format::Odt, &document(body)), [expected]);
        assert_eq!(upper_body(body), written);
    }
}

/// Changes, comments and bookmarks: around their words, or before the sentence.
#[test]
fn changes_and_comments_are_not_in_the_way_of_words() {
    let deleted = "<text:change text:change-id=\"c2\"/>";
    let start = "<text:change-start text:change-id=\"c1\"/>";
    let end = "<text:change-end text:change-id=\"c1\"/>";
    let comment = "<office:annotation office:name=\"n\"><text:p>Why?</text:p></office:annotation>";
    let comment_end = "<office:annotation-end office:name=\"n\"/>";
    for (body, expected, written) in [
        (
            format!("the {start}very old {end}garden {deleted}is"),
            &["the {0}very old{/0} garden is"][..],
            format!("{deleted}THE {start}VERY OLD{end} GARDEN IS"),
        ),
        (
            format!("the garden {deleted}{start}is{end} here"),
            &["the garden {0}is{/0} here"],
            format!("{deleted}THE GARDEN {start}IS{end} HERE"),
        ),
        // A change that goes on in the next paragraph.
        (
            format!("the {start}garden"),
            &["the garden"],
            format!("{start}THE GARDEN"),
        ),
        (
            format!("the {comment}garden{comment_end} here"),
            &["the {0}garden{/0} here", "Why?"],
            format!(
                "THE {}GARDEN{comment_end} HERE",
                comment.replace("Why?", "WHY?")
            ),
        ),
        (
            format!("the {}garden", comment.replace(" office:name=\"n\"", "")),
            &["the garden", "Why?"],
            format!(
                "{}THE GARDEN",
                comment
                    .replace("Why?", "WHY?")
                    .replace(" office:name=\"n\"", "")
            ),
        ),
    ] {
        let body = format!("<text:p>{body}</text:p>");
        assert_eq!(segments(Format::Odt, &document(&body)), expected);
        assert_eq!(upper_body(&body), format!("<text:p>{written}</text:p>"));
    }
}

#[test]
fn tabs_cut_a_paragraph_into_cells() {
    let body = "<text:p>Name:<text:tab/>Maria<text:tab/>12</text:p>";
    assert_eq!(
        segments(Format::Odt, &document(body)),
        ["Name:", "Maria", "12"]
    );
    assert_eq!(
        upper_body(body),
        body.replace("Name", "NAME").replace("Maria", "MARIA")
    );
}

#[test]
fn spaces_at_the_ends_of_spans_stand_outside() {
    let body = "<text:p>The<text:span text:style-name=\"T2\"> red </text:span>house</text:p>";
    assert_eq!(
        segments(Format::Odt, &document(body)),
        ["The {0}red{/0} house"]
    );
    let expected = "<text:p>THE <text:span text:style-name=\"T2\">RED</text:span> HOUSE</text:p>";
    assert_eq!(upper_body(body), expected);
}

#[test]
fn program_text_stays() {
    let styles = "<style:style style:name=\"P1\" style:family=\"paragraph\" style:parent-style-name=\"Preformatted_20_Text\"/>";
    let body = format!(
        "{styles}<text:p text:style-name=\"P1\">print(1)</text:p><text:p>Use <text:span text:style-name=\"Source_20_Text\">ls</text:span> now</text:p>"
    );
    assert_eq!(segments(Format::Odt, &document(&body)), ["Use {0/} now"]);
    assert_eq!(
        upper_body(&body),
        body.replace("Use ", "USE ").replace(" now", " NOW")
    );
}

#[test]
fn line_breaks_cut_a_paragraph_unless_a_sentence_goes_on() {
    let body = "<text:p>Anna Smith<text:line-break/>12 Park Road<text:line-break/><text:line-break/>London and<text:line-break/>more</text:p>";
    assert_eq!(
        segments(Format::Odt, &document(body)),
        ["Anna Smith", "12 Park Road", "London and{0/}more"]
    );
    let expected = body
        .replace("Anna Smith", "ANNA SMITH")
        .replace("Park Road", "PARK ROAD");
    assert_eq!(
        upper_body(body),
        expected
            .replace("London and", "LONDON AND")
            .replace("more", "MORE")
    );
}

#[test]
fn deleted_text_stays() {
    let body = "<text:tracked-changes><text:deletion><text:p>old</text:p></text:deletion></text:tracked-changes><text:p>a<text:change/> new</text:p>";
    assert_eq!(segments(Format::Odt, &document(body)), ["a new"]);
    // Its sign comes before the paragraph's words: it has no place between those of the translation.
    assert_eq!(
        upper_body(body),
        body.replace("a<text:change/> new", "<text:change/>A NEW")
    );
}

#[test]
fn notes_lie_within_paragraphs() {
    let body = "<text:p>One.<text:note><text:note-citation>a</text:note-citation><text:note-body><text:p>Note.</text:p></text:note-body></text:note> Two.</text:p>";
    assert_eq!(
        segments(Format::Odt, &document(body)),
        ["One.{0/} Two.", "Note."]
    );
    let expected = body
        .replace("One.", "ONE.")
        .replace("Note.", "NOTE.")
        .replace("Two.", "TWO.");
    assert_eq!(upper_body(body), expected);
}

#[test]
fn what_is_not_translated_stays_as_it_is() {
    let bytes = document("<text:p>Text &#x2013; and &quot;more&quot;<text:s/></text:p>");
    assert_round_trip(Format::Odt, &bytes);
    assert_eq!(unchanged(Format::Odt, &bytes), bytes);
    // `mimetype` last and compressed: first and stored in what is written.
    let odd = {
        let mut odd = members(&bytes);
        odd.rotate_left(1);
        odd.push(("x".to_owned(), Vec::new()));
        let odd: Vec<(&str, &str)> = odd
            .iter()
            .map(|(name, content)| (name.as_str(), std::str::from_utf8(content).unwrap()))
            .collect();
        archive(&odd)
    };
    let written = unchanged(Format::Odt, &odd);
    assert_eq!(&written[30..38], b"mimetype");
    assert_eq!(&written[38..77], b"application/vnd.oasis.opendocument.text");
    assert_round_trip(Format::Odt, &odd);
}

#[test]
fn a_document_of_libreoffice_is_translated_whole() {
    let bytes = include_bytes!("../samples/report.odt");
    assert_round_trip(Format::Odt, bytes);
    let expected = [
        "The garden in spring",
        "The {0}red{/0} house is {1}very{/1} beautiful, and the garden is {2}open to visitors{/2} every day.",
        "The first flowers come in March.{0/} The trees follow in April.",
        "In warm years they come in February.",
        "Name:",
        "Maria",
        "Telephone:",
        "555 0199",
        "First line{0/}second line",
        "Please read this.",
        "Is this still true?",
        "Plant",
        "Colour",
        "Rose",
        "White & red",
        "The box holds advice.",
        "Water the plants in the evening.",
        "Box with advice",
        "Report of the gardeners",
        "Page {0/} of the report",
    ];
    let mut got = segments(Format::Odt, bytes);
    let mut sorted = expected.map(str::to_owned).to_vec();
    got.sort();
    sorted.sort();
    assert_eq!(got, sorted);
    // Every text of the document but the deleted one changes.
    let (before, after) = (
        member(bytes, "content.xml"),
        member(&upper(Format::Odt, bytes), "content.xml"),
    );
    let kept: Vec<String> = texts(&before)
        .into_iter()
        .filter(|text| texts(&after).contains(text))
        .collect();
    assert_eq!(
        kept,
        [
            "Anna",
            "2026-01-02T10:00:00",
            "very old ",
            "1",
            "555 0199",
            "Ben",
            "2026-01-02T10:00:00"
        ]
    );
}

#[test]
fn what_is_no_odt_is_refused_by_name() {
    let with = |mimetype: &str, name: &str, content: &str| {
        archive(&[
            ("mimetype", mimetype),
            ("content.xml", "<a/>"),
            (name, content),
        ])
    };
    let text = "application/vnd.oasis.opendocument.text";
    let signed = with(text, "META-INF/documentsignatures.xml", "<a/>");
    assert!(matches!(
        parse(Format::Odt, &signed),
        Err(Error::Signed { .. })
    ));
    let encrypted = with(
        text,
        "META-INF/manifest.xml",
        "<m:file-entry><m:encryption-data/></m:file-entry>",
    );
    assert!(matches!(
        parse(Format::Odt, &encrypted),
        Err(Error::Encrypted { .. })
    ));
    let sheet = with("application/vnd.oasis.opendocument.spreadsheet", "x", "");
    let error = parse(Format::Odt, &sheet).err().unwrap().to_string();
    assert!(error.contains("spreadsheet"), "{error}");
}
