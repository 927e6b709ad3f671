//! Text to token ids and back: byte-pair encoding (Sennrich et al. 2016) over a joint vocabulary, with
//! a piece for every byte, so that no text is unknown, and with every digit a token of its own.
//!
//! [`Vocabulary`] reads its file in place: from memory, or from flash. The file is written by the
//! trainer ([`write`], feature `alloc`).
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use deshi_core::vocabulary::{Vocabulary, write};
//!
//! let file = write(&["▁", "h", "i", "▁h", "▁hi"], &[(0, 1), (3, 2)]).unwrap();
//! let vocabulary = Vocabulary::parse(&file)?;
//! let mut ids = Vec::new();
//! vocabulary.encode("hi  hi\u{1F600}", |id| Ok::<(), ()>(ids.push(id))).unwrap();
//! assert_eq!(vocabulary.piece(ids[0]), Some("▁hi"));
//! let mut text = String::new();
//! vocabulary.decode(ids.into_iter(), &mut text).unwrap();
//! assert_eq!(text, "hi hi\u{1F600}");
//! # }
//! # Ok::<(), deshi_core::vocabulary::VocabularyError>(())
//! ```

mod decode;
mod encode;
mod parse;
mod symbols;
#[cfg(feature = "alloc")]
mod write;

pub use encode::{LONGEST_RUN, pre_tokens};
pub use symbols::{FIRST_SYMBOL, FIRST_SYMBOL_CHARACTER, SYMBOLS, SymbolSet, symbol_character};
#[cfg(feature = "alloc")]
pub use write::write;

/// Ends every sentence.
pub const END: u32 = 0;
/// What the decoder reads before the first token.
pub const START: u32 = 1;
/// The piece of byte 0; those of the other bytes follow.
pub const FIRST_BYTE: u32 = 2;
/// The first id that is neither special nor a byte.
pub const FIRST_PIECE: u32 = FIRST_BYTE + 256;

/// Stands for a space, and begins a word, inside the pieces (U+2581, as in SentencePiece).
pub const SPACE: char = '▁';

const MAGIC: &[u8; 8] = b"DESHIVOC";
const VERSION: u32 = 2;
/// The version before the symbols: its ids [`FIRST_SYMBOL`] and the next are bytes.
const VERSION_WITHOUT_SYMBOLS: u32 = 1;
const HEADER: usize = 8 + 5 * 4;

/// Why the bytes are not a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// It does not begin as a vocabulary does.
    #[error("vocabulary: does not begin with DESHIVOC")]
    NotAVocabulary,
    /// A version that this program does not read.
    #[error(
        "vocabulary: version {got}, but this program reads versions {VERSION_WITHOUT_SYMBOLS} and {VERSION}"
    )]
    Version {
        /// The version in the file.
        got: u32,
    },
    /// Fewer or more bytes than its header says.
    #[error("vocabulary: {got} bytes, but its header promises {expected}")]
    Length {
        /// Bytes that the header promises.
        expected: usize,
        /// Bytes that there are.
        got: usize,
    },
    /// An entry that points outside the file, or is out of order.
    #[error("vocabulary: {table}[{index}] is damaged")]
    Entry {
        /// The table.
        table: &'static str,
        /// The entry's index.
        index: usize,
    },
    /// More pieces than 16-bit ids can name, or fewer than the special ones.
    #[error("vocabulary: {got} pieces, but there can be {FIRST_PIECE} to 65536")]
    Size {
        /// Pieces.
        got: usize,
    },
}

/// A vocabulary, read in place.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary<'a> {
    /// End of each piece in `text`: `[pieces]`, u32.
    ends: &'a [[u8; 4]],
    /// Characters, ascending, each with its id: u32, u32.
    characters: &'a [[u8; 8]],
    /// Merges, ascending by their pair: left, right, rank, result, u16 each.
    merges: &'a [[u8; 8]],
    text: &'a str,
    symbols: bool,
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn pair(left: u16, right: u16) -> u32 {
    u32::from(left) << 16 | u32::from(right)
}

