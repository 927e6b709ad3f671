//! Structure, labels, escapes and references.

use super::*;
use deshi_text::segment::Part;

/// The document with its texts in capitals.
fn upper(text: &str) -> String {
    let parsed = parse(text.to_owned());
    let upper = |part: &Part| match part {
        Part::Text(text) => Part::Text(text.to_uppercase()),
        mark => mark.clone(),
    };
    let upper = |segment: &Segment| Segment {
        parts: segment.parts.iter().map(upper).collect(),
    };
    let translated: Vec<Segment> = parsed.segments.iter().map(upper).collect();
    let mut out = Vec::new();
    parsed
        .content
        .write(&parsed.segments, &translated, &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

fn texts(text: &str) -> Vec<String> {
    parse(text.to_owned())
        .segments
        .iter()
        .map(crate::plain::text_of)
        .collect()
}

/// Such lines are not made one sentence with the next.
#[test]
fn labels_are_texts_of_their_own() {
    for (text, expected) in [
        (
            "> **Note**\n> This is important.",
            &["Note", "This is important."][..],
        ),
        ("**Tip**\nYou can use tabs.", &["Tip", "You can use tabs."]),
        ("_Tip_:\nYou can.", &["Tip", "You can."]),
        ("<b>Tip</b>\nYou can.", &["Tip", "You can."]),
        (
            "Author: Tom\nDate: 5 May 2024\nLicense: MIT",
            &["Author: Tom", "Date: 5 May 2024", "License: MIT"],
        ),
        (
            "**Author:** Tom\n**Date:** 5 May",
            &["Author:", "Tom", "Date:", "5 May"],
        ),
        (
            "**Q: Does it work?**\nA: No.",
            &["Q: Does it work?", "A: No."],
        ),
        ("You need:\ntwo eggs", &["You need:", "two eggs"]),
        (
            "one  \nnext line\\\nanother line.",
            &["one", "next line", "another line."],
        ),
        ("One<br>Two<br/>and three", &["One", "Twoand three"]),
        // These go on.
        (
            "This is\n**bold text**\nin a sentence.",
            &["This is bold text in a sentence."],
        ),
        ("**Bold**\ngoes on.", &["Bold goes on."]),
        ("**Two *words***\n**Three**", &["Two words", "Three"]),
        ("**A** and **B**\nAnd so on.", &["A and B And so on."]),
        (
            "Note: the text\nwas wrapped.",
            &["Note: the text was wrapped."],
        ),
        ("See http://a.b\nName: x", &["See http://a.b Name: x"]),
        ("**One\\\ntwo**", &["Onetwo"]),
    ] {
        assert_eq!(texts(text), expected, "{text}");
        assert_eq!(structure(&upper(text)), structure(text), "{text}");
    }
}

#[test]
fn escapes_stay_as_they_were() {
    for (text, expected) in [
        ("h~2~o is wet", "H~2~O IS WET"),
        ("three 3 \\* 4", "THREE 3 \\* 4"),
        ("a \\# b http://a.b/c_d", "A \\# B HTTP://A.B/C_D"),
        ("a ~~~b c", "A \\~\\~\\~B C"),
        ("**Note**: use *it*", "**NOTE**: USE *IT*"),
    ] {
        assert_eq!(upper(text), expected);
    }
    assert_eq!(texts("**Note**: Use `--force`."), ["Note", "Use ."]);
}

/// A link whose text is the name of its address keeps its address.
#[test]
fn references_by_their_own_text_keep_their_name() {
    for (text, expected) in [
        (
            "See [the *faq*], [x][], ![y] now.\n\n[the *faq*]: /f\n[x]: /x\n[y]: /y\n",
            "SEE [THE *FAQ*][the *faq*], [X][x], ![Y][y] NOW.",
        ),
        ("[faq]\n\n[faq]: /f\n", "[FAQ][faq]"),
        ("[a] | [b][]\n\n[a]: /f\n[b]: /f\n", "[A][a] | [B][b]"),
        ("[a][b] c\n\n[b]: /f\n", "[A][b] C"),
    ] {
        let written = upper(text);
        assert_eq!(written.lines().next().unwrap(), expected);
        let addresses = text.split_once("\n\n").unwrap().1;
        assert!(written.ends_with(addresses), "{written}");
    }
}

/// What a document is made of, with its texts in capitals.
fn structure(text: &str) -> Vec<String> {
    let mut structure: Vec<String> = Vec::new();
    let add_text = |structure: &mut Vec<String>, text: &str| match structure.last_mut() {
        Some(last) if last.starts_with('"') => last.push_str(text),
        _ => structure.push(format!("\"{text}")),
    };
    let mut kept = false;
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Text(text) if !kept => add_text(&mut structure, &text.to_uppercase()),
            Event::SoftBreak => add_text(&mut structure, " "),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                structure.push(format!("link {dest_url}"))
            }
            Event::Start(Tag::FootnoteDefinition(name)) => {
                structure.push(format!("footnote {name}"))
            }
            event => {
                match event {
                    Event::Start(Tag::CodeBlock(_) | Tag::MetadataBlock(_)) => kept = true,
                    Event::End(TagEnd::CodeBlock | TagEnd::MetadataBlock(_)) => kept = false,
                    _ => {}
                }
                structure.push(
                    format!("{event:?}")
                        .replace("Borrowed", "")
                        .replace("Boxed", "")
                        .replace("Inlined", ""),
                );
            }
        }
    }
    structure
        .iter()
        .map(|part| {
            if part.starts_with('"') {
                part.trim_end().to_owned()
            } else {
                part.clone()
            }
        })
        .collect()
}

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

fn fragments() -> impl Strategy<Value = Vec<&'static str>> {
    let fragments = vec![
        "word ",
        "two words",
        " ",
        "\n",
        "\n\n",
        "*one*",
        "**two**",
        "_three_",
        "`code`",
        "[link](/a \"t\")",
        "[ref][name]",
        "[name]",
        "[name][]",
        "![image](/i.png)",
        "<b>",
        "</b>",
        "<br>",
        "<https://e.org>",
        "&amp;",
        "\\*",
        "\\[",
        "a_b_c",
        "- ",
        "1. ",
        "> ",
        "# ",
        "  \n",
        "\\\n",
        "~~old~~",
        "H~2~O",
        "5 \\* 3",
        "**Note**: ",
        "[^1] ",
        "[",
        "] ",
        "$x$",
        "a|b\n-|-\nc|d\n",
        "5 * 3",
        "!",
        "\n\n***\n\n",
        "Title\n===\n",
        "    ",
        "(x)",
        " * ",
        " _ ",
        ":",
        "- [ ] ",
        "<!-- c -->",
        "é",
        "\r\n",
    ];
    prop::collection::vec(prop::sample::select(fragments), 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 8 * ProptestConfig::default().cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    /// A translation changes nothing but the text. Left out are signs as text that touch marks of the same sign, such
    /// as the first star of `***a*b*`: escaping it changes how the others pair up.
    #[test]
    fn the_structure_stays(fragments in fragments()) {
        let text = fragments.concat() + "\n\n[name]: /n\n[^1]: note\n";
        prop_assert_eq!(structure(&upper(&text)), structure(&text), "{}", upper(&text));
    }
}
