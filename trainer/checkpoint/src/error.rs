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
        /// What the system says.
        source: io::Error,
    },
    /// The bytes are not a safetensors file, or the tensors do not fit one.
    #[error("checkpoint: not a valid safetensors file")]
    SafeTensors(#[source] safetensors::SafeTensorError),
    /// The metadata has no key `deshi`.
    #[error("checkpoint: the metadata has no key `deshi`; was it written by deshi-train?")]
    NoDescription,
    /// The description is not the JSON that it should be.
    #[error("checkpoint: the description is not valid JSON")]
    Description(#[source] serde_json::Error),
    /// A hyper-parameter that no kernel can serve.
    #[error("checkpoint: no kernel can run a model of this shape")]
    Architecture(#[source] ArchitectureError),
    /// A tensor that the architecture needs and the checkpoint lacks.
    #[error("checkpoint: tensor {name} is missing")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor that the architecture has no place for.
    #[error("checkpoint: the architecture has no tensor {name}")]
    ExtraTensor {
        /// Its name.
        name: String,
    },
    /// A tensor of another type or shape.
    #[error("checkpoint: tensor {name} is {got}, but must be {expected}")]
    Tensor {
        /// Its name.
        name: String,
        /// What it must be.
        expected: String,
        /// What it is.
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
