//! Checkpoints: safetensors files of f32 tensors, with the architecture and the progress of training in the
//! metadata.
//!
//! The trainer writes two kinds with [`write()`]: `training.safetensors`, for resuming, and
//! `model.safetensors`, only the model, which [`Checkpoint::parse`] checks against its architecture.
//!
//! ```
//! use deshi_checkpoint::{Description, Tensor, read, write};
//! # let architecture = serde_json::from_str(r#"{"encoder_layers": 1, "decoder_layers": 1, "vocabulary_size": 288,
//! #     "d_model": 32, "d_ff": 64, "n_heads": 2, "decoder": "ssru", "maximum_positions": 32}"#).unwrap();
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("training.safetensors");
//! let description = Description { architecture, progress: Default::default() };
//! let first = Tensor { shape: vec![2], values: vec![0.5, -1.0] };
//! write(&path, &description, [("first", &first)])?;
//! let (description, tensors) = read(&path)?;
//! assert_eq!(tensors["first"], first);
//! # Ok::<(), deshi_checkpoint::CheckpointError>(())
//! ```

#![forbid(unsafe_code)]

mod error;
mod model;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use deshi_core::Architecture;
use deshi_whole_file::write_whole;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};

pub use error::CheckpointError;
pub use model::Checkpoint;

/// The key of the [`Description`] in the file's metadata.
pub const DESCRIPTION: &str = "deshi";

/// The metadata of a checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The model's shape.
    pub architecture: Architecture,
    /// The progress of training.
    #[serde(default)]
    pub progress: Progress,
}

/// The progress of training.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Optimiser steps taken.
    pub step: u64,
    /// The epoch, from 0.
    pub epoch: u64,
    /// Finished batches of the epoch.
    pub batch: usize,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Target tokens so far.
    pub tokens: u64,
    /// The best validation score so far.
    pub best: f64,
    /// Validations since the best one.
    pub stale: usize,
    /// Whether bf16 was measured to be faster than f32, if the recipe leaves the choice open. A resumed
    /// training keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bf16: Option<bool>,
}

/// A tensor: f32, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: Vec<f32>,
}

/// Writes a checkpoint atomically.
///
/// # Errors
/// If the file cannot be written, or a tensor's values do not match its shape.
pub fn write<'t>(
    path: &Path,
    description: &Description,
    tensors: impl IntoIterator<Item = (&'t str, &'t Tensor)>,
) -> Result<(), CheckpointError> {
    let data: Vec<(&str, &[usize], Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, tensor)| {
            let bytes = tensor.values.iter().flat_map(|value| value.to_le_bytes());
            (name, tensor.shape.as_slice(), bytes.collect())
        })
        .collect();
    let views = data
        .iter()
        .map(|(name, shape, bytes)| {
            Ok((*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes)?))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(CheckpointError::SafeTensors)?;
    let text = serde_json::to_string(description).map_err(CheckpointError::Description)?;
    let metadata = HashMap::from([(DESCRIPTION.to_owned(), text)]);
    let file = serialize(views, Some(metadata)).map_err(CheckpointError::SafeTensors)?;
    write_whole(path, |out| out.write_all(&file)).map_err(|source| CheckpointError::File {
        path: path.to_owned(),
        source,
    })
}

/// Reads a checkpoint of either kind: its description, and its tensors by name.
///
/// # Errors
/// If the file cannot be read, was not written by the trainer, or has a tensor of another type than f32.
pub fn read(path: &Path) -> Result<(Description, BTreeMap<String, Tensor>), CheckpointError> {
    let file = fs::read(path).map_err(|source| CheckpointError::File {
        path: path.to_owned(),
        source,
    })?;
    parse(&file)
}

/// Reads the bytes of a checkpoint of either kind.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &[u8]) -> Result<(Description, BTreeMap<String, Tensor>), CheckpointError> {
    let (_, metadata) = SafeTensors::read_metadata(file).map_err(CheckpointError::SafeTensors)?;
    let text = (metadata.metadata().as_ref())
        .and_then(|entries| entries.get(DESCRIPTION))
        .ok_or(CheckpointError::NoDescription)?;
    let description = serde_json::from_str(text).map_err(CheckpointError::Description)?;
    let file = SafeTensors::deserialize(file).map_err(CheckpointError::SafeTensors)?;
    let tensors = file
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            if view.dtype() != Dtype::F32 {
                return Err(CheckpointError::Tensor {
                    expected: format!("{:?}", Dtype::F32),
                    got: format!("{:?}", view.dtype()),
                    name,
                });
            }
            let (values, _) = view.data().as_chunks();
            let tensor = Tensor {
                shape: view.shape().to_vec(),
                values: values
                    .iter()
                    .map(|&bytes| f32::from_le_bytes(bytes))
                    .collect(),
            };
            Ok((name, tensor))
        })
        .collect::<Result<_, _>>()?;
    Ok((description, tensors))
}

#[cfg(test)]
mod tests;
