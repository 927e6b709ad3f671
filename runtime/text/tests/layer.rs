//! What the layer does for a reader: cases, with the copying model, and with models that do one thing wrong.

mod models;

use deshi_text::segment::{Part, Segment};
use deshi_text::{
    Glossary, Layer, Note, OnForeign, OnLowConfidence, TranslateError, TranslationMemory,
};
use models::{Identity, Rule, SYMBOLS, plain, translate};

#[test]
fn the_model_sees_symbols_where_it_has_them_and_spans_where_not() {
    for (symbols, expected) in [
        (true, "See \u{E000} now."),
        (false, "See https://a.org/x now."),
    ] {
        let model = Rule {
            symbols,
            answer: |sentence: &str| {
                assert_eq!(sentence, expected);
                sentence.replace("See", "Siehe").replace("now", "jetzt")
            },
        };
        let (text, flags) = translate(plain(), &model, "See https://a.org/x now.");
        assert_eq!(text, "Siehe https://a.org/x jetzt.");
        assert!(!flags.repaired);
    }
}

#[test]
fn changed_digits_are_asked_for_again_as_symbols_or_kept_in_pieces() {
    for symbols in [true, false] {
        let model = Rule {
            symbols,
            answer: |sentence: &str| sentence.replace("12", "21").replace("7", ""),
        };
        let (text, flags) = translate(plain(), &model, "Give me 12 of 75 eggs.");
        assert_eq!(text, "Give me 12 of 75 eggs.");
        assert!(flags.repaired && !flags.digits_differ);
    }
}

#[test]
fn more_spans_than_symbols_all_come_through() {
    let words = (0..40).map(|index| format!("word{} {{a{index}}} and ", "x".repeat(index % 3)));
    let text = "Take ".to_owned() + &words.collect::<String>();
    for symbols in [true, false] {
        let (got, flags) = translate(plain(), &Identity::new(symbols), text.trim());
        assert_eq!(got, text.trim());
        assert!(flags.cut);
    }
}

#[test]
fn long_sentences_are_cut_at_clauses() {
    let mut model = Identity::new(true);
    model.maximum_tokens = 40;
    let text =
        "We went to the market, and we bought some bread; then we went home because it was late.";
    let translated = Layer::new(plain())
        .translate(&model, &[text])
        .unwrap()
        .remove(0);
    assert_eq!(translated.text, text);
    assert!(translated.flags.cut);
    assert_eq!(translated.sentences.len(), 1);
    assert_eq!(model.sentences.get(), 3);
}

#[test]
fn a_glossary_and_a_memory_are_used_and_reported() {
    let mut options = plain();
    options.glossary = Glossary::from_tsv("bank account\tGirokonto\n").unwrap();
    options.glossary.keep("Acme Tools");
    options.memory = TranslationMemory::from_tsv("Good  morning!\tMoin!\n").unwrap();
    for symbols in [true, false] {
        let layer = Layer::new(options.clone());
        let text = "Open a bank account at Acme Tools. Good morning!";
        let translated = layer
            .translate(&Identity::new(symbols), &[text])
            .unwrap()
            .remove(0);
        assert_eq!(translated.text, "Open a Girokonto at Acme Tools. Moin!");
        let term = Note::Glossary {
            source: "bank account".to_owned(),
            target: "Girokonto".to_owned(),
        };
        assert!(translated.sentences[0].notes.contains(&term));
        assert_eq!(translated.sentences[1].notes, [Note::Memory]);
        assert_eq!(translated.sentences[1].tokens, 0);
    }
}

#[test]
fn another_language_is_kept_translated_or_refused() {
    let text = "Der Ausschuss trifft sich am Donnerstag wieder, um den Vorschlag zu beraten.";
    let model = Rule {
        symbols: true,
        answer: |_: &str| "translated".to_owned(),
    };
    let mut options = plain();
    assert_eq!(translate(options.clone(), &model, text).0, text);
    options.on_foreign = OnForeign::Translate;
    let (got, flags) = translate(options.clone(), &model, text);
    assert!(got == "translated" && flags.foreign);
    options.on_foreign = OnForeign::Error;
    let error = Layer::new(options)
        .translate(&model, &["All is well.", text])
        .unwrap_err();
    assert!(
        matches!(error, TranslateError::Foreign { text: 1, .. }),
        "{error}"
    );
}

#[test]
fn low_confidence_is_marked_or_kept() {
    let model = Rule {
        symbols: true,
        answer: |_: &str| "Unsinn".to_owned(),
    };
    let mut options = plain();
    // The model's answers have e^-0.5 a token.
    options.minimum_confidence = 0.6;
    assert!(
        !translate(options.clone(), &model, "Hello there.")
            .1
            .low_confidence
    );
    options.minimum_confidence = 0.61;
    let (text, flags) = translate(options.clone(), &model, "Hello there.");
    assert!(text == "Unsinn" && flags.low_confidence);
    options.on_low_confidence = OnLowConfidence::Keep;
    assert_eq!(
        translate(options, &model, "Hello there. ").0,
        "Hello there. "
    );
}

