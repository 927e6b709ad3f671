//! What can go wrong.

use std::io;
use std::path::PathBuf;

use deshi_core::bundle::BundleError;
use deshi_core::shortlist::ShortlistError;
use deshi_core::vocabulary::VocabularyError;
use deshi_core::weights::WeightsError;
use deshi_text::TranslateError;
use thiserror::Error;

use crate::EngineKind;

/// Why there is no translator, or no translation.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The bundle's file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a bundle.
    #[error("the model is not a deshi bundle")]
    Bundle(#[source] BundleError),
    /// The bundle's weights do not match its architecture.
    #[error("the model's weights.bin cannot be used")]
    Weights(#[source] WeightsError),
    /// The bundle's vocabulary cannot be read.
    #[error("the model's vocabulary cannot be used")]
    Vocabulary(#[source] VocabularyError),
    /// The bundle's shortlist cannot be read.
    #[error("the model's shortlist cannot be used")]
    Shortlist(#[source] ShortlistError),
    /// The vocabulary has more pieces than the architecture.
    #[error("the vocabulary has {got} pieces; the architecture has room for {maximum}")]
    VocabularySize {
        /// Pieces that the architecture has room for.
        maximum: usize,
        /// Pieces of the vocabulary.
        got: usize,
    },
    /// The descriptive part of the manifest cannot be read.
    #[error("the model's manifest.json cannot be read")]
    About(#[source] serde_json::Error),
    /// This CPU has no kernel set of that name.
    #[error("no kernel set {name:?} on this CPU; it has {}", available.join(", "))]
    Kernels {
        /// The name.
        name: String,
        /// The names that this CPU has.
        available: Vec<&'static str>,
    },
    /// The engine is not part of this build.
    #[error("the engine {engine} is not part of this build")]
    EngineMissing {
        /// The engine.
        engine: EngineKind,
    },
    /// An option's value is out of its range.
    #[error("{option} must be {minimum} to {maximum}, got {got}")]
    OutOfRange {
        /// The option.
        option: &'static str,
        /// The value.
        got: f64,
        /// The least value that it may have.
        minimum: f64,
        /// The greatest value that it may have.
        maximum: f64,
    },
    /// The engine cannot load the model, or fails while it runs.
    #[error("the engine {engine} cannot run the model")]
    Engine {
        /// The engine.
        engine: EngineKind,
        /// Its error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The text layer refuses a text.
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
