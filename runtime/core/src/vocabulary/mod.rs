//! Text to token ids and back: byte-pair encoding (Sennrich et al. 2016) over a joint vocabulary, with
//! a piece for every byte, so that no text is unknown, and with every digit a token of its own.
//!
//! [`Vocabulary`] reads its file in place: from memory, or from flash. The file is written by the
//! trainer ([`write`], feature `std`).
//!
//! ```
//! # #[cfg(feature = "std")] {
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

use core::fmt;

use heapless::{String, Vec};

mod symbols;

pub use symbols::{FIRST_SYMBOL, FIRST_SYMBOL_CHARACTER, SYMBOLS, SymbolSet, symbol_character};

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
/// Characters of a run that are merged as one: longer runs are cut, so that buffers are bounded.
pub const LONGEST_RUN: usize = 48;
const LONGEST_RUN_BYTES: usize = LONGEST_RUN * 4;

const MAGIC: &[u8; 8] = b"DESHIVOC";
const VERSION: u32 = 2;
/// The version before the symbols: its ids [`FIRST_SYMBOL`] and the next are bytes.
const VERSION_WITHOUT_SYMBOLS: u32 = 1;
const HEADER: usize = 8 + 5 * 4;

/// Why the bytes are no vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VocabularyError {
    /// It does not begin as a vocabulary does.
    NotAVocabulary,
    /// A version that this program does not read.
    Version {
        /// The version in the file.
        got: u32,
    },
    /// Fewer or more bytes than its header says.
    Length {
        /// Bytes that the header promises.
        expected: usize,
        /// Bytes that there are.
        got: usize,
    },
    /// An entry that points outside, or stands out of order.
    Entry {
        /// The table.
        table: &'static str,
        /// The entry's index.
        index: usize,
    },
    /// More pieces than 16-bit ids can name, or fewer than the special ones.
    Size {
        /// Pieces.
        got: usize,
    },
}

impl fmt::Display for VocabularyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAVocabulary => write!(f, "vocabulary: does not begin with DESHIVOC"),
            Self::Version { got } => {
                write!(
                    f,
                    "vocabulary: version {got}, but this program reads version {VERSION}"
                )
            }
            Self::Length { expected, got } => {
                write!(
                    f,
                    "vocabulary: {got} bytes, but its header promises {expected}"
                )
            }
            Self::Entry { table, index } => write!(f, "vocabulary: {table}[{index}] is damaged"),
            Self::Size { got } => {
                write!(
                    f,
                    "vocabulary: {got} pieces, but there can be {FIRST_PIECE} to 65536"
                )
            }
        }
    }
}

