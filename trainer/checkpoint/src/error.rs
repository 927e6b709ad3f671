use std::io;
use std::path::PathBuf;

use deshi_core::architecture::ArchitectureError;

/// Why a checkpoint cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// A file could not be read or written.
    #[error("cannot read or write {path}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The bytes are not a safetensors file, or the tensors cannot be stored in one.
    #[error("checkpoint: not a valid safetensors file")]
    SafeTensors(#[source] safetensors::SafeTensorError),
    /// The metadata has no key `deshi`.
    #[error("checkpoint: the metadata has no key `deshi`; was it written by deshi-train?")]
    NoDescription,
    /// The description is not the expected JSON.
    #[error("checkpoint: the description is not valid JSON")]
    Description(#[source] serde_json::Error),
    /// The architecture is out of range.
    #[error("checkpoint: the architecture is invalid")]
    Architecture(#[source] ArchitectureError),
    /// A tensor of the architecture is missing.
    #[error("checkpoint: tensor {name} is missing")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor is not part of the architecture.
    #[error("checkpoint: the architecture has no tensor {name}")]
    ExtraTensor {
        /// Its name.
        name: String,
    },
    /// A tensor has the wrong type or shape.
    #[error("checkpoint: tensor {name} must be {expected}, got {got}")]
    Tensor {
        /// Its name.
        name: String,
        /// The expected type and shape.
        expected: String,
        /// Its type and shape.
        got: String,
    },
    /// An infinite or NaN weight.
    #[error("checkpoint: {name}[{index}] is infinite or NaN")]
    NotFinite {
        /// The tensor.
        name: String,
        /// The element's index.
        index: usize,
    },
}
