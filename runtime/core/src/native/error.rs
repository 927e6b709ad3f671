//! The native engine's errors.

use crate::Token;

/// Why the native engine cannot run a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NativeError {
    /// A buffer is too small.
    #[error("native: {buffer} has {got} elements; it needs {expected}")]
    Buffer {
        /// The buffer.
        buffer: &'static str,
        /// Elements needed.
        expected: usize,
        /// Its elements.
        got: usize,
    },
    /// More source tokens than the arena has room for, or an empty source.
    #[error("native: {got} source tokens; must be 1 to {maximum}")]
    SourceLength {
        /// The most tokens.
        maximum: usize,
        /// Tokens of all sources.
        got: usize,
    },
    /// More sentences than there is room for, or no sentence.
    #[error("native: {got} sentences; must be 1 to {maximum}")]
    Sentences {
        /// The most sentences.
        maximum: usize,
        /// The given number of sentences.
        got: usize,
    },
    /// A token that is not in the vocabulary.
    #[error("native: the vocabulary has no token {token}")]
    Token {
        /// The token.
        token: Token,
    },
    /// A position past the end of the sine table.
    #[error("native: the model has no position {position}")]
    Position {
        /// The position.
        position: usize,
    },
    /// More steps than a self-attention decoder's cache has positions.
    #[error("native: the arena has room for {maximum} target tokens")]
    TargetLength {
        /// The most tokens of a translation.
        maximum: usize,
    },
    /// A decoder step before a source was encoded.
    #[error("native: decoder step before a source was encoded")]
    NoSource,
    /// The forward pass needs more values at once than the arena has slots.
    #[error("native: the forward pass needs more values at once than the arena has slots")]
    Slots,
}
