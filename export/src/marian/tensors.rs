//! Converts Marian's items to deshi's tensors.

use std::collections::{BTreeMap, BTreeSet};

use deshi_checkpoint::Checkpoint;
use deshi_core::operations::{Block, Linear, LinearRole, Norm, NormRole};
use deshi_core::tensors::{self, EMBEDDING, Layer};
use deshi_core::vocabulary::START;
use deshi_core::{Architecture, Embeddings, Side};

use super::MarianError;
use super::binary::{Item, ItemType, Items};
use crate::reference::Int8;
use crate::verify::NEVER;

/// The options' item.
pub(super) const OPTIONS: &str = "special:model.yml";
/// The embedding of both languages, whose rows are the output layer too.
const JOINT_ITEM: &str = "Wemb";
/// An output layer that is no embedding: `[vocabulary, d_model]`.
pub(super) const OUTPUT_ITEM: &str = "decoder_ff_logit_out_Wt";
/// The same in older models: `[d_model, vocabulary]`.
const OLD_OUTPUT_ITEM: &str = "decoder_ff_logit_out_W";
pub(super) const OUTPUT_BIAS_ITEM: &str = "decoder_ff_logit_out_b";
/// The suffix of a weight's name for the scale of its inputs, which was measured beforehand. deshi measures each row anew.
pub(super) const INPUT_SCALE: &str = "_QuantMultA";

/// A model in deshi's terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Every tensor in f32. int8 weights are multiplied by their scales.
    pub checkpoint: Checkpoint,
    /// The weights that are int8 in the file, by their layers' names.
    pub int8: BTreeMap<String, Int8>,
}

/// deshi's id of `<unk>` in the vocabularies of a model, where texts can contain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unknown {
    /// In the vocabulary of both languages, or the target's.
    pub target: Option<u32>,
    /// In the source's own vocabulary.
    pub source: Option<u32>,
}

/// The item of a language's embedding.
pub(super) fn embedding_item(architecture: &Architecture, side: Side) -> &'static str {
    match side {
        _ if !architecture.has_split_vocabularies() => JOINT_ITEM,
        Side::Source => "encoder_Wemb",
        Side::Target => "decoder_Wemb",
    }
}

/// Converts a model's items to tensors.
///
/// The vocabulary sizes of `architecture` are the numbers of rows of the model's embeddings. The result has rows for deshi's
/// vocabularies: zeros for the start, which takes the id of `<unk>`; `<unk>` at `unknown` if texts can contain it; and, in the
/// output layer, zeros up to a multiple of 16. None of these tokens can ever be chosen.
///
/// # Errors
/// [`MarianError`] if an item is missing or unknown, or its type, shape or values are wrong.
pub fn model(
    items: &Items<'_>,
    architecture: &Architecture,
    unknown: Unknown,
) -> Result<Model, MarianError> {
    let source_vocabulary_size = architecture.embeddings.source_vocabulary_size;
    let source_rows = match source_vocabulary_size {
        0 => vec![],
        size => rows(size, unknown.source),
    };
    let mut rows = rows(architecture.vocabulary_size, unknown.target);
    rows.resize(rows.len().next_multiple_of(16), None);
    let padded = Architecture {
        vocabulary_size: rows.len(),
        embeddings: Embeddings {
            source_vocabulary_size: source_rows.len(),
            ..architecture.embeddings
        },
        ..*architecture
    };
    let mut reader = Reader {
        items,
        used: BTreeSet::from([OPTIONS.to_owned(), "none_QuantMultA".to_owned()]),
        model: Model {
            checkpoint: Checkpoint {
                architecture: padded,
                tensors: BTreeMap::new(),
            },
            int8: BTreeMap::new(),
        },
    };
    let mut result = Ok(());
    tensors::layers(architecture, |layer| {
        if result.is_ok() {
            result = match layer {
                Layer::Linear(layer) => reader.linear(layer),
                Layer::Norm(norm) => reader.norm(norm),
                Layer::Embedding { .. } => reader.output_layer(architecture, &rows),
                Layer::Table { side, d_model, ids } => {
                    let rows = match side {
                        Side::Source => &source_rows,
                        Side::Target => &rows,
                    };
                    let item = embedding_item(architecture, side);
                    let weight = reader.rows(item, [ids, d_model]);
                    weight.map(|weight| reader.put_rows(&layer.to_string(), weight, d_model, rows))
                }
            };
        }
    });
    result?;
    for (name, item) in items {
        let weight = name.strip_suffix(INPUT_SCALE);
        let is_scale =
            weight.is_some_and(|weight| reader.used.contains(weight) || weight == "none");
        if is_scale {
            check_shape(name, item, &[1, 1])?;
            f32_values(name, item)?;
        } else if !reader.used.contains(name) {
            return Err(MarianError::Unknown { item: name.clone() });
        }
    }
    Ok(reader.model)
}

