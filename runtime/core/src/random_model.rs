//! Models for tests and measurements: where the carried one is, and random ones of any architecture, which translate into
//! nonsense at the speed of a trained model.

use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::random::Random;
use crate::tensors::{self, Tensor, TensorKind};
use crate::weights::{self, Layout};
use crate::{
    Architecture, ArchitectureError, DecoderKind, Embeddings, FeedForwardActivation, Positions,
};

/// The path of the bundle that the repository carries, on the machine that compiled this.
pub const CARRIED_MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/en-de.deshi");

/// The shape of the student that the design speaks of: 10.7 million parameters.
pub const TINY: Architecture = Architecture {
    encoder_layers: 6,
    decoder_layers: 2,
    d_model: 256,
    d_ff: 1536,
    n_heads: 8,
    decoder: DecoderKind::Ssru,
    vocabulary_size: 8000,
    maximum_positions: 256,
    positions: Positions::Vaswani,
    activation: FeedForwardActivation::Relu,
    embeddings: Embeddings::JOINT,
};

/// A small shape with an awkward size: heads of 12 columns are not a multiple of any vector register.
pub const SMALL: Architecture = Architecture {
    encoder_layers: 2,
    decoder_layers: 3,
    d_model: 48,
    d_ff: 80,
    n_heads: 4,
    decoder: DecoderKind::Ssru,
    vocabulary_size: 320,
    maximum_positions: 40,
    positions: Positions::Vaswani,
    activation: FeedForwardActivation::Relu,
    embeddings: Embeddings::JOINT,
};

/// The smallest shape that has every kind of layer.
pub const SMALLEST: Architecture = Architecture {
    encoder_layers: 2,
    decoder_layers: 1,
    d_model: 32,
    d_ff: 64,
    n_heads: 4,
    decoder: DecoderKind::Ssru,
    vocabulary_size: 320,
    maximum_positions: 24,
    positions: Positions::Vaswani,
    activation: FeedForwardActivation::Relu,
    embeddings: Embeddings::JOINT,
};

/// [`SMALL`] as an imported transformer: a decoder with self-attention, and Swish.
pub const SMALL_TRANSFORMER: Architecture = Architecture {
    decoder: DecoderKind::SelfAttention,
    activation: FeedForwardActivation::Swish,
    ..SMALL
};

/// Numbers within -1 and 1, the same ones for the same seed.
pub fn numbers(seed: u64) -> impl Iterator<Item = f32> {
    let mut random = Random::new(seed);
    core::iter::repeat_with(move || random.number())
}

/// Every tensor of the architecture by its name, in row-major order. The spreads are chosen so that
/// activations keep their magnitude from layer to layer.
pub fn tensors(architecture: &Architecture, seed: u64) -> BTreeMap<String, Vec<f32>> {
    let mut numbers = numbers(seed);
    let mut tensors = BTreeMap::new();
    // Numbers within `middle - spread` and `middle + spread`.
    let mut put = |tensor: Tensor, middle: f32, spread: f32| {
        let values = numbers.by_ref().take(tensor.elements());
        let values = values.map(|value| middle + spread * value).collect();
        tensors.insert(tensor.to_string(), values);
    };
    tensors::layers(architecture, |layer| {
        let inputs = layer.tensor(TensorKind::Weight).shape()[1..]
            .first()
            .copied();
        for tensor in layer.tensors() {
            match tensor.kind {
                TensorKind::Gamma => put(tensor, 1.0, 0.1),
                TensorKind::Beta => put(tensor, 0.0, 0.1),
                TensorKind::Weight | TensorKind::Bias => {
                    let inputs = inputs.expect("a weight has two dimensions");
                    put(tensor, 0.0, 1.7 / (inputs as f32).sqrt());
                }
            }
        }
    });
    tensors
}

/// The weights file of the model of [`tensors()`].
///
/// # Errors
/// If the architecture is not valid.
pub fn weights(architecture: &Architecture, seed: u64) -> Result<Vec<u8>, ArchitectureError> {
    let layout = Layout::new(architecture)?;
    let tensors = tensors(architecture, seed);
    Ok(weights::write(&layout, |name| &tensors[name]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aligned::AlignedBytes;
    use crate::weights::Weights;

    #[test]
    fn the_file_holds_the_tensors() {
        let tensors = tensors(&SMALL, 3);
        let count: usize = tensors.values().map(Vec::len).sum();
        assert_eq!(count, tensors::parameters(&SMALL));

        let file = weights(&SMALL, 3).unwrap();
        let file = AlignedBytes::copy(&file);
        let weights = Weights::new(&SMALL, file.bytes()).unwrap();
        assert!(weights.embedding().sums_are_right());

        let read = weights.tensors();
        assert!(read.keys().eq(tensors.keys()));
        for (name, exact) in &tensors {
            // Linear weights may differ by half an int8 step; the other tensors are f32.
            let most = exact.iter().fold(0f32, |most, x| most.max(x.abs()));
            let step = if name.ends_with(".weight") {
                most / 127.0
            } else {
                0.0
            };
            assert_eq!(read[name].len(), exact.len(), "{name}");
            for (value, exact) in read[name].iter().zip(exact) {
                assert!((value - exact).abs() <= 0.51 * step, "{name}");
            }
        }
    }

    #[test]
    fn the_tiny_student_has_ten_million_parameters() {
        let count = tensors::parameters(&TINY);
        assert!((10_600_000..10_900_000).contains(&count), "{count}");
    }
}
