//! The measured architectures, and random models of them.

use std::fs;

use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::Bundle;
pub use deshi_core::random_model::{CARRIED_MODEL, TINY};
use deshi_core::weights::{Layout, Weights};
use deshi_core::{Architecture, random_model};

/// The architecture of the model in [`CARRIED_MODEL`].
///
/// # Panics
/// If the file is missing.
pub fn carried() -> Architecture {
    let file = fs::read(CARRIED_MODEL).expect("the repository carries a model");
    let bundle = Bundle::parse(&file).expect("the carried model is a bundle");
    bundle.manifest().architecture
}

/// The architecture of a shape: `carried` or `tiny`.
///
/// # Panics
/// As [`carried`].
pub fn shape(name: &str) -> Option<Architecture> {
    match name {
        "carried" => Some(carried()),
        "tiny" => Some(TINY),
        _ => None,
    }
}

/// A random model in memory.
pub struct Model {
    layout: Layout,
    file: AlignedBytes,
}

impl Model {
    /// A random model; its weights start at a multiple of a cache line, as in a bundle.
    ///
    /// # Panics
    /// If the architecture is not valid.
    pub fn random(architecture: &Architecture) -> Self {
        let layout = Layout::new(architecture).expect("the architecture is valid");
        let file = random_model::weights(architecture, 1).expect("the architecture is valid");
        let file = AlignedBytes::copy(&file);
        Self { layout, file }
    }

    /// Its weights.
    pub fn weights(&self) -> Weights<'_> {
        Weights::attach(self.layout.clone(), self.file.bytes())
            .expect("the bytes were written for this layout")
    }
}