#[test]
fn loops_and_copies_are_flagged() {
    let model = Rule {
        symbols: true,
        answer: |_: &str| "Er ging fort, ging fort, ging fort, ging fort.".to_owned(),
    };
    let (text, flags) = translate(plain(), &model, "He went away.");
    assert!(text == "Er ging fort." && flags.repeated, "{text}");
    let (_, flags) = translate(plain(), &Identity::new(true), "This is the very same text.");
    assert!(flags.copied);
}

#[test]
fn all_sentences_are_asked_for_at_once() {
    let model = Identity::new(true);
    let layer = Layer::new(plain());
    layer
        .translate(
            &model,
            &["One here. Two there.\nThree more.", "Four at last."],
        )
        .unwrap();
    assert_eq!((model.calls.get(), model.sentences.get()), (1, 4));
}

#[test]
fn a_pair_of_marks_that_lost_its_words_is_placed_in_another_way() {
    let model = Rule {
        symbols: true,
        answer: |sentence: &str| match (sentence.find(SYMBOLS[0]), sentence.find(SYMBOLS[1])) {
            // The model puts both marks side by side and forgets what was between them.
            (Some(open), Some(close)) => format!("{}{}", &sentence[..open + 3], &sentence[close..]),
            _ => sentence.to_owned(),
        },
    };
    let text = |text: &str| Part::Text(text.to_owned());
    let segment = Segment {
        parts: vec![
            text("Press the "),
            Part::Open(7),
            text("red button"),
            Part::Close(7),
            text(" now."),
        ],
    };
    let translated = Layer::new(plain())
        .translate_segments(&model, std::slice::from_ref(&segment))
        .unwrap();
    assert_eq!(translated[0].segment, segment);
}

#[test]
fn a_span_that_was_lost_or_doubled_is_asked_for_again_as_a_symbol_and_the_others_are_not() {
    for wrong in ["um 145 für 46 EUR", "um 10:45 um 10:45 für 37 EUR"] {
        let model = Rule {
            symbols: true,
            answer: |sentence: &str| match sentence {
                "Come at 10:45 for 37 EUR." => format!("Komm {wrong}."),
                "Come at \u{E000} for 37 EUR." => "Komm um \u{E000} für 37 EUR.".to_owned(),
                "Come at \u{E000} for \u{E001}." => "Komm um \u{E000} für \u{E001}.".to_owned(),
                other => panic!("{other}"),
            },
        };
        let (got, flags) = translate(plain(), &model, "Come at 10:45 for €12,000.");
        assert_eq!(got, "Komm um 10:45 für €12,000.");
        assert!(flags.repaired);
    }
}

#[test]
fn a_number_that_the_source_does_not_have_is_not_taken_beside_a_span() {
    let model = Rule {
        symbols: true,
        answer: |sentence: &str| match sentence {
            "Gate \u{E000} is open." => "Gate \u{E000} 5.00 ist offen.".to_owned(),
            other => other.replace("Gate", "Tor").replace("is open", "ist offen"),
        },
    };
    assert_eq!(
        translate(plain(), &model, "Gate B22 is open.").0,
        "Tor B22 ist offen."
    );
}

