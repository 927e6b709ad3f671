//! What the layer gives back: the translation, and how far to trust it.

use std::ops::Range;

use crate::segment::Segment;

/// What a reader should know of a translation before relying on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Flags {
    /// The sentence was longer than the model was trained for, and was translated in parts.
    pub cut: bool,
    /// The bound on a translation's length cut it off: its end is missing.
    pub truncated: bool,
    /// The first translation damaged a number, a protected span or a mark; this is another one.
    pub repaired: bool,
    /// The model repeated itself; the repetition was cut off.
    pub repeated: bool,
    /// The source was kept: nothing to translate, another language, or too low a confidence.
    pub passed_through: bool,
    /// The source is not in the model's source language.
    pub foreign: bool,
    /// The confidence is below the minimum that was asked for.
    pub low_confidence: bool,
    /// The digits of the source and of the translation differ.
    pub digits_differ: bool,
    /// The source is negated and the translation is not, or the other way round. Known of English and German.
    pub negation_differs: bool,
    /// The translation equals the source, or most of it, although there was something to translate.
    pub copied: bool,
}

impl Flags {
    fn all(self) -> [(&'static str, bool); 10] {
        [
            ("cut", self.cut),
            ("truncated", self.truncated),
            ("repaired", self.repaired),
            ("repeated", self.repeated),
            ("passed_through", self.passed_through),
            ("foreign", self.foreign),
            ("low_confidence", self.low_confidence),
            ("digits_differ", self.digits_differ),
            ("negation_differs", self.negation_differs),
            ("copied", self.copied),
        ]
    }

    /// The names of the flags that are set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let set = self.all().into_iter().filter(|(_, set)| *set);
        set.map(|(name, _)| name)
    }

    /// Whether a cautious reader should look at the translation again. Text without anything to translate needs no look.
    pub fn doubtful(self) -> bool {
        self.names().any(|name| name != "passed_through")
    }

    /// The flags that are set in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            cut: self.cut | other.cut,
            truncated: self.truncated | other.truncated,
            repaired: self.repaired | other.repaired,
            repeated: self.repeated | other.repeated,
            passed_through: self.passed_through | other.passed_through,
            foreign: self.foreign | other.foreign,
            low_confidence: self.low_confidence | other.low_confidence,
            digits_differ: self.digits_differ | other.digits_differ,
            negation_differs: self.negation_differs | other.negation_differs,
            copied: self.copied | other.copied,
        }
    }
}

/// Why a span was kept as it is, or where its translation came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "kind", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Note {
    /// A span came through unchanged.
    Protected {
        /// The rule that found it, such as `url`.
        rule: &'static str,
        /// The span.
        text: String,
    },
    /// A span with a number has one translation, which needed no model: "No. 5", "12 March 2027".
    Written {
        /// As it is in the source.
        source: String,
        /// Its form in the translation.
        target: String,
    },
    /// A term of the glossary.
    Glossary {
        /// As it is in the source.
        source: String,
        /// Its form in the translation.
        target: String,
    },
    /// The whole sentence came from the translation memory.
    Memory,
    /// A pair of marks is around more words than it should: those that it enclosed were not found in the translation.
    MarksWidened,
    /// The source is in another language (ISO 639-3 code, or the script's name).
    Language {
        /// Its code or name.
        language: String,
    },
}

/// One sentence of a text.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TranslatedSentence {
    /// As it is in the source: with the line ends inside it, where the lines are hard-wrapped.
    pub source: String,
    /// Its translation.
    pub target: String,
    /// Where it is in the source, in bytes.
    pub source_range: Range<usize>,
    /// The place of its translation, in bytes.
    pub target_range: Range<usize>,
    /// What to know of it.
    pub flags: Flags,
    /// Sum of its tokens' natural log-probabilities. 0 where no model was asked.
    pub log_probability: f32,
    /// How many tokens that sum is of.
    pub tokens: usize,
    /// What was kept, and what came from elsewhere.
    pub notes: Vec<Note>,
}

impl TranslatedSentence {
    /// Mean natural log-probability per token, if a model was asked.
    pub fn mean_log_probability(&self) -> Option<f32> {
        mean(self.log_probability, self.tokens)
    }
}

/// A translated text.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Translated {
    /// The translation.
    pub text: String,
    /// Its sentences' flags together.
    pub flags: Flags,
    /// Sum over the sentences. 0 where no model was asked.
    pub log_probability: f32,
    /// How many tokens that sum is of.
    pub tokens: usize,
    /// The sentences, in order. What is between them is layout, and is copied.
    pub sentences: Vec<TranslatedSentence>,
}

impl Translated {
    /// Mean natural log-probability per token, if a model was asked.
    pub fn mean_log_probability(&self) -> Option<f32> {
        mean(self.log_probability, self.tokens)
    }
}

/// A translated [`Segment`].
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct TranslatedSegment {
    /// The translation, with every mark of the source exactly once.
    pub segment: Segment,
    /// Its text without the marks, and what to know of it.
    pub translated: Translated,
}

fn mean(log_probability: f32, tokens: usize) -> Option<f32> {
    (tokens > 0).then(|| log_probability / tokens as f32)
}
