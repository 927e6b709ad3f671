//! What can go wrong while the files of an ONNX export are read.

/// Why an ONNX export cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StandardError {
    /// The bytes are not an ONNX file.
    #[error("{file}: not an ONNX file with a graph")]
    NotOnnx {
        /// The file.
        file: String,
    },
    /// A decoder with and without a cache in one graph.
    #[error(
        "{file}: a merged decoder (it has the input {input}); give decoder_model.onnx and decoder_with_past_model.onnx \
         instead, which `optimum-cli export onnx --no-post-process` leaves apart"
    )]
    Merged {
        /// The file.
        file: String,
        /// The input that chooses between the two.
        input: String,
    },
    /// The graph is not what its place among the files says.
    #[error("{file}: {expected}, but {got}")]
    Interface {
        /// The file.
        file: String,
        /// What the graph must have.
        expected: String,
        /// What it has.
        got: String,
    },
    /// A part of the format that is not supported.
    #[error("{file}: {part}; {remedy}")]
    Unsupported {
        /// The file.
        file: String,
        /// What is not supported, with the name of the node or tensor.
        part: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A value that is used but not made, or made twice.
    #[error("{file}: the value {value:?} {problem}")]
    Value {
        /// The file.
        file: String,
        /// The value.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A tensor whose type, shape and data do not match.
    #[error("{file}: tensor {name:?}: {problem}")]
    Tensor {
        /// The file.
        file: String,
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The files are of different versions of ONNX's operators.
    #[error(
        "{file} has version {got} of ONNX's operators, but {first} has {expected}; export all files at once"
    )]
    Version {
        /// The first file.
        first: String,
        /// The version of the first file.
        expected: i64,
        /// The file.
        file: String,
        /// Its version.
        got: i64,
    },
    /// The vocabulary is another than the one that the model was trained with.
    #[error("vocab.json has {got} pieces, but the decoder has {expected} logits")]
    VocabularySize {
        /// Logits of the decoder.
        expected: usize,
        /// Pieces of the vocabulary.
        got: usize,
    },
    /// `vocab.json` lacks the piece that starts a translation.
    #[error(
        "vocab.json has no <pad>, which starts a translation; give config.json, which may name another token"
    )]
    NoPad,
    /// A setting of a configuration with a value that deshi does not follow.
    #[error(
        "{file}: {key} is {got}, but must be {expected}; --ignore-option {key} skips this check"
    )]
    Setting {
        /// The file.
        file: &'static str,
        /// Its key.
        key: String,
        /// What it must be.
        expected: String,
        /// What it is.
        got: String,
    },
}
