//! What can be wrong with a graph.

use std::error::Error;
use std::fmt;

use tract_onnx::tract_core::internal::TractError;

/// Why a graph is not one that an architecture's model can be run by, or why it does not run.
#[derive(Debug)]
#[non_exhaustive]
pub enum GraphError {
    /// More bytes than a graph without weights has.
    Size {
        /// Bytes that it may have.
        maximum: usize,
        /// Bytes that it has.
        got: usize,
    },
    /// No ONNX file, or one without a graph.
    Onnx,
    /// A node of no operation of ours.
    Operation {
        /// The node.
        node: String,
        /// Its domain and operator.
        got: String,
    },
    /// A node with more or fewer inputs or outputs than its operation has.
    Arity {
        /// The node.
        node: String,
        /// Inputs and outputs of the operation.
        expected: [usize; 2],
        /// Inputs and outputs of the node.
        got: [usize; 2],
    },
    /// An attribute that is missing, or has another value than the architecture says.
    Attribute {
        /// The node.
        node: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// A node for a layer that the architecture does not have.
    Layer {
        /// The node.
        node: String,
        /// The layer's name.
        layer: String,
    },
    /// A value that is read before a node makes it.
    Undefined {
        /// The value.
        value: String,
    },
    /// A value without a name, or one that two nodes make.
    Duplicate {
        /// The value.
        value: String,
    },
    /// An initializer that is missing, or is another part of the weights than its name says.
    Initializer {
        /// Its name.
        name: String,
    },
    /// Inputs or outputs that are not the architecture's.
    Interface {
        /// Their names and shapes.
        expected: String,
        /// Those of the graph.
        got: String,
    },
    /// What tract says: shapes that do not fit each other, for the most part.
    Tract(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { maximum, got } => {
                write!(
                    f,
                    "graph: {got} bytes, where {maximum} are more than enough"
                )
            }
            Self::Onnx => write!(f, "graph: no ONNX file with a graph"),
            Self::Operation { node, got } => {
                write!(f, "graph: node {node:?}: {got:?} is no operation of ours")
            }
            Self::Arity {
                node,
                expected: [inputs, outputs],
                got,
            } => write!(
                f,
                "graph: node {node:?} has {} inputs and {} outputs, but must have {inputs} and {outputs}",
                got[0], got[1]
            ),
            Self::Attribute { node, attribute } => write!(
                f,
                "graph: node {node:?}: attribute {attribute} is missing, or not the architecture's"
            ),
            Self::Layer { node, layer } => {
                write!(
                    f,
                    "graph: node {node:?}: the architecture has no layer {layer:?} for it"
                )
            }
            Self::Undefined { value } => {
                write!(f, "graph: {value:?} is read before a node makes it")
            }
            Self::Duplicate { value } => {
                write!(f, "graph: {value:?} is no name, or is made twice")
            }
            Self::Initializer { name } => write!(
                f,
                "graph: initializer {name:?} is missing, or not that part of the weights"
            ),
            Self::Interface { expected, got } => {
                write!(
                    f,
                    "graph: has {got}, but the architecture asks for {expected}"
                )
            }
            Self::Tract(_) => write!(f, "graph: tract cannot run it"),
        }
    }
}

impl Error for GraphError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Tract(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

impl From<TractError> for GraphError {
    fn from(error: TractError) -> Self {
        Self::Tract(error.into())
    }
}
