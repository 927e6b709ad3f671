//! Sentences whose translations are known.

use std::collections::HashMap;
use std::ops::Range;

use crate::error::ResourceError;
use crate::exchange::{self, TMX};
use crate::normalize::comparable;
use crate::tsv;

/// Sentences with fixed translations. A sentence that equals one, after normalisation, gets its translation and is
/// not shown to the model.
#[derive(Debug, Clone, Default)]
pub struct TranslationMemory {
    sentences: HashMap<String, String>,
    /// The longest of them, in bytes.
    longest: usize,
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

    /// Sentences from a TMX file. Inline markup is left out.
    ///
    /// # Errors
    /// If it is not well-formed, not TMX, or has no sentence in both languages (codes such as `en`).
    pub fn from_tmx(
        file: &str,
        source_language: &str,
        target_language: &str,
    ) -> Result<Self, ResourceError> {
        let mut memory = Self::default();
        for (source, target) in exchange::pairs(file, &TMX, source_language, target_language)? {
            memory.add(&source, target);
        }
        Ok(memory)
    }

    /// Adds a sentence. Of several translations of one sentence, the last is used.
    pub fn add(&mut self, source: &str, target: impl Into<String>) {
        let source = comparable(source);
        self.longest = self.longest.max(source.len());
        self.sentences.insert(source, target.into());
    }

    /// Adds all of the other's sentences.
    pub fn extend(&mut self, other: Self) {
        self.longest = self.longest.max(other.longest);
        self.sentences.extend(other.sentences);
    }

    /// The known translation of a sentence.
    pub fn get(&self, sentence: &str) -> Option<&str> {
        if self.sentences.is_empty() {
            return None;
        }
        self.sentences
            .get(&comparable(sentence))
            .map(String::as_str)
    }

    /// The sentences of a line, in which those that it knows only together are one.
    pub(crate) fn join_known(&self, line: &str, sentences: Vec<Range<usize>>) -> Vec<Range<usize>> {
        if self.sentences.is_empty() {
            return sentences;
        }
        let mut all = Vec::with_capacity(sentences.len());
        let mut rest = sentences.as_slice();
        while let Some(first) = rest.first() {
            // White space and invisible characters do not count, so the text may be longer than what is compared.
            let near = rest
                .iter()
                .take_while(|last| last.end - first.start <= 2 * self.longest);
            let together = (2..=near.count())
                .rev()
                .find(|count| self.get(&line[first.start..rest[count - 1].end]).is_some());
            let count = together.unwrap_or(1);
            all.push(first.start..rest[count - 1].end);
            rest = &rest[count..];
        }
        all
    }

    /// How many sentences there are.
    pub fn len(&self) -> usize {
        self.sentences.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_found_in_any_form_of_its_characters() {
        let mut memory =
            TranslationMemory::from_tsv("Good  morning!\tMoin!\nDon't.\tLass es.\n").unwrap();
        memory.extend({
            let mut other = TranslationMemory::default();
            other.add("Gru\u{308}n", "Green");
            other
        });
        assert_eq!(memory.len(), 3);
        for (sentence, expected) in [
            ("Good morning!", Some("Moin!")),
            (" Good\u{A0}morning! ", Some("Moin!")),
            ("Don\u{2019}t.", Some("Lass es.")),
            ("Gr\u{FC}n", Some("Green")),
            ("good morning!", None),
        ] {
            assert_eq!(memory.get(sentence), expected, "{sentence}");
        }
    }
}
