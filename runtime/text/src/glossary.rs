//! Terms with fixed translations, and terms that stay as they are.

use std::cmp::Reverse;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::error::ResourceError;
use crate::exchange::{self, TBX};
use crate::tsv;

/// A term and its translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// As it is written in the source.
    pub source: String,
    /// As it is written in the translation.
    pub target: String,
}

/// Terms with fixed translations. Where one is found in a sentence, as a whole word, the model does not translate it:
/// its target takes its place. The longest term wins.
#[derive(Debug, Clone, Default)]
pub struct Glossary {
    terms: Vec<Term>,
}

impl Glossary {
    /// Terms from a file with a source term, a tab and a target term on each line. Empty lines and lines that begin
    /// with `#` are skipped.
    ///
    /// # Errors
    /// If a line has no tab, or an empty side.
    pub fn from_tsv(file: &str) -> Result<Self, ResourceError> {
        let terms = tsv::pairs(file)?
            .map(|(source, target)| Term { source, target })
            .collect();
        Ok(Self { terms })
    }

    /// Terms from a TBX file. Each term of the source language gets the first one of the target language.
    ///
    /// # Errors
    /// If it is not well-formed, not TBX, or has no term in both languages (codes such as `en`).
    pub fn from_tbx(
        file: &str,
        source_language: &str,
        target_language: &str,
    ) -> Result<Self, ResourceError> {
        let pairs = exchange::pairs(file, &TBX, source_language, target_language)?;
        let terms = pairs
            .into_iter()
            .map(|(source, target)| Term { source, target })
            .collect();
        Ok(Self { terms })
    }

    /// Adds a term that is translated in one way.
    pub fn add(&mut self, source: impl Into<String>, target: impl Into<String>) {
        let (source, target) = (source.into(), target.into());
        self.terms.push(Term { source, target });
    }

    /// Adds a term that stays as it is.
    pub fn keep(&mut self, term: impl Into<String>) {
        let term = term.into();
        self.add(term.clone(), term);
    }

    /// Adds terms that stay as they are from a file with one on each line. Empty lines and lines that begin with `#`
    /// are skipped.
    pub fn keep_lines(&mut self, file: &str) {
        let lines = file.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            self.keep(line);
        }
    }

    /// Adds all of the other's terms.
    pub fn extend(&mut self, other: Self) {
        self.terms.extend(other.terms);
    }

    /// The terms, in the order they were added.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }
}

/// Finds a glossary's terms.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    terms: Vec<Term>,
    automaton: AhoCorasick,
}

impl Matcher {
    /// None for a glossary without terms.
    pub(crate) fn new(glossary: &Glossary) -> Option<Self> {
        let terms: Vec<Term> = (glossary.terms.iter())
            .filter(|term| !term.source.trim().is_empty())
            .cloned()
            .collect();
        if terms.is_empty() {
            return None;
        }
        // Of two entries for one term, the last one counts.
        let terms: Vec<Term> = terms.into_iter().rev().collect();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(terms.iter().map(|term| &term.source))
            .ok()?;
        Some(Self { terms, automaton })
    }

    /// Where terms occur as whole words, with their targets: from left to right, the longest at each place.
    pub(crate) fn find(&self, text: &str) -> Vec<(Range<usize>, String)> {
        let mut all: Vec<(Range<usize>, String)> = self
            .automaton
            .find_overlapping_iter(text)
            .filter_map(|found| {
                let term = &self.terms[found.pattern().as_usize()];
                let whole = is_whole_word(text, found.range());
                let target = whole.then(|| as_written(term, &text[found.range()]))?;
                Some((found.range(), target?))
            })
            .collect();
        all.sort_by_key(|(range, _)| (range.start, Reverse(range.end)));
        let mut end = 0;
        all.retain(|(range, _)| {
            let stays = range.start >= end;
            if stays {
                end = range.end;
            }
            stays
        });
        all
    }
}

/// Whether no letter or digit is beside a term that begins or ends with one.
fn is_whole_word(text: &str, range: Range<usize>) -> bool {
    let word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let (term, before, after) = (
        &text[range.clone()],
        &text[..range.start],
        &text[range.end..],
    );
    let grown_before = word(term.chars().next()) && word(before.chars().next_back());
    let grown_after = word(term.chars().next_back()) && word(after.chars().next());
    !grown_before && !grown_after
}

/// The target of a term as it is written in a text: a term in small letters is also found in capitals, or at the
/// beginning of a sentence; one with a capital is found as it is, or in capitals.
fn as_written(term: &Term, written: &str) -> Option<String> {
    if written == term.source {
        return Some(term.target.clone());
    }
    let stays = term.source == term.target;
    if written == term.source.to_uppercase() {
        let target = if stays {
            written.to_owned()
        } else {
            term.target.to_uppercase()
        };
        return Some(target);
    }
    is_heading(&term.source, written).then(|| capitalized(&term.target))
}

/// Whether a text is the term with a capital: at the beginning of a sentence, or in a heading at the beginning of its words.
fn is_heading(term: &str, written: &str) -> bool {
    let words = term.split(' ').zip(written.split(' '));
    let first =
        written.split(' ').next() == Some(&*capitalized(term.split(' ').next().unwrap_or("")));
    first
        && words
            .into_iter()
            .all(|(word, written)| word == written || capitalized(word) == written)
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_term_is_found_as_a_whole_word_in_its_case() {
        let mut glossary =
            Glossary::from_tsv("bank\tUfer\nbank account\tKonto\nApple\tApple\n").unwrap();
        glossary.keep("C++");
        let matcher = Matcher::new(&glossary).unwrap();
        for (text, expected) in [
            ("the bank", &["Ufer"][..]),
            ("a bank account here", &["Konto"]),
            ("Bank!", &["Ufer"]),
            ("BANK", &["UFER"]),
            ("Bank Account", &["Konto"]),
            ("bank Account", &["Ufer"]),
            ("banks embank", &[]),
            ("an apple, an Apple", &["Apple"]),
            ("use C++ now", &["C++"]),
            ("bANK", &[]),
            ("bank accounts", &["Ufer"]),
        ] {
            let found: Vec<String> = matcher
                .find(text)
                .into_iter()
                .map(|(_, target)| target)
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
