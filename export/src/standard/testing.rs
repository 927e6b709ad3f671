//! A small encoder-decoder of ONNX's standard operators, with optimum's names, and the same model by plain loops.

use std::collections::BTreeMap;

use prost::Message;
use serde_json::{Value, json};

use super::{Files, NamedFile};
use crate::hf::testing::{Folder, PAD, PIECES};
use crate::onnx::messages::{
    AttributeProto, DataType, DimensionProto, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use crate::onnx::proto::{int, ints, strings};

/// Width of the hidden vectors.
pub const D_MODEL: usize = 32;
/// Attention heads.
pub const HEADS: usize = 2;
/// Width of one head.
pub const HEAD_DIM: usize = D_MODEL / HEADS;

/// A dimension: a size, or a name.
#[derive(Clone, Copy)]
enum Dim {
    Of(usize),
    Named(&'static str),
}
use Dim::{Named, Of};

/// The weights, by name: `[rows, columns]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(pub BTreeMap<&'static str, ([usize; 2], Vec<f32>)>);

impl Weights {
    /// Random ones.
    pub fn random(seed: u64) -> Self {
        let mut random = deshi_core::random::Random::new(seed);
        let square = [D_MODEL, D_MODEL];
        let shapes = [
            ("embedding", [PIECES.len(), D_MODEL]),
            ("encoder", square),
            ("query", square),
            ("key", square),
            ("value", square),
            ("cross_query", square),
            ("cross_key", square),
            ("cross_value", square),
            ("output", [D_MODEL, PIECES.len()]),
        ];
        let tensors = shapes.map(|(name, [rows, columns])| {
            let spread = if name == "embedding" { 2.0 } else { 0.6 };
            let values = (0..rows * columns).map(|_| spread * random.number());
            (name, ([rows, columns], values.collect()))
        });
        Self(tensors.into())
    }
}

/// Writes a graph node by node.
struct Writer<'w> {
    weights: &'w Weights,
    graph: GraphProto,
}

impl<'w> Writer<'w> {
    fn new(weights: &'w Weights, inputs: &[(&str, DataType, &[Dim])]) -> Self {
        let mut graph = GraphProto {
            name: "main".into(),
            ..GraphProto::default()
        };
        for (name, data_type, dims) in inputs {
            graph.input.push(port(name, *data_type, dims));
        }
        Self { weights, graph }
    }

    fn node(&mut self, op: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) {
        self.graph.node.push(NodeProto {
            name: format!("/{op}/{output}"),
            op_type: op.into(),
            input: strings(inputs),
            output: strings(&[output]),
            attribute,
            ..NodeProto::default()
        });
    }

    /// A weight, as an initializer.
    fn weight(&mut self, name: &str) -> String {
        let given = format!("{}.{name}", self.graph.node.len());
        let (shape, values) = &self.weights.0[name];
        self.graph.initializer.push(TensorProto {
            name: given.clone(),
            data_type: DataType::Float as i32,
            dims: shape.map(|size| size as i64).into(),
            // As some exporters store them.
            float_data: values.clone(),
            ..TensorProto::default()
        });
        given
    }

    /// A list of whole numbers.
    fn list(&mut self, values: &[i64], output: &str) -> String {
        let tensor = TensorProto {
            data_type: DataType::Int64 as i32,
            dims: vec![values.len() as i64],
            raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ..TensorProto::default()
        };
        let name = format!("{output}.list");
        let attribute = AttributeProto {
            name: "value".into(),
            t: Some(tensor),
            r#type: 4,
            ..AttributeProto::default()
        };
        self.node("Constant", &[], &name, vec![attribute]);
        name
    }

    fn linear(&mut self, x: &str, weight: &str, output: &str) {
        let weight = self.weight(weight);
        self.node("MatMul", &[x, &weight], output, vec![]);
    }

    /// `[1, n, d_model]` -> `[1, heads, n, head_dim]`
    fn heads(&mut self, x: &str, output: &str) {
        let shape = self.list(&[1, -1, HEADS as i64, HEAD_DIM as i64], output);
        let cut = format!("{output}.cut");
        self.node("Reshape", &[x, &shape], &cut, vec![]);
        let order = ints("perm", &[0, 2, 1, 3]);
        self.node("Transpose", &[&cut], output, vec![order]);
    }

    /// Attention of `query: [1, n, d_model]`; keys and values are split into heads.
    fn attention(&mut self, query: &str, [keys, values]: [&str; 2], output: &str) {
        let name = |part: &str| format!("{output}.{part}");
        self.heads(query, &name("query"));
        let order = ints("perm", &[0, 1, 3, 2]);
        self.node("Transpose", &[keys], &name("keys"), vec![order]);
        self.node(
            "MatMul",
            &[&name("query"), &name("keys")],
            &name("scores"),
            vec![],
        );
        let last = vec![int("axis", 3)];
        self.node("Softmax", &[&name("scores")], &name("shares"), last);
        self.node("MatMul", &[&name("shares"), values], &name("parts"), vec![]);
        let order = ints("perm", &[0, 2, 1, 3]);
        self.node("Transpose", &[&name("parts")], &name("rows"), vec![order]);
        let shape = self.list(&[1, -1, D_MODEL as i64], output);
        self.node("Reshape", &[&name("rows"), &shape], output, vec![]);
    }

    fn embed(&mut self, output: &str) {
        let weight = self.weight("embedding");
        self.node("Gather", &[&weight, "input_ids"], output, vec![]);
    }

    /// The decoder: `past` and the source's keys and values are names of values.
    fn decoder(&mut self, past: Option<[&str; 2]>, source: [&str; 2]) {
        self.embed("x");
        for (weight, name) in [("key", "new_keys"), ("value", "new_values")] {
            let flat = format!("{name}.flat");
            self.linear("x", weight, &flat);
            self.heads(&flat, name);
        }
        let all = [KEY, VALUE];
        for (index, new) in ["new_keys", "new_values"].into_iter().enumerate() {
            let axis = vec![int("axis", 2)];
            match past {
                Some(past) => self.node("Concat", &[past[index], new], all[index], axis),
                None => self.node("Identity", &[new], all[index], vec![]),
            }
        }
        self.linear("x", "query", "query");
        self.attention("query", all, "attended");
        self.node("Add", &["x", "attended"], "y", vec![]);
        self.linear("y", "cross_query", "cross_query");
        self.attention("cross_query", source, "crossed");
        self.node("Add", &["y", "crossed"], "z", vec![]);
        self.linear("z", "output", "logits");
    }

    fn finish(mut self, outputs: &[(&str, &[Dim])]) -> ModelProto {
        for (name, dims) in outputs {
            self.graph.output.push(port(name, DataType::Float, dims));
        }
        ModelProto {
            ir_version: 8,
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto {
                domain: String::new(),
                version: 14,
            }],
            ..ModelProto::default()
        }
    }
}

