//! What the layer does for a reader: cases, with the copying model, and with models that do one thing wrong.

mod models;

use std::convert::Infallible;

use deshi_text::{
    Flags, Glossary, Layer, Model, Note, OnForeign, OnLowConfidence, Options, SentenceTranslation,
    TranslateError, TranslationMemory,
};
use models::{Identity, SYMBOLS};

/// Answers by a rule.
struct Rule<F> {
    symbols: bool,
    answer: F,
}

impl<F: Fn(&str) -> String> Model for Rule<F> {
    type Error = Infallible;

    fn symbols(&self) -> &[char] {
        if self.symbols { &SYMBOLS } else { &[] }
    }

    fn knows(&self, character: char) -> bool {
        models::knows(character)
    }

    fn count_tokens(&self, sentence: &str) -> usize {
        sentence.split_whitespace().count() + 1
    }

    fn maximum_tokens(&self) -> usize {
        100
    }

    fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Infallible> {
        let answer = |sentence: &&str| SentenceTranslation {
            text: (self.answer)(sentence),
            log_probability: -1.0,
            tokens: 2,
            ..SentenceTranslation::default()
        };
        Ok(sentences.iter().map(answer).collect())
    }
}

fn translate(
    options: Options,
    model: &impl Model<Error = Infallible>,
    text: &str,
) -> (String, Flags) {
    let translated = Layer::new(options)
        .translate(model, &[text])
        .unwrap()
        .remove(0);
    (translated.text, translated.flags)
}

fn plain() -> Options {
    Options::new("en", "de")
}

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
fn capitals_and_forms_of_characters_give_the_normal_translation() {
    let model = Rule {
        symbols: true,
        answer: |sentence: &str| match sentence {
            "The street is long." => "Die Straße ist lang.".to_owned(),
            "The café is closed." => "Das Café ist zu.".to_owned(),
            other => format!("({other})"),
        },
    };
    for (text, expected) in [
        ("The street is long.", "Die Straße ist lang."),
        ("THE STREET IS LONG.", "DIE STRASSE IST LANG."),
        ("the street is long.", "die Straße ist lang."),
        ("The stre\u{AD}et is\u{A0}long.", "Die Straße ist lang."),
        ("\u{200E}The cafe\u{301} is closed.", "Das Café ist zu."),
        ("Ｔｈｅ street is long.", "Die Straße ist lang."),
    ] {
        let (got, _) = translate(plain(), &model, text);
        assert_eq!(got, expected, "{text}");
    }
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
    use deshi_text::segment::{Part, Segment};
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
