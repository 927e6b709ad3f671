//! The text layer: from people's text to sentences that a model can translate, and back.
//!
//! One rule: what must not change cannot change, by construction; nothing is lost; and where the layer is unsure, it
//! says so ([`Flags`]). It works with any [`Model`].

#![forbid(unsafe_code)]

mod capitals;
mod case;
mod characters;
pub mod decode;
mod detection;
mod doubt;
mod elements;
mod error;
mod escapes;
mod exchange;
mod foreign;
mod glossary;
mod languages;
mod layer;
mod layout;
mod model;
mod negation;
mod normalize;
mod options;
pub mod paragraphs;
mod placement;
mod plan;
mod protect;
mod quotations;
mod rules;
mod run;
pub mod segment;
mod sentences;
mod signs;
mod stand_in;
mod translated;
mod translation_memory;
mod tsv;
mod unit;
mod unknown;

pub use detection::{Detection, detect_language};
pub use error::{ResourceError, TranslateError};
pub use glossary::{Glossary, Term};
pub use layer::Layer;
pub use model::{Model, SentenceTranslation};
pub use options::{OnForeign, OnLowConfidence, Options};
pub use translated::{Flags, Note, Translated, TranslatedSegment, TranslatedSentence};
pub use translation_memory::TranslationMemory;
