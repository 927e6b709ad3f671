//! Why a model cannot run.

/// Why the model cannot run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NativeError {
    /// Only SSRU decoders run here.
    #[error("native: a decoder with self-attention is a teacher's; only SSRU decoders run here")]
    SelfAttentionDecoder,
    /// A buffer is too small.
    #[error("native: {buffer} has {got} elements, but needs {expected}")]
    Buffer {
        /// Which.
        buffer: &'static str,
        /// Elements that it needs.
        expected: usize,
        /// Elements that it has.
        got: usize,
    },
    /// More source tokens than the arena was made for, or an empty source.
    #[error("native: {got} source tokens, but there is room for 1 to {maximum}")]
    SourceLength {
        /// Tokens that there is room for.
        maximum: usize,
        /// Tokens of the sources.
        got: usize,
    },
    /// More sentences than there is room for, or no sentence.
    #[error("native: {got} sentences, but there is room for 1 to {maximum}")]
    Sentences {
        /// Sentences that there is room for.
        maximum: usize,
        /// Sentences that were given.
        got: usize,
    },
    /// A token that the vocabulary does not have.
    #[error("native: the vocabulary has no token {token}")]
    Token {
        /// The token.
        token: u32,
    },
    /// A position past the end of the sine table.
    #[error("native: the model has no position {position}")]
    Position {
        /// The position.
        position: usize,
    },
    /// A step before a source was encoded.
    #[error("native: a step before a source was encoded")]
    NoSource,
    /// The forward pass holds more values than the arena has places for.
    #[error("native: the forward pass holds too many values at once")]
    Slots,
}
