//! What can go wrong while the files of a Hugging Face folder are read.

/// Why a MarianMT model in Hugging Face's form cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HfError {
    /// A setting of `config.json` that the architecture needs.
    #[error("config.json: {key} is missing")]
    MissingKey {
        /// Its key.
        key: String,
    },
    /// A setting with a value that deshi does not compute.
    #[error("config.json: {key} is {got}, but must be {expected}")]
    Setting {
        /// Its key.
        key: String,
        /// What it must be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// A setting that is not understood.
    #[error(
        "config.json: the setting {key} ({got}) is not known; if it does not change what the model computes, import with --ignore-option {key}"
    )]
    UnknownKey {
        /// Its key.
        key: String,
        /// Its value.
        got: String,
    },
    /// The weights are not a safetensors file.
    #[error("model.safetensors: not a valid safetensors file")]
    SafeTensors(#[source] safetensors::SafeTensorError),
    /// The model lacks a tensor.
    #[error("model.safetensors: {name} is missing")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor that the architecture has no place for.
    #[error("model.safetensors: {name} is not understood")]
    UnknownTensor {
        /// Its name.
        name: String,
    },
    /// A tensor has the wrong type or shape.
    #[error("model.safetensors: {name} is {got}, but must be {expected}")]
    Tensor {
        /// Its name.
        name: String,
        /// The type and shape that it must have.
        expected: String,
        /// Those that it has.
        got: String,
    },
    /// A value that no model can have.
    #[error("model.safetensors: {name}[{index}] is infinite or NaN")]
    NotFinite {
        /// The tensor.
        name: String,
        /// The value's index.
        index: usize,
    },
    /// A copy of the embedding that differs from it.
    #[error(
        "model.safetensors: {name} differs from {original}, but only tied embeddings can be imported"
    )]
    NotTied {
        /// The copy.
        name: String,
        /// What it should be a copy of.
        original: &'static str,
    },
    /// A table of positions that is not the sine table.
    #[error(
        "model.safetensors: {name}: position {position} is not the sines that MarianMT computes"
    )]
    Positions {
        /// The table.
        name: String,
        /// The first position that differs.
        position: usize,
    },
    /// `vocab.json` is not what it should be.
    #[error("vocab.json: {piece:?}: {problem}")]
    Vocabulary {
        /// The piece.
        piece: String,
        /// What is wrong.
        problem: String,
    },
    /// The vocabulary is another than the one that the model was trained with.
    #[error("vocab.json has {got} pieces, but the model was trained with {expected}")]
    VocabularySize {
        /// Rows of the embedding.
        expected: usize,
        /// Pieces of the vocabulary.
        got: usize,
    },
    /// More pieces than tokens can name.
    #[error(
        "vocab.json and source.spm have {got} different pieces together, but a vocabulary can have {maximum}"
    )]
    TooManyPieces {
        /// The most pieces.
        maximum: usize,
        /// The number of pieces.
        got: usize,
    },
    /// The model translates into several languages, and none was chosen.
    #[error("the model writes several languages; choose one with --target-code: {codes}")]
    LanguageCode {
        /// The codes of `vocab.json`.
        codes: String,
    },
    /// The language that was chosen is not one of the model's.
    #[error("--target-code {got}: vocab.json has {codes}")]
    TargetCode {
        /// What was chosen.
        got: String,
        /// The codes of `vocab.json`.
        codes: String,
    },
}
