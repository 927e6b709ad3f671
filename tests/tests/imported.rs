//! Imported models in Marian's format, on every engine and kernel set, with the text layer and with a shortlist. Their
//! vocabularies have no symbols.

use std::collections::BTreeMap;

use deshi_core::vocabulary::START;
use deshi_core::{
    Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions, Side, TargetEmbedding,
    random_model,
};
use deshi_export::Options;
use deshi_export::marian::testing::{self, Form};
use deshi_export::marian::{self, Files};
use deshi_tests::{every_way, name, texts};

const PIECES: usize = 500;
const ARCHITECTURE: Architecture = Architecture {
    encoder_layers: 2,
    decoder_layers: 2,
    d_model: 48,
    d_ff: 80,
    n_heads: 4,
    decoder: DecoderKind::Ssru,
    vocabulary_size: PIECES,
    maximum_positions: 256,
    positions: Positions::Marian,
    activation: FeedForwardActivation::Relu,
    embeddings: Embeddings::JOINT,
};

/// Pieces of the source's vocabulary, where the languages have one each.
const SOURCE_PIECES: usize = 611;

/// One vocabulary for both languages, and one for each with the output layer tied and not.
const EMBEDDINGS: [Embeddings; 3] = [
    Embeddings::JOINT,
    Embeddings {
        source_vocabulary_size: SOURCE_PIECES,
        target: TargetEmbedding::Tied,
    },
    Embeddings {
        source_vocabulary_size: SOURCE_PIECES,
        target: TargetEmbedding::Untied,
    },
];

/// An imported random model. Letters have pieces. Other characters become bytes or, with no byte fallback, mostly `<unk>`.
fn imported(embeddings: Embeddings, byte_fallback: bool, shortlist: bool) -> Vec<u8> {
    let architecture = Architecture {
        embeddings,
        ..ARCHITECTURE
    };
    let tensors = random_model::tensors(&architecture, 4);
    let form = Form::Int8Alphas(BTreeMap::new());
    let model = testing::file(&testing::items(&architecture, &tensors, &form));
    let source_pieces = architecture.embedded_ids(Side::Source);
    let lists: Vec<Vec<u32>> = (0..source_pieces as u32)
        .map(|token| {
            (token..token + 3)
                .filter(|&token| token < PIECES as u32)
                .collect()
        })
        .collect();
    let lists = testing::shortlist(20, &lists);
    let target = testing::vocabulary(PIECES, byte_fallback);
    let files = Files {
        model: &model,
        vocabulary: &testing::vocabulary(source_pieces, byte_fallback),
        target_vocabulary: architecture.has_split_vocabularies().then_some(&target[..]),
        shortlist: shortlist.then_some(lists.as_slice()),
    };
    let options = Options {
        source_language: "en".into(),
        target_language: "de".into(),
        name: "imported".into(),
        ..Options::default()
    };
    marian::export(&files, &options, &[]).unwrap().0
}

#[test]
fn imported_models_give_the_same_bits_whatever_runs_them() {
    let texts = texts::lines(40);
    let cases = [(true, false), (false, false), (false, true), (true, true)];
    let cases = cases
        .into_iter()
        .flat_map(|case| EMBEDDINGS.map(|embeddings| (embeddings, case)));
    for (embeddings, (byte_fallback, shortlist)) in cases {
        let bundle = imported(embeddings, byte_fallback, shortlist);
        let mut expected = None;
        for translator in every_way(&bundle) {
            assert_eq!(translator.has_shortlist(), shortlist);
            let got = translator.translate_raw_batch(&texts).unwrap();
            for (translation, text) in got.iter().zip(&texts) {
                let real = |token: &u32| *token != START && (*token as usize) < PIECES;
                assert!(translation.tokens.iter().all(real), "{translation:?}");
                let source = translation.source_tokens.len();
                assert!(
                    translation.tokens.len() <= 2 * (source + 1),
                    "{translation:?}"
                );
                // Lower-case letters have pieces; other characters become bytes, or <unk>.
                assert!(text.is_empty() || source > 0);
            }
            let got: Vec<_> = got
                .into_iter()
                .map(|it| (it.tokens, it.log_probability.to_bits()))
                .collect();
            let expected = expected.get_or_insert_with(|| got.clone());
            assert!(got == *expected, "{}", name(&translator));
        }
    }
}

#[test]
fn the_text_layer_works_without_symbols() {
    for (embeddings, byte_fallback) in EMBEDDINGS.into_iter().zip([true, false, true]) {
        let bundle = imported(embeddings, byte_fallback, true);
        let translator = deshi::Translator::from_bytes(&bundle).unwrap();
        for text in [
            "see https://example.org/a?b=1 and {name}.",
            "\u{E000}\u{1F600} 3.5 kg of <b>it</b>",
            "  \u{3000} ",
            "",
            "日本語の文。\n\nanother line",
        ] {
            let translation = translator.translate(text).unwrap();
            assert_eq!(translation.text.trim().is_empty(), text.trim().is_empty());
            if text.contains("https") {
                assert!(
                    translation.text.contains("https://example.org/a?b=1"),
                    "{translation:?}"
                );
                assert!(translation.text.contains("{name}"), "{translation:?}");
            }
        }
        // A long line is cut into sentences that are short enough for the model.
        let long = "a letter here and there, ".repeat(300);
        assert!(!translator.translate(&long).unwrap().text.is_empty());
    }
}
