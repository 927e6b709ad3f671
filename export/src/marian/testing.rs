//! Models, vocabularies and shortlists in the formats of Marian and SentencePiece, so that tests need no real ones.

use std::collections::BTreeMap;

use deshi_core::operations::Linear;
use deshi_core::tensors::{self, EMBEDDING, Layer};
use deshi_core::{Architecture, Side, TargetEmbedding};
use prost::Message;

use super::shortlist::{MAGIC, sum};
use super::tensors::{
    INPUT_SCALE, OPTIONS, OUTPUT_BIAS_ITEM, OUTPUT_ITEM, embedding_item, linear_items, norm_item,
};
use crate::sentencepiece::messages::{ModelProto, NormalizerSpec, SentencePiece, TrainerSpec};

/// How a model's weights are written.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// f32, `[inputs, outputs]`.
    Float32,
    /// int8 with one multiplier per tensor, `[outputs, inputs]`.
    Int8,
    /// The same, with the scales of activations: `127 / maximum` of each layer's inputs, by the layer's name; the output layer's name
    /// is `embedding`.
    Int8Alphas(BTreeMap<String, f32>),
}

/// An item to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// Marian's number of its type.
    pub kind: u64,
    /// Its shape.
    pub shape: Vec<i32>,
    /// Its values, and the multiplier if they are int8.
    pub data: Vec<u8>,
}

impl Written {
    fn float(name: String, shape: [usize; 2], values: impl Iterator<Item = f32>) -> Self {
        Self {
            name,
            kind: 0x404,
            shape: shape.map(|dimension| dimension as i32).to_vec(),
            data: values.flat_map(f32::to_le_bytes).collect(),
        }
    }

    /// Values in the order in which they are stored.
    fn int8(name: String, shape: [usize; 2], values: &[f32]) -> Self {
        let most = values
            .iter()
            .fold(0f32, |most, value| most.max(value.abs()));
        let multiplier = 127.0 / most.max(f32::MIN_POSITIVE);
        let bytes = values
            .iter()
            .map(|value| (value * multiplier).round_ties_even() as i8 as u8);
        Self {
            name,
            kind: 0x4101,
            shape: shape.map(|dimension| dimension as i32).to_vec(),
            data: bytes.chain(multiplier.to_le_bytes()).collect(),
        }
    }
}

/// The options of a model of this architecture, as Firefox's training leaves them.
pub fn options(architecture: &Architecture) -> String {
    let Architecture {
        encoder_layers,
        decoder_layers,
        d_model,
        d_ff,
        n_heads,
        vocabulary_size,
        ..
    } = architecture;
    let source_size = architecture.embedded_ids(Side::Source);
    let joint = !architecture.has_split_vocabularies();
    let tied = !joint && architecture.embeddings.target == TargetEmbedding::Tied;
    format!(
        "bert-train-type-embeddings: true\nbert-type-vocab-size: 2\ndec-cell: ssru\ndec-cell-base-depth: 2\n\
         dec-cell-high-depth: 1\ndec-depth: {decoder_layers}\ndim-emb: {d_model}\ndim-rnn: 1024\ndim-vocabs:\n  - {source_size}\n  \
         - {vocabulary_size}\nenc-cell: gru\nenc-cell-depth: 1\nenc-depth: {encoder_layers}\nenc-type: bidirectional\n\
         factors-combine: sum\nfactors-dim-emb: 0\ninput-types:\n  []\nlayer-normalization: false\nlemma-dependency: \"\"\n\
         lemma-dim-emb: 0\noutput-omit-bias: false\nright-left: false\nskip: false\ntied-embeddings: {tied}\ntied-embeddings-all: {joint}\n\
         tied-embeddings-src: false\ntransformer-aan-activation: swish\ntransformer-aan-depth: 2\ntransformer-aan-nogate: false\n\
         transformer-decoder-autoreg: rnn\ntransformer-decoder-dim-ffn: 0\ntransformer-decoder-ffn-depth: 0\n\
         transformer-depth-scaling: false\ntransformer-dim-aan: 2048\ntransformer-dim-ffn: {d_ff}\ntransformer-ffn-activation: relu\n\
         transformer-ffn-depth: 2\ntransformer-guided-alignment-layer: last\ntransformer-heads: {n_heads}\n\
         transformer-no-projection: false\ntransformer-pool: false\ntransformer-postprocess: dan\ntransformer-postprocess-emb: d\n\
         transformer-postprocess-top: \"\"\ntransformer-preprocess: \"\"\ntransformer-rnn-projection: false\ntransformer-tied-layers:\n  \
         []\ntransformer-train-position-embeddings: false\ntype: transformer\nulr: false\nulr-dim-emb: 0\n\
         ulr-trainable-transformation: false\nunlikelihood-loss: false\nversion: v1.9.56 0000000 2022-01-01 00:00:00 +0000\n"
    )
}

