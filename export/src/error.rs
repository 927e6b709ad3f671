//! What can go wrong in an export.

use std::path::PathBuf;

use deshi_checkpoint::CheckpointError;
use deshi_core::architecture::ArchitectureError;
use deshi_core::bundle::BundleError;
use deshi_core::shortlist::ShortlistError;
use deshi_core::vocabulary::VocabularyError;
use thiserror::Error;

use crate::hf::HfError;
use crate::marian::MarianError;
use crate::sentencepiece::SentencePieceError;
use crate::standard::StandardError;

/// Why an export or a signing failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A file could not be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The checkpoint cannot be read, or does not fit its architecture.
    #[error("the checkpoint cannot be used")]
    Checkpoint(#[source] CheckpointError),
    /// A JSON text does not have the expected form.
    #[error("{what}: not the expected JSON")]
    Json {
        /// Which text.
        what: &'static str,
        /// Where it is wrong.
        source: serde_json::Error,
    },
    /// A `.spm` file cannot be used.
    #[error("the SentencePiece vocabulary cannot be used")]
    SentencePiece(#[from] SentencePieceError),
    /// A Marian model cannot be used.
    #[error("the model cannot be imported")]
    Marian(#[from] MarianError),
    /// A MarianMT model in Hugging Face's form cannot be used.
    #[error("the model cannot be imported")]
    Hf(#[from] HfError),
    /// An export of ONNX graphs cannot be used.
    #[error("the model cannot be imported")]
    Standard(#[from] StandardError),
    /// Not the graphs of an encoder and a decoder.
    #[error(
        "{got} graphs; give two or three: encoder_model.onnx, decoder_model.onnx and, for a cache, decoder_with_past_model.onnx"
    )]
    GraphFiles {
        /// How many were given.
        got: usize,
    },
    /// A second file of settings.
    #[error("{} is a second config.json or generation_config.json", path.display())]
    TwoConfigurations {
        /// The file.
        path: PathBuf,
    },
    /// tract cannot run the graphs.
    #[cfg(feature = "tract")]
    #[error("tract cannot run the model; nothing was written")]
    Tract(#[source] deshi_tract::Error),
    /// The engine that would run the graphs is not in this build.
    #[cfg(not(feature = "tract"))]
    #[error(
        "`deshi-export onnx` runs the graphs before it packs them, and this build has no tract: \
         build it with `cargo build --release -p deshi-export --features tract`"
    )]
    NoTract,
    /// A hyper-parameter that no kernel can serve.
    #[error("no kernel can serve this model")]
    Architecture(#[source] ArchitectureError),
    /// The graphs have no operation for a part of the model.
    #[error("the ONNX graphs have no operation for {part}; only the native engine runs this model")]
    NoGraph {
        /// Such as a self-attention decoder.
        part: &'static str,
    },
    /// The vocabulary cannot be read.
    #[error("the vocabulary cannot be read")]
    Vocabulary(#[source] VocabularyError),
    /// The shortlist cannot be read, or was made for another vocabulary.
    #[error("the shortlist cannot be used")]
    Shortlist(#[source] ShortlistError),
    /// The vocabulary is not the one that the model was trained with.
    #[error("the vocabulary has {got} pieces, but the model was trained with {expected}")]
    VocabularySize {
        /// Pieces that the model knows.
        expected: usize,
        /// Pieces of the vocabulary.
        got: usize,
    },
    /// A language's tag is too long.
    #[error("{got} is not a language tag: it must have at most 16 bytes")]
    Language {
        /// The tag.
        got: String,
    },
    /// The weights file has no section of this name.
    #[error("weights file: there is no section {name}")]
    Section {
        /// Its name.
        name: String,
    },
    /// The written bundle cannot be read back.
    #[error("the written bundle cannot be read back: {0}")]
    Layout(String),
    /// A key or signature cannot be made, or a key cannot be read.
    #[error("cannot sign")]
    Signing(#[source] minisign::PError),
    /// The text is not a secret key.
    #[error("--key is not a secret key in minisign's format; deshi-export keygen makes one")]
    NotASecretKey,
    /// What is to be signed is not a bundle.
    #[error("{name} is not a deshi bundle, so it was not signed")]
    NotABundle {
        /// Its name.
        name: String,
        /// Why it could not be read as a bundle.
        source: BundleError,
    },
    /// A key's file exists already.
    #[error("{} exists already; choose another name, so that no key is lost", path.display())]
    KeyExists {
        /// The file.
        path: PathBuf,
    },
    /// An executor and the reference disagree.
    #[error("{executor} disagrees with the reference: {what}; nothing was written")]
    Verification {
        /// Which executor.
        executor: String,
        /// Where they disagree.
        what: String,
    },
}
