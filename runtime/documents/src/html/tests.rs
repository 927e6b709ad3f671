//! Segments of inline elements, and what is written for their translations.

use super::*;
use crate::plain::plain;
use crate::{Document, Format};
use deshi_text::segment::Part;

fn document(text: &str) -> Document {
    Document::parse(Format::Html, text.as_bytes().to_vec(), &Settings::default()).unwrap()
}

/// Each segment with its marks as `(n`, `n)` and `[n]`.
fn shown(text: &str) -> Vec<String> {
    let show = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Open(number) => format!("({number}"),
        Part::Close(number) => format!("{number})"),
        Part::Single(number) => format!("[{number}]"),
    };
    let segments = document(text);
    segments
        .segments()
        .iter()
        .map(|segment| segment.parts.iter().map(show).collect())
        .collect()
}

fn written(text: &str, translated: &[Segment]) -> String {
    let mut out = Vec::new();
    document(text).write(translated, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn inline_elements_are_marks() {
    for (text, expected) in [
        ("<p> a <b>b</b> <br/>C</p>", &["a (0b0)", "C"][..]),
        ("<p><b>a</b></p>", &["a"]),
        ("<p><b><i>a</i></b> b</p>", &["(0a0) b"]),
        ("<p><b><i>a</i> c</b> b</p>", &["(0(1a1) c0) b"]),
        ("<p><a><img></a> a <span></span><wbr> b</p>", &["a [0] b"]),
        ("a <b>b <i>c</b> d</i> e", &["a (0b [1]c0) d[2] e"]),
        ("a</b> c", &["a[0] c"]),
        ("<b>a<p>b</b> c", &["a", "b[0] c"]),
        ("<a>a</a> | <a>b</a>", &["a", "b"]),
        ("<a>a</a> or <a>b</a>", &["(0a0) or (1b1)"]),
        ("x <code>a <b>b</b></code> y", &["x [0] y"]),
        ("<p>x <code>a<p>y", &["x", "y"]),
        ("a<!-- c --> b", &["a[0] b"]),
        ("a,<br>b", &["a,[0]b"]),
        ("a.<br>b", &["a.", "b"]),
        ("5 &lt; 6 &euro;", &[]),
        (
            "a &lt; b &amp;lt; AT&T &copy &nosuch;",
            &["a < b &lt; AT&T © &nosuch;"],
        ),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn moved_marks_bring_their_tags() {
    let text = "<p>See <a href=x title='a b'>this</a> now.</p>";
    let translated = [
        Segment {
            parts: vec![
                Part::Open(0),
                Part::Text("Dies".into()),
                Part::Close(0),
                Part::Text(" & <jetzt>".into()),
            ],
        },
        plain("\"c\" d"),
    ];
    assert_eq!(
        written(text, &translated),
        "<p><a href=x title='&quot;c&quot; d'>Dies</a> &amp; &lt;jetzt&gt;</p>"
    );
}

#[test]
fn no_break_spaces_are_written_as_the_file_writes_them() {
    for (text, translated, expected) in [
        (
            "<td>42&nbsp;years</td>",
            "42 Jahre",
            "<td>42&nbsp;Jahre</td>",
        ),
        (
            "<p>&copy;&nbsp;2024 Acme",
            "© 2024 Acme GmbH",
            "<p>©&nbsp;2024 Acme GmbH",
        ),
        ("<p>5\u{a0}km far", "5 km fern", "<p>5\u{a0}km fern"),
    ] {
        assert_eq!(written(text, &[plain(translated)]), expected);
    }
}

#[test]
fn labels_are_texts_of_their_own() {
    for (text, expected) in [
        ("<p><b>Note</b>: Use it.", &["Note", "Use it."][..]),
        ("<p><b>Note:</b> Use it.", &["Note:", "Use it."]),
        (
            "<p><b>A <i>note</i></b>: Use it.",
            &["A (0note0)", "Use it."],
        ),
        ("<p><b>Note</b> &ndash; use it.", &["(0Note0) – use it."]),
        (
            "<p><b>A very long note on it</b>: Use it.",
            &["(0A very long note on it0): Use it."],
        ),
        ("<p>A <b>note</b>: Use it.", &["A (0note0): Use it."]),
        ("<p><b>Note</b>: 5", &["Note"]),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
    assert_eq!(
        written(
            "<p><b>Note</b>: Use it.",
            &[plain("Hinweis"), plain("Tu’s.")]
        ),
        "<p><b>Hinweis</b>: Tu’s."
    );
}

#[test]
fn pairs_within_words_that_enclose_nothing_are_left_out() {
    let text = "<p>The 1<sup>st</sup> and <a href=x>more</a> of it.</p>";
    let empty = Segment {
        parts: vec![
            Part::Text("Der 1. von".into()),
            Part::Open(1),
            Part::Close(1),
            Part::Open(0),
            Part::Close(0),
        ],
    };
    assert_eq!(written(text, &[empty]), "<p>Der 1. von<a href=x></a></p>");
}

#[test]
fn values_without_quotes_get_them() {
    assert_eq!(
        written("<img alt=cat src=b>", &[plain("die Katze")]),
        "<img alt=\"die Katze\" src=b>"
    );
}

#[test]
fn files_in_other_charsets_are_written_in_ascii() {
    let text = "<meta charset=ISO-8859-1><p>Greetings</p>";
    assert_eq!(
        written(text, &[plain("Grüße")]),
        "<meta charset=ISO-8859-1><p>Gr&#252;&#223;e</p>"
    );
    let text = "<meta charset='UTF-8'><p>Greetings</p>";
    assert_eq!(
        written(text, &[plain("Grüße")]),
        "<meta charset='UTF-8'><p>Grüße</p>"
    );
}

#[test]
fn the_root_names_the_target_language() {
    let settings = Settings {
        target_language: Some("de".into()),
        ..Settings::default()
    };
    let text = "<!DOCTYPE html><html class=a lang=en><p lang=en>Hi</p>";
    let document = Document::parse(Format::Html, text.into(), &settings).unwrap();
    let mut out = Vec::new();
    document.write(document.segments(), &mut out).unwrap();
    assert_eq!(
        out,
        b"<!DOCTYPE html><html class=a lang=de><p lang=en>Hi</p>"
    );
}
