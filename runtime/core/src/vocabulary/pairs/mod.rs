//! deshi's own vocabularies: byte-pair encoding with a piece for every byte.

mod decode;
mod encode;
mod parse;
#[cfg(all(test, feature = "alloc"))]
mod tests;
#[cfg(feature = "alloc")]
mod write;

pub use encode::{LONGEST_RUN, pre_tokens};
#[cfg(feature = "alloc")]
pub use write::write;

use super::u16_at;
use crate::Token;

const HEADER: usize = 8 + 5 * 4;

/// Byte pairs, read in place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pairs<'a> {
    /// End of each piece in `text`: `[pieces]`, u32.
    ends: &'a [[u8; 4]],
    /// Characters, ascending, each with its id: u32, u32.
    characters: &'a [[u8; 8]],
    /// Merges, ascending by their pair: left, right, rank, result, u16 each.
    merges: &'a [[u8; 8]],
    text: &'a str,
    pub(super) symbols: bool,
}

fn pair(left: u16, right: u16) -> u32 {
    u32::from(left) << 16 | u32::from(right)
}

impl<'a> Pairs<'a> {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The piece's text; for a byte, its name, such as `<0x0A>`.
    pub(super) fn piece(&self, id: Token) -> Option<&'a str> {
        let index = id as usize;
        let end = u32::from_le_bytes(*self.ends.get(index)?) as usize;
        let start = index
            .checked_sub(1)
            .map_or(0, |before| u32::from_le_bytes(self.ends[before]));
        self.text.get(start as usize..end)
    }

    /// The pairs of pieces that are merged, in rank order.
    #[cfg(feature = "alloc")]
    pub(super) fn merges(&self) -> alloc::vec::Vec<(u32, u32)> {
        let mut merges: alloc::vec::Vec<_> = self.merges.iter().collect();
        merges.sort_by_key(|entry| u16_at(*entry, 4));
        merges
            .into_iter()
            .map(|entry| (u16_at(entry, 0).into(), u16_at(entry, 2).into()))
            .collect()
    }
}
