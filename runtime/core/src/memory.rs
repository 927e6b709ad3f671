//! How much memory a model needs, known before it runs: on a host by `deshi info`, in firmware at compile time.
//!
//! ```
//! use deshi_core::{Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions, memory};
//!
//! const ARCHITECTURE: Architecture = Architecture {
//!     encoder_layers: 2,
//!     decoder_layers: 1,
//!     d_model: 64,
//!     d_ff: 128,
//!     n_heads: 4,
//!     decoder: DecoderKind::Ssru,
//!     vocabulary_size: 768,
//!     maximum_positions: 64,
//!     positions: Positions::Vaswani,
//!     activation: FeedForwardActivation::Relu,
//!     embeddings: Embeddings::JOINT,
//! };
//! const BYTES: usize = memory::working_bytes(&ARCHITECTURE, 32);
//! const { assert!(BYTES < 80_000) };
//! ```

use deshi_kernels::{cross_attention_scratch, self_attention_scratch};

use crate::output_layer;
use crate::{Architecture, DecoderKind};

/// Values of width `d_model` that the forward pass holds at once: a residual, a result, and their sum.
pub(crate) const NARROW_VALUES: usize = 3;
/// The most sentences that can run side by side.
pub const MAXIMUM_SENTENCES: usize = 64;

/// The capacity of a [`Native`](crate::native::Native).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Tokens of all sources together, ends included.
    pub source_tokens: usize,
    /// Sentences side by side: 1 to [`MAXIMUM_SENTENCES`].
    pub sentences: usize,
    /// Tokens of each sentence's translation, the end included: the positions whose keys and values a self-attention
    /// decoder keeps. More than the model has positions counts as all of them. An SSRU needs no room for them.
    pub target_tokens: usize,
    /// Candidates, of all sentences together, whose rows of the output layer are kept for the whole
    /// sentence. A sentence that finds no room gathers its rows again at every step: slower, with the
    /// same result.
    pub candidates: usize,
}

const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// Columns of the widest value of the forward pass.
pub(crate) const fn wide_width(architecture: &Architecture) -> usize {
    max(3 * architecture.d_model, architecture.d_ff)
}

impl Capacity {
    /// For one sentence of up to `source_tokens` and a translation of any length, with no candidates kept.
    pub const fn sentence(source_tokens: usize) -> Self {
        Self {
            source_tokens,
            sentences: 1,
            target_tokens: usize::MAX,
            candidates: 0,
        }
    }

    /// The same, for translations of up to `target_tokens`: less memory where the decoder has self-attention.
    #[must_use]
    pub const fn with_target_tokens(self, target_tokens: usize) -> Self {
        Self {
            target_tokens,
            ..self
        }
    }

    /// Elements (f32) of the arena.
    pub const fn arena_elements(&self, architecture: &Architecture) -> usize {
        let Architecture {
            d_model,
            decoder_layers,
            ..
        } = *architecture;
        self.source_tokens * (NARROW_VALUES * d_model + wide_width(architecture))
            + decoder_layers * 2 * self.source_tokens * d_model
            + decoder_layers * self.sentences * self.state_elements(architecture)
            + self.source_tokens
            + self.scratch_elements(architecture)
            + output_layer::number_elements(architecture, self)
    }

    /// Elements (i8) of the quantised rows and of the output layer's gathered weights.
    pub const fn quantised_elements(&self, architecture: &Architecture) -> usize {
        self.row_elements(architecture) + output_layer::blocked_elements(architecture, self)
    }

    /// Elements (i8) of the quantised rows.
    pub(crate) const fn row_elements(&self, architecture: &Architecture) -> usize {
        self.source_tokens * max(architecture.d_model, architecture.d_ff)
    }

    /// Target positions that a self-attention decoder's cache has room for.
    pub(crate) const fn cached_positions(&self, architecture: &Architecture) -> usize {
        min(self.target_tokens, architecture.maximum_positions)
    }

    /// Elements (f32) of a sentence's state in one decoder layer: an SSRU's vector, or the keys and values of the
    /// positions before.
    pub(crate) const fn state_elements(&self, architecture: &Architecture) -> usize {
        match architecture.decoder {
            DecoderKind::Ssru => architecture.d_model,
            DecoderKind::SelfAttention => {
                2 * self.cached_positions(architecture) * architecture.d_model
            }
        }
    }

    pub(crate) const fn scratch_elements(&self, architecture: &Architecture) -> usize {
        let Architecture {
            d_model, n_heads, ..
        } = *architecture;
        let cached = match architecture.decoder {
            DecoderKind::Ssru => 0,
            DecoderKind::SelfAttention => self.cached_positions(architecture),
        };
        max(
            self_attention_scratch(self.source_tokens, d_model, n_heads),
            cross_attention_scratch(1, max(self.source_tokens, cached)),
        )
    }

    /// Bytes of the buffers of a [`Native`](crate::native::Native): the f32 arena and the i8 rows. The model is read
    /// in place and not counted; neither are the tokens of source and target, and the stack.
    pub const fn working_bytes(&self, architecture: &Architecture) -> usize {
        self.arena_elements(architecture) * size_of::<f32>()
            + self.quantised_elements(architecture) * size_of::<i8>()
    }
}

/// [`Capacity::working_bytes`] for one source of up to `source_len` tokens (the end included) and a translation of
/// any length.
pub const fn working_bytes(architecture: &Architecture, source_len: usize) -> usize {
    Capacity::sentence(source_len).working_bytes(architecture)
}
