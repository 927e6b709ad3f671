//! What can go wrong.

use thiserror::Error;

/// Why texts were not translated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TranslateError<E> {
    /// The model failed.
    #[error(transparent)]
    Model(#[from] E),
    /// The model did not return one translation per sentence.
    #[error("the model gave {got} translations of {expected} sentences")]
    Count {
        /// Sentences.
        expected: usize,
        /// Translations.
        got: usize,
    },
    /// A text is in another language, and the options say that this is an error.
    #[error(
        "text {text} is in {language}, not in the model's source language {expected}: {excerpt:?}"
    )]
    Foreign {
        /// The text's index.
        text: usize,
        /// The language that was found (ISO 639-3), or a script's name.
        language: String,
        /// The model's source language.
        expected: String,
        /// The sentence's beginning.
        excerpt: String,
    },
}

/// Why a glossary or a memory was refused.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResourceError {
    /// A line of a TSV file has no tab, or an empty side.
    #[error("line {line}: expected a source and a target with a tab between them, got {got:?}")]
    Columns {
        /// Its number, from 1.
        line: usize,
        /// The line's beginning.
        got: String,
    },
    /// The file is not well-formed XML.
    #[error("byte {byte}: not well-formed XML: {reason}")]
    Xml {
        /// Where.
        byte: u64,
        /// What is wrong.
        reason: String,
    },
    /// The XML file is another format.
    #[error("expected the root element <{expected}>, got <{got}>")]
    Root {
        /// `tmx`, or `martif` and `tbx`.
        expected: &'static str,
        /// The element that was found.
        got: String,
    },
    /// The file has no entry for the pair of languages.
    #[error("no entry from {source_language} to {target_language}")]
    Languages {
        /// From.
        source_language: String,
        /// To.
        target_language: String,
    },
}