#[test]
fn marks_stand_around_the_words_that_they_enclosed() {
    let segment = |text: &str| {
        let mut parts = Vec::new();
        for piece in text.split_inclusive(['[', ']']) {
            let words = piece.trim_end_matches(['[', ']']);
            if !words.is_empty() {
                parts.push(Part::Text(words.to_owned()));
            }
            match piece.chars().next_back() {
                Some('[') => parts.push(Part::Open(1)),
                Some(']') => parts.push(Part::Close(1)),
                _ => {}
            }
        }
        Segment { parts }
    };
    for (carried, alone, masked, expected, widened) in [
        // The model carries the marks, and nothing else changes.
        (
            "Das {rote} Haus ist alt.",
            "Blau",
            "",
            "Das [rote] Haus ist alt.",
            false,
        ),
        // It damages the words: those of the translation without marks are taken.
        (
            "Das {red-} Haus alt.",
            "Rot",
            "",
            "Das [rote] Haus ist alt.",
            false,
        ),
        // The words alone are translated in another way: what stands between the symbols is found.
        (
            "Das {rote} Haus, alt.",
            "Blau",
            "",
            "Das [rote] Haus ist alt.",
            false,
        ),
        // Neither is found, but the words are about the same.
        (
            "Das {rosa} Haus ist alt.",
            "Blau",
            "Nichts {.",
            "Das [rosa] Haus ist alt.",
            false,
        ),
        // About the same, but what the marks enclose is not translated.
        (
            "Das {red} Haus ist alt.",
            "Blau",
            "Das { Haus ist alt.",
            "Das [rote] Haus ist alt.",
            false,
        ),
        // A symbol in the place of the words shows where they belong.
        (
            "Das {r} H.",
            "Blau",
            "Das { Haus ist alt.",
            "Das [rote] Haus ist alt.",
            false,
        ),
        // Nothing helps: as many words, where they were.
        (
            "Das {r} H.",
            "Blau",
            "Nichts {.",
            "Das [rote] Haus ist alt.",
            true,
        ),
        // A space is not enclosed.
        (
            "Das{ rote} Haus ist alt.",
            "Blau",
            "",
            "Das [rote] Haus ist alt.",
            false,
        ),
        // The model puts the marks around the wrong words, but the words alone are there.
        (
            "Das rote {Haus} ist alt.",
            "Rote",
            "",
            "Das [rote] Haus ist alt.",
            false,
        ),
    ] {
        let with_symbols = |text: &str| text.replace('{', "\u{E000}").replace('}', "\u{E001}");
        let model = Rule {
            symbols: true,
            answer: |sentence: &str| match sentence {
                "The red house is old." => "Das rote Haus ist alt.".to_owned(),
                "red" => alone.to_owned(),
                "The \u{E000} house is old." => with_symbols(masked),
                "The \u{E000}red\u{E001} house is old." => with_symbols(carried),
                other => other.to_owned(),
            },
        };
        let source = segment("The [red] house is old.");
        let translated = Layer::new(plain())
            .translate_segments(&model, std::slice::from_ref(&source))
            .unwrap()
            .remove(0);
        assert_eq!(translated.segment, segment(expected), "{carried}");
        let notes = &translated.translated.sentences[0].notes;
        assert_eq!(notes.contains(&Note::MarksWidened), widened, "{carried}");
    }
}

#[test]
fn a_pair_beside_a_mark_that_stands_alone_is_found_by_its_words() {
    let segment = |words: [&str; 4]| Segment {
        parts: vec![
            Part::Text(words[0].to_owned()),
            Part::Open(0),
            Part::Text(words[1].to_owned()),
            Part::Close(0),
            Part::Text(words[2].to_owned()),
            Part::Single(1),
            Part::Text(words[3].to_owned()),
        ],
    };
    let model = Rule {
        symbols: true,
        answer: |sentence: &str| match sentence {
            "The red house is old\u{E000}." => "Das rote Haus ist alt\u{E000}.".to_owned(),
            "red" => "Rot".to_owned(),
            // With the marks of the pair, it loses the words around them.
            "The \u{E000}red\u{E001} house is old\u{E002}." => {
                "\u{E000}rot\u{E001} alt\u{E002}.".to_owned()
            }
            other => panic!("{other}"),
        },
    };
    let translated = Layer::new(plain())
        .translate_segments(&model, &[segment(["The ", "red", " house is old", "."])])
        .unwrap();
    assert_eq!(
        translated[0].segment,
        segment(["Das ", "rote", " Haus ist alt", "."])
    );
}

#[test]
fn what_ends_a_sentence_stands_behind_a_symbol_that_came_late() {
    for (answer, expected) in [
        ("Hallo, schreib.\u{E000}", "Hallo, schreib {name}."),
        ("Hallo, schreib. \u{E000}.", "Hallo, schreib {name}."),
        ("Hallo, z. B. \u{E000}.", "Hallo, z. B. {name}."),
        ("Hallo. Schreib \u{E000} an.", "Hallo. Schreib {name} an."),
    ] {
        let model = Rule {
            symbols: true,
            answer: |_: &str| answer.to_owned(),
        };
        assert_eq!(
            translate(plain(), &model, "Hello, write {name}.").0,
            expected
        );
    }
}

#[test]
fn a_line_break_that_lost_its_place_sets_two_texts_apart() {
    let model = Rule {
        symbols: true,
        answer: |sentence: &str| match sentence {
            "One" => "Eins".to_owned(),
            "two" => "zwei".to_owned(),
            _ => "Eins zwei\u{E000}".to_owned(),
        },
    };
    let segment = |first: &str, second: &str| Segment {
        parts: vec![
            Part::Text(first.to_owned()),
            Part::Single(0),
            Part::Text(second.to_owned()),
        ],
    };
    let translated = Layer::new(plain())
        .translate_segments(&model, &[segment("One", "two")])
        .unwrap();
    assert_eq!(translated[0].segment, segment("Eins", "zwei"));
}
