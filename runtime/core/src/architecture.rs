//! A model's hyper-parameters. Their values are in the checkpoint and the bundle, never in code.

use serde::{Deserialize, Serialize};

/// The most decoder layers of a model; bounds the lists of states, keys and values.
pub const MAXIMUM_DECODER_LAYERS: usize = 16;
/// The most encoder layers of a model.
pub const MAXIMUM_ENCODER_LAYERS: usize = 32;

/// How a decoder layer sees the positions before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecoderKind {
    /// The SSRU (Kim et al. 2019): one state vector per layer, for any sentence length.
    Ssru,
    /// Causal self-attention (Vaswani et al. 2017): keys and values of every position before, so that the state grows
    /// with the translation.
    SelfAttention,
}

/// How the wavelengths of the sine table are spread over a position's `d_model` columns: the sine of
/// `position / 10000^exponent` in column `i` of the first half, the cosine in column `i` of the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Positions {
    /// The exponent is `i / (d_model / 2)`, as Vaswani et al. 2017, section 3.5, write it: deshi's own models.
    #[default]
    Vaswani,
    /// The exponent is `i / (d_model / 2 - 1)`, as tensor2tensor and Marian compute it: models that Marian trained.
    Marian,
}

impl Positions {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The activation between the two feed-forward layers of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FeedForwardActivation {
    /// [`Activation::Relu`](deshi_kernels::Activation::Relu): deshi's own models.
    #[default]
    Relu,
    /// [`Activation::Swish`](deshi_kernels::Activation::Swish): most models of OPUS-MT.
    Swish,
}

impl FeedForwardActivation {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The shape of an encoder-decoder transformer with tied embeddings and normalisation after each residual sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Encoder layers.
    pub encoder_layers: usize,
    /// Decoder layers.
    pub decoder_layers: usize,
    /// Width of the hidden vectors.
    pub d_model: usize,
    /// Width of the feed-forward layers.
    pub d_ff: usize,
    /// Attention heads; each is `d_model / n_heads` wide.
    pub n_heads: usize,
    /// How the decoder sees the positions before.
    pub decoder: DecoderKind,
    /// Size of the joint vocabulary: rows of the embedding, which is also the output layer. Recipes leave it
    /// out: the vocabulary file has it.
    #[serde(default)]
    pub vocabulary_size: usize,
    /// Positions in the sine table: the most tokens of a sequence.
    #[serde(default = "default_maximum_positions")]
    pub maximum_positions: usize,
    /// The sine table's formula.
    #[serde(default, skip_serializing_if = "Positions::is_default")]
    pub positions: Positions,
    /// The activation between the feed-forward layers.
    #[serde(default, skip_serializing_if = "FeedForwardActivation::is_default")]
    pub activation: FeedForwardActivation,
}

fn default_maximum_positions() -> usize {
    256
}

/// A hyper-parameter that is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("architecture: {field} must be {expected}, got {got}")]
#[non_exhaustive]
pub struct ArchitectureError {
    /// The hyper-parameter.
    pub field: &'static str,
    /// What it must be.
    pub expected: &'static str,
    /// What it is.
    pub got: usize,
}

impl Architecture {
    /// Checks that the kernels can run this architecture and that its sizes are within reason.
    ///
    /// # Errors
    /// The first hyper-parameter that is out of range.
    pub fn validate(&self) -> Result<(), ArchitectureError> {
        let check = |ok: bool, field, expected, got| {
            if ok {
                Ok(())
            } else {
                Err(ArchitectureError {
                    field,
                    expected,
                    got,
                })
            }
        };
        let multiple = |value: usize, of: usize, maximum: usize| {
            value > 0 && value.is_multiple_of(of) && value <= maximum
        };
        check(
            (1..=MAXIMUM_ENCODER_LAYERS).contains(&self.encoder_layers),
            "encoder_layers",
            "1 to 32",
            self.encoder_layers,
        )?;
        check(
            (1..=MAXIMUM_DECODER_LAYERS).contains(&self.decoder_layers),
            "decoder_layers",
            "1 to 16",
            self.decoder_layers,
        )?;
        check(
            multiple(self.d_model, 16, 4096),
            "d_model",
            "a multiple of 16 up to 4096",
            self.d_model,
        )?;
        check(
            multiple(self.d_ff, 16, 16384),
            "d_ff",
            "a multiple of 16 up to 16384",
            self.d_ff,
        )?;
        check(
            self.n_heads > 0 && self.d_model.is_multiple_of(self.n_heads),
            "n_heads",
            "a divisor of d_model",
            self.n_heads,
        )?;
        check(
            multiple(self.vocabulary_size, 16, 65_536),
            "vocabulary_size",
            "a multiple of 16 up to 65536",
            self.vocabulary_size,
        )?;
        check(
            (2..=4096).contains(&self.maximum_positions),
            "maximum_positions",
            "2 to 4096",
            self.maximum_positions,
        )
    }

    /// Whether the bundle has the model as ONNX graphs too: an SSRU's state and ReLU are all that they know.
    pub fn has_graphs(&self) -> bool {
        self.decoder == DecoderKind::Ssru && self.activation == FeedForwardActivation::Relu
    }

    /// Width of one attention head.
    pub const fn head_dim(&self) -> usize {
        self.d_model / self.n_heads
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    pub(crate) use crate::random_model::SMALLEST as SMALL;

    #[test]
    fn what_no_kernel_can_serve_is_named() {
        assert_eq!(SMALL.validate(), Ok(()));
        for (broken, field) in [
            (
                Architecture {
                    d_model: 20,
                    ..SMALL
                },
                "d_model",
            ),
            (
                Architecture {
                    n_heads: 5,
                    ..SMALL
                },
                "n_heads",
            ),
            (
                Architecture {
                    n_heads: 0,
                    ..SMALL
                },
                "n_heads",
            ),
            (
                Architecture {
                    decoder_layers: 0,
                    ..SMALL
                },
                "decoder_layers",
            ),
            (
                Architecture {
                    vocabulary_size: 70_000,
                    ..SMALL
                },
                "vocabulary_size",
            ),
        ] {
            assert_eq!(broken.validate().unwrap_err().field, field);
        }
    }
}
