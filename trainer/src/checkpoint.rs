//! Checkpoints ([`deshi_checkpoint`]) to and from torch's tensors, and the models that bundles hold.

use std::path::Path;

use anyhow::{Context, Result, bail};
use deshi_checkpoint::{self as file, Description};
use deshi_core::Embeddings;
use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::{self, Bundle};
use deshi_core::weights::Weights;
use tch::{Device, Kind, Tensor};

pub use deshi_checkpoint::Progress;

use crate::model::{Model, slots};

fn to_file(tensor: &Tensor) -> Result<file::Tensor> {
    let shape = tensor.size().iter().map(|&size| size as usize).collect();
    let flat = tensor
        .detach()
        .to_device(Device::Cpu)
        .to_kind(Kind::Float)
        .contiguous()
        .view([-1]);
    Ok(file::Tensor {
        shape,
        values: Vec::try_from(flat)?,
    })
}

fn from_file(tensor: &file::Tensor) -> Tensor {
    let shape: Vec<i64> = tensor.shape.iter().map(|&size| size as i64).collect();
    Tensor::from_slice(&tensor.values).view(shape.as_slice())
}

/// Writes tensors and their description.
///
/// # Errors
/// If the file cannot be written.
pub fn write<'t>(
    path: &Path,
    description: &Description,
    tensors: impl IntoIterator<Item = (&'t str, &'t Tensor)>,
) -> Result<()> {
    let tensors = tensors
        .into_iter()
        .map(|(name, tensor)| Ok((name, to_file(tensor)?)))
        .collect::<Result<Vec<_>>>()?;
    let named = tensors.iter().map(|(name, tensor)| (*name, tensor));
    Ok(file::write(path, description, named)?)
}

/// Reads tensors by their names, and their description.
///
/// # Errors
/// If the file cannot be read, or is not one of ours; the error names it.
pub fn read(path: &Path) -> Result<(Description, impl FnMut(&str) -> Result<Tensor>)> {
    let whose = || path.display().to_string();
    let (description, mut tensors) = file::read(path).with_context(whose)?;
    let whose = whose();
    let take = move |name: &str| {
        let tensor = tensors
            .remove(name)
            .with_context(|| format!("{whose}: there is no tensor {name}"))?;
        Ok(from_file(&tensor))
    };
    Ok((description, take))
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
    write(path, &description, model.named())
}

/// Reads a model that [`save_model`] wrote, or a bundle's, as near as its int8 weights come to the model that it was.
///
/// # Errors
/// If it cannot be read, or its tensors are not those of its architecture.
pub fn load_model(path: &Path, device: Device) -> Result<Model> {
    let load = || {
        let model = if is_bundle(path) {
            load_bundle(path, device)?
        } else {
            let (description, tensors) = file::read(path)?;
            description.architecture.validate()?;
            let named = tensors
                .iter()
                .map(|(name, tensor)| (name.clone(), from_file(tensor)));
            Model::from_named(description.architecture, named.collect(), device)?
        };
        if model.architecture.embeddings != Embeddings::JOINT {
            bail!("it has a vocabulary for each language; deshi-train works with one for both");
        }
        Ok(model)
    };
    load().with_context(|| path.display().to_string())
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

#[cfg(test)]
mod tests {
    use deshi_core::random_model::SMALL;

    use super::*;

    #[test]
    fn a_model_comes_back_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let model = Model::random(SMALL, Device::Cpu, 3);
        let progress = Progress {
            step: 12,
            seconds: 0.1,
            ..Progress::default()
        };
        save_model(&path, &model, &progress).unwrap();
        let back = load_model(&path, Device::Cpu).unwrap();
        assert_eq!(back.architecture, SMALL);
        assert_eq!(back.flat, model.flat);
        let (description, mut take) = read(&path).unwrap();
        assert_eq!(description.progress, progress);
        let (name, tensor) = model.named().next().unwrap();
        assert_eq!(&take(name).unwrap(), tensor);
        let message = take("nothing").unwrap_err().to_string();
        assert!(
            message.contains("model.safetensors: there is no tensor nothing"),
            "{message}"
        );
    }
}
