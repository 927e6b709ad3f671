//! What can go wrong while Marian's files are read.

/// Why a model of Marian's cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarianError {
    /// The file does not begin as a binary model does.
    #[error("model: not a binary model of Marian's (version {got}, but must be 1)")]
    Version {
        /// The first eight bytes.
        got: u64,
    },
    /// The file ends too early.
    #[error("model: ends inside {what}")]
    Truncated {
        /// What is cut off.
        what: String,
    },
    /// Bytes behind the last item.
    #[error("model: {bytes} bytes behind the last item")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// A name that is not one, or that two items have.
    #[error("model: item {index}: {problem}")]
    Name {
        /// The item's index.
        index: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// An item of a type that is not read.
    #[error("model: {item} is of type {got}; read are float32 and intgemm8")]
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
        /// Bytes that there are.
        got: usize,
    },
    /// A value that no model can have.
    #[error("model: {item}[{index}] is {got}")]
    Value {
        /// The item.
        item: String,
        /// The value's index; behind the last one, the quantisation multiplier.
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
    /// The model has an item that the architecture has no place for.
    #[error("model: {item} is not understood")]
    Unknown {
        /// Its name.
        item: String,
    },
    /// Source and target have vocabularies of their own.
    #[error(
        "model: source and target have vocabularies of their own ({item}), which cannot be imported yet"
    )]
    SplitVocabularies {
        /// What says so.
        item: String,
    },
    /// `special:model.yml` is not a list of options.
    #[error("special:model.yml, line {line}: {problem}")]
    Options {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// An option that is not understood.
    #[error(
        "special:model.yml: the option {option} ({got}) is not known; if it does not change what the model computes, import with --ignore-option {option}"
    )]
    UnknownOption {
        /// Its key.
        option: String,
        /// Its value.
        got: String,
    },
    /// An option with a value that deshi does not compute.
    #[error("special:model.yml: {option} is {got}, but must be {expected}")]
    Option {
        /// Its key.
        option: String,
        /// What it must be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// The vocabulary is another than the one that the model was trained with.
    #[error("the vocabulary has {got} pieces, but the model was trained with {expected}")]
    VocabularySize {
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
