use std::collections::BTreeMap;

use deshi_core::bundle::{self, Bundle};
use deshi_core::shortlist::{Shortlist, mark_words, marked};
use deshi_core::tensors;
use deshi_core::vocabulary::{START, Vocabulary};
use deshi_core::{
    Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions, random_model,
};

use super::testing::{self, Form, Written};
use super::{Files, Model, Vocabularies, inspect, read, shortlist};
use crate::reference::Quantised;
use crate::verify::NEVER;
use crate::{ExportError, Options, sentencepiece};

/// The shape in the file. Its 300 rows are not a multiple of 16.
pub(super) const SMALL: Architecture = Architecture {
    encoder_layers: 2,
    decoder_layers: 2,
    d_model: 32,
    d_ff: 48,
    n_heads: 4,
    decoder: DecoderKind::Ssru,
    vocabulary_size: 300,
    maximum_positions: super::options::MAXIMUM_POSITIONS,
    positions: Positions::Marian,
    activation: FeedForwardActivation::Relu,
    embeddings: Embeddings::JOINT,
};

fn tensors() -> BTreeMap<String, Vec<f32>> {
    let mut tensors = random_model::tensors(&SMALL, 5);
    for layer in 0..SMALL.decoder_layers {
        let bias = tensors
            .get_mut(&format!("decoder.{layer}.self_in.bias"))
            .unwrap();
        bias[..SMALL.d_model].fill(0.0);
    }
    tensors
}

pub(super) fn items(form: &Form) -> Vec<Written> {
    testing::items(&SMALL, &tensors(), form)
}

pub(super) fn alphas() -> Form {
    Form::Int8Alphas(BTreeMap::new())
}

/// A vocabulary for both languages.
pub(super) fn joint(pieces: usize, byte_fallback: bool) -> Vocabularies {
    Vocabularies::import(&testing::vocabulary(pieces, byte_fallback), None).unwrap()
}

fn imported(form: &Form, byte_fallback: bool) -> (Model, sentencepiece::Imported) {
    let vocabularies = joint(SMALL.vocabulary_size, byte_fallback);
    let model = read(&testing::file(&items(form)), &vocabularies, &[]).unwrap();
    (model, vocabularies.target)
}

fn export(
    form: &Form,
    byte_fallback: bool,
    shortlist: Option<&[u8]>,
) -> Result<Vec<u8>, ExportError> {
    let files = Files {
        model: &testing::file(&items(form)),
        vocabulary: &testing::vocabulary(SMALL.vocabulary_size, byte_fallback),
        target_vocabulary: None,
        shortlist,
    };
    let (bundle, agreement) = super::export(&files, &Options::default(), &[])?;
    assert!(agreement.tokens > 50, "{agreement:?}");
    Ok(bundle)
}

#[test]
fn float_tensors_come_back() {
    let expected = tensors();
    for byte_fallback in [true, false] {
        let (model, vocabulary) = imported(&Form::Float32, byte_fallback);
        assert!(model.int8.is_empty());
        let checkpoint = &model.checkpoint;
        // With <unk> there are 301 pieces.
        assert_eq!(checkpoint.architecture.vocabulary_size, 304);
        assert_eq!(vocabulary.unknown, (!byte_fallback).then_some(300));
        for (name, got) in &checkpoint.tensors {
            let Some(kind) = name.strip_prefix("embedding.") else {
                assert_eq!(got, &expected[name], "{name}");
                continue;
            };
            let width = got.len() / 304;
            let rows = got.chunks(width).zip(expected[name].chunks(width));
            for (id, (got, expected)) in rows.enumerate().filter(|(id, _)| *id != START as usize) {
                assert_eq!(got, expected, "{name}, {id}");
            }
            let nothing = if kind == "bias" { NEVER } else { 0.0 };
            let is_nothing = |id: usize| got[id * width..][..width].iter().all(|&x| x == nothing);
            assert!(
                is_nothing(START as usize) && (301..304).all(is_nothing),
                "{name}"
            );
            let unknown = &got[300 * width..][..width];
            if kind == "bias" || byte_fallback {
                assert!(is_nothing(300), "{name}");
            } else {
                assert_eq!(unknown, &expected[name][width..2 * width]);
            }
        }
    }
}

#[test]
fn int8_weights_are_taken_over_as_they_are() {
    let expected = tensors();
    let written: BTreeMap<_, _> = items(&Form::Int8)
        .into_iter()
        .map(|item| (item.name.clone(), item))
        .collect();
    for form in [Form::Int8, alphas()] {
        let (model, _) = imported(&form, true);
        let weights = tensors::list(&SMALL);
        let weights = weights
            .iter()
            .filter(|tensor| tensor.kind == tensors::TensorKind::Weight);
        assert_eq!(model.int8.len(), weights.count());
        let wk = &written["encoder_l1_self_Wk"];
        let part = 32 * 32;
        let bytes = model.int8["encoder.0.self_in"].values[part..2 * part]
            .iter()
            .map(|&value| value as u8);
        assert!(bytes.eq(wk.data[..part].iter().copied()));
        for (layer, int8) in &model.int8 {
            let worth = &model.checkpoint.tensors[&format!("{layer}.weight")];
            let exact = &expected[&format!("{layer}.weight")];
            let width = worth.len() / int8.scales.len();
            for (row, scale) in int8
                .scales
                .iter()
                .enumerate()
                .filter(|(row, _)| *row != START as usize || layer != "embedding")
            {
                for (at, exact) in exact.iter().enumerate().skip(row * width).take(width) {
                    assert_eq!(worth[at], f32::from(int8.values[at]) * scale, "{layer}");
                    assert!((worth[at] - exact).abs() <= 0.51 * scale, "{layer}[{at}]");
                }
            }
        }
        // What the runtime reads is, to the bit, what the file had.
        let (_, file) = super::write_weights(&model).unwrap();
        let file = deshi_core::aligned::AlignedBytes::copy(&file);
        let weights =
            deshi_core::weights::Weights::new(&model.checkpoint.architecture, file.bytes())
                .unwrap();
        for (name, got) in weights.tensors() {
            assert_eq!(got, model.checkpoint.tensors[&name], "{name}");
        }
    }
}

