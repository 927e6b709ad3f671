//! Reading the vocabulary's file in place.

use super::{HEADER, Pairs, pair};
use crate::vocabulary::{FIRST_PIECE, VERSION, VocabularyError, symbol_character, u16_at, u32_at};

impl<'a> Pairs<'a> {
    /// Reads a file of this version, without checking its entries.
    pub(in super::super) fn attach(file: &'a [u8], version: u32) -> Result<Self, VocabularyError> {
        if file.len() < HEADER {
            return Err(VocabularyError::NotAVocabulary);
        }
        let [pieces, characters, merges, text] =
            [12, 16, 20, 24].map(|at| u32_at(file, at) as usize);
        if !(FIRST_PIECE as usize..=1 << 16).contains(&pieces) {
            return Err(VocabularyError::Size { got: pieces });
        }
        let sizes = [
            4 * pieces as u64,
            8 * characters as u64,
            8 * merges as u64,
            text as u64,
        ];
        let expected = sizes.iter().sum::<u64>() + HEADER as u64;
        if expected != file.len() as u64 {
            let expected = usize::try_from(expected).unwrap_or(usize::MAX);
            return Err(VocabularyError::Length {
                expected,
                got: file.len(),
            });
        }
        let (ends, rest) = file[HEADER..].split_at(4 * pieces);
        let (characters, rest) = rest.split_at(8 * characters);
        let (merges, text) = rest.split_at(8 * merges);
        Ok(Self {
            ends: ends.as_chunks().0,
            characters: characters.as_chunks().0,
            merges: merges.as_chunks().0,
            symbols: version == VERSION,
            text: core::str::from_utf8(text).map_err(|error| VocabularyError::Entry {
                table: "text",
                index: error.valid_up_to(),
            })?,
        })
    }

    /// Checks every entry, so that none can point outside the file.
    pub(in super::super) fn check(&self) -> Result<(), VocabularyError> {
        let pieces = self.ends.len() as u32;
        let mut start = 0;
        for (index, end) in self.ends.iter().enumerate() {
            let end = u32::from_le_bytes(*end) as usize;
            if end < start || !self.text.is_char_boundary(end) {
                return Err(VocabularyError::Entry {
                    table: "pieces",
                    index,
                });
            }
            start = end;
        }
        let mut before = None;
        for (index, entry) in self.characters.iter().enumerate() {
            let (character, id) = (u32_at(entry, 0), u32_at(entry, 4));
            let piece = (FIRST_PIECE..pieces).contains(&id);
            let symbol = self.symbols && symbol_character(id).map(u32::from) == Some(character);
            if before >= Some(character)
                || char::from_u32(character).is_none()
                || !(piece || symbol)
            {
                return Err(VocabularyError::Entry {
                    table: "characters",
                    index,
                });
            }
            before = Some(character);
        }
        let mut before = None;
        for (index, entry) in self.merges.iter().enumerate() {
            let key = pair(u16_at(entry, 0), u16_at(entry, 2));
            let result = u32::from(u16_at(entry, 6));
            if before >= Some(key) || !(FIRST_PIECE..pieces).contains(&result) {
                return Err(VocabularyError::Entry {
                    table: "merges",
                    index,
                });
            }
            before = Some(key);
        }
        Ok(())
    }
}
