//! The names and shapes of the two ONNX graphs in a bundle, `encoder.onnx` and `decoder_step.onnx`: the
//! exporter writes them, and an executor of graphs checks them.
//!
//! All values have rank 2, without a batch dimension. The nodes are the coarse operations of
//! [`crate::operations`], in the domain [`DOMAIN`]; the weights are external data, sections of `weights.bin`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

use deshi_kernels::{INPUT_GROUP, OUTPUT_GROUP};

use crate::Architecture;
use crate::operations::{Linear, Norm};
use crate::weights::SectionKind;

/// The domain of our operations.
pub const DOMAIN: &str = "deshi";
/// The name of the dynamic dimension: the source's length.
pub const SOURCE_LEN: &str = "S";

/// An int8 linear layer. Attributes: [`NAME`], [`RELU`].
pub const LINEAR: &str = "DeshiLinear";
/// Residual sum and layer normalisation. Attribute: [`NAME`].
pub const ADD_NORM: &str = "DeshiAddNorm";
/// Self-attention of a sentence. Attributes: [`D_MODEL`], [`HEADS`].
pub const SELF_ATTENTION: &str = "DeshiSelfAttention";
/// Splits the keys and values of the source, and transposes the keys.
pub const MEMORY: &str = "DeshiMemory";
/// Attention to the source. Attribute: [`HEADS`].
pub const CROSS_ATTENTION: &str = "DeshiCrossAttention";
/// One step of the SSRU.
pub const SSRU: &str = "DeshiSsru";

/// The attribute with the layer's name, such as `encoder.0.self_in`.
pub const NAME: &str = "name";
/// The attribute for a ReLU after the layer: 0 or 1.
pub const RELU: &str = "relu";
/// The attribute with the hidden vectors' width.
pub const D_MODEL: &str = "d_model";
/// The attribute with the number of attention heads.
pub const HEADS: &str = "heads";

/// The embedded tokens, the first input of either graph.
pub const X: &str = "x";
/// The decoder's first output.
pub const HIDDEN: &str = "hidden";

/// The name of a decoder layer's keys.
pub fn keys(decoder_layer: usize) -> String {
    format!("keys.{decoder_layer}")
}

/// The name of a decoder layer's values.
pub fn values(decoder_layer: usize) -> String {
    format!("values.{decoder_layer}")
}

/// The name of a decoder layer's state before the step.
pub fn state(decoder_layer: usize) -> String {
    format!("state.{decoder_layer}")
}

/// The name of a decoder layer's state after the step.
pub fn state_out(decoder_layer: usize) -> String {
    format!("state_out.{decoder_layer}")
}

/// A dimension of a graph's input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// A fixed size.
    Known(usize),
    /// The number of the source's tokens: [`SOURCE_LEN`].
    Source,
}

/// An input or output of a graph, of f32.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Rows and columns.
    pub shape: [Length; 2],
}

/// The inputs and outputs of a graph, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The inputs.
    pub inputs: Vec<Port>,
    /// The outputs.
    pub outputs: Vec<Port>,
}

fn port(name: impl Into<String>, rows: Length, columns: Length) -> Port {
    Port {
        name: name.into(),
        shape: [rows, columns],
    }
}

fn memory(layer: usize, width: Length) -> [Port; 2] {
    [
        port(keys(layer), width, Length::Source),
        port(values(layer), Length::Source, width),
    ]
}

impl Interface {
    /// The encoder: `x: [S, d_model]`, embedded -> for each decoder layer `keys.{l}: [d_model, S]` and
    /// `values.{l}: [S, d_model]`.
    pub fn encoder(architecture: &Architecture) -> Self {
        let width = Length::Known(architecture.d_model);
        let layers = 0..architecture.decoder_layers;
        Self {
            inputs: vec![port(X, Length::Source, width)],
            outputs: layers.flat_map(|layer| memory(layer, width)).collect(),
        }
    }

    /// One step of the decoder: `x: [1, d_model]`, embedded, and for each layer `state.{l}: [1, d_model]`,
    /// `keys.{l}` and `values.{l}` -> `hidden: [1, d_model]`, and for each layer `state_out.{l}`.
    pub fn decoder_step(architecture: &Architecture) -> Self {
        let (one, width) = (Length::Known(1), Length::Known(architecture.d_model));
        let mut interface = Self {
            inputs: vec![port(X, one, width)],
            outputs: vec![port(HIDDEN, one, width)],
        };
        for layer in 0..architecture.decoder_layers {
            interface.inputs.push(port(state(layer), one, width));
            interface.inputs.extend(memory(layer, width));
            interface.outputs.push(port(state_out(layer), one, width));
        }
        interface
    }
}

/// A section of `weights.bin` that a node reads: an initializer of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initializer {
    /// The section's name.
    pub name: String,
    /// The element type: int8 for [`SectionKind::Blocked`], otherwise f32.
    pub kind: SectionKind,
    /// Its shape.
    pub dims: Vec<usize>,
}

impl Initializer {
    fn new(layer: &impl ToString, kind: SectionKind, dims: Vec<usize>) -> Self {
        let name = layer.to_string() + kind.suffix();
        Self { name, kind, dims }
    }

    /// The inputs of a [`LINEAR`] node after `x`.
    pub fn of_linear(layer: Linear) -> [Self; 3] {
        let Linear {
            inputs, outputs, ..
        } = layer;
        let (outer, inner) = (outputs / OUTPUT_GROUP, inputs / INPUT_GROUP);
        let blocks = vec![outer, inner, OUTPUT_GROUP, INPUT_GROUP];
        [
            Self::new(&layer, SectionKind::Blocked, blocks),
            Self::new(&layer, SectionKind::Scales, vec![outputs]),
            Self::new(&layer, SectionKind::Bias, vec![outputs]),
        ]
    }

    /// The inputs of an [`ADD_NORM`] node after `x` and `y`.
    pub fn of_norm(norm: Norm) -> [Self; 2] {
        [SectionKind::Gamma, SectionKind::Beta].map(|kind| Self::new(&norm, kind, vec![norm.width]))
    }
}