/// For each of deshi's ids, its row in the model's embedding; `None` for zeros.
fn rows(vocabulary_size: usize, unknown: Option<u32>) -> Vec<Option<usize>> {
    let mut rows: Vec<_> = (0..vocabulary_size).map(Some).collect();
    rows[START as usize] = None;
    if unknown.is_some() {
        rows.push(Some(START as usize));
    }
    rows
}

struct Reader<'m, 'f> {
    items: &'m Items<'f>,
    used: BTreeSet<String>,
    model: Model,
}

/// A weight's values: `[outputs, inputs]`.
enum Weight {
    F32(Vec<f32>),
    /// The values, and their scale.
    Int8(Vec<i8>, f32),
}

impl<'m, 'f> Reader<'m, 'f> {
    /// The item with this name, which must have this shape.
    fn item(&mut self, name: &str, shape: &[usize]) -> Result<&'m Item<'f>, MarianError> {
        let missing = || MarianError::Missing { item: name.into() };
        let item = self.items.get(name).ok_or_else(missing)?;
        check_shape(name, item, shape)?;
        self.used.insert(name.to_owned());
        Ok(item)
    }

    fn vector(&mut self, name: &str, width: usize) -> Result<Vec<f32>, MarianError> {
        let item = self.item(name, &[1, width])?;
        f32_values(name, item)
    }

    /// A weight as `[outputs, inputs]`. Its item is declared as `[inputs, outputs]`.
    fn weight(&mut self, name: &str, inputs: usize, outputs: usize) -> Result<Weight, MarianError> {
        let item = self.item(name, &[inputs, outputs])?;
        Ok(match item.kind {
            // Already transposed in the file.
            ItemType::Intgemm8 => int8_values(name, item)?,
            _ => {
                let values = f32_values(name, item)?;
                let transposed = (0..outputs)
                    .flat_map(|output| (0..inputs).map(move |input| input * outputs + output));
                Weight::F32(transposed.map(|at| values[at]).collect())
            }
        })
    }

    fn put(&mut self, name: String, values: Vec<f32>) {
        self.model.checkpoint.tensors.insert(name, values);
    }

    fn linear(&mut self, layer: Linear) -> Result<(), MarianError> {
        let parts = linear_items(layer);
        let outputs = layer.outputs / parts.len();
        let (mut values, mut int8, mut bias) = (Vec::new(), Vec::new(), Vec::new());
        let mut scales = Vec::new();
        for (weight_name, bias_name) in &parts {
            match self.weight(weight_name, layer.inputs, outputs)? {
                Weight::F32(weight) => values.extend(weight),
                Weight::Int8(weight, scale) => {
                    values.extend(weight.iter().map(|&value| f32::from(value) * scale));
                    int8.extend(weight);
                    scales.extend(std::iter::repeat_n(scale, outputs));
                }
            }
            match bias_name {
                Some(name) => bias.extend(self.vector(name, outputs)?),
                None => bias.extend(std::iter::repeat_n(0.0, outputs)),
            }
        }
        if !int8.is_empty() {
            if int8.len() != values.len() {
                return Err(MarianError::Type {
                    item: parts[0].0.clone(),
                    got: "unlike the rest of its layer".into(),
                });
            }
            let weight = Int8 {
                values: int8,
                scales,
            };
            self.model.int8.insert(layer.to_string(), weight);
        }
        self.put(format!("{layer}.weight"), values);
        self.put(format!("{layer}.bias"), bias);
        Ok(())
    }

