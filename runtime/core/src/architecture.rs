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

/// Whether the rows of the output layer are also the target's embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TargetEmbedding {
    /// They are: deshi's own models.
    #[default]
    Tied,
    /// They are not; the target has an embedding of its own.
    Untied,
}

impl TargetEmbedding {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which embeddings a model has beside its output layer. The default: none. Both languages have one vocabulary, and the rows
/// of the output layer are their embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embeddings {
    /// Rows of the source's own embedding, for a vocabulary of its own; 0 if both languages share one.
    pub source_vocabulary_size: usize,
    /// The target's embedding.
    #[serde(default, skip_serializing_if = "TargetEmbedding::is_default")]
    pub target: TargetEmbedding,
}

impl Embeddings {
    /// One vocabulary and one embedding for both languages.
    pub const JOINT: Self = Self {
        source_vocabulary_size: 0,
        target: TargetEmbedding::Tied,
    };

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A language of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// What it reads.
    Source,
    /// What it writes.
    Target,
}

/// The shape of an encoder-decoder transformer with normalisation after each residual sum.
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
    /// Size of the vocabulary: rows of the output layer, which is also the embedding unless `embeddings` says otherwise.
    /// Recipes leave it out: the vocabulary file has it.
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
    /// Embeddings beside the output layer's rows.
    #[serde(default, skip_serializing_if = "Embeddings::is_default")]
    pub embeddings: Embeddings,
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
        let source = self.embeddings.source_vocabulary_size;
        check(
            source == 0 || (2..=65_536).contains(&source),
            "source_vocabulary_size",
            "2 to 65536, or 0 for a joint vocabulary",
            source,
        )?;
        check(
            source > 0 || self.embeddings.target == TargetEmbedding::Tied,
            "source_vocabulary_size",
            "2 to 65536 where the target's embedding is untied",
            source,
        )?;
        check(
            (2..=4096).contains(&self.maximum_positions),
            "maximum_positions",
            "2 to 4096",
            self.maximum_positions,
        )
    }

    /// Whether source and target have vocabularies of their own.
    pub const fn has_split_vocabularies(&self) -> bool {
        self.embeddings.source_vocabulary_size > 0
    }

    /// How many ids the embedding of a language has.
    pub const fn embedded_ids(&self, side: Side) -> usize {
        match side {
            Side::Source if self.has_split_vocabularies() => self.embeddings.source_vocabulary_size,
            _ => self.vocabulary_size,
        }
    }

    /// Whether a language has an embedding beside the output layer's rows.
    pub const fn has_table(&self, side: Side) -> bool {
        match side {
            Side::Source => self.has_split_vocabularies(),
            Side::Target => matches!(self.embeddings.target, TargetEmbedding::Untied),
        }
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
            (
                Architecture {
                    embeddings: Embeddings {
                        source_vocabulary_size: 70_000,
                        ..Embeddings::JOINT
                    },
                    ..SMALL
                },
                "source_vocabulary_size",
            ),
            (
                Architecture {
                    embeddings: Embeddings {
                        source_vocabulary_size: 1,
                        ..Embeddings::JOINT
                    },
                    ..SMALL
                },
                "source_vocabulary_size",
            ),
            (
                Architecture {
                    embeddings: Embeddings {
                        target: TargetEmbedding::Untied,
                        ..Embeddings::JOINT
                    },
                    ..SMALL
                },
                "source_vocabulary_size",
            ),
        ] {
            assert_eq!(broken.validate().unwrap_err().field, field);
        }
    }
}
