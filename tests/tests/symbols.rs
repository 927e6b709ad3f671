//! Symbols on every executor and kernel set: a translation has each symbol of its source exactly once, for any
//! model.

use deshi_core::vocabulary::{FIRST_SYMBOL, SYMBOLS, symbol_character};
use deshi_tests::random::Random;
use deshi_tests::{every_way, models, name};

fn symbols() -> impl Iterator<Item = char> {
    (FIRST_SYMBOL..FIRST_SYMBOL + SYMBOLS).filter_map(symbol_character)
}

/// Random words of the small model's letters, mixed with symbols.
fn text(random: &mut Random) -> String {
    let mut words: Vec<String> = (0..1 + random.below(6))
        .map(|_| {
            let letters = 1 + random.below(4);
            let letter = |_| char::from(b'a' + random.below(26) as u8);
            (0..letters).map(letter).collect()
        })
        .collect();
    let mut chosen: Vec<char> = symbols().filter(|_| random.below(3) == 0).collect();
    while let Some(symbol) = chosen.pop() {
        let at = random.below(words.len() + 1);
        words.insert(at, symbol.to_string());
    }
    words.join(" ")
}

#[test]
fn every_symbol_of_the_source_comes_once_on_every_executor() {
    let mut random = Random::new(5);
    let texts: Vec<String> = (0..60).map(|_| text(&mut random)).collect();
    for bundle in [models::small(), models::small_with_shortlist()] {
        let mut expected = None;
        for translator in every_way(&bundle) {
            let name = name(&translator);
            let batch = translator.translate_raw_batch(&texts).unwrap();
            for (text, got) in texts.iter().zip(&batch) {
                for symbol in symbols() {
                    let count = |text: &str| text.matches(symbol).count();
                    assert_eq!(count(&got.text), count(text), "{name}: {text:?}: {got:?}");
                }
                assert_eq!(
                    translator.translate_raw(text).unwrap(),
                    *got,
                    "{name}: {text:?}"
                );
            }
            let expected = expected.get_or_insert_with(|| batch.clone());
            for (got, expected) in batch.iter().zip(&*expected) {
                assert_eq!(got, expected, "{name}");
                let bits = [got, expected].map(|it| it.log_probability.to_bits());
                assert_eq!(bits[0], bits[1], "{name}");
            }
        }
    }
}
