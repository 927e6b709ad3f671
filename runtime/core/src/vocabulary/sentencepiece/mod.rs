//! SentencePiece's vocabularies, read in place, of two models ([`Model`]): unigram and byte-pair encoding.
//!
//! Ids are those of the `.spm` file, with two changes: [`START`](super::START) is a piece of its own, and if the
//! vocabulary has a piece for unknown characters but none for bytes, that piece has the last id. The exporter converts
//! `.spm` files with [`write()`] (feature `alloc`). Its file has all that segmentation needs, without protobuf:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `DESHIVOC` |
//! | 2 x 4 | version 3; [`KIND_UNIGRAM`], [`KIND_UNIGRAM_WITH_PREFIX`] or [`KIND_BYTE_PAIRS`] |
//! | 5 x 4 | pieces, bytes of their text, slots, bytes of the trie, bytes of the replacements |
//! | 2 x 4 | characters of the longest piece, bytes of the longest symbol |
//! | 2 x 4 | ids of byte 0 and of the unknown piece, or 0 |
//! | 4 | the score of an unknown character (f32) |
//! | 32 | the bytes that symbols begin with, as a bit mask |
//! | 4 | with [`KIND_UNIGRAM_WITH_PREFIX`] only: the id of the piece that comes before every text |
//! | (pieces + 1) x 4 | where each piece's text ends; the last is what an unknown piece becomes in text |
//! | pieces x 4 | scores (f32) |
//! | slots x 2 | a hash table of the pieces that segmentation looks up: ids, or 0 |
//! | pieces | kinds ([`PieceKind`]) |
//! | | the pieces' text |
//! | | SentencePiece's character map: a double-array trie, whose values point into the replacements |
//!
//! All little endian.

use crate::Token;

mod characters;
mod decode;
mod encode;
mod merge;
#[cfg(all(test, feature = "alloc"))]
mod merge_tests;
mod normalise;
mod parse;
#[cfg(all(test, feature = "alloc"))]
mod tests;
mod viterbi;
#[cfg(feature = "alloc")]
mod write;

#[cfg(feature = "alloc")]
pub use write::{Parts, Piece, write};

/// The number of unigram vocabularies in the header.
pub const KIND_UNIGRAM: u32 = 1;
/// The number of unigram vocabularies where one piece comes before every text: the code of the language that a multilingual
/// model is to write.
pub const KIND_UNIGRAM_WITH_PREFIX: u32 = 2;
/// The number of vocabularies of byte pairs in the header.
pub const KIND_BYTE_PAIRS: u32 = 3;
/// The most characters of a piece. SentencePiece's trainer makes pieces of at most 16, but symbols can be longer.
pub const LONGEST_PIECE: usize = 64;

const HEADER: usize = 8 + 12 * 4 + 32;

/// How a text is cut into pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Of all ways to cut it, the one whose pieces have the highest sum of scores (Kudo 2018).
    Unigram,
    /// Byte-pair encoding (Sennrich et al. 2016): neighbours that together are a piece are merged, those of the highest score
    /// first, among equal ones the leftmost. An unused piece is cut again where it was merged last; an unused character
    /// is unknown.
    BytePairs,
}

/// The kind of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum PieceKind {
    /// Never in a text, such as the end of a sentence.
    Control = 0,
    /// Learnt.
    Normal = 1,
    /// Defined by the user: wherever a text contains it, it is a piece.
    Symbol = 2,
    /// A byte of a character that is not in the vocabulary.
    Byte = 3,
    /// In the file, but never chosen. Byte pairs are merged into it all the same.
    Unused = 4,
    /// A run of characters that are not in the vocabulary.
    Unknown = 5,
}

impl PieceKind {
    const fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Control,
            1 => Self::Normal,
            2 => Self::Symbol,
            3 => Self::Byte,
            4 => Self::Unused,
            5 => Self::Unknown,
            _ => return None,
        })
    }

    /// Whether text that is spelt like the piece can become it.
    const fn is_spelt(self) -> bool {
        matches!(self, Self::Normal | Self::Symbol)
    }

    /// Whether segmentation looks the piece up.
    const fn is_looked_up(self, model: Model) -> bool {
        let is_merged = matches!(model, Model::BytePairs) && matches!(self, Self::Unused);
        self.is_spelt() || is_merged
    }
}

/// A vocabulary, read in place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pieces<'a> {
    model: Model,
    /// End of each piece in `text`, and of what an unknown piece becomes: `[pieces + 1]`, u32.
    ends: &'a [[u8; 4]],
    /// `[pieces]`, f32.
    scores: &'a [[u8; 4]],
    /// `[slots]`, u16; their number is a power of two.
    slots: &'a [[u8; 2]],
    /// `[pieces]`
    kinds: &'a [u8],
    text: &'a [u8],
    /// Units of the double array, u32.
    trie: &'a [[u8; 4]],
    replacements: &'a [u8],
    longest_piece: usize,
    longest_symbol: usize,
    /// The id of byte 0, or 0 if the vocabulary has no bytes.
    first_byte: u32,
    /// The id of the unknown piece, or 0 if the vocabulary has none.
    unknown: Token,
    unknown_score: f32,
    symbol_starts: &'a [u8],
    /// The piece that comes before every text.
    prefix: Option<Token>,
}

/// The hash of a piece, byte by byte (FNV-1a, Fowler, Noll and Vo).
const fn hash_byte(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}

const HASH_START: u32 = 0x811C_9DC5;

/// The hash of a piece.
fn hash(spelling: &[u8]) -> u32 {
    spelling
        .iter()
        .fold(HASH_START, |hash, &byte| hash_byte(hash, byte))
}

/// The slot where the search for a piece begins.
const fn slot(hash: u32, slots: usize) -> usize {
    (hash ^ hash >> 15) as usize & (slots - 1)
}

impl<'a> Pieces<'a> {
    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// The text of a piece; for the index after the last piece, what an unknown piece becomes in text.
    fn spelling(&self, index: usize) -> Option<&'a [u8]> {
        let end = u32::from_le_bytes(*self.ends.get(index)?) as usize;
        let start = index
            .checked_sub(1)
            .map_or(0, |before| u32::from_le_bytes(self.ends[before]));
        self.text.get(start as usize..end)
    }

    pub(super) fn piece(&self, id: Token) -> Option<&'a str> {
        let is_piece = (id as usize) < self.len();
        let spelling = is_piece.then(|| self.spelling(id as usize)).flatten()?;
        core::str::from_utf8(spelling).ok()
    }

    fn kind(&self, id: Token) -> Option<PieceKind> {
        self.kinds.get(id as usize).copied().and_then(PieceKind::of)
    }

    pub(super) fn is_learnt(&self, id: Token) -> bool {
        self.is_spelt(id) || self.prefix == Some(id)
    }

    fn is_spelt(&self, id: Token) -> bool {
        self.kind(id).is_some_and(PieceKind::is_spelt)
    }

    fn score(&self, id: Token) -> f32 {
        let score = self.scores.get(id as usize);
        score.map_or(self.unknown_score, |&bytes| f32::from_le_bytes(bytes))
    }

    /// The piece with this spelling. `hash` is the hash of its bytes.
    fn find(&self, hash: u32, spelling: &[u8]) -> Option<Token> {
        let mut at = slot(hash, self.slots.len());
        for _ in 0..self.slots.len() {
            let id = u32::from(u16::from_le_bytes(self.slots[at]));
            if id == 0 {
                return None;
            }
            if self.spelling(id as usize) == Some(spelling) {
                return Some(id);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }
}
