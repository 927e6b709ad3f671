//! Reading the file in place.

use super::{
    HEADER, KIND_BYTE_PAIRS, KIND_UNIGRAM, KIND_UNIGRAM_WITH_PREFIX, LONGEST_PIECE, Model,
    PieceKind, Pieces,
};
use crate::Token;
use crate::vocabulary::{END, START, VocabularyError, u32_at};

impl<'a> Pieces<'a> {
    /// Reads a file whose header names a kind, without checking its entries.
    pub(in super::super) fn attach(file: &'a [u8]) -> Result<Self, VocabularyError> {
        if file.len() < HEADER {
            return Err(VocabularyError::NotAVocabulary);
        }
        let (model, header) = match u32_at(file, 12) {
            KIND_UNIGRAM => (Model::Unigram, HEADER),
            KIND_UNIGRAM_WITH_PREFIX if file.len() < HEADER + 4 => {
                return Err(VocabularyError::NotAVocabulary);
            }
            KIND_UNIGRAM_WITH_PREFIX => (Model::Unigram, HEADER + 4),
            KIND_BYTE_PAIRS => (Model::BytePairs, HEADER),
            got => return Err(VocabularyError::Kind { got }),
        };
        let prefix = (header > HEADER).then(|| u32_at(file, HEADER));
        let numbers: [u32; 10] = core::array::from_fn(|index| u32_at(file, 16 + 4 * index));
        let [pieces, text, slots, trie, replacements] = [0, 1, 2, 3, 4].map(|at| numbers[at]);
        let [longest_piece, longest_symbol, first_byte, unknown] =
            [5, 6, 7, 8].map(|at| numbers[at]);
        let check = |ok, field, got| {
            if ok {
                Ok(())
            } else {
                Err(VocabularyError::Header { field, got })
            }
        };
        check((2..=1 << 16).contains(&pieces), "number of pieces", pieces)?;
        check(slots.is_power_of_two(), "number of slots", slots)?;
        check(trie % 4 == 0, "size of the trie", trie)?;
        let longest = |longest| longest as usize <= LONGEST_PIECE;
        check(longest(longest_piece), "longest piece", longest_piece)?;
        check(
            longest_symbol as usize <= 4 * LONGEST_PIECE,
            "longest symbol",
            longest_symbol,
        )?;
        let [pieces, text, slots, trie, replacements] =
            [pieces, text, slots, trie, replacements].map(u64::from);
        let sizes = [
            4 * (pieces + 1),
            4 * pieces,
            2 * slots,
            pieces,
            text,
            trie,
            replacements,
        ];
        let expected = sizes.iter().sum::<u64>() + header as u64;
        if expected != file.len() as u64 {
            return Err(VocabularyError::Length {
                expected: usize::try_from(expected).unwrap_or(usize::MAX),
                got: file.len(),
            });
        }
        let mut rest = &file[header..];
        let [ends, scores, slots, kinds, text, trie, replacements] = sizes.map(|bytes| {
            let (part, after) = rest.split_at(bytes as usize);
            rest = after;
            part
        });
        Ok(Self {
            model,
            ends: ends.as_chunks().0,
            scores: scores.as_chunks().0,
            slots: slots.as_chunks().0,
            kinds,
            text,
            trie: trie.as_chunks().0,
            replacements,
            longest_piece: longest_piece as usize,
            longest_symbol: longest_symbol as usize,
            first_byte,
            unknown,
            unknown_score: f32::from_bits(numbers[9]),
            symbol_starts: &file[HEADER - 32..HEADER],
            prefix,
        })
    }

    /// Checks every entry, so that none can point outside the file. (A trie whose paths lead out of it is harmless: see
    /// `normalise`.)
    pub(in super::super) fn check(&self) -> Result<(), VocabularyError> {
        let damaged = |table, index| Err(VocabularyError::Entry { table, index });
        let Ok(text) = core::str::from_utf8(self.text) else {
            return damaged("text", 0);
        };
        let mut start = 0;
        for (index, end) in self.ends.iter().enumerate() {
            let end = u32::from_le_bytes(*end) as usize;
            if end < start || !text.is_char_boundary(end) {
                return damaged("pieces", index);
            }
            start = end;
        }
        if start != text.len() {
            return damaged("pieces", self.len());
        }
        let finite = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes).is_finite();
        if let Some(index) = self.scores.iter().position(|score| !finite(score)) {
            return damaged("scores", index);
        }
        if !self.unknown_score.is_finite() {
            return damaged("scores", self.len());
        }
        for index in 0..self.kinds.len() {
            let id = index as u32;
            let expected = match id {
                END | START => Some(PieceKind::Control),
                _ if id == self.unknown => Some(PieceKind::Unknown),
                _ if self.byte(id).is_some() => Some(PieceKind::Byte),
                _ => None,
            };
            let ok = match (expected, self.kind(id)) {
                (Some(expected), Some(kind)) => kind == expected,
                (None, Some(kind)) => !matches!(kind, PieceKind::Unknown | PieceKind::Byte),
                (_, None) => false,
            };
            if !ok {
                return damaged("kinds", index);
            }
        }
        let last_byte = self.first_byte as usize + 255;
        if self.first_byte != 0 && last_byte >= self.len() {
            return damaged("kinds", last_byte);
        }
        // Without bytes, there must be a piece for characters that are not in the vocabulary.
        if self.unknown as usize >= self.len() || (self.unknown == 0 && self.first_byte == 0) {
            return damaged("kinds", self.unknown as usize);
        }
        // Text never becomes the prefix: a user's text cannot ask for another language.
        if let Some(prefix) = self.prefix
            && self.kind(prefix) != Some(PieceKind::Unused)
        {
            return damaged("prefix", prefix as usize);
        }
        for (index, id) in self.slots.iter().enumerate() {
            let id = u32::from(u16::from_le_bytes(*id));
            let kind = self.kind(id);
            if id != 0 && !kind.is_some_and(|kind| kind.is_looked_up(self.model)) {
                return damaged("slots", index);
            }
        }
        if core::str::from_utf8(self.replacements).is_err()
            || self.replacements.last().is_some_and(|&byte| byte != 0)
        {
            return damaged("replacements", 0);
        }
        Ok(())
    }

    /// The byte that a piece stands for.
    pub(super) fn byte(&self, id: Token) -> Option<u8> {
        if self.first_byte == 0 {
            return None;
        }
        u8::try_from(id.checked_sub(self.first_byte)?).ok()
    }
}