/// The items of a model, sorted by name; the options last. `tensors` are deshi's, with as many rows in the embedding as the
/// architecture says; the biases of the SSRUs' inputs, which Marian does not have, are left out.
pub fn items(
    architecture: &Architecture,
    tensors: &BTreeMap<String, Vec<f32>>,
    form: &Form,
) -> Vec<Written> {
    let mut items = Vec::new();
    let matrix = |layer: &str,
                  name: &str,
                  stored: &[f32],
                  inputs: usize,
                  outputs: usize,
                  items: &mut Vec<Written>| {
        let shape = [inputs, outputs];
        if *form == Form::Float32 {
            let at = |input: usize| (0..outputs).map(move |output| stored[output * inputs + input]);
            items.push(Written::float(name.into(), shape, (0..inputs).flat_map(at)));
            return;
        }
        items.push(Written::int8(name.into(), shape, stored));
        push_scale(form, layer, name, items);
    };
    tensors::layers(architecture, |layer| match layer {
        Layer::Linear(linear) => {
            let parts = linear_items(linear);
            let outputs = linear.outputs / parts.len();
            let part = |kind: &str, index: usize, width: usize| {
                &tensors[&format!("{linear}.{kind}")][index * outputs * width..][..outputs * width]
            };
            let Linear { inputs, .. } = linear;
            for (index, (weight, bias)) in parts.iter().enumerate() {
                let stored = part("weight", index, inputs);
                matrix(
                    &linear.to_string(),
                    weight,
                    stored,
                    inputs,
                    outputs,
                    &mut items,
                );
                if let Some(bias) = bias {
                    let values = part("bias", index, 1).iter().copied();
                    items.push(Written::float(bias.clone(), [1, outputs], values));
                }
            }
        }
        Layer::Norm(norm) => {
            for (ours, theirs) in [("gamma", "scale"), ("beta", "bias")] {
                let values = tensors[&format!("{norm}.{ours}")].iter().copied();
                let name = format!("{}_ln_{theirs}", norm_item(norm));
                items.push(Written::float(name, [1, norm.width], values));
            }
        }
        Layer::Embedding {
            d_model,
            vocabulary_size,
        } => {
            let shape = [vocabulary_size, d_model];
            let values = &tensors[&format!("{EMBEDDING}.weight")];
            if architecture.has_table(Side::Target) {
                // Never int8: see `tensors`.
                let values = values.iter().copied();
                items.push(Written::float(OUTPUT_ITEM.into(), shape, values));
            } else {
                let name = embedding_item(architecture, Side::Target);
                rows(form, name, shape, values, &mut items);
                push_scale(form, EMBEDDING, name, &mut items);
            }
            let bias = tensors[&format!("{EMBEDDING}.bias")].iter().copied();
            items.push(Written::float(
                OUTPUT_BIAS_ITEM.into(),
                [1, vocabulary_size],
                bias,
            ));
        }
        Layer::Table { side, d_model, ids } => {
            let name = embedding_item(architecture, side);
            let values = &tensors[&format!("{layer}.weight")];
            rows(form, name, [ids, d_model], values, &mut items);
        }
    });
    if let Form::Int8Alphas(_) = form {
        items.push(Written::float(
            "none_QuantMultA".into(),
            [1, 1],
            [1.0].into_iter(),
        ));
    }
    items.sort_by(|a, b| a.name.cmp(&b.name));
    let mut text = options(architecture).into_bytes();
    text.push(0);
    items.push(Written {
        name: OPTIONS.into(),
        kind: 0x101,
        shape: vec![1, text.len() as i32],
        data: text,
    });
    items
}

/// Adds an embedding: `[ids, d_model]`.
fn rows(form: &Form, name: &str, shape: [usize; 2], values: &[f32], items: &mut Vec<Written>) {
    items.push(match form {
        Form::Float32 => Written::float(name.into(), shape, values.iter().copied()),
        Form::Int8 | Form::Int8Alphas(_) => Written::int8(name.into(), shape, values),
    });
}

