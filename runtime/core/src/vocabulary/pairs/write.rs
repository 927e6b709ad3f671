//! Writing the vocabulary's file.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::pair;
use crate::vocabulary::{
    FIRST_BYTE, FIRST_PIECE, FIRST_SYMBOL, MAGIC, SYMBOLS, VERSION, VocabularyError,
    symbol_character,
};

/// Writes a vocabulary's file: the special pieces and the bytes, then `pieces`.
///
/// `merges` are pairs of indices into `pieces`, in rank order; each result must be a piece. Text is first
/// split into those pieces that are single characters.
///
/// # Errors
/// [`VocabularyError`] if there are too many pieces, or a merge names a piece that does not exist.
pub fn write(pieces: &[&str], merges: &[(usize, usize)]) -> Result<Vec<u8>, VocabularyError> {
    let count = pieces.len() + FIRST_PIECE as usize;
    if count > 1 << 16 {
        return Err(VocabularyError::Size { got: count });
    }
    let mut text = String::new();
    let mut ends: Vec<u8> = Vec::new();
    let bytes: Vec<String> = (0..=255u8)
        .map(|byte| {
            let id = FIRST_BYTE + u32::from(byte);
            match symbol_character(id) {
                Some(_) => format!("<s{}>", id - FIRST_SYMBOL),
                None => format!("<0x{byte:02X}>"),
            }
        })
        .collect();
    let special = ["</s>", "<s>"]
        .into_iter()
        .chain(bytes.iter().map(String::as_str));
    for piece in special.chain(pieces.iter().copied()) {
        text.push_str(piece);
        ends.extend((text.len() as u32).to_le_bytes());
    }

    let id = |index: usize| FIRST_PIECE + index as u32;
    let mut ids: BTreeMap<&str, u32> = BTreeMap::new();
    let mut characters: BTreeMap<u32, u32> = (FIRST_SYMBOL..FIRST_SYMBOL + SYMBOLS)
        .filter_map(|id| Some((symbol_character(id)?.into(), id)))
        .collect();
    for (index, piece) in pieces.iter().enumerate() {
        ids.entry(piece).or_insert(id(index));
        let mut letters = piece.chars();
        if let (Some(only), None) = (letters.next(), letters.next()) {
            characters.entry(only.into()).or_insert(id(index));
        }
    }
    let mut table: BTreeMap<u32, (u16, u16)> = BTreeMap::new();
    for (rank, &(left, right)) in merges.iter().enumerate() {
        let damaged = VocabularyError::Entry {
            table: "merges",
            index: rank,
        };
        let (Some(first), Some(second)) = (pieces.get(left), pieces.get(right)) else {
            return Err(damaged);
        };
        let result = *ids
            .get(format!("{first}{second}").as_str())
            .ok_or(damaged)?;
        let rank = u16::try_from(rank).map_err(|_| damaged)?;
        table
            .entry(pair(id(left) as u16, id(right) as u16))
            .or_insert((rank, result as u16));
    }

    let mut file = Vec::from(MAGIC);
    for number in [
        VERSION as usize,
        count,
        characters.len(),
        table.len(),
        text.len(),
    ] {
        file.extend((number as u32).to_le_bytes());
    }
    file.extend(ends);
    for (character, id) in characters {
        file.extend(character.to_le_bytes());
        file.extend(id.to_le_bytes());
    }
    for (key, (rank, result)) in table {
        for number in [(key >> 16) as u16, key as u16, rank, result] {
            file.extend(number.to_le_bytes());
        }
    }
    file.extend(text.as_bytes());
    Ok(file)
}
