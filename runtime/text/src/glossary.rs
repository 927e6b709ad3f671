//! Terms with fixed translations, and terms that stay as they are.

use crate::error::ResourceError;
use crate::tsv;

/// A term and what stands for it in a translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// As it is written in the source.
    pub source: String,
    /// As it is written in the translation.
    pub target: String,
}

/// Terms with fixed translations. Where one is found in a sentence, as a whole word, the model does not translate it:
/// its target stands in its place. The longest term wins.
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
