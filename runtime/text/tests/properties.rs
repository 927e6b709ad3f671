//! What must hold for any text and any model.

mod models;

use std::time::Instant;

use deshi_text::segment::{Part, Segment};
use deshi_text::{Layer, Model, Note, Options, Translated};
use models::{Adversary, Identity};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Spans that must come through, of every kind.
const SPANS: &[&str] = &[
    "https://example.org/a?b=c&d=1#e",
    "max.m@mail.example.de",
    "/etc/hosts",
    "C:\\Users\\me\\a.txt",
    "`cargo test --all`",
    "%s",
    "%1$d",
    "{name}",
    "{0}",
    "{{ user.name }}",
    "${HOME}",
    "$PATH",
    "<b>",
    "</b>",
    "<br/>",
    "@anna_b",
    "#rust",
    "1.95.0",
    "v2.3",
    "LH123",
    "A320",
    "1,234,567",
    "2024",
    "€1,234.50",
    "19.99 €",
    "$5",
    "USD 20",
    "+49 30 1234567",
    "555-123-4567",
    "2026-11-28",
    "24.12.2025",
    "10:30",
    "😀",
    "👍🏽",
    "👨‍👩‍👧‍👦",
    "❤️",
    "🇩🇪",
    "→",
    "☃",
    "Привет",
    "東京",
    "π",
    "50%",
    "20 °C",
    "100 km/h",
    "--dry-run",
    "main()",
    "user_name",
    "&amp;",
    "\u{E000}",
    "\u{E123}",
];

const WORDS: &[&str] = &[
    "the",
    "house",
    "is",
    "big",
    "and",
    "we",
    "Go",
    "Berlin",
    "Dr.",
    "e.g.",
    "it's",
    "\u{201C}well\u{201D}",
    "Gru\u{308}n",
    "o\u{FB03}ce",
    "NASA",
    "12",
    "7",
    "3rd",
    "co\u{AD}op",
    "you,",
    "but",
    "however;",
    "don\u{2019}t",
    "HELLO",
    "(yes)",
    "no!",
    "What?",
    "end.",
    "...",
];

fn text() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        5 => prop::sample::select(WORDS).prop_map(str::to_owned),
        2 => prop::sample::select(SPANS).prop_map(str::to_owned),
        1 => prop::sample::select(&[". ", "? ", "! ", "\n", "\r\n", "\t", "  ", "     ", "\n\n- ", "\n1. ", "\u{A0}", "\n> "][..])
            .prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.join(" "))
}

fn layer() -> Layer {
    Layer::new(Options::new("en", "de"))
}

fn models() -> Vec<Box<dyn Model<Error = std::convert::Infallible>>> {
    let mut all: Vec<Box<dyn Model<Error = std::convert::Infallible>>> = vec![
        Box::new(Identity::new(true)),
        Box::new(Identity::new(false)),
    ];
    for seed in 0..3 {
        for (symbols, keeps_symbols) in [(true, true), (true, false), (false, false)] {
            all.push(Box::new(Adversary {
                symbols,
                keeps_symbols,
                seed,
            }));
        }
    }
    all
}

fn translate<M: Model<Error = std::convert::Infallible> + ?Sized>(
    model: &M,
    text: &str,
) -> Translated {
    let Ok(mut all) = layer().translate(&model, &[text]) else {
        unreachable!("these models do not fail");
    };
    all.remove(0)
}