    fn norm(&mut self, norm: Norm) -> Result<(), MarianError> {
        let item = norm_item(norm);
        for (ours, theirs) in [("gamma", "scale"), ("beta", "bias")] {
            let values = self.vector(&format!("{item}_ln_{theirs}"), norm.width)?;
            self.put(format!("{norm}.{ours}"), values);
        }
        Ok(())
    }

    /// An item whose rows are stored as they are declared: `[ids, d_model]`.
    fn rows(&mut self, name: &str, shape: [usize; 2]) -> Result<Weight, MarianError> {
        let item = self.item(name, &shape)?;
        match item.kind {
            ItemType::Intgemm8 => int8_values(name, item),
            _ => f32_values(name, item).map(Weight::F32),
        }
    }

    /// Puts the rows of deshi's ids.
    fn put_rows(&mut self, name: &str, weight: Weight, width: usize, rows: &[Option<usize>]) {
        let worth = match weight {
            Weight::F32(values) => select(&values, width, rows),
            Weight::Int8(values, scale) => {
                let values = select(&values, width, rows);
                let worth = values.iter().map(|&value| f32::from(value) * scale);
                let worth = worth.collect();
                let scales = vec![scale; rows.len()];
                let int8 = Int8 { values, scales };
                self.model.int8.insert(name.to_owned(), int8);
                worth
            }
        };
        self.put(format!("{name}.weight"), worth);
    }

    fn output_layer(
        &mut self,
        architecture: &Architecture,
        rows: &[Option<usize>],
    ) -> Result<(), MarianError> {
        let Architecture {
            d_model,
            vocabulary_size,
            ..
        } = *architecture;
        let shape = [vocabulary_size, d_model];
        let weight = if !architecture.has_table(Side::Target) {
            self.rows(embedding_item(architecture, Side::Target), shape)?
        } else if self.items.contains_key(OLD_OUTPUT_ITEM) {
            self.weight(OLD_OUTPUT_ITEM, d_model, vocabulary_size)?
        } else {
            let item = self.item(OUTPUT_ITEM, &shape)?;
            // int8 items other than embeddings are stored transposed; whether this one is, no file at hand shows.
            if item.kind == ItemType::Intgemm8 {
                let item = OUTPUT_ITEM.to_owned();
                return Err(MarianError::Int8Output { item });
            }
            f32_values(OUTPUT_ITEM, item).map(Weight::F32)?
        };
        self.put_rows(EMBEDDING, weight, d_model, rows);
        let bias = self.vector(OUTPUT_BIAS_ITEM, vocabulary_size)?;
        let chosen = |(id, row): (usize, &Option<usize>)| match row {
            Some(row) if id < vocabulary_size => bias[*row],
            _ => NEVER,
        };
        let bias = rows.iter().enumerate().map(chosen).collect();
        self.put(format!("{EMBEDDING}.bias"), bias);
        Ok(())
    }
}

/// The named rows of a matrix; zeros for `None`.
fn select<T: Copy + Default>(matrix: &[T], width: usize, rows: &[Option<usize>]) -> Vec<T> {
    let mut selected = Vec::with_capacity(rows.len() * width);
    for row in rows {
        match row {
            Some(row) => selected.extend_from_slice(&matrix[row * width..][..width]),
            None => selected.extend(std::iter::repeat_n(T::default(), width)),
        }
    }
    selected
}

/// The names of a weight and its bias, without the layer's prefix.
type Parts = &'static [(&'static str, Option<&'static str>)];

/// The items of a linear layer's weight and bias. Several are joined along the outputs.
pub(super) fn linear_items(layer: Linear) -> Vec<(String, Option<String>)> {
    let (prefix, parts) = match layer.block {
        Block::Encoder(index) => (format!("encoder_l{}", index + 1), encoder_items(layer.role)),
        Block::Decoder(index) => (format!("decoder_l{}", index + 1), decoder_items(layer.role)),
    };
    let name = |part: &str| format!("{prefix}_{part}");
    let items = parts.iter();
    items
        .map(|(weight, bias)| (name(weight), bias.map(name)))
        .collect()
}