impl core::error::Error for VocabularyError {}

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
    /// Reads a vocabulary in place, checking every entry: nothing in it can point outside.
    ///
    /// # Errors
    /// [`VocabularyError`]: what is wrong, and where.
    pub fn parse(file: &'a [u8]) -> Result<Self, VocabularyError> {
        let vocabulary = Self::attach(file)?;
        vocabulary.check()?;
        Ok(vocabulary)
    }

    /// The same of a file whose entries have been checked before.
    ///
    /// # Errors
    /// If the header, the length or the text does not fit.
    pub fn attach(file: &'a [u8]) -> Result<Self, VocabularyError> {
        if file.get(..8) != Some(MAGIC) || file.len() < HEADER {
            return Err(VocabularyError::NotAVocabulary);
        }
        let version = u32_at(file, 8);
        if version != VERSION && version != VERSION_WITHOUT_SYMBOLS {
            return Err(VocabularyError::Version { got: version });
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

    fn check(&self) -> Result<(), VocabularyError> {
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
            let symbol =
                self.has_symbols() && symbol_character(id).map(u32::from) == Some(character);
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
    #[cfg(feature = "std")]
    pub fn merges(&self) -> impl Iterator<Item = (u32, u32)> {
        let mut merges: std::vec::Vec<_> = self.merges.iter().collect();
        merges.sort_by_key(|entry| u16_at(*entry, 4));
        merges
            .into_iter()
            .map(|entry| (u16_at(entry, 0).into(), u16_at(entry, 2).into()))
    }

    /// Splits a text into token ids; does not add [`END`].
    ///
    /// # Errors
    /// The first that `push` gives back.
    pub fn encode<E>(
        &self,
        text: &str,
        mut push: impl FnMut(u32) -> Result<(), E>,
    ) -> Result<(), E> {
        pre_tokens(text, |pre_token| {
            self.merge(pre_token)
                .iter()
                .try_for_each(|&id| push(u32::from(id)))
        })
    }

    /// Byte-pair encoding of one pre-token: the merge of lowest rank first, of equal ones the leftmost.
    fn merge(&self, pre_token: &str) -> Vec<u16, LONGEST_RUN_BYTES> {
        let mut ids = Vec::new();
        for character in pre_token.chars() {
            let entry = self
                .characters
                .binary_search_by_key(&u32::from(character), |entry| u32_at(entry, 0));
            let mut put = |id| {
                ids.push(id)
                    .expect("a pre-token has at most LONGEST_RUN characters")
            };
            match entry {
                Ok(index) => put(u32_at(&self.characters[index], 4) as u16),
                Err(_) => {
                    let mut bytes = [0; 4];
                    for byte in character.encode_utf8(&mut bytes).bytes() {
                        put(FIRST_BYTE as u16 + u16::from(byte));
                    }
                }
            }
        }
        let mut candidates: Vec<Option<(u16, u16)>, LONGEST_RUN_BYTES> = ids
            .windows(2)
            .map(|two| self.find_merge(two[0], two[1]))
            .collect();
        loop {
            let best = (candidates.iter().enumerate())
                .filter_map(|(at, merge)| merge.map(|(rank, result)| (rank, at, result)))
                .min();
            let Some((_, at, result)) = best else {
                return ids;
            };
            ids[at] = result;
            ids.remove(at + 1);
            candidates.remove(at);
            if at > 0 {
                candidates[at - 1] = self.find_merge(ids[at - 1], ids[at]);
            }
            if at + 1 < ids.len() {
                candidates[at] = self.find_merge(ids[at], ids[at + 1]);
            }
        }
    }

    /// Rank and result of the merge of two neighbours.
    fn find_merge(&self, left: u16, right: u16) -> Option<(u16, u16)> {
        let key = pair(left, right);
        let index = self
            .merges
            .binary_search_by_key(&key, |entry| pair(u16_at(entry, 0), u16_at(entry, 2)))
            .ok()?;
        let entry = &self.merges[index];
        Some((u16_at(entry, 4), u16_at(entry, 6)))
    }

    /// Joins tokens to text. Special and unknown ids are left out; bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// The writer's.
    pub fn decode(&self, ids: impl Iterator<Item = u32>, out: &mut impl fmt::Write) -> fmt::Result {
        let mut bytes: Vec<u8, 4> = Vec::new();
        let mut first = true;
        let mut put = |character: char, out: &mut dyn fmt::Write| {
            let character = if character == SPACE { ' ' } else { character };
            let leading = core::mem::take(&mut first) && character == ' ';
            if leading {
                Ok(())
            } else {
                out.write_char(character)
            }
        };
        let flush =
            |bytes: &mut Vec<u8, 4>, all: bool, put: &mut dyn FnMut(char) -> fmt::Result| {
                while !bytes.is_empty() {
                    let (characters, used) = match core::str::from_utf8(bytes) {
                        Ok(text) => (
                            text.chars().next(),
                            text.chars().next().map_or(0, char::len_utf8),
                        ),
                        Err(error) if error.valid_up_to() > 0 => {
                            (Some('\u{FFFD}'), error.valid_up_to())
                        }
                        Err(error) => match error.error_len() {
                            None if !all => return Ok(()),
                            Some(length) => (None, length),
                            None => (None, bytes.len()),
                        },
                    };
                    put(characters.unwrap_or('\u{FFFD}'))?;
                    let rest = Vec::from_slice(&bytes[used..]).expect("shorter than before");
                    *bytes = rest;
                }
                Ok(())
            };
        for id in ids {
            if let Some(character) = symbol_character(id).filter(|_| self.has_symbols()) {
                flush(&mut bytes, true, &mut |character| put(character, out))?;
                put(character, out)?;
            } else if (FIRST_BYTE..FIRST_PIECE).contains(&id) {
                bytes
                    .push((id - FIRST_BYTE) as u8)
                    .expect("flushed when a character is whole");
                flush(&mut bytes, false, &mut |character| put(character, out))?;
            } else if let Some(piece) = self.piece(id)
                && id >= FIRST_PIECE
            {
                flush(&mut bytes, true, &mut |character| put(character, out))?;
                for character in piece.chars() {
                    put(character, out)?;
                }
            }
        }
        flush(&mut bytes, true, &mut |character| put(character, out))
    }
}

/// What may stand together in a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Hiragana,
    Katakana,
    Han,
    /// Each alone.
    Digit,
    /// Together with itself only.
    Other(char),
}

impl Class {
    fn of(character: char) -> Self {
        match character {
            'a'..='z' | 'A'..='Z' | '\u{300}'..='\u{36F}' => Self::Letter,
            '\u{3041}'..='\u{309F}' => Self::Hiragana,
            '\u{30A0}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' => Self::Katakana,
            '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => {
                Self::Han
            }
            _ if character.is_numeric() => Self::Digit,
            _ if character.is_alphabetic() => Self::Letter,
            _ => Self::Other(character),
        }
    }
}

