//! A bundle with altered members and correct checksums is refused, or translates.

#![no_main]

use deshi::Options;
use deshi_core::bundle::{CARD, MANIFEST, SHORTLIST, VOCABULARY, WEIGHTS};
use deshi_fuzz::AlteredBundle;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (AlteredBundle, &str)| {
    let (bundle, text) = input;
    let file = bundle.file(&[MANIFEST, VOCABULARY, WEIGHTS, SHORTLIST, CARD]);
    let options = Options::new().threads(1).expect("1 is a number of threads");
    let Ok(translator) = options.from_bytes(&file) else {
        return;
    };
    let _ = translator.about();
    let text: String = text.chars().take(100).collect();
    let translation = translator.translate_raw(&text).expect("what loads, runs");
    let positions = translator.maximum_positions();
    let pieces = text.len() / positions.max(1) + 2;
    assert!(translation.tokens.len() <= pieces * translator.maximum_tokens(positions));
});