const KEY: &str = "present.0.decoder.key";
const VALUE: &str = "present.0.decoder.value";
const SOURCE_KEY: &str = "present.0.encoder.key";
const SOURCE_VALUE: &str = "present.0.encoder.value";
const PAST_KEY: &str = "past_key_values.0.decoder.key";
const PAST_VALUE: &str = "past_key_values.0.decoder.value";
const PAST_SOURCE_KEY: &str = "past_key_values.0.encoder.key";
const PAST_SOURCE_VALUE: &str = "past_key_values.0.encoder.value";

const fn heads(length: &'static str) -> [Dim; 4] {
    [Named("batch"), Of(HEADS), Named(length), Of(HEAD_DIM)]
}

fn port(name: &str, data_type: DataType, dims: &[Dim]) -> ValueInfoProto {
    let dim = dims.iter().map(|dim| match dim {
        Of(size) => DimensionProto {
            dim_value: Some(*size as i64),
            dim_param: None,
        },
        Named(name) => DimensionProto {
            dim_value: None,
            dim_param: Some((*name).into()),
        },
    });
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: data_type as i32,
                shape: Some(TensorShapeProto { dim: dim.collect() }),
            }),
        }),
    }
}

fn encoder(weights: &Weights) -> ModelProto {
    let ids: &[Dim] = &[Named("batch"), Named("source")];
    let mut writer = Writer::new(
        weights,
        &[
            ("input_ids", DataType::Int64, ids),
            ("attention_mask", DataType::Int64, ids),
        ],
    );
    writer.embed("x");
    let to = vec![int("to", DataType::Float as i64)];
    writer.node("Cast", &["attention_mask"], "mask", to);
    let axes = writer.list(&[2], "column");
    writer.node("Unsqueeze", &["mask", &axes], "column", vec![]);
    writer.node("Mul", &["x", "column"], "masked", vec![]);
    writer.linear("masked", "encoder", "line");
    writer.node("Relu", &["line"], "last_hidden_state", vec![]);
    writer.finish(&[(
        "last_hidden_state",
        &[Named("batch"), Named("source"), Of(D_MODEL)],
    )])
}

