//! What a caller can ask of the layer.

use crate::glossary::Glossary;
use crate::translation_memory::TranslationMemory;

/// What happens to a text that is not in the model's source language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnForeign {
    /// It is passed through, and flagged.
    #[default]
    Keep,
    /// It is translated all the same, and flagged.
    Translate,
    /// It is an error.
    Error,
}

/// What happens to a translation below the minimum confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnLowConfidence {
    /// It is flagged.
    #[default]
    Mark,
    /// The source is passed through in its place, and flagged.
    Keep,
}

/// What a caller can ask of the layer. [`Options::new`] gives the defaults.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The language of the texts: an ISO 639-1 code such as `en`.
    pub source_language: String,
    /// The language to translate to.
    pub target_language: String,
    /// Whether the lines of a text are hard-wrapped paragraphs: lines are joined, also "com-" and "pleted", and only
    /// empty lines, bullets and indentation separate.
    pub paragraphs: bool,
    /// The lowest accepted mean probability per token, from 0 to 1: e to the power of the mean log-probability. 0 accepts all.
    pub minimum_confidence: f32,
    /// What happens to a translation below it.
    pub on_low_confidence: OnLowConfidence,
    /// What happens to text in another language.
    pub on_foreign: OnForeign,
    /// Terms with fixed translations, and terms that stay.
    pub glossary: Glossary,
    /// Sentences with fixed translations.
    pub memory: TranslationMemory,
}

impl Options {
    /// The defaults for a pair of languages, such as `en` and `de`.
    pub fn new(source_language: impl Into<String>, target_language: impl Into<String>) -> Self {
        Self {
            source_language: source_language.into(),
            target_language: target_language.into(),
            paragraphs: false,
            minimum_confidence: 0.0,
            on_low_confidence: OnLowConfidence::default(),
            on_foreign: OnForeign::default(),
            glossary: Glossary::default(),
            memory: TranslationMemory::default(),
        }
    }
}
