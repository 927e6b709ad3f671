//! What a malicious bundle can cost at most. SECURITY.md lists the bounds.

use deshi::{Options, Translator};
use deshi_core::bundle::MANIFEST;
use deshi_tests::bundles::{members, pack, whole_message};
use deshi_tests::models;
use serde_json::{Value, json};

/// The small model with a changed manifest and correct checksums.
fn with_manifest(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut members = members(&models::small());
    let (_, content) = (members.iter_mut().find(|(name, _)| *name == MANIFEST)).unwrap();
    let mut manifest: Value = serde_json::from_slice(content).unwrap();
    change(&mut manifest);
    *content = serde_json::to_vec(&manifest).unwrap();
    pack(&members)
}

#[test]
fn no_manifest_makes_a_translation_longer_than_its_positions() {
    let file = with_manifest(|manifest| {
        manifest["length_factor"] = json!(100.0);
        manifest["length_offset"] = json!(u32::MAX);
    });
    let translator = Translator::from_bytes(&file).unwrap();
    let positions = models::SMALL.maximum_positions;
    for source_tokens in [1, 10, positions, usize::MAX] {
        assert!(translator.maximum_tokens(source_tokens) <= positions);
    }
    for text in ["a", "a b c d e f g h"] {
        let tokens = translator.translate_raw(text).unwrap().tokens.len();
        assert!(tokens <= positions, "{text}: {tokens}");
    }
}

#[test]
fn lengths_that_make_no_sense_are_refused() {
    for factor in [json!(-1.0), json!(1e30), json!(101.0)] {
        let file = with_manifest(|manifest| manifest["length_factor"] = factor.clone());
        let message = whole_message(&Translator::from_bytes(&file).unwrap_err());
        assert!(message.contains("length_factor"), "{factor}: {message}");
    }
}

/// A manifest can claim a model of gigabytes, but only what the file contains is read.
#[test]
fn a_refused_bundle_costs_no_more_memory_than_its_file() {
    for (field, value) in [
        ("d_model", 4096_i64),
        ("d_ff", 16_384),
        ("vocabulary_size", 65_536),
        ("maximum_positions", 4096),
        ("encoder_layers", 32),
        ("decoder_layers", 16),
        ("maximum_positions", 1 << 40),
    ] {
        let file = with_manifest(|manifest| manifest["architecture"][field] = json!(value));
        let options = Options::new();
        let mut loaded = false;
        let allocated = allocation_counter::measure(|| loaded = options.from_bytes(&file).is_ok());
        let most = file.len() as u64 + 200_000;
        let peak = allocated.bytes_max;
        assert!(peak <= most, "{field} {value}: {peak} bytes, bound {most}");
        assert!(!loaded, "{field} {value}: the weights do not fit it");
    }
}

/// Without a shortlist, the memory of a sentence is `working_bytes` (tests/tests/memory.rs); a shortlist adds 12 +
/// `d_model` bytes for each of its candidates, which are no more than the vocabulary's tokens.
#[test]
fn a_shortlist_adds_no_more_memory_than_the_vocabulary_has_rows() {
    let translator = Translator::from_bytes(&models::small_with_shortlist()).unwrap();
    assert!(translator.has_shortlist());
    let text = "a b c d e f g h";
    let mut tokens = 0;
    let allocated = allocation_counter::measure(|| {
        tokens = translator.translate_raw(text).unwrap().source_tokens.len() + 1;
    });
    let rows = models::SMALL.vocabulary_size * (12 + models::SMALL.d_model);
    let most = (translator.working_bytes(tokens).unwrap() + rows + 8192) as u64;
    let peak = allocated.bytes_max;
    assert!(peak <= most, "{peak} bytes, bound {most}");
}