fn decoder(weights: &Weights) -> ModelProto {
    let hidden: &[Dim] = &[Named("batch"), Named("source"), Of(D_MODEL)];
    let mut writer = Writer::new(
        weights,
        &[
            (
                "encoder_attention_mask",
                DataType::Int64,
                &[Named("batch"), Named("source")],
            ),
            (
                "input_ids",
                DataType::Int64,
                &[Named("batch"), Named("target")],
            ),
            ("encoder_hidden_states", DataType::Float, hidden),
        ],
    );
    for (weight, name) in [("cross_key", SOURCE_KEY), ("cross_value", SOURCE_VALUE)] {
        let flat = format!("{name}.flat");
        writer.linear("encoder_hidden_states", weight, &flat);
        writer.heads(&flat, name);
    }
    writer.decoder(None, [SOURCE_KEY, SOURCE_VALUE]);
    let logits: &[Dim] = &[Named("batch"), Named("target"), Of(PIECES.len())];
    writer.finish(&[
        ("logits", logits),
        (KEY, &heads("target")),
        (VALUE, &heads("target")),
        (SOURCE_KEY, &heads("source")),
        (SOURCE_VALUE, &heads("source")),
    ])
}

fn decoder_with_past(weights: &Weights) -> ModelProto {
    let mut writer = Writer::new(
        weights,
        &[
            (
                "encoder_attention_mask",
                DataType::Int64,
                &[Named("batch"), Named("source")],
            ),
            ("input_ids", DataType::Int64, &[Named("batch"), Of(1)]),
            (PAST_KEY, DataType::Float, &heads("past")),
            (PAST_VALUE, DataType::Float, &heads("past")),
            (PAST_SOURCE_KEY, DataType::Float, &heads("source")),
            (PAST_SOURCE_VALUE, DataType::Float, &heads("source")),
        ],
    );
    writer.decoder(
        Some([PAST_KEY, PAST_VALUE]),
        [PAST_SOURCE_KEY, PAST_SOURCE_VALUE],
    );
    writer.finish(&[
        ("logits", &[Named("batch"), Of(1), Of(PIECES.len())]),
        (KEY, &heads("past + 1")),
        (VALUE, &heads("past + 1")),
    ])
}

/// An export that can still be changed.
#[derive(Debug, Clone)]
pub struct Export {
    /// The graphs: the encoder, the decoder, the decoder with a cache.
    pub graphs: [ModelProto; 3],
    /// `config.json`
    pub config: BTreeMap<String, Value>,
    /// The vocabularies' files.
    pub vocabularies: Folder,
}

impl Export {
    /// The export of a model.
    pub fn new(weights: &Weights) -> Self {
        let Value::Object(config) = json!({
            "decoder_start_token_id": PAD, "bad_words_ids": [[PAD]], "forced_eos_token_id": 0, "eos_token_id": 0,
            "max_position_embeddings": 24, "num_beams": 6, "max_length": 512, "model_type": "marian",
        }) else {
            unreachable!("it is an object")
        };
        Self {
            graphs: [
                encoder(weights),
                decoder(weights),
                decoder_with_past(weights),
            ],
            config: config.into_iter().collect(),
            vocabularies: Folder::new(&deshi_core::random_model::tensors(
                &crate::hf::testing::ARCHITECTURE,
                5,
            )),
        }
    }