fn encoder_items(role: LinearRole) -> Parts {
    match role {
        LinearRole::SelfIn => &[
            ("self_Wq", Some("self_bq")),
            ("self_Wk", Some("self_bk")),
            ("self_Wv", Some("self_bv")),
        ],
        LinearRole::SelfOut => &[("self_Wo", Some("self_bo"))],
        role => feed_forward_items(role),
    }
}

fn decoder_items(role: LinearRole) -> Parts {
    match role {
        LinearRole::SelfIn => &[("rnn_W", None), ("rnn_Wf", Some("rnn_bf"))],
        LinearRole::CrossQuery => &[("context_Wq", Some("context_bq"))],
        LinearRole::CrossKeysValues => &[
            ("context_Wk", Some("context_bk")),
            ("context_Wv", Some("context_bv")),
        ],
        LinearRole::CrossOut => &[("context_Wo", Some("context_bo"))],
        role => feed_forward_items(role),
    }
}

fn feed_forward_items(role: LinearRole) -> Parts {
    match role {
        LinearRole::FeedForwardIn => &[("ffn_W1", Some("ffn_b1"))],
        LinearRole::FeedForwardOut => &[("ffn_W2", Some("ffn_b2"))],
        _ => unreachable!("an encoder, or a decoder with an SSRU, has no other linear layer"),
    }
}

/// The prefix of the names of a normalisation's items.
pub(super) fn norm_item(norm: Norm) -> String {
    match (norm.block, norm.role) {
        (Block::Encoder(index), NormRole::FeedForwardNorm) => {
            format!("encoder_l{}_ffn_ffn", index + 1)
        }
        (Block::Encoder(index), _) => format!("encoder_l{}_self_Wo", index + 1),
        (Block::Decoder(index), NormRole::SelfNorm) => format!("decoder_l{}_rnn_ffn", index + 1),
        (Block::Decoder(index), NormRole::CrossNorm) => {
            format!("decoder_l{}_context_Wo", index + 1)
        }
        (Block::Decoder(index), NormRole::FeedForwardNorm) => {
            format!("decoder_l{}_ffn_ffn", index + 1)
        }
    }
}

fn check_shape(name: &str, item: &Item<'_>, shape: &[usize]) -> Result<(), MarianError> {
    let same = item.shape.len() == shape.len()
        && item
            .shape
            .iter()
            .zip(shape)
            .all(|(&got, &expected)| usize::try_from(got) == Ok(expected));
    if same {
        return Ok(());
    }
    Err(MarianError::Shape {
        item: name.to_owned(),
        expected: format!("{shape:?}"),
        got: item.shape.clone(),
    })
}

fn wrong_type(name: &str, item: &Item<'_>) -> MarianError {
    MarianError::Type {
        item: name.to_owned(),
        got: item.kind.to_string(),
    }
}

/// An item's values, all of them finite. Its shape has been checked.
fn f32_values(name: &str, item: &Item<'_>) -> Result<Vec<f32>, MarianError> {
    if item.kind != ItemType::Float32 {
        return Err(wrong_type(name, item));
    }
    let elements: usize = item
        .shape
        .iter()
        .map(|&dimension| dimension as usize)
        .product();
    let values = item.data.as_chunks::<4>().0[..elements].iter();
    let values: Vec<f32> = values.map(|&bytes| f32::from_le_bytes(bytes)).collect();
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(values),
        Some(index) => Err(MarianError::Value {
            item: name.to_owned(),
            index,
            got: values[index],
        }),
    }
}

/// An item's int8 values and their scale.
fn int8_values(name: &str, item: &Item<'_>) -> Result<Weight, MarianError> {
    let elements: usize = item
        .shape
        .iter()
        .map(|&dimension| dimension as usize)
        .product();
    let (values, rest) = item.data.split_at(elements);
    let multiplier = rest.first_chunk().expect("the block holds the multiplier");
    let multiplier = f32::from_le_bytes(*multiplier);
    let scale = 1.0 / multiplier;
    if !(multiplier > 0.0 && multiplier.is_finite() && (128.0 * scale).is_finite()) {
        return Err(MarianError::Value {
            item: name.to_owned(),
            index: elements,
            got: multiplier,
        });
    }
    let values = values.iter().map(|&byte| byte as i8).collect();
    Ok(Weight::Int8(values, scale))
}
