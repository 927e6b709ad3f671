//! What can go wrong while Marian's files are read.

/// Why a Marian model cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarianError {
    /// The file does not begin like a binary model.
    #[error("model: not a Marian binary model (version {got}, but must be 1)")]
    Version {
        /// The first eight bytes.
        got: u64,
    },
    /// The file ends too early.
    #[error("model: the file ends inside {what}")]
    Truncated {
        /// What is cut off.
        what: String,
    },
    /// There are bytes after the last item.
    #[error("model: {bytes} bytes after the last item")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// An invalid name, or one that two items have.
    #[error("model: item {index}: {problem}")]
    Name {
        /// The item's index.
        index: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// An item has a type that is not supported.
    #[error("model: {item} has type {got}; only float32 and intgemm8 are supported")]
    Type {
        /// Its name.
        item: String,
        /// Its type, by name where it is known.
        got: String,
    },
    /// An item's shape is not what it must be.
    #[error("model: {item} has the shape {got:?}, but must have {expected}")]
    Shape {
        /// Its name.
        item: String,
        /// What it must be.
        expected: String,
        /// What it is.
        got: Vec<i32>,
    },
    /// An item has more or fewer bytes than its shape needs.
    #[error("model: {item} has {got} bytes, but its shape needs {expected}")]
    Size {
        /// Its name.
        item: String,
        /// Bytes of its values.
        expected: u64,
        /// Bytes of its block.
        got: usize,
    },
    /// An impossible value.
    #[error("model: {item}[{index}] is {got}")]
    Value {
        /// The item.
        item: String,
        /// The value's index; the index after the last one is the quantisation multiplier.
        index: usize,
        /// The value.
        got: f32,
    },
    /// The model lacks an item.
    #[error("model: {item} is missing")]
    Missing {
        /// Its name.
        item: String,
    },
    /// The model has an item that the architecture does not.
    #[error("model: unknown item {item}")]
    Unknown {
        /// Its name.
        item: String,
    },
    /// The output layer is int8, and no embedding.
    #[error(
        "model: {item}, an output layer that is not tied, is intgemm8, but must be float32: import the float32 file"
    )]
    Int8Output {
        /// Its name.
        item: String,
    },
    /// Source and target have separate vocabularies, and only one was given.
    #[error(
        "the model has separate vocabularies for source and target: name the source's .spm file, then the target's"
    )]
    SplitVocabularies,
    /// Source and target share one vocabulary, and two were given.
    #[error("the model has one vocabulary for both languages: name one .spm file")]
    JointVocabulary,
    /// `special:model.yml` is not a list of options.
    #[error("special:model.yml, line {line}: {problem}")]
    Options {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// An unknown option.
    #[error(
        "special:model.yml: unknown option {option} ({got}); if it does not change what the model computes, import with --ignore-option {option}"
    )]
    UnknownOption {
        /// Its key.
        option: String,
        /// Its value.
        got: String,
    },
    /// An option has a value that deshi does not support.
    #[error("special:model.yml: {option} is {got}, but must be {expected}")]
    Option {
        /// Its key.
        option: String,
        /// What it must be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// The vocabulary is not the one that the model was trained with.
    #[error("the {which} has {got} pieces, but the model was trained with {expected}")]
    VocabularySize {
        /// Such as `source's vocabulary`.
        which: &'static str,
        /// Rows of the embedding.
        expected: usize,
        /// Pieces of the vocabulary.
        got: usize,
    },
    /// The shortlist cannot be used.
    #[error("shortlist: {problem}")]
    Shortlist {
        /// What is wrong.
        problem: String,
    },
}
