//! The text layer: from people's text to sentences that a model can translate, and back.
//!
//! One rule: what must not change cannot change, by construction; nothing is lost; and where the layer is unsure, it
//! says so ([`Flags`]). It works with any [`Model`].

#![forbid(unsafe_code)]

mod error;
mod glossary;
mod layer;
mod model;
mod options;
pub mod segment;
mod translated;
mod translation_memory;
mod tsv;

pub use error::{ResourceError, TranslateError};
pub use glossary::{Glossary, Term};
pub use layer::Layer;
pub use model::{Model, SentenceTranslation};
pub use options::{OnForeign, OnLowConfidence, Options};
pub use translated::{Flags, Note, Translated, TranslatedSegment, TranslatedSentence};
pub use translation_memory::TranslationMemory;
