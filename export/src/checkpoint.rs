//! The trainer's checkpoints: safetensors files of f32, whose metadata holds the architecture.

use std::collections::BTreeMap;

use deshi_core::{Architecture, tensors};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use crate::ExportError;

/// The key of the architecture in the file's metadata.
pub const DESCRIPTION: &str = "deshi";

/// A trained model in f32.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The model's shape.
    pub architecture: Architecture,
    /// Each tensor by its name, such as `encoder.0.self_in.weight`, in row-major order.
    pub tensors: BTreeMap<String, Vec<f32>>,
}

/// What the exporter reads of the description; the rest is the trainer's.
#[derive(Deserialize)]
struct Description {
    architecture: Architecture,
}

/// Every tensor's name and shape, in the order of the weights file.
pub fn shapes(architecture: &Architecture) -> Vec<(String, Vec<usize>)> {
    let list = tensors::list(architecture).into_iter();
    list.map(|tensor| (tensor.to_string(), tensor.shape().to_vec()))
        .collect()
}

impl Checkpoint {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// If it is not one of the trainer's, or has not exactly the tensors that its architecture says,
    /// all of them f32 and finite.
    pub fn parse(file: &[u8]) -> Result<Self, ExportError> {
        let (_, metadata) = SafeTensors::read_metadata(file).map_err(ExportError::Checkpoint)?;
        let text = (metadata.metadata().as_ref())
            .and_then(|entries| entries.get(DESCRIPTION))
            .ok_or(ExportError::NoDescription)?;
        let Description { architecture } =
            serde_json::from_str(text).map_err(|source| ExportError::Json {
                what: "the checkpoint's description",
                source,
            })?;
        architecture.validate().map_err(ExportError::Architecture)?;

        let file = SafeTensors::deserialize(file).map_err(ExportError::Checkpoint)?;
        let mut tensors = BTreeMap::new();
        for (name, shape) in shapes(&architecture) {
            let Ok(tensor) = file.tensor(&name) else {
                return Err(ExportError::MissingTensor { name });
            };
            if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
                let expected = format!("{:?} {shape:?}", Dtype::F32);
                let got = format!("{:?} {:?}", tensor.dtype(), tensor.shape());
                return Err(ExportError::Tensor {
                    name,
                    expected,
                    got,
                });
            }
            let (numbers, _) = tensor.data().as_chunks();
            let numbers: Vec<f32> = numbers
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect();
            if let Some(index) = numbers.iter().position(|number| !number.is_finite()) {
                return Err(ExportError::NotFinite { name, index });
            }
            tensors.insert(name, numbers);
        }
        match file
            .names()
            .into_iter()
            .find(|&name| !tensors.contains_key(name))
        {
            Some(name) => Err(ExportError::ExtraTensor {
                name: name.to_owned(),
            }),
            None => Ok(Self {
                architecture,
                tensors,
            }),
        }
    }

    /// The tensor of this name.
    ///
    /// # Panics
    /// If the architecture has none of this name: [`Checkpoint::parse`] has checked the rest.
    pub fn tensor(&self, name: &str) -> &[f32] {
        self.tensors
            .get(name)
            .expect("parse has checked that every tensor is there")
    }
}
