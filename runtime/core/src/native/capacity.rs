//! How much a [`Native`](super::Native) has room for, and what memory that takes.

use deshi_kernels::{
    OUTPUT_GROUP, ShortlistBuffers, cross_attention_scratch, self_attention_scratch,
};

use crate::Architecture;
use crate::shortlist::mark_words;
use crate::weights::ALIGNMENT_BYTES;

/// Values of width `d_model` that the forward pass holds at once: a residual, a result, and their sum.
pub(super) const NARROW: usize = 3;
/// Rows that pass through the whole output layer at once. Kernels take rows by up to six: all groups are full.
const OUTPUT_ROWS: usize = 12;
/// Sentences that can run side by side.
pub const MAXIMUM_SENTENCES: usize = 64;

/// What there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Tokens of all sources together, each with its end.
    pub source_tokens: usize,
    /// Sentences side by side: 1 to [`MAXIMUM_SENTENCES`].
    pub sentences: usize,
    /// Candidates of all sentences together whose rows of the output layer are kept through the sentence.
    /// A sentence for which no room is left gathers its rows again at every step: slower, with the same
    /// result.
    pub candidates: usize,
}

pub(super) const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

impl Capacity {
    /// For one sentence of up to `source_tokens`, and no candidates kept: the least memory.
    pub const fn sentence(source_tokens: usize) -> Self {
        Self {
            source_tokens,
            sentences: 1,
            candidates: 0,
        }
    }

    /// Elements (f32) of the arena.
    pub const fn arena_elements(&self, architecture: &Architecture) -> usize {
        let Architecture {
            d_model,
            decoder_layers,
            vocabulary_size,
            ..
        } = *architecture;
        self.source_tokens * (NARROW * d_model + wide_width(architecture))
            + decoder_layers * (2 * self.source_tokens + self.sentences) * d_model
            + self.source_tokens
            + self.scratch_elements(architecture)
            + self.output_rows() * vocabulary_size
            + self.sentences * mark_words(vocabulary_size)
            + 3 * self.gathered_rows()
    }

    /// Elements (i8) of the quantised rows and of the gathered weights.
    pub const fn quantised_elements(&self, architecture: &Architecture) -> usize {
        self.source_tokens * max(architecture.d_model, architecture.d_ff)
            + self.gathered_rows() * architecture.d_model
            + ALIGNMENT_BYTES
    }

    pub(super) const fn scratch_elements(&self, architecture: &Architecture) -> usize {
        let Architecture {
            d_model, n_heads, ..
        } = *architecture;
        max(
            self_attention_scratch(self.source_tokens, d_model, n_heads),
            cross_attention_scratch(1, self.source_tokens),
        )
    }

    /// Rows of logits.
    pub(super) const fn output_rows(&self) -> usize {
        if self.sentences < OUTPUT_ROWS {
            self.sentences
        } else {
            OUTPUT_ROWS
        }
    }

    /// Rows of the output layer that are kept through a sentence: the candidates, and what rounds each
    /// sentence's up.
    pub(super) const fn kept_rows(&self) -> usize {
        if self.candidates == 0 {
            return 0;
        }
        ShortlistBuffers::padded(self.candidates) + self.sentences * OUTPUT_GROUP
    }

    /// The same, and the 16 that the sentences without room share.
    pub(super) const fn gathered_rows(&self) -> usize {
        self.kept_rows() + OUTPUT_GROUP
    }
}

pub(super) const fn wide_width(architecture: &Architecture) -> usize {
    max(3 * architecture.d_model, architecture.d_ff)
}