impl<'a> Vocabulary<'a> {
    /// Pieces, the special ones and the bytes included.
    #[expect(
        clippy::len_without_is_empty,
        reason = "never empty: every vocabulary has the bytes"
    )]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the ids from [`FIRST_SYMBOL`] are symbols, and their characters in a text become them.
    pub fn has_symbols(&self) -> bool {
        self.symbols
    }

    /// The symbols of a source, each of which its translation must have; `None` where the vocabulary has no symbols.
    pub fn required_symbols(&self, source: &[u32]) -> Option<SymbolSet> {
        self.symbols.then(|| source.iter().copied().collect())
    }

    /// The piece's text; for a byte, its name, such as `<0x0A>`.
    pub fn piece(&self, id: u32) -> Option<&'a str> {
        let index = id as usize;
        let end = u32::from_le_bytes(*self.ends.get(index)?) as usize;
        let start = index
            .checked_sub(1)
            .map_or(0, |before| u32::from_le_bytes(self.ends[before]));
        self.text.get(start as usize..end)
    }

    /// The pairs of pieces that are merged, in rank order.
    #[cfg(feature = "alloc")]
    pub fn merges(&self) -> impl Iterator<Item = (u32, u32)> {
        let mut merges: alloc::vec::Vec<_> = self.merges.iter().collect();
        merges.sort_by_key(|entry| u16_at(*entry, 4));
        merges
            .into_iter()
            .map(|entry| (u16_at(entry, 0).into(), u16_at(entry, 2).into()))
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use std::string::String as Text;
    use std::vec::Vec as List;
    use std::{format, vec};

    fn small() -> List<u8> {
        write(
            &[
                "▁", "h", "a", "l", "o", ".", "1", "al", "▁h", "lo", "▁hal", "▁hallo",
            ],
            &[(2, 3), (0, 1), (3, 4), (8, 7), (10, 9)],
        )
        .unwrap()
    }

    fn round_trip(vocabulary: &Vocabulary<'_>, text: &str) -> (List<u32>, Text) {
        let mut ids = vec![];
        vocabulary
            .encode(text, |id| {
                ids.push(id);
                Ok::<(), ()>(())
            })
            .unwrap();
        let mut joined = Text::new();
        vocabulary.decode(ids.iter().copied(), &mut joined).unwrap();
        (ids, joined)
    }

    #[test]
    fn pre_tokens_split_words_digits_and_signs() {
        for (text, expected) in [
            ("Hello, world", &["▁Hello", ",", "▁world"][..]),
            ("  a\t\nb ", &["▁a", "▁b"]),
            ("x12.5!!", &["▁x", "1", "2", ".", "5", "!!"]),
            ("12", &["▁1", "2"]),
            ("don\u{2019}t", &["▁don", "\u{2019}", "t"]),
            ("東京タワーへ", &["▁東京", "タワー", "へ"]),
            ("", &[]),
            (" \u{200B} ", &[]),
        ] {
            let mut got = vec![];
            pre_tokens(text, |run| {
                got.push(Text::from(run));
                Ok::<(), ()>(())
            })
            .unwrap();
            assert_eq!(got, expected, "{text:?}");
        }
    }

    #[test]
    fn text_comes_back() {
        let file = small();
        let vocabulary = Vocabulary::parse(&file).unwrap();
        let (ids, text) = round_trip(&vocabulary, "hallo hal. 1ü😀\u{FFFD}");
        assert_eq!(vocabulary.piece(ids[0]), Some("▁hallo"));
        assert_eq!(text, "hallo hal. 1ü😀\u{FFFD}");
        let long = "x".repeat(1000) + &"😀".repeat(1000);
        assert_eq!(round_trip(&vocabulary, &long).1, long);
    }

    #[test]
    fn bytes_that_are_no_text_become_replacement_characters() {
        let file = small();
        let vocabulary = Vocabulary::parse(&file).unwrap();
        for (bytes, expected) in [
            (&[0xF0u8, 0x9F, 0x98, 0x80][..], "😀"),
            (&[0xFF, 0x61], "\u{FFFD}a"),
            (&[0xE2, 0x82], "\u{FFFD}"),
            (&[0xF0, 0x9F, 0x61], "\u{FFFD}a"),
        ] {
            let mut text = Text::new();
            let ids = bytes.iter().map(|&byte| FIRST_BYTE + u32::from(byte));
            vocabulary.decode(ids, &mut text).unwrap();
            assert_eq!(text, expected, "{bytes:?}");
        }
        let mut text = Text::new();
        vocabulary
            .decode([END, START, 99_999].into_iter(), &mut text)
            .unwrap();
        assert_eq!(text, "");
    }

    #[test]
    fn a_damaged_file_is_refused_or_harmless() {
        let file = small();
        for length in 0..file.len() {
            assert!(
                Vocabulary::parse(&file[..length]).is_err(),
                "cut at {length}"
            );
        }
        let mut refused = 0;
        for at in 0..file.len() {
            for bits in [0x01, 0x80, 0xFF] {
                let mut damaged = file.clone();
                damaged[at] ^= bits;
                match Vocabulary::parse(&damaged) {
                    Ok(vocabulary) => {
                        // One of the text's characters, or an entry that could as well be so.
                        assert!(at >= HEADER, "byte {at} of the header");
                        round_trip(&vocabulary, "hallo 1 ü");
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        // Of the ends, characters and merges, most of the altered bytes make no order any more.
        assert!(refused > file.len(), "{refused} of {}", 3 * file.len());
        let message = format!("{}", Vocabulary::parse(b"nothing").unwrap_err());
        assert!(message.contains("DESHIVOC"), "{message}");
    }
}
