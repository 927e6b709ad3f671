use std::collections::BTreeMap;

use deshi_core::{Architecture, tensors};

use crate::{CheckpointError, parse};

/// A trained model in f32.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The model's shape.
    pub architecture: Architecture,
    /// Each tensor by its name, such as `encoder.0.self_in.weight`, in row-major order.
    pub tensors: BTreeMap<String, Vec<f32>>,
}

impl Checkpoint {
    /// Reads a checkpoint of a model.
    ///
    /// # Errors
    /// If the trainer did not write it, or if its tensors are not exactly those of its architecture, all f32
    /// and finite.
    pub fn parse(file: &[u8]) -> Result<Self, CheckpointError> {
        let (description, mut found) = parse(file)?;
        let architecture = description.architecture;
        architecture
            .validate()
            .map_err(CheckpointError::Architecture)?;
        let mut named = BTreeMap::new();
        for tensor in tensors::list(&architecture) {
            let (name, shape) = (tensor.to_string(), tensor.shape());
            let Some(tensor) = found.remove(&name) else {
                return Err(CheckpointError::MissingTensor { name });
            };
            if tensor.shape[..] != shape[..] {
                return Err(CheckpointError::Tensor {
                    name,
                    expected: format!("{shape:?}"),
                    got: format!("{:?}", tensor.shape),
                });
            }
            if let Some(index) = tensor.values.iter().position(|value| !value.is_finite()) {
                return Err(CheckpointError::NotFinite { name, index });
            }
            named.insert(name, tensor.values);
        }
        match found.into_keys().next() {
            Some(name) => Err(CheckpointError::ExtraTensor { name }),
            None => Ok(Self {
                architecture,
                tensors: named,
            }),
        }
    }

    /// The tensor with this name.
    ///
    /// # Panics
    /// If the architecture has no such tensor. ([`Checkpoint::parse`] has checked that all of the
    /// architecture's are present.)
    pub fn tensor(&self, name: &str) -> &[f32] {
        self.tensors
            .get(name)
            .expect("parse has checked that every tensor is present")
    }
}
