//! Writing the file.

use alloc::vec;
use alloc::vec::Vec;

use super::{
    KIND_BYTE_PAIRS, KIND_UNIGRAM, KIND_UNIGRAM_WITH_PREFIX, LONGEST_PIECE, Model, PieceKind, hash,
    slot,
};
use crate::Token;
use crate::vocabulary::{MAGIC, VERSION_OF_KINDS, Vocabulary, VocabularyError};

/// SentencePiece's penalty for an unknown character (`kUnkPenalty`).
const UNKNOWN_PENALTY: f32 = 10.0;

/// A piece.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece<'p> {
    /// Its text, with `▁` for a space.
    pub text: &'p str,
    /// Its log-probability; of byte pairs, those with the highest score are merged first.
    pub score: f32,
    /// Its kind.
    pub kind: PieceKind,
}

/// The parts of a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts<'p> {
    /// How a text is cut into pieces.
    pub model: Model,
    /// The pieces by their ids: the end, the start, and at least bytes or an unknown piece.
    pub pieces: &'p [Piece<'p>],
    /// What an unknown piece becomes in text.
    pub unknown_surface: &'p str,
    /// The double array of SentencePiece's character map; empty without one.
    pub trie: &'p [u8],
    /// The replacement texts that the trie's values point into.
    pub replacements: &'p [u8],
    /// The piece that comes before every text, in unigram vocabularies alone. It must be [`PieceKind::Unused`].
    pub prefix: Option<Token>,
}

/// Writes the file of a vocabulary.
///
/// # Errors
/// [`VocabularyError`] if there are too many pieces, two are the same, one is empty, too long, or has a space after its
/// start, if byte pairs have a prefix, or if the result cannot be read back.
pub fn write(parts: &Parts<'_>) -> Result<Vec<u8>, VocabularyError> {
    let pieces = parts.pieces;
    if pieces.len() > 1 << 16 {
        return Err(VocabularyError::Size { got: pieces.len() });
    }
    let kind = match (parts.model, parts.prefix) {
        (Model::Unigram, None) => KIND_UNIGRAM,
        (Model::Unigram, Some(_)) => KIND_UNIGRAM_WITH_PREFIX,
        (Model::BytePairs, None) => KIND_BYTE_PAIRS,
        (Model::BytePairs, Some(prefix)) => {
            return Err(VocabularyError::Entry {
                table: "prefix",
                index: prefix as usize,
            });
        }
    };
    let symbols = || {
        pieces
            .iter()
            .filter(|piece| piece.kind == PieceKind::Symbol)
    };
    let normal = || {
        let normal = pieces
            .iter()
            .filter(|piece| piece.kind == PieceKind::Normal);
        normal.map(|piece| piece.score)
    };
    let first = |kind| {
        pieces
            .iter()
            .position(|piece| piece.kind == kind)
            .unwrap_or(0)
    };
    let longest_piece = pieces
        .iter()
        .filter(|piece| piece.kind.is_looked_up(parts.model))
        .map(|piece| piece.text.chars().count());
    let longest_symbol = symbols().map(|piece| piece.text.len());
    let mut starts = [0u8; 32];
    for symbol in symbols() {
        let first = symbol.text.bytes().next().unwrap_or_default();
        starts[usize::from(first / 8)] |= 1 << (first % 8);
    }
    let slots = table(pieces, parts.model)?;
    let text_bytes: usize = pieces.iter().map(|piece| piece.text.len()).sum();
    let lowest = normal().fold(f32::MAX, f32::min);

    let mut file = Vec::from(MAGIC);
    for number in [
        VERSION_OF_KINDS as usize,
        kind as usize,
        pieces.len(),
        text_bytes + parts.unknown_surface.len(),
        slots.len(),
        parts.trie.len(),
        parts.replacements.len(),
        longest_piece.max().unwrap_or(0),
        longest_symbol.max().unwrap_or(0),
        first(PieceKind::Byte),
        first(PieceKind::Unknown),
    ] {
        let number = u32::try_from(number).map_err(|_| VocabularyError::Size { got: number })?;
        file.extend(number.to_le_bytes());
    }
    file.extend((lowest - UNKNOWN_PENALTY).to_le_bytes());
    file.extend(starts);
    file.extend(parts.prefix.iter().flat_map(|prefix| prefix.to_le_bytes()));
    let mut end = 0;
    let texts = || {
        pieces
            .iter()
            .map(|piece| piece.text)
            .chain([parts.unknown_surface])
    };
    for text in texts() {
        end += text.len() as u32;
        file.extend(end.to_le_bytes());
    }
    file.extend(pieces.iter().flat_map(|piece| piece.score.to_le_bytes()));
    file.extend(slots.iter().flat_map(|id| id.to_le_bytes()));
    file.extend(pieces.iter().map(|piece| piece.kind as u8));
    texts().for_each(|text| file.extend(text.bytes()));
    file.extend(parts.trie);
    file.extend(parts.replacements);
    Vocabulary::parse(&file)?;
    Ok(file)
}

/// The hash table of the pieces that segmentation looks up; at least half of it is empty.
fn table(pieces: &[Piece<'_>], model: Model) -> Result<Vec<u16>, VocabularyError> {
    let is_looked_up = |piece: &&Piece<'_>| piece.kind.is_looked_up(model);
    let count = pieces.iter().filter(is_looked_up).count();
    let mut slots = vec![0u16; (2 * count + 1).next_power_of_two()];
    for (index, piece) in pieces.iter().enumerate() {
        if !is_looked_up(&piece) {
            continue;
        }
        let damaged = VocabularyError::Entry {
            table: "pieces",
            index,
        };
        let inner_space = piece
            .text
            .chars()
            .skip(1)
            .any(|c| c == crate::vocabulary::SPACE);
        let length = piece.text.chars().count();
        if !(1..=LONGEST_PIECE).contains(&length) || inner_space {
            return Err(damaged);
        }
        let mut at = slot(hash(piece.text.as_bytes()), slots.len());
        while slots[at] != 0 {
            if pieces[usize::from(slots[at])].text == piece.text {
                return Err(damaged);
            }
            at = (at + 1) & (slots.len() - 1);
        }
        slots[at] = index as u16;
    }
    Ok(slots)
}
