//! Unusual inputs on a small random model: never a panic, always the same answer.

use deshi::Translator;
use deshi_tests::random::Random;
use deshi_tests::{every_way, models, name};

fn check(translators: &[Translator], text: &str) {
    let answers: Vec<_> = translators
        .iter()
        .map(|translator| translator.translate_raw(text).unwrap())
        .collect();
    for (answer, translator) in answers.iter().zip(translators) {
        assert_eq!(answer, &answers[0], "{text:?}: {}", name(translator));
        assert!(answer.log_probability <= 0.0, "{text:?}");
    }
    if answers[0].source_tokens.is_empty() {
        assert_eq!(
            (answers[0].text.as_str(), answers[0].log_probability),
            ("", 0.0)
        );
    }
}

#[test]
fn strange_texts_are_translated_alike() {
    let translators = every_way(&models::small());
    let texts = [
        "",
        " \t\u{200B}",
        "a b. ab",
        "\0\u{7}\u{1B}[0m\n",
        "😀👩‍👩‍👧",
        "العربية 漢字",
        "e\u{301}\u{FEFF}\u{202E}abc",
        &"ab a. ".repeat(1700),
        &"😀".repeat(500),
        &"\u{301}".repeat(500),
    ];
    for text in texts {
        check(&translators, text);
    }
    let empty = translators[0].translate_raw(texts[1]).unwrap();
    assert!(empty.source_tokens.is_empty());
}

#[test]
fn random_texts_are_translated_alike() {
    let translators = every_way(&models::small());
    let mut random = Random::new(11);
    for _ in 0..200 {
        let bytes: Vec<u8> = match random.below(2) {
            0 => (0..random.below(60)).map(|_| random.bits() as u8).collect(),
            _ => (0..random.below(60))
                .flat_map(|_| {
                    let character = char::from_u32(random.bits() % 0x11_0000).unwrap_or('x');
                    character.to_string().into_bytes()
                })
                .collect(),
        };
        check(&translators, &String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn every_source_token_counts() {
    let translator = Translator::from_bytes(&models::small()).unwrap();
    let confidence = |text: String| translator.translate_raw(&text).unwrap().log_probability;
    for place in 0..3 {
        let text = |letter: char| {
            let mut letters = ['x'; 3];
            letters[place] = letter;
            String::from_iter(letters)
        };
        let mut seen: Vec<u32> = ('a'..='z')
            .map(|letter| confidence(text(letter)).to_bits())
            .collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 26, "letters at {place} are distinct");
    }
}
