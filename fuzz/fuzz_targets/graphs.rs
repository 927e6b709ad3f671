//! A bundle with altered ONNX graphs and correct checksums: tract refuses it, or translates.

#![no_main]

use deshi::{EngineKind, Options};
use deshi_core::bundle::{DECODER_STEP, ENCODER};
use deshi_fuzz::AlteredBundle;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bundle: AlteredBundle| {
    let file = bundle.file(&[ENCODER, DECODER_STEP]);
    let options = Options::new().engine(EngineKind::Tract);
    let options = options.threads(1).expect("1 is a number of threads");
    if let Ok(translator) = options.from_bytes(&file) {
        let translation = translator.translate_raw("ab c").expect("what loads, runs");
        assert!(translation.tokens.len() <= translator.maximum_tokens(8));
    }
});
