//! The library's error type.

use std::io;
use std::path::PathBuf;

use deshi_core::bundle::BundleError;
use deshi_core::shortlist::ShortlistError;
use deshi_core::vocabulary::VocabularyError;
use deshi_core::weights::WeightsError;
use deshi_text::TranslateError;
use thiserror::Error;

use crate::EngineKind;

/// Why a model cannot be loaded, or a text not translated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The bundle's file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file is not a public key.
    #[cfg(feature = "verify")]
    #[error("cannot use the public key {}", path.display())]
    PublicKey {
        /// The file.
        path: PathBuf,
        /// Why.
        source: crate::SignatureError,
    },
    /// The bundle is not signed with the key of the options.
    #[cfg(feature = "verify")]
    #[error("{} is not accepted", path.display())]
    Signature {
        /// The bundle's file.
        path: PathBuf,
        /// Why.
        source: crate::SignatureError,
    },
    /// The options have a key, but the bundle is in memory, where no signature is beside it.
    #[cfg(feature = "verify")]
    #[error(
        "a model in memory has no signature beside it; verify its bytes with PublicKey::verify, and load them without a key"
    )]
    SignatureInMemory,
    /// The file is not a bundle, or a damaged one.
    #[error(transparent)]
    Bundle(BundleError),
    /// The bundle's weights do not match its architecture.
    #[error("the model's weights.bin cannot be used")]
    Weights(#[source] WeightsError),
    /// The bundle's vocabulary cannot be read.
    #[error("the model's vocabulary cannot be used")]
    Vocabulary(#[source] VocabularyError),
    /// The bundle's shortlist cannot be read.
    #[error("the model's shortlist cannot be used")]
    Shortlist(#[source] ShortlistError),
    /// The vocabulary has fewer pieces than the graphs have logits.
    #[error("the vocabulary has {got} pieces; the graphs need {least}")]
    PiecesMissing {
        /// The logits of the graphs.
        least: usize,
        /// Pieces of the vocabulary.
        got: usize,
    },
    /// The vocabulary has more pieces than the architecture allows.
    #[error("the vocabulary has {got} pieces; the architecture allows {maximum}")]
    VocabularySize {
        /// The most pieces that the architecture allows.
        maximum: usize,
        /// Pieces of the vocabulary.
        got: usize,
    },
    /// The manifest's description of the model cannot be read.
    #[error("the model's manifest.json cannot be read")]
    About(#[source] serde_json::Error),
    /// This CPU cannot run the kernel set, or no kernel set has that name.
    #[error("no kernel set {name:?} on this CPU; it has {}", available.join(", "))]
    Kernels {
        /// The name.
        name: String,
        /// The kernel sets that this CPU can run.
        available: Vec<&'static str>,
    },
    /// The engine is not part of this build.
    #[error("the engine {engine} is not part of this build: build it with `--features {engine}`")]
    EngineMissing {
        /// The engine.
        engine: EngineKind,
    },
    /// The engine runs graphs, and the bundle has none.
    #[error(
        "the model has no ONNX graphs, which the engine {engine} needs: its decoder has self-attention, or its activation is Swish; choose the engine {} or {}",
        EngineKind::Native,
        EngineKind::Auto
    )]
    NoGraphs {
        /// The engine.
        engine: EngineKind,
    },
    /// The engine cannot run ONNX graphs of standard operators.
    #[error(
        "the engine {engine} cannot run this model, which is ONNX graphs of standard operators; choose the engine {} or {}",
        EngineKind::Tract,
        EngineKind::Auto
    )]
    StandardGraphs {
        /// The engine.
        engine: EngineKind,
    },
    /// An option's value is out of range.
    #[error("{option} must be {minimum} to {maximum}, got {got}")]
    OutOfRange {
        /// The option.
        option: &'static str,
        /// The value.
        got: f64,
        /// The least allowed value.
        minimum: f64,
        /// The greatest allowed value.
        maximum: f64,
    },
    /// The engine cannot load the model, or failed while running it.
    #[error("the engine {engine} cannot run the model")]
    Engine {
        /// The engine.
        engine: EngineKind,
        /// Its error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another thread stopped the work.
    #[error("stopped before the translation was complete")]
    Stopped,
    /// The text layer rejected a text.
    #[error(transparent)]
    Text(Box<TranslateError<Error>>),
}

impl From<TranslateError<Error>> for Error {
    fn from(error: TranslateError<Error>) -> Self {
        match error {
            TranslateError::Model(error) => error,
            other => Self::Text(Box::new(other)),
        }
    }
}
