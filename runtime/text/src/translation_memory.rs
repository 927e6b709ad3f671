//! Sentences whose translations are known.

use std::collections::HashMap;

use crate::error::ResourceError;
use crate::tsv;

/// Sentences with fixed translations. A sentence that equals one, after normalisation, gets its translation and is
/// not shown to the model.
#[derive(Debug, Clone, Default)]
pub struct TranslationMemory {
    sentences: HashMap<String, String>,
}

impl TranslationMemory {
    /// Sentences from a file with a source, a tab and a target on each line. Empty lines and lines that begin with `#`
    /// are skipped.
    ///
    /// # Errors
    /// If a line has no tab, or an empty side.
    pub fn from_tsv(file: &str) -> Result<Self, ResourceError> {
        let mut memory = Self::default();
        for (source, target) in tsv::pairs(file)? {
            memory.add(&source, target);
        }
        Ok(memory)
    }

    /// Adds a sentence. Of several translations of one sentence, the last is used.
    pub fn add(&mut self, source: &str, target: impl Into<String>) {
        self.sentences.insert(key(source), target.into());
    }

    /// Adds all of the other's sentences.
    pub fn extend(&mut self, other: Self) {
        self.sentences.extend(other.sentences);
    }

    /// The known translation of a sentence.
    pub fn get(&self, sentence: &str) -> Option<&str> {
        if self.sentences.is_empty() {
            return None;
        }
        self.sentences.get(&key(sentence)).map(String::as_str)
    }

    /// How many sentences there are.
    pub fn len(&self) -> usize {
        self.sentences.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }
}

/// What of a sentence is compared: its words, with one space between them.
fn key(sentence: &str) -> String {
    sentence.split_whitespace().collect::<Vec<_>>().join(" ")
}
