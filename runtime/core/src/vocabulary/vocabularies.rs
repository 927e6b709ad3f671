//! The vocabularies of a model: one for both languages, or one for each.

use super::{SymbolSet, Vocabulary, VocabularyError};
use crate::Token;

/// The vocabularies of a model. With one for both languages, both are that one.
#[derive(Debug, Clone, Copy)]
pub struct Vocabularies<'a> {
    /// Of what the model reads.
    pub source: Vocabulary<'a>,
    /// Of what it writes.
    pub target: Vocabulary<'a>,
}

impl<'a> Vocabularies<'a> {
    /// Reads vocabularies in place, and checks them: `source` is the file of the source's own, if there is one.
    ///
    /// # Errors
    /// As [`Vocabulary::parse`].
    pub fn parse(target: &'a [u8], source: Option<&'a [u8]>) -> Result<Self, VocabularyError> {
        Self::read(target, source, Vocabulary::parse)
    }

    /// As [`Self::parse`], for files whose entries were checked before.
    ///
    /// # Errors
    /// As [`Vocabulary::attach`].
    pub fn attach(target: &'a [u8], source: Option<&'a [u8]>) -> Result<Self, VocabularyError> {
        Self::read(target, source, Vocabulary::attach)
    }

    fn read(
        target: &'a [u8],
        source: Option<&'a [u8]>,
        read: impl Fn(&'a [u8]) -> Result<Vocabulary<'a>, VocabularyError>,
    ) -> Result<Self, VocabularyError> {
        let target = read(target)?;
        let source = source.map_or(Ok(target), read)?;
        Ok(Self { source, target })
    }

    /// Whether both have symbols: see [`Vocabulary::has_symbols`].
    pub fn has_symbols(&self) -> bool {
        self.source.has_symbols() && self.target.has_symbols()
    }

    /// The symbols of a source, each of which its translation must have; `None` without symbols.
    pub fn required_symbols(&self, source: &[Token]) -> Option<SymbolSet> {
        self.has_symbols().then(|| source.iter().copied().collect())
    }
}
