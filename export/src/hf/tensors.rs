//! From the tensors of `model.safetensors` to deshi's.

use std::collections::{BTreeMap, BTreeSet};

use deshi_checkpoint::Checkpoint;
use deshi_core::Architecture;
use deshi_core::embedding::sine;
use deshi_core::operations::{Block, Linear, LinearRole, Norm, NormRole};
use deshi_core::tensors::{self, EMBEDDING, Layer};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::HfError;
use super::vocabulary::Row;
use crate::verify::NEVER;

pub(super) const SHARED: &str = "model.shared.weight";
pub(super) const BIAS: &str = "final_logits_bias";
/// The same matrix under other names: files have some of them or none.
const COPIES: [&str; 3] = [
    "model.encoder.embed_tokens.weight",
    "model.decoder.embed_tokens.weight",
    "lm_head.weight",
];
const POSITIONS: [&str; 2] = [
    "model.encoder.embed_positions.weight",
    "model.decoder.embed_positions.weight",
];
/// numpy's sines and ours differ by their rounding.
const SINE_TOLERANCE: f32 = 1e-5;

fn block(block: Block) -> String {
    match block {
        Block::Encoder(layer) => format!("model.encoder.layers.{layer}"),
        Block::Decoder(layer) => format!("model.decoder.layers.{layer}"),
    }
}

/// The layers that are joined to one of deshi's, in order.
pub(super) fn linear_names(layer: Linear) -> Vec<String> {
    let parts: &[&str] = match layer.role {
        LinearRole::SelfIn => &["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        LinearRole::SelfOut => &["self_attn.out_proj"],
        LinearRole::CrossQuery => &["encoder_attn.q_proj"],
        LinearRole::CrossKeysValues => &["encoder_attn.k_proj", "encoder_attn.v_proj"],
        LinearRole::CrossOut => &["encoder_attn.out_proj"],
        LinearRole::FeedForwardIn => &["fc1"],
        LinearRole::FeedForwardOut => &["fc2"],
    };
    let block = block(layer.block);
    parts.iter().map(|part| format!("{block}.{part}")).collect()
}

/// The name of a normalisation.
pub(super) fn norm_name(norm: Norm) -> String {
    let role = match norm.role {
        NormRole::SelfNorm => "self_attn_layer_norm",
        NormRole::CrossNorm => "encoder_attn_layer_norm",
        NormRole::FeedForwardNorm => "final_layer_norm",
    };
    format!("{}.{role}", block(norm.block))
}

struct Reader<'f> {
    file: SafeTensors<'f>,
    used: BTreeSet<String>,
}

/// A tensor's values, all of them finite.
fn values(name: &str, view: &TensorView<'_>, shape: &[usize]) -> Result<Vec<f32>, HfError> {
    if view.dtype() != Dtype::F32 || view.shape() != shape {
        return Err(HfError::Tensor {
            name: name.into(),
            expected: format!("{:?} {shape:?}", Dtype::F32),
            got: format!("{:?} {:?}", view.dtype(), view.shape()),
        });
    }
    let (chunks, _) = view.data().as_chunks();
    let values: Vec<f32> = chunks
        .iter()
        .map(|&bytes| f32::from_le_bytes(bytes))
        .collect();
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(values),
        Some(index) => Err(HfError::NotFinite {
            name: name.into(),
            index,
        }),
    }
}

