//! A model with a self-attention decoder and Swish: alone and in batches, on every kernel set and number of threads, in the
//! promised memory; and what cannot run it says so.

use deshi::{EngineKind, Error, ModelTranslation, Options, Translator, available_kernels};
use deshi_core::bundle::{self, MEMBERS, Manifest};
use deshi_core::random_model::{self, SMALL_TRANSFORMER};
use deshi_core::vocabulary::{self, FIRST_PIECE};

const TEXTS: [&str; 8] = [
    "a",
    "b b b z",
    "",
    "a b. ab",
    "a. a. a. b b b a a z z z",
    "漢字 a",
    "a b a b a b a b a b a b",
    "z",
];

/// Of a model whose translations of [`TEXTS`] are from 2 to 12 tokens long; most seeds give 2 and 4.
const SEED: u64 = 14;

/// A bundle of random weights, without graphs.
fn random_bundle() -> Vec<u8> {
    let manifest = Manifest {
        format: bundle::FORMAT,
        architecture: SMALL_TRANSFORMER,
        source_language: "en".try_into().unwrap(),
        target_language: "de".try_into().unwrap(),
        length_factor: 1.5,
        length_offset: 5,
    };
    let manifest = serde_json::to_vec(&manifest).unwrap();
    let pieces = SMALL_TRANSFORMER.vocabulary_size - FIRST_PIECE as usize;
    let pieces = ('a'..='z').chain('\u{4E00}'..).take(pieces);
    let pieces: Vec<String> = pieces.map(String::from).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let vocabulary = vocabulary::write(&pieces, &[]).unwrap();
    let weights = random_model::weights(&SMALL_TRANSFORMER, SEED).unwrap();
    let members: Vec<(&str, &[u8])> = MEMBERS[..MEMBERS.len() - 1]
        .iter()
        .map(|&name| match name {
            bundle::MANIFEST => (name, &manifest[..]),
            bundle::VOCABULARY => (name, &vocabulary[..]),
            bundle::WEIGHTS => (name, &weights[..]),
            _ => (name, &[][..]),
        })
        .collect();
    bundle::write(&members)
}

fn assert_equal(got: &[ModelTranslation], expected: &[ModelTranslation], what: &str) {
    assert_eq!(got, expected, "{what}");
    for (got, expected) in got.iter().zip(expected) {
        let bits = [got, expected].map(|translation| translation.log_probability.to_bits());
        assert_eq!(bits[0], bits[1], "{what}");
    }
}

#[test]
fn a_text_is_translated_alike_in_every_batch_on_every_kernel_set_and_number_of_threads() {
    let bundle = random_bundle();
    let translator = Translator::from_bytes(&bundle).unwrap();
    let alone: Vec<_> = TEXTS
        .iter()
        .map(|text| translator.translate_raw(text).unwrap())
        .collect();
    assert!(alone.iter().any(|translation| translation.tokens.len() > 5));
    for kernels in available_kernels() {
        for (sentences, threads) in [(1, 1), (2, 2), (3, 3), (64, 2)] {
            let options = Options::new().kernels(kernels).unwrap();
            let options = options.batch_sentences(sentences).unwrap();
            let translator = options
                .threads(threads)
                .unwrap()
                .from_bytes(&bundle)
                .unwrap();
            let together = translator.translate_raw_batch(&TEXTS).unwrap();
            let what = format!("{kernels}, {sentences} sentences, {threads} threads");
            assert_equal(&together, &alone, &what);
        }
    }
}

#[test]
fn a_translator_allocates_the_promised_bytes_and_room_for_the_tokens() {
    let bundle = random_bundle();
    for text in ["a", "a b a b a b a b"] {
        // Another text would find the first one's buffers.
        let translator = Translator::from_bytes(&bundle).unwrap();
        let mut tokens = 0;
        let allocated = allocation_counter::measure(|| {
            tokens = translator.translate_raw(text).unwrap().source_tokens.len() + 1;
        });
        let promised = translator.working_bytes(tokens).unwrap();
        let most = usize::try_from(allocated.bytes_max).unwrap();
        assert!(
            (promised..promised + 8192).contains(&most),
            "predicted {promised} bytes, allocated {most}"
        );
    }
    let translator = Translator::from_bytes(&bundle).unwrap();
    let [short, long] = [5, 10].map(|tokens| translator.working_bytes(tokens).unwrap());
    let of_the_cache = 2 * SMALL_TRANSFORMER.decoder_layers * SMALL_TRANSFORMER.d_model * 4;
    let more = translator.maximum_tokens(10) - translator.maximum_tokens(5);
    assert!(long - short > more * of_the_cache, "{short}, {long}");
}

#[test]
fn the_engine_that_runs_graphs_refuses_it_by_name() {
    let options = Options::new().engine(EngineKind::Tract);
    let error = options.from_bytes(&random_bundle()).unwrap_err();
    assert!(matches!(error, Error::NoGraphs { .. }), "{error}");
    let message = error.to_string();
    for part in ["tract", "self-attention", "native"] {
        assert!(message.contains(part), "{message}");
    }
}
