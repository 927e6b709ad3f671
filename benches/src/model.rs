//! The architectures that are measured, and random models of them.

use deshi_core::weights::{ALIGNMENT_BYTES, Layout, Weights};
use deshi_core::{Architecture, DecoderKind, random_model};

/// The student that the targets speak of: 10.7 million parameters.
pub const TINY: Architecture = Architecture {
    encoder_layers: 6,
    decoder_layers: 2,
    d_model: 256,
    d_ff: 1536,
    n_heads: 8,
    decoder: DecoderKind::Ssru,
    vocabulary_size: 8000,
    maximum_positions: 256,
};

/// The student of `runtime/models/en-de.deshi`.
pub const CARRIED: Architecture = Architecture {
    encoder_layers: 3,
    d_model: 128,
    d_ff: 512,
    n_heads: 4,
    vocabulary_size: 4000,
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