    /// Calls `with` with the files; the decoder with a cache is one of them if `with_past` is set.
    ///
    /// # Panics
    /// If a setting cannot be written as JSON.
    pub fn with<T>(&self, with_past: bool, with: impl FnOnce(&Files<'_>) -> T) -> T {
        let [encoder, decoder, past] = self.graphs.each_ref().map(Message::encode_to_vec);
        let config = serde_json::to_vec(&self.config).expect("it can be written");
        self.vocabularies.with(|folder| {
            let named = |name, content| NamedFile { name, content };
            with(&Files {
                encoder: named("encoder_model.onnx", &encoder),
                decoder: named("decoder_model.onnx", &decoder),
                decoder_with_past: with_past
                    .then_some(named("decoder_with_past_model.onnx", &past)),
                source: folder.source,
                target: folder.target,
                vocabulary: folder.vocabulary,
                config: Some(&config),
                generation_config: None,
            })
        })
    }
}

/// Rows of numbers.
type Rows = Vec<Vec<f32>>;

/// The same model by plain loops.
#[derive(Debug)]
pub struct ByHand<'w>(pub &'w Weights);

impl ByHand<'_> {
    fn embed(&self, ids: &[usize]) -> Rows {
        let table = &self.0.0["embedding"].1;
        let row = |&id: &usize| table[id * D_MODEL..(id + 1) * D_MODEL].to_vec();
        ids.iter().map(row).collect()
    }

    fn linear(&self, x: &Rows, name: &str) -> Rows {
        let ([_, columns], weight) = &self.0.0[name];
        let row = |x: &Vec<f32>| {
            let column = |at| (0..x.len()).map(move |k| (k, k * columns + at));
            (0..*columns)
                .map(|at| column(at).map(|(k, index)| x[k] * weight[index]).sum())
                .collect()
        };
        x.iter().map(row).collect()
    }

    /// Attention of one query to all rows.
    fn attend(query: &[f32], keys: &Rows, values: &Rows) -> Vec<f32> {
        let mut out = vec![0.0; D_MODEL];
        for head in 0..HEADS {
            let part = head * HEAD_DIM..(head + 1) * HEAD_DIM;
            let dot = |key: &Vec<f32>| -> f32 {
                let pairs = query[part.clone()].iter().zip(&key[part.clone()]);
                pairs.map(|(a, b)| a * b).sum()
            };
            let scores: Vec<f32> = keys.iter().map(dot).collect();
            let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let shares: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
            let sum: f32 = shares.iter().sum();
            for (share, value) in shares.iter().zip(values) {
                for at in part.clone() {
                    out[at] += share / sum * value[at];
                }
            }
        }
        out
    }

    /// The greedy translation of ids of `vocab.json`: at most `most` tokens, without the end. `<pad>` is never one of them.
    pub fn translate(&self, source: &[usize], most: usize) -> Vec<usize> {
        let mut hidden = self.linear(&self.embed(source), "encoder");
        hidden.iter_mut().flatten().for_each(|x| *x = x.max(0.0));
        let source_keys = self.linear(&hidden, "cross_key");
        let source_values = self.linear(&hidden, "cross_value");
        let mut tokens = vec![PAD];
        while tokens.len() <= most {
            let x = self.embed(&tokens);
            let (keys, values) = (self.linear(&x, "key"), self.linear(&x, "value"));
            let last = vec![x[x.len() - 1].clone()];
            let query = &self.linear(&last, "query")[0];
            let attended = Self::attend(query, &keys, &values);
            let add = |x: &[f32], y: &[f32]| vec![x.iter().zip(y).map(|(x, y)| x + y).collect()];
            let y: Rows = add(&last[0], &attended);
            let query = &self.linear(&y, "cross_query")[0];
            let crossed = Self::attend(query, &source_keys, &source_values);
            let logits = &self.linear(&add(&y[0], &crossed), "output")[0];
            let best = (0..PAD).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
            match best {
                None | Some(0) => break,
                Some(best) => tokens.push(best),
            }
        }
        tokens.split_off(1)
    }
}
