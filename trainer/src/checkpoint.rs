//! Checkpoints: safetensors files whose description holds the architecture and where the training stood.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use deshi_core::Architecture;
use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::{self, Bundle};
use deshi_core::weights::Weights;
use deshi_corpus::files::write_whole;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::model::{Model, slots};
use crate::optimiser::Optimiser;

/// The key of [`Description`] in the file's metadata. The exporter reads it too.
pub const DESCRIPTION: &str = "deshi";

/// What a checkpoint says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Description {
    /// The model's shape.
    pub architecture: Architecture,
    /// Where the training stood.
    pub progress: Progress,
}

/// Where a training stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Optimiser steps taken.
    pub step: u64,
    /// The epoch, from 0.
    pub epoch: u64,
    /// Batches of the epoch that are done.
    pub batch: usize,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Target tokens so far.
    pub tokens: u64,
    /// The best validation score so far.
    pub best: f64,
    /// Validations since then.
    pub stale: usize,
}

fn bytes(tensor: &Tensor) -> Result<Vec<u8>> {
    let tensor = tensor
        .detach()
        .to_device(Device::Cpu)
        .to_kind(Kind::Float)
        .contiguous()
        .view([-1]);
    let values: Vec<f32> = Vec::try_from(tensor)?;
    Ok(values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect())
}

fn write(path: &Path, description: &Description, tensors: &[(String, &Tensor)]) -> Result<()> {
    let data = tensors
        .iter()
        .map(|(name, tensor)| Ok((name.clone(), tensor.size(), bytes(tensor)?)))
        .collect::<Result<Vec<_>>>()?;
    let views = data
        .iter()
        .map(|(name, shape, bytes)| {
            let shape = shape.iter().map(|&size| size as usize).collect();
            Ok((name.clone(), TensorView::new(Dtype::F32, shape, bytes)?))
        })
        .collect::<Result<Vec<_>>>()?;
    let metadata = HashMap::from([(DESCRIPTION.to_owned(), serde_json::to_string(description)?)]);
    let file = safetensors::serialize(views, Some(metadata))?;
    write_whole(path, |out| out.write_all(&file))?;
    Ok(())
}

/// Saves a model alone.
///
/// # Errors
/// If the file cannot be written.
pub fn save_model(path: &Path, model: &Model, progress: &Progress) -> Result<()> {
    let description = Description {
        architecture: model.architecture,
        progress: progress.clone(),
    };
    let tensors: Vec<_> = model
        .named()
        .map(|(name, tensor)| (name.to_owned(), tensor))
        .collect();
    write(path, &description, &tensors)
}

/// Saves all that a training needs to go on as if it had not stopped.
///
/// # Errors
/// If the file cannot be written.
pub fn save_training(
    path: &Path,
    model: &Model,
    optimiser: &Optimiser,
    progress: &Progress,
) -> Result<()> {
    let description = Description {
        architecture: model.architecture,
        progress: progress.clone(),
    };
    let tensors = [
        ("parameters".to_owned(), &model.flat),
        ("first".to_owned(), &optimiser.first),
        ("second".to_owned(), &optimiser.second),
        ("smoothed".to_owned(), &optimiser.smoothed),
    ];
    write(path, &description, &tensors)
}

/// Reads a checkpoint's tensors and description.
///
/// # Errors
/// If it cannot be read, or is not one of ours.
pub fn read(path: &Path) -> Result<(Description, HashMap<String, Tensor>)> {
    let file = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let whose = || format!("{} is no checkpoint", path.display());
    let (_, metadata) = SafeTensors::read_metadata(&file).with_context(whose)?;
    let description = metadata
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(DESCRIPTION))
        .ok_or_else(|| anyhow!("{} was not written by deshi-train", path.display()))?;
    let description: Description = serde_json::from_str(description).with_context(whose)?;
    let mut named = HashMap::new();
    for (name, view) in SafeTensors::deserialize(&file)
        .with_context(whose)?
        .tensors()
    {
        let values: Vec<f32> = view
            .data()
            .as_chunks()
            .0
            .iter()
            .map(|&value| f32::from_le_bytes(value))
            .collect();
        let shape: Vec<i64> = view.shape().iter().map(|&size| size as i64).collect();
        named.insert(name, Tensor::from_slice(&values).view(shape.as_slice()));
    }
    Ok((description, named))
}

/// Reads a model that [`save_model`] wrote, or a bundle's, as near as its int8 weights come to the model that it was.
///
/// # Errors
/// If it cannot be read, or its tensors are not those of its architecture.
pub fn load_model(path: &Path, device: Device) -> Result<Model> {
    if is_bundle(path) {
        return load_bundle(path, device).with_context(|| path.display().to_string());
    }
    let (description, named) = read(path)?;
    description.architecture.validate()?;
    Model::from_named(description.architecture, named, device)
        .with_context(|| path.display().to_string())
}

/// Whether the file is a bundle, by its name: `NAME.deshi`.
pub fn is_bundle(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "deshi")
}

fn load_bundle(path: &Path, device: Device) -> Result<Model> {
    let file = AlignedBytes::read(path)?;
    let bundle = Bundle::parse(file.bytes())?;
    let architecture = bundle.manifest().architecture;
    let bytes = bundle.member(bundle::WEIGHTS).expect("it is a member");
    let weights = Weights::new(&architecture, bytes)?;
    let tensors = weights.tensors();
    let named = slots(&architecture)
        .into_iter()
        .map(|slot| {
            let tensor = Tensor::from_slice(&tensors[&slot.name]).view(slot.shape.as_slice());
            (slot.name, tensor)
        })
        .collect();
    Model::from_named(architecture, named, device)
}
