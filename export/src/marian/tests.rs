use std::collections::BTreeMap;

use deshi_core::bundle::{self, Bundle};
use deshi_core::shortlist::{Shortlist, mark_words, marked};
use deshi_core::tensors;
use deshi_core::vocabulary::{START, Vocabulary};
use deshi_core::{Architecture, DecoderKind, FeedForwardActivation, Positions, random_model};

use super::testing::{self, Form, Written};
use super::{Files, Model, inspect, read, shortlist};
use crate::reference::Quantised;
use crate::verify::NEVER;
use crate::{ExportError, Options, sentencepiece};

/// The shape in the file. Its 300 rows are not a multiple of 16.
const SMALL: Architecture = Architecture {
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

fn items(form: &Form) -> Vec<Written> {
    testing::items(&SMALL, &tensors(), form)
}

fn alphas() -> Form {
    Form::Int8Alphas(BTreeMap::new())
}

fn imported(form: &Form, byte_fallback: bool) -> (Model, sentencepiece::Imported) {
    let vocabulary = testing::vocabulary(SMALL.vocabulary_size, byte_fallback);
    let vocabulary = sentencepiece::import(&vocabulary).unwrap();
    let model = read(&testing::file(&items(form)), &vocabulary, &[]).unwrap();
    (model, vocabulary)
}

fn export(
    form: &Form,
    byte_fallback: bool,
    shortlist: Option<&[u8]>,
) -> Result<Vec<u8>, ExportError> {
    let files = Files {
        model: &testing::file(&items(form)),
        vocabulary: &testing::vocabulary(SMALL.vocabulary_size, byte_fallback),
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

/// The error message for a changed model.
fn refused(items: &[Written]) -> String {
    let vocabulary = sentencepiece::import(&testing::vocabulary(300, true)).unwrap();
    read(&testing::file(items), &vocabulary, &[])
        .unwrap_err()
        .to_string()
}

fn find<'i>(items: &'i mut [Written], name: &str) -> &'i mut Written {
    items.iter_mut().find(|item| item.name == name).unwrap()
}

#[test]
fn unknown_items_are_refused_by_name() {
    type Change<'c> = &'c dyn Fn(&mut Vec<Written>);
    let cases: [(Change<'_>, &str); 14] = [
        (
            &|items| items.retain(|item| item.name != "encoder_l2_self_bk"),
            "encoder_l2_self_bk is missing",
        ),
        (
            &|items| items.retain(|item| item.kind != 0x101),
            "special:model.yml is missing",
        ),
        (
            &|items| find(items, "Wemb").name = "encoder_Wemb".into(),
            "separate vocabularies (encoder_Wemb)",
        ),
        (
            &|items| find(items, "none_QuantMultA").name = "some_QuantMultA".into(),
            "unknown item some_QuantMultA",
        ),
        (
            &|items| items[0].name = items[1].name.clone(),
            "another item has the same name",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").kind = 0x4102,
            "encoder_l1_ffn_W1 has type intgemm16",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_b1").kind = 0x402,
            "has type float16",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").shape = vec![48, 32],
            "encoder_l1_ffn_W1 has the shape [48, 32]",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").shape = vec![i32::MAX; 8],
            "but its shape needs",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").shape = vec![-1, 4],
            "dimensions of at least 1",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").shape = vec![1; 9],
            "8 dimensions at most",
        ),
        (
            &|items| {
                find(items, "encoder_l1_self_bk").data[4..8]
                    .copy_from_slice(&f32::NAN.to_le_bytes())
            },
            "encoder_l1_self_bk[1] is NaN",
        ),
        (
            &|items| {
                let weight = find(items, "encoder_l1_self_Wk");
                let end = weight.data.len();
                weight.data[end - 4..].copy_from_slice(&0f32.to_le_bytes());
            },
            "encoder_l1_self_Wk[1024] is 0",
        ),
        (
            &|items| items[0].data.truncate(5),
            "bytes, but its shape needs",
        ),
    ];
    for (change, expected) in cases {
        let mut items = items(&alphas());
        change(&mut items);
        let message = refused(&items);
        assert!(message.contains(expected), "{expected}: {message}");
    }
    let mut mixed = items(&Form::Int8);
    let float = items(&Form::Float32)
        .into_iter()
        .find(|item| item.name == "encoder_l1_self_Wk");
    *find(&mut mixed, "encoder_l1_self_Wk") = float.unwrap();
    assert!(refused(&mixed).contains("unlike the rest of its layer"));
}

#[test]
fn unknown_options_are_refused_by_name() {
    for (from, to, expected) in [
        (
            "dec-cell: ssru",
            "dec-cell: gru",
            "dec-cell is gru, but must be ssru",
        ),
        (
            "autoreg: rnn",
            "autoreg: self-attention",
            "autoreg is self-attention, but must be rnn",
        ),
        (
            "ffn-activation: relu",
            "ffn-activation: swish",
            "ffn-activation is swish",
        ),
        (
            "transformer-postprocess: dan",
            "transformer-postprocess: dann",
            "must be dan or an",
        ),
        (
            "transformer-preprocess: \"\"",
            "transformer-preprocess: n",
            "transformer-preprocess is n, but must be unset",
        ),
        (
            "transformer-postprocess-emb: d",
            "transformer-postprocess-emb: n",
            "transformer-postprocess-emb is n, but must be d or unset",
        ),
        (
            "transformer-tied-layers:\n  []",
            "transformer-tied-layers:\n  - 1\n  - 1",
            "transformer-tied-layers is 1 1",
        ),
        (
            "tied-embeddings-all: true",
            "tied-embeddings-all: false",
            "separate vocabularies",
        ),
        (
            "dim-vocabs:\n  - 300",
            "dim-vocabs:\n  - 304",
            "separate vocabularies",
        ),
        (
            "dim-vocabs:\n  - 300\n  - 300",
            "dim-vocabs:\n  - 304\n  - 304",
            "has 300 pieces, but the model was trained with 304",
        ),
        (
            "transformer-heads: 4",
            "transformer-heads: many",
            "transformer-heads is many, but must be a number",
        ),
        (
            "dim-emb: 32",
            "dim-emb: 48",
            "encoder_l1_self_Wq has the shape [32, 32]",
        ),
        (
            "skip: false",
            "skip: false\nmystery: 7",
            "unknown option mystery (7)",
        ),
        (
            "type: transformer\n",
            "",
            "type is missing, but must be present",
        ),
        ("skip: false", "skip: [1, 2]", "line 25: not a plain value"),
        (
            "skip: false",
            "skip: false\nskip: false",
            "the option occurs twice",
        ),
        ("skip: false", "skip: &a false", "not a plain value"),
        ("skip: false", "skip", "not `key: value`"),
        (
            "bert-train-type-embeddings",
            "  - a\nbert-train-type-embeddings",
            "line 1: a list without a key",
        ),
    ] {
        let mut items = items(&Form::Float32);
        change_options(&mut items, from, to);
        let message = refused(&items);
        assert!(message.contains(expected), "{expected}: {message}");
        if to.contains("mystery") {
            let vocabulary = sentencepiece::import(&testing::vocabulary(300, true)).unwrap();
            let ignored = ["mystery".to_owned()];
            assert!(read(&testing::file(&items), &vocabulary, &ignored).is_ok());
        }
    }
}

/// Changes a text of the options.
fn change_options(items: &mut [Written], from: &str, to: &str) {
    let options = items.last_mut().unwrap();
    let text = String::from_utf8(options.data.clone()).unwrap();
    assert!(text.contains(from), "{from}");
    options.data = text.replacen(from, to, 1).into_bytes();
    options.shape = vec![1, options.data.len() as i32];
}

#[test]
fn sizes_out_of_range_are_refused_by_name() {
    for (key, from, to, expected) in [
        ("dec-depth", "2", "100", "1 to 16"),
        ("dec-depth", "2", "0", "1 to 16"),
        ("enc-depth", "2", "1000000000000000000", "1 to 32"),
        ("dim-emb", "32", "40", "a multiple of 16 up to 4096"),
        ("transformer-dim-ffn", "48", "16400", "a multiple of 16"),
        ("transformer-heads", "4", "5", "a divisor of dim-emb"),
        ("transformer-heads", "4", "0", "a divisor of dim-emb"),
    ] {
        let mut items = items(&Form::Float32);
        let option = |value| format!("\n{key}: {value}\n");
        change_options(&mut items, &option(from), &option(to));
        let message = refused(&items);
        let expected = format!("{key} is {to}, but must be {expected}");
        assert!(message.contains(&expected), "{expected}: {message}");
    }
    for pieces in [0, 65_537, usize::MAX] {
        let mut items = items(&Form::Float32);
        let to = format!("  - {pieces}\n  - {pieces}\n");
        change_options(&mut items, "  - 300\n  - 300\n", &to);
        let message = refused(&items);
        let expected = format!("dim-vocabs is {pieces}, but must be 1 to 65536");
        assert!(message.contains(&expected), "{expected}: {message}");
    }
}

#[test]
fn inspect_says_whether_a_file_can_be_imported() {
    type Change = fn(&mut Vec<Written>);
    let inspected = |items: &[Written]| inspect(&testing::file(items), &[]).unwrap();
    for form in [Form::Float32, Form::Int8, alphas()] {
        let text = inspected(&items(&form));
        assert!(text.contains("\ncan be imported"), "{text}");
    }
    let cases: [(Change, &str); 6] = [
        (|items| items.clear(), "special:model.yml is missing"),
        (
            |items| items.retain(|item| item.kind == 0x101),
            "encoder_l1_self_Wq is missing",
        ),
        (
            |items| items[0].name = "novel".into(),
            "decoder_ff_logit_out_b is missing",
        ),
        (
            |items| {
                let mut novel = items[0].clone();
                novel.name = "novel".into();
                items.insert(0, novel);
            },
            "unknown item novel",
        ),
        (
            |items| {
                let bias = find(items, "encoder_l1_ffn_b1");
                bias.kind = 0x402;
                bias.data.truncate(bias.data.len() / 2);
            },
            "encoder_l1_ffn_b1 has type float16",
        ),
        (
            |items| find(items, "Wemb").kind = 0x777,
            "Wemb has type 0x777",
        ),
    ];
    for (change, reason) in cases {
        let mut items = items(&Form::Float32);
        change(&mut items);
        let text = inspected(&items);
        let line = text.lines().find(|line| line.contains("be imported"));
        let line = line.unwrap_or_default();
        assert!(line.starts_with("cannot be imported: "), "{reason}: {text}");
        assert!(line.contains(reason), "{reason}: {text}");
        assert!(text.contains(&format!(", {} items", items.len())), "{text}");
    }
}

#[test]
fn damaged_models_are_refused_or_harmless() {
    let vocabulary = sentencepiece::import(&testing::vocabulary(300, true)).unwrap();
    let file = testing::file(&items(&alphas()));
    for length in (0..file.len())
        .step_by(97)
        .chain(file.len() - 300..file.len())
    {
        assert!(
            read(&file[..length], &vocabulary, &[]).is_err(),
            "cut at {length}"
        );
    }
    let header = file.windows(4).position(|bytes| bytes == b"Wemb").unwrap() + 5000;
    for at in (0..header).chain((header..file.len()).step_by(997)) {
        let mut damaged = file.clone();
        damaged[at] ^= 0xFF;
        if let Ok(model) = read(&damaged, &vocabulary, &[]) {
            let finite = |values: &Vec<f32>| values.iter().all(|value| value.is_finite());
            assert!(model.checkpoint.tensors.values().all(finite), "byte {at}");
        }
    }
    let mut longer = file.clone();
    longer.push(0);
    let message = read(&longer, &vocabulary, &[]).unwrap_err().to_string();
    assert!(message.contains("1 bytes after the last item"), "{message}");
}

#[test]
fn a_shortlist_names_marians_candidates() {
    let mut lists = vec![vec![]; 300];
    lists[280] = vec![290, 1, 5];
    lists[1] = vec![270];
    let file = testing::shortlist(4, &lists);
    for byte_fallback in [true, false] {
        let vocabulary = sentencepiece::import(&testing::vocabulary(300, byte_fallback)).unwrap();
        let size = 300 + usize::from(!byte_fallback);
        let converted = shortlist::import(&file, &vocabulary).unwrap();
        let converted = Shortlist::parse(&converted, size).unwrap();
        let mut marks = [0; mark_words(301)];
        converted.mark(&[280, 20, 0], &mut marks);
        assert!(marked(&marks).eq([0, 2, 3, 5, 20, 280, 290]));
        if let Some(unknown) = vocabulary.unknown {
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

    let vocabulary = sentencepiece::import(&testing::vocabulary(300, true)).unwrap();
    let other = sentencepiece::import(&testing::vocabulary(304, true)).unwrap();
    let message =
        |file: &[u8], vocabulary| shortlist::import(file, vocabulary).unwrap_err().to_string();
    assert!(message(&file, &other).contains("made for 300 pieces, but the vocabulary has 304"));
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