/// Adds the scale of a weight's inputs, if the form has scales.
fn push_scale(form: &Form, layer: &str, name: &str, items: &mut Vec<Written>) {
    if let Form::Int8Alphas(scales) = form {
        let scale = scales.get(layer).copied().unwrap_or(16.0);
        items.push(Written::float(
            format!("{name}{INPUT_SCALE}"),
            [1, 1],
            [scale].into_iter(),
        ));
    }
}

/// A binary model of these items.
pub fn file(items: &[Written]) -> Vec<u8> {
    let padded = |index: usize, item: &Written| match index + 1 == items.len() {
        true => item.data.len(),
        false => item.data.len().next_multiple_of(256),
    };
    let mut file = Vec::new();
    let put = |number: usize, file: &mut Vec<u8>| file.extend((number as u64).to_le_bytes());
    put(1, &mut file);
    put(items.len(), &mut file);
    for (index, item) in items.iter().enumerate() {
        put(item.name.len() + 1, &mut file);
        put(item.kind as usize, &mut file);
        put(item.shape.len(), &mut file);
        put(padded(index, item), &mut file);
    }
    for item in items {
        file.extend(item.name.bytes());
        file.push(0);
    }
    file.extend(items.iter().flat_map(|item| {
        item.shape
            .iter()
            .flat_map(|dimension| dimension.to_le_bytes())
    }));
    let start = ((file.len() + 8) / 256 + 1) * 256;
    let padding = start - file.len() - 8;
    put(padding, &mut file);
    file.resize(start, 0);
    for (index, item) in items.iter().enumerate() {
        let end = file.len() + padded(index, item);
        file.extend(&item.data);
        file.resize(end, 0);
    }
    file
}

/// A `.spm` file with this many pieces: the special ones, all bytes if `byte_fallback` is set, letters, and Chinese characters.
pub fn vocabulary(pieces: usize, byte_fallback: bool) -> Vec<u8> {
    let letters = ["▁".to_owned()]
        .into_iter()
        .chain(('a'..='z').map(String::from));
    let words = ('a'..='z').map(|letter| format!("▁{letter}"));
    let characters = ('\u{4E00}'..='\u{9FFF}').chain('\u{AC00}'..='\u{D7A3}');
    let characters = characters.chain('\u{20000}'..).map(String::from);
    let special = if byte_fallback { 258 } else { 2 };
    let learnt: Vec<String> = letters
        .chain(words)
        .chain(characters)
        .take(pieces - special)
        .collect();
    vocabulary_of(&learnt, byte_fallback)
}

/// A `.spm` file with the special pieces, all bytes if `byte_fallback` is set, and these pieces. Texts are cut into as few pieces as
/// possible; among equal cuts, earlier pieces win.
pub fn vocabulary_of(learnt: &[String], byte_fallback: bool) -> Vec<u8> {
    let piece = |text: String, kind: i32, score: f32| SentencePiece {
        piece: Some(text),
        score: Some(score),
        r#type: Some(kind),
    };
    let mut list = vec![piece("</s>".into(), 3, 0.0), piece("<unk>".into(), 2, 0.0)];
    if byte_fallback {
        list.extend((0..256).map(|byte| piece(format!("<0x{byte:02X}>"), 6, 0.0)));
    }
    let learnt = learnt.iter().enumerate();
    list.extend(learnt.map(|(rank, text)| piece(text.clone(), 1, -8.0 - rank as f32 / 4096.0)));
    let model = ModelProto {
        pieces: list,
        trainer_spec: Some(TrainerSpec {
            byte_fallback: Some(byte_fallback),
            ..TrainerSpec::default()
        }),
        normalizer_spec: Some(NormalizerSpec::default()),
        denormalizer_spec: None,
    };
    model.encode_to_vec()
}

/// A binary shortlist, with one of `lists` for each source token.
pub fn shortlist(first: u64, lists: &[Vec<u32>]) -> Vec<u8> {
    let best = lists.iter().map(Vec::len).max().unwrap_or(0) as u64;
    let entries: usize = lists.iter().map(Vec::len).sum();
    let mut file = Vec::new();
    for number in [
        MAGIC,
        0,
        first,
        best,
        lists.len() as u64 + 1,
        entries as u64,
    ] {
        file.extend(number.to_le_bytes());
    }
    let mut end = 0u64;
    file.extend(end.to_le_bytes());
    for list in lists {
        end += list.len() as u64;
        file.extend(end.to_le_bytes());
    }
    file.extend(lists.iter().flatten().flat_map(|id| id.to_le_bytes()));
    let checksum = sum(&file.as_chunks::<8>().0[2..]);
    file[8..16].copy_from_slice(&checksum.to_le_bytes());
    file
}
