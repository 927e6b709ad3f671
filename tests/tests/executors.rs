//! One model on every engine and kernel set: the same tokens and log-probabilities, to the bit.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::thread;

use deshi::Translator;
use deshi_tests::random::Random;
use deshi_tests::{SENTENCES, every_way, models, name, texts};

/// A hash of every token and every bit of the log-probabilities.
fn hash(translator: &Translator, texts: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for text in texts {
        let translation = translator.translate_raw(text).unwrap();
        translation.tokens.hash(&mut hasher);
        translation.log_probability.to_bits().hash(&mut hasher);
    }
    hasher.finish()
}

fn check(bundle: &[u8], texts: &[String]) {
    let translators = every_way(bundle);
    assert!(translators.len() >= 4, "two engines, plain and a fast set");
    let expected = hash(&translators[0], texts);
    for translator in &translators[1..] {
        let (got, first) = (hash(translator, texts), name(&translators[0]));
        assert_eq!(got, expected, "{} and {first}", name(translator));
    }
    // Checks that the hash depends on the texts.
    assert_ne!(hash(&translators[0], &texts[1..]), expected);
}

#[test]
fn the_carried_model_gives_the_same_bits_whatever_runs_it() {
    check(&models::carried(), &texts::lines(1000));
}

#[test]
fn a_small_random_model_gives_the_same_bits_whatever_runs_it() {
    let mut random = Random::new(3);
    let mut text = |length: usize| -> String {
        (0..length)
            .map(|_| char::from(b'a' + random.below(26) as u8))
            .collect()
    };
    // Every length up to one that has to be split, alternately short and long, so that buffers have to change
    // size.
    let lengths = (1..=90).flat_map(|length| [length, 91 - length]);
    let texts: Vec<String> = lengths.map(&mut text).collect();
    check(&models::small(), &texts);
}

#[test]
fn threads_share_a_translator() {
    let bundle = models::carried();
    for translator in every_way(&bundle) {
        let texts: Vec<String> = SENTENCES.lines().take(20).map(str::to_owned).collect();
        let expected = hash(&translator, &texts);
        let hashes: Vec<u64> = thread::scope(|scope| {
            let threads = [0, 1, 2].map(|_| scope.spawn(|| hash(&translator, &texts)));
            threads.map(|thread| thread.join().unwrap()).into()
        });
        assert_eq!(hashes, [expected; 3], "{}", name(&translator));
    }
}
