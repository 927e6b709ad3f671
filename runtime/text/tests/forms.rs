//! The forms of what people write: capitals, signs, times and prices, and marks, with models that answer by a rule.

mod models;

use deshi_text::segment::{Part, Segment};
use deshi_text::{Layer, TranslationMemory};
use models::{Identity, Rule, plain, translate};

#[test]
fn a_pair_of_marks_behind_an_article_does_not_take_it() {
    for (before, inside, answer, expected) in [
        (
            "Read the ",
            "policy",
            "die Richtlinie",
            "Lies die ⟦Richtlinie⟧.",
        ),
        (
            "Please ",
            "read the policy",
            "die Richtlinie",
            "Lies ⟦die Richtlinie⟧.",
        ),
    ] {
        let model = Rule {
            symbols: true,
            answer: |sentence: &str| match sentence {
                _ if sentence == inside => answer.to_owned(),
                _ if sentence.contains('\u{E000}') => "?".to_owned(),
                _ => "Lies die Richtlinie.".to_owned(),
            },
        };
        let segment = Segment {
            parts: vec![
                Part::Text(before.to_owned()),
                Part::Open(0),
                Part::Text(inside.to_owned()),
                Part::Close(0),
                Part::Text(".".to_owned()),
            ],
        };
        let translated = Layer::new(plain())
            .translate_segments(&model, std::slice::from_ref(&segment))
            .unwrap()
            .remove(0);
        let shown: String = translated
            .segment
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Open(_) => "⟦",
                Part::Close(_) => "⟧",
                Part::Single(_) => "|",
            })
            .collect();
        assert_eq!(shown, expected);
    }
}

#[test]
fn signs_that_a_model_loses_are_asked_for_as_symbols() {
    let model = Rule {
        symbols: true,
        answer: |sentence: &str| match sentence {
            "Say \"yes\" now." => "Sag „ja jetzt.".to_owned(),
            "Say \u{E000}yes\u{E001} now." => "Sag \u{E000}ja\u{E001} jetzt.".to_owned(),
            "Ask him." => "Frag ihn.".to_owned(),
            "Click **Save** (now)." => "Klicke **Speichern*** (jetzt).".to_owned(),
            "Click \u{E000}Save\u{E001} (now)." => {
                "Klicke \u{E000}Speichern\u{E001} (jetzt).".to_owned()
            }
            other => format!("<{other}>"),
        },
    };
    for (text, expected) in [
        ("NOTE: Ask him.", "HINWEIS: Frag ihn."),
        ("Warning!", "Warnung!"),
        ("Say \"yes\" now.", "Sag „ja“ jetzt."),
        ("“Ask him.”", "„Frag ihn.“"),
        ("(Ask him.)", "(Frag ihn.)"),
        ("Click **Save** (now).", "Klicke **Speichern** (jetzt)."),
    ] {
        assert_eq!(translate(plain(), &model, text).0, expected);
    }
}

#[test]
fn direct_speech_and_its_speaker_are_translated_apart() {
    let model = Rule {
        symbols: true,
        answer: |sentence: &str| match sentence {
            "Sit down." => "Setz dich.".to_owned(),
            "Why." => "Warum.".to_owned(),
            "Come." => "Komm.".to_owned(),
            "\u{E000}, she said." => "\u{E000}, sagte sie.".to_owned(),
            // Where the symbol comes is not what matters.
            "\u{E000}, he added." => "Er fügte \u{E000} hinzu.".to_owned(),
            "\u{E000}, Anna asked." => "\u{E000} Anna fragte.".to_owned(),
            "but not now." => "Aber nicht jetzt.".to_owned(),
            other => format!("<{other}>"),
        },
    };
    for (text, expected) in [
        ("\"Sit down,\" she said.", "„Setz dich“, sagte sie."),
        ("“Why,” Anna asked.", "„Warum“, Anna fragte."),
        (
            "“Come. Sit down,” he added.",
            "„Komm. Setz dich“, er fügte hinzu.",
        ),
        (
            "\"Sit down,\" she said, \"but not now.\"",
            "„Setz dich“, sagte sie, „aber nicht jetzt.“",
        ),
        ("\"No,\" she said.", "„Nein“, sagte sie."),
        ("\"12,\" she said.", "„12“, sagte sie."),
    ] {
        assert_eq!(translate(plain(), &model, text).0, expected);
    }
}

#[test]
fn a_memory_knows_several_sentences_together() {
    let mut options = plain();
    let memory = "Stop. Do not enter.\tHalt! Kein Zutritt.\nWARNING: Hot.\tVorsicht, heiß.\n";
    options.memory = TranslationMemory::from_tsv(memory).unwrap();
    for (text, expected) in [
        (
            "Yes.  Stop.  Do not enter. No.",
            "Yes.  Halt! Kein Zutritt. Nein.",
        ),
        ("Stop. Do not go.", "Stopp. Do not go."),
        ("WARNING: Hot.", "Vorsicht, heiß."),
    ] {
        assert_eq!(
            translate(options.clone(), &Identity::new(true), text).0,
            expected
        );
    }
}

#[test]
fn spans_with_numbers_are_shown_as_short_ones_and_come_back_as_they_were() {
    for (text, shown, answer, expected) in [
        (
            "It costs €1,299.00 today.",
            "It costs 37 EUR today.",
            "Es kostet heute 37 EUR.",
            "Es kostet heute €1,299.00.",
        ),
        (
            "Come at 3 p.m. on 12 March 2027.",
            "Come at 3 o'clock on 12 March 2027.",
            "Komm um 3 Uhr am 12. März 2027.",
            "Komm um 3 Uhr nachmittags am 12. März 2027.",
        ),
        (
            "Come on March 3rd at 5 p.m.",
            "Come on 3 March at 5 o'clock.",
            "Komm am 3 März um 5 Uhr.",
            "Komm am 3. März um 5 Uhr nachmittags.",
        ),
        (
            "Open 7 a.m. to 7 p.m. and at 12 a.m., not 15 p.m.",
            "Open 7 o'clock to 7 o'clock and at 12 o'clock, not 15 PM.",
            "Offen 7 Uhr bis 7 Uhr und um 12 Uhr, nicht 15 PM.",
            "Offen 7 Uhr bis 7 Uhr abends und um 12 Uhr nachts, nicht 15 p.m.",
        ),
        (
            "No. 5 is alive.",
            "Nr. 5 is alive.",
            "Nr. 5 lebt.",
            "Nr. 5 lebt.",
        ),
        (
            "It is -4 °C and 20% worse.",
            "It is 37 C and 20% worse.",
            "Es ist 37 C und 20 % schlimmer.",
            "Es ist -4 °C und 20% schlimmer.",
        ),
        (
            "5 kg in 1999 for 3.5 miles.",
            "5 kg in 1999 for 3.5 miles.",
            "5 kg 1999 für 3,5 Meilen.",
            "5 kg 1999 für 3.5 Meilen.",
        ),
    ] {
        for symbols in [true, false] {
            let model = Rule {
                symbols,
                answer: |sentence: &str| {
                    assert_eq!(sentence, shown);
                    answer.to_owned()
                },
            };
            let (got, flags) = translate(plain(), &model, text);
            assert_eq!(got, expected);
            assert!(!flags.repaired, "{text}");
        }
    }
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