impl Reader<'_> {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, HfError> {
        let values = self.optional(name, shape)?;
        values.ok_or_else(|| HfError::MissingTensor { name: name.into() })
    }

    fn optional(&mut self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>, HfError> {
        let Ok(view) = self.file.tensor(name) else {
            return Ok(None);
        };
        self.used.insert(name.to_owned());
        values(name, &view, shape).map(Some)
    }

    /// The embedding of the model's own vocabulary, and its copies and positions.
    fn embedding(&mut self, architecture: &Architecture) -> Result<Vec<f32>, HfError> {
        let Architecture {
            d_model,
            vocabulary_size,
            maximum_positions,
            ..
        } = *architecture;
        let shape = [vocabulary_size, d_model];
        let shared = self.tensor(SHARED, &shape)?;
        for name in COPIES {
            if self
                .optional(name, &shape)?
                .is_some_and(|copy| copy != shared)
            {
                return Err(HfError::NotTied {
                    name: name.into(),
                    original: SHARED,
                });
            }
        }
        for name in POSITIONS {
            let table = self.optional(name, &[maximum_positions, d_model])?;
            for (at, value) in table.iter().flatten().enumerate() {
                let (position, column) = (at / d_model, at % d_model);
                if (value - sine(architecture, position, column)).abs() > SINE_TOLERANCE {
                    return Err(HfError::Positions {
                        name: name.into(),
                        position,
                    });
                }
            }
        }
        Ok(shared)
    }
}

/// Takes a model's tensors out of `model.safetensors`.
///
/// `architecture.vocabulary_size` is the number of rows of the model's embedding; the model that is made has `rows`.
///
/// # Errors
/// [`HfError`]: a tensor that is missing, too much, or not of the right type, shape or values.
pub fn model(
    file: &[u8],
    architecture: &Architecture,
    rows: &[Row],
) -> Result<Checkpoint, HfError> {
    let mut reader = Reader {
        file: SafeTensors::deserialize(file).map_err(HfError::SafeTensors)?,
        used: BTreeSet::new(),
    };
    let mut made = BTreeMap::new();
    let mut result = Ok(());
    let mut read = |layer: Layer| -> Result<(), HfError> {
        let (weight, bias) = match layer {
            Layer::Linear(linear) => {
                let names = linear_names(linear);
                let outputs = linear.outputs / names.len();
                let (mut weight, mut bias) = (Vec::new(), Vec::new());
                for name in names {
                    let shape = [outputs, linear.inputs];
                    weight.extend(reader.tensor(&format!("{name}.weight"), &shape)?);
                    bias.extend(reader.tensor(&format!("{name}.bias"), &[outputs])?);
                }
                (weight, bias)
            }
            Layer::Norm(norm) => {
                let name = norm_name(norm);
                let mut vector = |kind| reader.tensor(&format!("{name}.{kind}"), &[norm.width]);
                (vector("weight")?, vector("bias")?)
            }
            Layer::Embedding {
                d_model,
                vocabulary_size,
            } => {
                let own = reader.embedding(architecture)?;
                let own_bias = reader.tensor(BIAS, &[1, vocabulary_size])?;
                let row = |row: &Row| match row {
                    Row::Own(row) | Row::ReadOnly(row) => own[row * d_model..][..d_model].to_vec(),
                    Row::Padding => vec![0.0; d_model],
                };
                let bias = |row: &Row| match row {
                    Row::Own(row) => own_bias[*row],
                    Row::ReadOnly(_) | Row::Padding => NEVER,
                };
                (
                    rows.iter().flat_map(row).collect(),
                    rows.iter().map(bias).collect(),
                )
            }
            Layer::Table { .. } => unreachable!("config.json describes joint embeddings"),
        };
        let values = [weight, bias];
        made.extend(layer.tensors().map(|tensor| tensor.to_string()).zip(values));
        Ok(())
    };
    tensors::layers(architecture, |layer| {
        if result.is_ok() {
            result = read(layer);
        }
    });
    result?;
    debug_assert!(made.contains_key(&format!("{EMBEDDING}.weight")));
    let unknown = |name: &&str| !reader.used.contains(*name);
    if let Some(name) = reader.file.names().into_iter().find(unknown) {
        return Err(HfError::UnknownTensor {
            name: name.to_owned(),
        });
    }
    Ok(Checkpoint {
        architecture: Architecture {
            vocabulary_size: rows.len(),
            ..*architecture
        },
        tensors: made,
    })
}