#[test]
fn every_form_becomes_a_bundle() {
    for form in [Form::Float32, Form::Int8, alphas()] {
        for byte_fallback in [true, false] {
            let bundle = export(&form, byte_fallback, None).unwrap();
            let bundle = Bundle::parse(&bundle).unwrap();
            let manifest = bundle.manifest();
            assert_eq!(manifest.architecture.positions, Positions::Marian);
            assert_eq!(manifest.maximum_tokens(20), 40);
            let vocabulary = Vocabulary::parse(bundle.member(bundle::VOCABULARY).unwrap()).unwrap();
            assert_eq!(vocabulary.len(), 300 + usize::from(!byte_fallback));
            assert!(!vocabulary.has_symbols());
        }
    }
}

#[test]
fn a_model_of_all_shapes_has_marians_items() {
    for (encoder, decoder, expected) in [(6, 2, 195), (6, 4, 253)] {
        let architecture = Architecture {
            encoder_layers: encoder,
            decoder_layers: decoder,
            ..SMALL
        };
        let tensors = random_model::tensors(&architecture, 1);
        let items = testing::items(&architecture, &tensors, &alphas());
        assert_eq!(items.len(), expected);
        let text = inspect(&testing::file(&items), &[]).unwrap();
        assert!(text.contains(&format!("{expected} items")), "{text}");
        assert!(
            text.contains(&format!("decoder layers {decoder}, d_model 32")),
            "{text}"
        );
        assert!(
            text.contains("encoder_l6_ffn_W2 intgemm8 [48, 32]"),
            "{text}"
        );
    }
}

#[test]
fn a_shortlist_names_marians_candidates() {
    let mut lists = vec![vec![]; 300];
    lists[280] = vec![290, 1, 5];
    lists[1] = vec![270];
    let file = testing::shortlist(4, &lists);
    for byte_fallback in [true, false] {
        let vocabularies = joint(300, byte_fallback);
        let size = 300 + usize::from(!byte_fallback);
        let converted = shortlist::import(&file, &vocabularies).unwrap();
        let converted = Shortlist::parse(&converted, size).unwrap();
        let mut marks = [0; mark_words(301)];
        converted.mark(&[280, 20, 0], &mut marks);
        assert!(marked(&marks).eq([0, 2, 3, 5, 20, 280, 290]));
        if let Some(unknown) = vocabularies.target.unknown {
            converted.mark(&[unknown, 0], &mut marks);
            assert!(marked(&marks).eq([0, 2, 3, 270, unknown]));
        }
        let bundle = export(&Form::Int8, byte_fallback, Some(&file)).unwrap();
        assert!(
            !Bundle::parse(&bundle)
                .unwrap()
                .member(bundle::SHORTLIST)
                .unwrap()
                .is_empty()
        );
    }

    let (vocabulary, other) = (joint(300, true), joint(304, true));
    let message =
        |file: &[u8], vocabulary| shortlist::import(file, vocabulary).unwrap_err().to_string();
    assert!(
        message(&file, &other).contains("made for 300 source pieces, but the vocabulary has 304")
    );
    assert!(
        message(&testing::shortlist(301, &lists), &vocabulary).contains("numbers of candidates")
    );
    lists[7] = vec![300];
    assert!(message(&testing::shortlist(4, &lists), &vocabulary).contains("names token 300"));
    for at in 0..file.len() {
        let mut damaged = file.clone();
        damaged[at] ^= 0x10;
        // The checksum may leave out the last entry.
        let result = shortlist::import(&damaged, &vocabulary);
        assert!(result.is_err() || at >= file.len() - 4, "byte {at}");
        assert!(
            shortlist::import(&file[..at], &vocabulary).is_err(),
            "cut at {at}"
        );
    }
}

/// The reference that imported weights are verified against takes them from the file, not from the quantiser.
#[test]
fn the_reference_takes_int8_weights_as_they_are() {
    let (model, _) = imported(&Form::Int8, true);
    let weight = &model.checkpoint.tensors["encoder.0.self_in.weight"];
    let rows = ndarray::ArrayView2::from_shape((96, 32), weight).unwrap();
    let requantised = Quantised::of(rows);
    let int8 = &model.int8["encoder.0.self_in"];
    assert!(
        requantised
            .values
            .iter()
            .zip(&int8.values)
            .any(|(a, &b)| *a != i32::from(b))
    );
}