/// Each sentence's target has its protected spans as often as its source.
fn check_spans(source: &str, translated: &Translated) -> Result<(), TestCaseError> {
    let mut end = 0;
    let mut target_end = 0;
    for sentence in &translated.sentences {
        prop_assert_eq!(&source[sentence.source_range.clone()], &sentence.source);
        prop_assert_eq!(
            &translated.text[sentence.target_range.clone()],
            &sentence.target
        );
        prop_assert_eq!(
            &source[end..sentence.source_range.start],
            &translated.text[target_end..sentence.target_range.start],
            "layout"
        );
        (end, target_end) = (sentence.source_range.end, sentence.target_range.end);
        for note in &sentence.notes {
            if let Note::Protected { text, .. } = note {
                let count = |whole: &str| whole.matches(text.as_str()).count();
                // A short span may also come about by chance, from what the model made of other words.
                let chance = text.len() < 4 && count(&sentence.source) < count(&sentence.target);
                prop_assert!(
                    chance || count(&sentence.source) == count(&sentence.target),
                    "{:?} in {:?}",
                    text,
                    sentence
                );
            }
        }
    }
    prop_assert_eq!(
        &source[end..],
        &translated.text[target_end..],
        "layout at the end"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))), rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_must_stay_changes(text in text()) {
        for model in models() {
            let translated = translate(&*model, &text);
            prop_assert_eq!(text.lines().count(), translated.text.lines().count());
            check_spans(&text, &translated)?;
        }
    }

    #[test]
    fn a_text_is_translated_the_same_alone_and_in_a_batch(texts in prop::collection::vec(text(), 1..5)) {
        for model in models() {
            let all: Vec<&str> = texts.iter().map(String::as_str).collect();
            let Ok(batch) = layer().translate(&&*model, &all) else { unreachable!() };
            for (text, translated) in texts.iter().zip(&batch) {
                prop_assert_eq!(&translate(&*model, text), translated);
            }
        }
    }

    #[test]
    fn several_sentences_are_the_sentences_own_translations(text in text()) {
        for model in models() {
            let translated = translate(&*model, &text);
            for sentence in &translated.sentences {
                // Alone, a sentence may begin like a list's entry; with its whole line it does not.
                let alone = translate(&*model, &sentence.source);
                if alone.sentences.len() == 1 && alone.sentences[0].source == sentence.source {
                    prop_assert_eq!(&alone.text, &sentence.target);
                }
            }
        }
    }

    #[test]
    fn any_characters_are_survived(text in any::<String>()) {
        for model in models() {
            check_spans(&text, &translate(&*model, &text))?;
        }
    }

    #[test]
    fn marks_come_exactly_once_and_nested(segment in segment()) {
        for model in models() {
            let Ok(mut all) = layer().translate_segments(&&*model, std::slice::from_ref(&segment)) else { unreachable!() };
            let translated = all.remove(0);
            let mut open = vec![];
            let mut seen = vec![];
            for part in &translated.segment.parts {
                match part {
                    Part::Open(number) => open.push(*number),
                    Part::Close(number) => prop_assert_eq!(open.pop(), Some(*number), "{:?}", translated.segment),
                    _ => {}
                }
                if !matches!(part, Part::Text(_)) {
                    seen.push(format!("{part:?}"));
                }
            }
            let mut wanted: Vec<String> =
                segment.parts.iter().filter(|part| !matches!(part, Part::Text(_))).map(|part| format!("{part:?}")).collect();
            wanted.sort();
            seen.sort();
            prop_assert_eq!(wanted, seen);
            let text: String = translated.segment.parts.iter().filter_map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                _ => None,
            }).collect();
            prop_assert_eq!(text, translated.translated.text);
        }
    }
}

/// A segment with nested marks.
fn segment() -> impl Strategy<Value = Segment> {
    let leaf = prop_oneof![
        3 => text().prop_map(|text| vec![Part::Text(text)]),
        2 => prop::sample::select(&["Hello ", "world", " and ", ". ", "here", "Click ", "the end.", " "][..]).prop_map(|text| vec![Part::Text(text.to_owned())]),
        1 => Just(vec![Part::Single(0)]),
    ];
    let tree = leaf.prop_recursive(3, 24, 6, |inner| {
        prop::collection::vec(inner, 0..5).prop_map(|children| {
            let mut parts = vec![Part::Open(0)];
            parts.extend(children.concat());
            parts.push(Part::Close(0));
            parts
        })
    });
    prop::collection::vec(tree, 0..5).prop_map(|trees| {
        let mut parts = trees.concat();
        // Numbers by order.
        let (mut next, mut open) = (0, vec![]);
        for part in &mut parts {
            match part {
                Part::Open(number) => {
                    *number = next;
                    open.push(next);
                    next += 1;
                }
                Part::Close(number) => *number = open.pop().expect("the tree is nested"),
                Part::Single(number) => {
                    *number = next;
                    next += 1;
                }
                Part::Text(_) => {}
            }
        }
        Segment { parts }
    })
}

/// Texts in which a span once came twice, or not at all.
#[test]
fn spans_of_odd_texts_come_once() {
    for text in [
        "e\u{644}Çp\u{FFFD}\u{385}a-%º",
        "= house Go is Dr. and NASA don\u{2019}t house it's 7 we is \u{2DC0}Ѩy\" Dr. What?",
    ] {
        for model in models() {
            check_spans(text, &translate(&*model, text)).unwrap();
        }
    }
}

