//! A folder in Hugging Face's form, made here, so that tests need no real model.

use std::collections::BTreeMap;

use deshi_core::tensors::{self, Layer};
use deshi_core::{Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions};
use prost::Message;
use safetensors::serialize;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

use super::Files;
use super::tensors::{BIAS, SHARED, linear_names, norm_name};
use crate::sentencepiece::messages::{ModelProto, NormalizerSpec, SentencePiece, TrainerSpec};

/// The pieces of `vocab.json`, by their ids.
pub const PIECES: [&str; 11] = [
    "</s>",
    "<unk>",
    "▁",
    "a",
    "▁ab",
    "b",
    "▁z",
    "c",
    "d",
    "▁target",
    "<pad>",
];
/// The id of `<pad>`.
pub const PAD: usize = PIECES.len() - 1;

/// A small model of the folder.
pub const ARCHITECTURE: Architecture = Architecture {
    encoder_layers: 2,
    decoder_layers: 2,
    d_model: 32,
    d_ff: 64,
    n_heads: 4,
    decoder: DecoderKind::SelfAttention,
    vocabulary_size: PIECES.len(),
    maximum_positions: 24,
    positions: Positions::Vaswani,
    activation: FeedForwardActivation::Swish,
    embeddings: Embeddings::JOINT,
};

/// A tensor: its shape and values.
pub type Tensor = (Vec<usize>, Vec<f32>);

/// A folder that can still be changed.
#[derive(Debug, Clone)]
pub struct Folder {
    /// `config.json`
    pub config: BTreeMap<String, Value>,
    /// `model.safetensors`
    pub tensors: BTreeMap<String, Tensor>,
    /// `vocab.json`
    pub ids: BTreeMap<String, usize>,
    /// `source.spm`
    pub(crate) source: ModelProto,
    /// `target.spm`
    pub(crate) target: ModelProto,
}

fn spm(pieces: &[&str]) -> ModelProto {
    let piece = |text: &str, score, kind| SentencePiece {
        piece: Some(text.into()),
        score: Some(score),
        r#type: Some(kind),
    };
    let special = [("<unk>", 2), ("<s>", 3), ("</s>", 3)];
    let special = special.map(|(text, kind)| piece(text, 0.0, kind));
    let learnt = pieces.iter().map(|text| piece(text, -2.0, 1));
    ModelProto {
        pieces: special.into_iter().chain(learnt).collect(),
        trainer_spec: Some(TrainerSpec::default()),
        normalizer_spec: Some(NormalizerSpec::default()),
        denormalizer_spec: None,
    }
}

impl Folder {
    /// A folder of a model of [`ARCHITECTURE`] with these values, by deshi's names.
    pub fn new(values: &BTreeMap<String, Vec<f32>>) -> Self {
        let mut tensors = BTreeMap::new();
        tensors::layers(&ARCHITECTURE, |layer| {
            let mut own = layer
                .tensors()
                .map(|tensor| &values[tensor.name().as_str()]);
            let [weight, bias] = [0, 1].map(|_| own.next().cloned().unwrap_or_default());
            match layer {
                Layer::Linear(linear) => {
                    let names = linear_names(linear);
                    let outputs = linear.outputs / names.len();
                    let parts = weight.chunks(outputs * linear.inputs);
                    let parts = parts.zip(bias.chunks(outputs));
                    for (name, (weight, bias)) in names.iter().zip(parts) {
                        let shape = vec![outputs, linear.inputs];
                        tensors.insert(format!("{name}.weight"), (shape, weight.to_vec()));
                        tensors.insert(format!("{name}.bias"), (vec![outputs], bias.to_vec()));
                    }
                }
                Layer::Norm(norm) => {
                    let name = norm_name(norm);
                    tensors.insert(format!("{name}.weight"), (vec![norm.width], weight));
                    tensors.insert(format!("{name}.bias"), (vec![norm.width], bias));
                }
                Layer::Embedding { d_model, .. } => {
                    tensors.insert(SHARED.into(), (vec![PIECES.len(), d_model], weight));
                    tensors.insert(BIAS.into(), (vec![1, PIECES.len()], bias));
                }
                Layer::Table { .. } => unreachable!("the architecture has joint embeddings"),
            }
        });
        let Value::Object(config) = json!({
            "model_type": "marian", "scale_embedding": true, "encoder_layers": 2, "decoder_layers": 2, "d_model": 32,
            "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
            "vocab_size": PIECES.len(), "max_position_embeddings": 24, "pad_token_id": PAD, "decoder_start_token_id": PAD,
            "eos_token_id": 0, "activation_function": "swish", "dropout": 0.1, "share_encoder_decoder_embeddings": true,
            "architectures": ["MarianMTModel"], "decoder_vocab_size": null,
        }) else {
            unreachable!("it is an object")
        };
        Self {
            config: config.into_iter().collect(),
            tensors,
            ids: PIECES
                .iter()
                .map(|piece| (*piece).to_owned())
                .zip(0..)
                .collect(),
            // `x` has no id in vocab.json.
            source: spm(&["▁", "a", "b", "▁ab", "c", "d", "x"]),
            target: spm(&["▁", "▁z", "a", "▁target"]),
        }
    }

    /// Calls `with` with the files.
    ///
    /// # Panics
    /// If a tensor has not as many values as its shape says.
    pub fn with<T>(&self, with: impl FnOnce(&Files<'_>) -> T) -> T {
        let data: Vec<(&str, &[usize], Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes());
                (name.as_str(), shape.as_slice(), bytes.collect())
            })
            .collect();
        let views = data.iter().map(|(name, shape, bytes)| {
            let view =
                TensorView::new(Dtype::F32, shape.to_vec(), bytes).expect("it can be written");
            (*name, view)
        });
        with(&Files {
            config: &serde_json::to_vec(&self.config).expect("it can be written"),
            model: &serialize(views, None).expect("it can be written"),
            vocabulary: &serde_json::to_vec(&self.ids).expect("it can be written"),
            source: &self.source.encode_to_vec(),
            target: &self.target.encode_to_vec(),
        })
    }
}
