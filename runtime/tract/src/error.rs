//! Errors of a bundle's graphs.

use std::error;

use thiserror::Error;
use tract_onnx::tract_core::internal::TractError;

/// Why a bundle's graphs cannot be loaded or run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A graph does not match the bundle's architecture.
    #[error("the model's {member} cannot be used")]
    Graph {
        /// The bundle's member.
        member: &'static str,
        /// The cause.
        source: GraphError,
    },
    /// The graphs failed while running.
    #[error("the model's graphs cannot run")]
    Run(#[source] GraphError),
}

/// Why a graph does not match its architecture, or does not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// The graph is larger than any graph without weights.
    #[error("graph: {got} bytes; the limit is {maximum}")]
    Size {
        /// The limit, in bytes.
        maximum: usize,
        /// Size of the graph, in bytes.
        got: usize,
    },
    /// Not an ONNX file, or one without a graph.
    #[error("graph: not an ONNX file with a graph")]
    Onnx,
    /// A node whose operator deshi does not define.
    #[error("graph: node {node:?}: {got:?} is not an operator of deshi")]
    Operation {
        /// The node.
        node: String,
        /// Its domain and operator.
        got: String,
    },
    /// A node with the wrong number of inputs or outputs.
    #[error(
        "graph: node {node:?} has {} inputs and {} outputs; must have {} and {}",
        got[0], got[1], expected[0], expected[1]
    )]
    Arity {
        /// The node.
        node: String,
        /// Inputs and outputs of the operator.
        expected: [usize; 2],
        /// Inputs and outputs of the node.
        got: [usize; 2],
    },
    /// An attribute that is missing, or differs from the architecture.
    #[error(
        "graph: node {node:?}: attribute {attribute} is missing, or differs from the architecture"
    )]
    Attribute {
        /// The node.
        node: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// A node for a layer that the architecture does not have.
    #[error("graph: node {node:?}: the architecture has no layer {layer:?} for it")]
    Layer {
        /// The node.
        node: String,
        /// The layer's name.
        layer: String,
    },
    /// A value is used before a node produces it.
    #[error("graph: {value:?} is used before a node produces it")]
    Undefined {
        /// The value.
        value: String,
    },
    /// A value without a name, or with the name of another value.
    #[error("graph: the name {value:?} is empty or occurs twice")]
    Duplicate {
        /// The value.
        value: String,
    },
    /// An initializer that is missing, or does not refer to its section of the weights.
    #[error("graph: initializer {name:?} is missing, or is not its section of the weights")]
    Initializer {
        /// Its name.
        name: String,
    },
    /// Inputs or outputs that differ from the architecture.
    #[error("graph: has {got}; the architecture needs {expected}")]
    Interface {
        /// The architecture's names and shapes.
        expected: String,
        /// The graph's.
        got: String,
    },
    /// A node whose operator tract does not have.
    #[error("graph: node {node:?}: tract does not have the operator {got:?}")]
    NotInTract {
        /// The node.
        node: String,
        /// Its domain, unless it is ONNX's own, and its operator.
        got: String,
    },
    /// A node with a graph of its own, such as `If`.
    #[error(
        "graph: node {node:?}: the operator {got:?} has a graph of its own, which is not supported"
    )]
    Subgraph {
        /// The node.
        node: String,
        /// Its operator.
        got: String,
    },
    /// A tensor in the graph whose type, shape and data do not match.
    #[error("graph: tensor {name:?}: its type, shape and data do not match, or are not supported")]
    Tensor {
        /// Its name, or its node's.
        name: String,
    },
    /// More weights than the bundle has.
    #[error(
        "graph: its initializers have {got} bytes together, more than the {maximum} of the weights"
    )]
    TooMuch {
        /// Bytes of the weights.
        maximum: usize,
        /// Bytes of the initializers, up to the first that is too much.
        got: usize,
    },
    /// A source that is longer than the model's positions.
    #[error("a source of {got} tokens; the model takes {maximum}")]
    SourceLength {
        /// The model's positions.
        maximum: usize,
        /// Tokens of the source.
        got: usize,
    },
    /// The model computed no number that could be the greatest.
    #[error("the model's logits are NaN")]
    NoLogits,
    /// tract panicked.
    #[error("graph: tract stopped with a panic: {message}")]
    Panic {
        /// What it said.
        message: String,
    },
    /// An error of tract, usually shapes that do not match.
    #[error("graph: tract cannot run it")]
    Tract(#[source] Box<dyn error::Error + Send + Sync>),
}

impl From<TractError> for GraphError {
    fn from(error: TractError) -> Self {
        Self::Tract(error.into())
    }
}
