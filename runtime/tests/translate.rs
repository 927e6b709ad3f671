//! A small random model, and inputs that no one expects, on every kernel set.

use deshi::Translator;
use deshi_core::bundle;
use deshi_core::embedding::sine;
use deshi_core::quantization::quantise_linear;
use deshi_core::weights::{Layout, SectionKind};
use deshi_core::{Architecture, DecoderKind, vocabulary};

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

/// Numbers within -1 and 1 (Numerical Recipes' linear congruential generator).
fn random(state: &mut u32) -> f32 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*state >> 8) as f32 / (1 << 23) as f32 - 1.0
}

fn weights() -> Vec<u8> {
    let layout = Layout::new(&ARCHITECTURE).unwrap();
    let mut file = vec![0u8; layout.total_bytes() as usize];
    let mut seed = 1;
    let (mut scales, mut sums) = (Vec::new(), Vec::new());
    let sections = layout.sections();
    for (index, section) in sections.iter().enumerate() {
        let elements = section.bytes / 4;
        let numbers: Vec<[u8; 4]> = match section.kind {
            SectionKind::Blocked => {
                let outputs = sections[index + 1].bytes / 4;
                let weight: Vec<f32> = (0..section.bytes)
                    .map(|_| random(&mut seed) * 0.3)
                    .collect();
                let mut blocked = vec![0; weight.len()];
                (scales, sums) = (vec![0.0; outputs], vec![0; outputs]);
                let inputs = weight.len() / outputs;
                quantise_linear(inputs, &weight, &mut blocked, &mut scales, &mut sums);
                let bytes = blocked.iter().map(|&weight| weight as u8);
                bytes.collect::<Vec<_>>().as_chunks().0.to_vec()
            }
            SectionKind::Scales => scales
                .iter()
                .map(|scale: &f32| scale.to_le_bytes())
                .collect(),
            SectionKind::Sums => sums.iter().map(|sum: &i32| sum.to_le_bytes()).collect(),
            SectionKind::Positions => (0..elements)
                .map(|at| sine(at / 32, at % 32, 32).to_le_bytes())
                .collect(),
            _ => (0..elements)
                .map(|_| random(&mut seed).to_le_bytes())
                .collect(),
        };
        file[section.offset..][..section.bytes].copy_from_slice(numbers.as_flattened());
    }
    file
}

fn small() -> Vec<u8> {
    let manifest = format!(
        r#"{{"format":1,"architecture":{},"source_language":"en","target_language":"de","length_factor":2.0,"length_offset":4}}"#,
        serde_json::to_string(&ARCHITECTURE).unwrap()
    );
    let vocabulary = vocabulary::write(&["▁", "a", "b", "▁a", ".", "1"], &[(0, 1)]).unwrap();
    let weights = weights();
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