/// Whether a character is only spacing: white space, a control character, or the piece's own [`SPACE`].
fn is_spacing(character: char) -> bool {
    character.is_whitespace() || character.is_control() || character == SPACE
}

/// Characters that show nothing and change nothing: zero-width ones and the soft hyphen.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

/// Splits a text into the runs inside which pieces are merged: words (each with the [`SPACE`] before it),
/// single digits, and runs of one other character. Runs of spaces count as one, those at the ends as none.
///
/// # Errors
/// The first that `visit` gives back.
pub fn pre_tokens<E>(text: &str, mut visit: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    let mut run: String<LONGEST_RUN_BYTES> = String::new();
    let mut length = 0;
    let mut class = None;
    let mut space = true;
    for character in text.chars().filter(|&character| !is_invisible(character)) {
        if is_spacing(character) {
            space = true;
            continue;
        }
        let here = Class::of(character);
        let joins = !space && class == Some(here) && here != Class::Digit && length < LONGEST_RUN;
        if !joins && !run.is_empty() {
            visit(&run)?;
            run.clear();
            length = 0;
        }
        if core::mem::take(&mut space) {
            run.push(SPACE).expect("the run is empty");
            length = 1;
        }
        run.push(character)
            .expect("a run has at most LONGEST_RUN characters");
        length += 1;
        class = Some(here);
    }
    if run.is_empty() { Ok(()) } else { visit(&run) }
}

/// Writes a vocabulary's file: the special pieces and the bytes, then `pieces`.
///
/// `merges` are pairs of indices into `pieces`, in rank order; each result must be a piece. Single
/// characters among the pieces are what text is split into first.
///
/// # Errors
/// [`VocabularyError`] if there are too many pieces, or a merge names none.
#[cfg(feature = "std")]
pub fn write(
    pieces: &[&str],
    merges: &[(usize, usize)],
) -> Result<std::vec::Vec<u8>, VocabularyError> {
    use std::collections::BTreeMap;
    use std::string::String;
    use std::{format, vec::Vec};

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

#[cfg(all(test, feature = "std"))]
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
        for at in 0..file.len() {
            for bits in [0x01, 0x80, 0xFF] {
                let mut damaged = file.clone();
                damaged[at] ^= bits;
                if let Ok(vocabulary) = Vocabulary::parse(&damaged) {
                    round_trip(&vocabulary, "hallo 1 ü");
                }
            }
        }
        let message = format!("{}", Vocabulary::parse(b"nothing").unwrap_err());
        assert!(message.contains("DESHIVOC"), "{message}");
    }
}
