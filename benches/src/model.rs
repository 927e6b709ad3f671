//! The architectures that are measured, and random models of them.

pub use deshi_core::random_model::TINY;
use deshi_core::weights::{ALIGNMENT_BYTES, Layout, Weights};
use deshi_core::{Architecture, random_model};

/// The student of `runtime/models/en-de.deshi`.
pub const CARRIED: Architecture = Architecture {
    encoder_layers: 4,
    d_model: 192,
    d_ff: 768,
    n_heads: 6,
    vocabulary_size: 6000,
    ..TINY
};

/// A random model in memory.
pub struct Model {
    layout: Layout,
    bytes: Vec<u8>,
    start: usize,
    length: usize,
}

impl Model {
    /// A random model; its weights start at a multiple of a cache line, as in a bundle that is read.
    ///
    /// # Panics
    /// If the architecture is not valid.
    pub fn random(architecture: &Architecture) -> Self {
        let layout = Layout::new(architecture).expect("the architecture is valid");
        let file = random_model::weights(architecture, 1).expect("the architecture is valid");
        let mut bytes = vec![0; file.len() + ALIGNMENT_BYTES];
        let start = bytes.as_ptr().align_offset(ALIGNMENT_BYTES);
        bytes[start..][..file.len()].copy_from_slice(&file);
        let length = file.len();
        Self {
            layout,
            bytes,
            start,
            length,
        }
    }

    /// Its weights.
    pub fn weights(&self) -> Weights<'_> {
        Weights::attach(
            self.layout.clone(),
            &self.bytes[self.start..][..self.length],
        )
        .expect("the bytes were written for this layout")
    }
}