#[test]
fn text_with_nothing_to_translate_comes_back_byte_for_byte() {
    for text in [
        "",
        " ",
        "\r\n\r\n",
        "\t\t\n",
        "12345",
        "3.14 2024-01-01 😀",
        "---",
        "• \n",
        "https://a.b/c",
        "{name}",
        "\u{FEFF}\u{200B}",
        "###",
        "... ?! ...",
        "1. 2. 3.",
        "東京 → 大阪",
        "<br/>",
        "\u{E000}\u{E001}",
        "\0\u{7}",
        "\u{1F}12\u{1}\u{200B} ",
        "10 €  20 €",
    ] {
        for model in models() {
            let translated = translate(&*model, text);
            assert_eq!(translated.text, text);
            assert!(!translated.flags.repaired);
        }
    }
}

/// Every control character and every invisible one, between sentences, between words and inside a word.
#[test]
fn control_characters_come_through_and_invisible_ones_hide_nothing() {
    let controls = ('\0'..='\u{1F}').chain('\u{7F}'..='\u{9F}');
    let invisible = "\u{AD}\u{34F}\u{61C}\u{180E}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\
        \u{2028}\u{2029}\u{2060}\u{2061}\u{2062}\u{2063}\u{2064}\u{2066}\u{2067}\u{2068}\u{2069}\u{206A}\u{206F}\u{FE0F}\u{FEFF}\
        \u{FFF9}\u{FFFA}\u{FFFB}\u{FFFC}\u{E0001}\u{E0020}\u{E0100}\u{1D173}";
    for character in controls.chain(invisible.chars()) {
        let kept = character.is_control() && !('\u{91}'..='\u{97}').contains(&character);
        for text in [
            format!("Yes.{character}Go."),
            format!("Yes. {character}Go.{character}"),
            format!("{character}Where is the {character}Big house?"),
            format!("Where is the{character}House?"),
        ] {
            for symbols in [true, false] {
                let translated = translate(&Identity::new(symbols), &text);
                let visible = |text: &str| {
                    let shown = text
                        .replace(character, "")
                        .replace(['\'', '"', '-', '–', '—', '„', '“'], "");
                    shown.split_whitespace().collect::<String>()
                };
                assert_eq!(visible(&translated.text), visible(&text), "{text:?}");
                if kept {
                    assert_eq!(translated.text, text);
                }
                check_spans(&text, &translated).unwrap();
            }
        }
        let both = translate(&Identity::new(true), &format!("Yes.{character}Go."));
        let separates = kept || "\u{200B}\u{FEFF}\u{2060}\u{200E}\u{2028}".contains(character);
        assert!(!separates || both.sentences.len() == 2, "{character:?}");
    }
}

/// With hard-wrapped lines, a sentence's place is in the caller's text.
#[test]
fn places_are_in_the_text_that_was_given() {
    let mut options = Options::new("en", "de");
    options.paragraphs = true;
    let layer = Layer::new(options);
    let text = "  Größe matters. The work\n  was com-\r\n  pleted. Yes, he\nsaid.\n\n- Two\n- Three ties\n";
    let Ok(all) = layer.translate(&Identity::new(true), &["One.", text]) else {
        unreachable!("this model does not fail");
    };
    for (translated, text) in all.iter().zip(["One.", text]) {
        for sentence in &translated.sentences {
            let source = &text[sentence.source_range.clone()];
            assert_eq!(source, sentence.source);
            let same = |text: &str| text.replace("com-\r\n  ", "com");
            let words: Vec<String> = same(source).split_whitespace().map(str::to_owned).collect();
            let target = &translated.text[sentence.target_range.clone()];
            assert_eq!(words, target.split_whitespace().collect::<Vec<_>>());
        }
    }
    assert_eq!(all[1].sentences.len(), 5);
}

#[test]
fn a_megabyte_without_line_ends_takes_bounded_time() {
    for unit in [
        "word ", "a", "ü", "😀", "a. B", ". ", "\"", "(", "12 ", "1.", "{", "x{y} ", "A", "\t",
        "\u{E000}", "- ", "I. ", "<a ", "「」", "a,b;",
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        for symbols in [true, false] {
            let started = Instant::now();
            let translated = translate(&Identity::new(symbols), &text);
            assert!(
                started.elapsed().as_secs() < 60,
                "{unit:?}: {:?}",
                started.elapsed()
            );
            assert!(translated.text.len() * 2 >= text.len(), "{unit:?}");
        }
    }
}
