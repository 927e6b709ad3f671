//! A small random model, and inputs that no one expects, on every kernel set.

use deshi::Translator;
use deshi_core::bundle;
use deshi_core::{Architecture, DecoderKind, random_model, vocabulary};

const ARCHITECTURE: Architecture = Architecture {
    encoder_layers: 2,
    decoder_layers: 2,
    d_model: 32,
    d_ff: 64,
    n_heads: 4,
    decoder: DecoderKind::Ssru,
    vocabulary_size: 272,
    maximum_positions: 24,
};

fn small() -> Vec<u8> {
    let manifest = format!(
        r#"{{"format":1,"architecture":{},"source_language":"en","target_language":"de","length_factor":2.0,"length_offset":4}}"#,
        serde_json::to_string(&ARCHITECTURE).unwrap()
    );
    let vocabulary = vocabulary::write(&["▁", "a", "b", "▁a", ".", "1"], &[(0, 1)]).unwrap();
    let weights = random_model::weights(&ARCHITECTURE, 1).unwrap();
    bundle::write(&[
        (bundle::MANIFEST, manifest.as_bytes()),
        (bundle::VOCABULARY, &vocabulary),
        (bundle::ENCODER, b""),
        (bundle::DECODER_STEP, b""),
        (bundle::WEIGHTS, &weights),
        (bundle::CARD, b""),
    ])
}

#[test]
fn every_kernel_set_gives_the_same_tokens_for_every_input() {
    let file = small();
    let long = "ab a. ".repeat(1700);
    let unbroken = "😀".repeat(500);
    let texts = [
        "",
        " \t\u{200B}",
        "a b. ab",
        "\0\u{7}\u{1B}[0m\n",
        "😀👩‍👩‍👧",
        "العربية 漢字",
        &long,
        &unbroken,
    ];
    for text in texts {
        let translations: Vec<_> = deshi_kernels::available()
            .map(|set| Translator::from_bytes(&file).unwrap().with_kernels(set))
            .map(|translator| translator.translate(text).unwrap())
            .collect();
        for translation in &translations {
            assert_eq!(translation, &translations[0], "{text:?}");
            assert!(translation.log_probability <= 0.0);
        }
        assert_eq!(
            translations[0].source_tokens == 0,
            text.trim().is_empty() || text == texts[1]
        );
    }
}

#[test]
fn different_sources_have_different_translations() {
    let translator = Translator::from_bytes(&small()).unwrap();
    let [a, b] = ["a", "b b b 1"].map(|text| translator.translate(text).unwrap());
    assert!(!a.tokens.is_empty() || !b.tokens.is_empty());
    assert_ne!(a.log_probability, b.log_probability);
}
