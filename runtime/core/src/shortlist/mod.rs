//! The lexical shortlist: the likely target tokens of each source token, so that the output layer
//! computes a few hundred candidates per sentence instead of the whole vocabulary (Jean et al. 2015,
//! section 3.2; Devlin 2017).
//!
//! A sentence's candidates are
//! - the tokens that are always candidates, [`END`] among them,
//! - the list of each of its tokens ([`END`] has a list too: target words that translate no word of the
//!   source),
//! - those of its own tokens that [`Copied`] names, so that they can be copied.
//!
//! They are kept as *marks*, one bit per token. Log-probabilities are relative to the candidates, so
//! they are slightly higher than over the vocabulary.
//!
//! [`Shortlist`] reads its file in place. The trainer builds it from word alignments and writes it with
//! [`write()`] (feature `alloc`):
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `DESHISHL` |
//! | 3 x 4 | version ([`Copied`]), pieces of the target's vocabulary, bytes of the lists |
//! | 4 | with [`Copied::Nothing`] only: pieces of the source's vocabulary; else both languages have one |
//! | [`mark_words`] x 4 | the tokens that are always candidates, as marks |
//! | source pieces x 4 | end of each source token's list, in bytes |
//! | | the lists, each ascending: for each token, how many tokens it skips after the one before, as LEB128 |
//!
//! All little endian. (Gaps take 60 to 70% of the size of 16-bit tokens.)
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use deshi_core::shortlist::{Shortlist, mark_words, marked, write};
//!
//! let mut lists = vec![vec![]; 300];
//! lists[280] = vec![290, 291];
//! let file = write(&[0, 270], &lists).unwrap();
//! let shortlist = Shortlist::parse(&file, 300)?;
//! let mut marks = [0; mark_words(300)];
//! assert_eq!(shortlist.mark(&[280, 0], &mut marks), 5);
//! assert!(marked(&marks).eq([0, 270, 280, 290, 291]));
//! # }
//! # Ok::<(), deshi_core::shortlist::ShortlistError>(())
//! ```

#[cfg(feature = "alloc")]
mod write;

#[cfg(feature = "alloc")]
pub use write::{write, write_copying, write_split};

use core::fmt;

use crate::Token;
use crate::vocabulary::{END, FIRST_BYTE, FIRST_PIECE, START, SymbolSet};

const MAGIC: &[u8; 8] = b"DESHISHL";
/// The version of [`Copied::PiecesOrBytes`].
const VERSION: u32 = 1;
/// The version of [`Copied::Everything`].
const VERSION_COPYING_EVERYTHING: u32 = 2;
/// The version of [`Copied::Nothing`].
const VERSION_OF_TWO_VOCABULARIES: u32 = 3;
const HEADER: usize = 8 + 3 * 4;
/// The most bytes of a gap: tokens have 16 bits.
const GAP_BYTES: usize = 3;
const WORD_BITS: usize = u32::BITS as usize;
const BYTES: core::ops::Range<u32> = FIRST_BYTE..FIRST_PIECE;

/// Why the bytes are not a shortlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShortlistError {
    /// The magic number is missing.
    #[error("shortlist: does not begin with DESHISHL")]
    NotAShortlist,
    /// A version that this program cannot read.
    #[error(
        "shortlist: version {got}; this program reads versions {VERSION} to {VERSION_OF_TWO_VOCABULARIES}"
    )]
    Version {
        /// The version in the file.
        got: u32,
    },
    /// The shortlist was made for another vocabulary.
    #[error("shortlist: made for {got} pieces; the vocabulary has {expected}")]
    VocabularySize {
        /// Pieces of the vocabulary.
        expected: usize,
        /// Pieces that the shortlist was made for.
        got: usize,
    },
    /// The shortlist was made for another vocabulary of the source.
    #[error("shortlist: made for {got} source pieces; the source's vocabulary has {expected}")]
    SourceVocabularySize {
        /// Pieces of the source's vocabulary.
        expected: usize,
        /// Pieces that the shortlist was made for.
        got: usize,
    },
    /// The shortlist was made for one joint vocabulary, and the model has two; or the other way round.
    #[error("shortlist: made for {got}; the model has {expected}")]
    Vocabularies {
        /// What the model has.
        expected: Pieces,
        /// What the shortlist was made for.
        got: Pieces,
    },
    /// The file is shorter or longer than its header says.
    #[error("shortlist: {got} bytes; its header says {expected}")]
    Length {
        /// Bytes according to the header.
        expected: u64,
        /// Bytes of the file.
        got: usize,
    },
    /// An entry is not a token, or is out of order.
    #[error("shortlist: {table}[{index}] is damaged")]
    Entry {
        /// The table.
        table: &'static str,
        /// The entry's index.
        index: usize,
    },
    /// [`END`] is not always a candidate, so some translations could not end.
    #[error("shortlist: the end-of-sentence token must always be a candidate")]
    NoEnd,
}

/// How many pieces the vocabularies of a shortlist have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pieces {
    /// One vocabulary for both languages.
    Joint(usize),
    /// A vocabulary for each language.
    Split {
        /// Pieces of the source's.
        source: usize,
        /// Pieces of the target's.
        target: usize,
    },
}

impl From<usize> for Pieces {
    fn from(pieces: usize) -> Self {
        Self::Joint(pieces)
    }
}

impl fmt::Display for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Joint(pieces) => write!(f, "a joint vocabulary of {pieces} pieces"),
            Self::Split { source, target } => {
                write!(
                    f,
                    "vocabularies of {source} source and {target} target pieces"
                )
            }
        }
    }
}

/// Number of words of a vocabulary's marks: a bit for each token.
pub const fn mark_words(vocabulary_size: usize) -> usize {
    vocabulary_size.div_ceil(WORD_BITS)
}

/// Whether a source token is a byte of its text. (The symbols' ids are bytes that cannot occur in a
/// text.)
fn is_byte(token: &Token) -> bool {
    BYTES.contains(token) && !SymbolSet::ALL.contains(*token)
}

/// Marks a token.
///
/// # Panics
/// If the marks have no bit for it.
fn mark(marks: &mut [u32], token: Token) {
    marks[token as usize / WORD_BITS] |= 1 << (token as usize % WORD_BITS);
}

/// The marked tokens, ascending.
pub fn marked(marks: &[u32]) -> impl Iterator<Item = Token> {
    marked_in(marks.iter().copied())
}

fn marked_in(words: impl Iterator<Item = u32>) -> impl Iterator<Item = Token> {
    words.enumerate().flat_map(|(index, word)| {
        let first = (index * WORD_BITS) as u32;
        let rest = core::iter::successors(Some(word), |&word| Some(word & word.wrapping_sub(1)));
        rest.take_while(|&word| word != 0)
            .map(move |word| first + word.trailing_zeros())
    })
}

/// The marked token at `index` among the marked ones, ascending; `None` if fewer are marked.
pub fn nth_marked(marks: &[u32], mut index: usize) -> Option<Token> {
    for (at, &word) in marks.iter().enumerate() {
        let here = word.count_ones() as usize;
        if index < here {
            return marked(&[word])
                .nth(index)
                .map(|token| token + (at * WORD_BITS) as u32);
        }
        index -= here;
    }
    None
}

/// Which of a source's own tokens are candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// Pieces and symbols; and the pieces of all bytes, if one of the tokens is a byte. For deshi's own vocabularies.
    PiecesOrBytes,
    /// Every token except [`START`], as in Marian.
    Everything,
    /// None: the target's vocabulary has other ids.
    Nothing,
}

/// A shortlist, read in place.
#[derive(Debug, Clone, Copy)]
pub struct Shortlist<'a> {
    /// Pieces of the target's vocabulary.
    vocabulary_size: usize,
    copied: Copied,
    /// Marks: `[mark_words(vocabulary_size)]`, u32.
    always: &'a [[u8; 4]],
    /// End of each source token's list: `[source pieces]`, u32.
    ends: &'a [[u8; 4]],
    /// Gaps.
    lists: &'a [u8],
}

/// Decodes a list of gaps into tokens. Ends early if the bytes are damaged.
#[derive(Debug, Clone)]
struct Tokens<'a> {
    bytes: &'a [u8],
    next: u32,
}

impl Iterator for Tokens<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<Token> {
        let mut gap = 0;
        for (place, byte) in self.bytes.iter().take(GAP_BYTES).enumerate() {
            gap |= u32::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                self.bytes = &self.bytes[place + 1..];
                let token = self.next + gap;
                self.next = token + 1;
                return Some(token);
            }
        }
        None
    }
}

impl<'a> Shortlist<'a> {
    /// Reads a shortlist in place, and checks every entry.
    ///
    /// # Errors
    /// [`ShortlistError`]: what is wrong, and where.
    pub fn parse(file: &'a [u8], pieces: impl Into<Pieces>) -> Result<Self, ShortlistError> {
        let shortlist = Self::attach(file, pieces)?;
        shortlist.check()?;
        Ok(shortlist)
    }

    /// As [`Self::parse`], for a file whose entries were checked before.
    ///
    /// # Errors
    /// If header or length are wrong.
    pub fn attach(file: &'a [u8], pieces: impl Into<Pieces>) -> Result<Self, ShortlistError> {
        let expected = pieces.into();
        let header = match file.split_first_chunk::<8>() {
            Some((MAGIC, header)) if file.len() >= HEADER => header,
            _ => return Err(ShortlistError::NotAShortlist),
        };
        let (numbers, _) = header.as_chunks::<4>();
        let [version, size, lists_bytes] =
            [0, 1, 2].map(|index| u32::from_le_bytes(numbers[index]));
        let target = size as usize;
        let (copied, got) = match (version, numbers.get(3)) {
            (VERSION, _) => (Copied::PiecesOrBytes, Pieces::Joint(target)),
            (VERSION_COPYING_EVERYTHING, _) => (Copied::Everything, Pieces::Joint(target)),
            (VERSION_OF_TWO_VOCABULARIES, Some(&source)) => {
                let source = u32::from_le_bytes(source) as usize;
                (Copied::Nothing, Pieces::Split { source, target })
            }
            (VERSION_OF_TWO_VOCABULARIES, None) => return Err(ShortlistError::NotAShortlist),
            (got, _) => return Err(ShortlistError::Version { got }),
        };
        let (header, source_size, vocabulary_size) = match (expected, got) {
            (Pieces::Joint(expected), Pieces::Joint(got)) if expected != got => {
                return Err(ShortlistError::VocabularySize { expected, got });
            }
            (Pieces::Joint(size), Pieces::Joint(_)) => (HEADER, size, size),
            (
                Pieces::Split { source, target },
                Pieces::Split {
                    source: from,
                    target: to,
                },
            ) => {
                if source != from {
                    let (expected, got) = (source, from);
                    return Err(ShortlistError::SourceVocabularySize { expected, got });
                }
                if target != to {
                    let (expected, got) = (target, to);
                    return Err(ShortlistError::VocabularySize { expected, got });
                }
                (HEADER + 4, source, target)
            }
            _ => return Err(ShortlistError::Vocabularies { expected, got }),
        };
        let always_bytes = 4 * mark_words(vocabulary_size);
        let ends_bytes = 4 * source_size;
        let expected = (header + always_bytes + ends_bytes) as u64 + u64::from(lists_bytes);
        if expected != file.len() as u64 {
            return Err(ShortlistError::Length {
                expected,
                got: file.len(),
            });
        }
        let (always, rest) = file[header..].split_at(always_bytes);
        let (ends, lists) = rest.split_at(ends_bytes);
        Ok(Self {
            vocabulary_size,
            copied,
            always: always.as_chunks().0,
            ends: ends.as_chunks().0,
            lists,
        })
    }

    fn check(&self) -> Result<(), ShortlistError> {
        let damaged = |table, index| ShortlistError::Entry { table, index };
        let size = self.vocabulary_size as u32;
        let outside = |token: &Token| *token >= size || *token == START;
        if let Some(token) = self.always().find(outside) {
            return Err(damaged("always", token as usize));
        }
        if self.always().next() != Some(END) {
            return Err(ShortlistError::NoEnd);
        }
        let mut start = 0;
        for (index, end) in self.ends.iter().enumerate() {
            let end = u32::from_le_bytes(*end) as usize;
            if end < start || end > self.lists.len() {
                return Err(damaged("ends", index));
            }
            let mut list = self.list(index as u32);
            if list.any(|token| outside(&token)) || !list.bytes.is_empty() {
                return Err(damaged("lists", index));
            }
            start = end;
        }
        if start == self.lists.len() {
            Ok(())
        } else {
            Err(damaged("ends", self.ends.len()))
        }
    }

    /// The tokens that are always candidates, ascending.
    pub fn always(&self) -> impl Iterator<Item = Token> + use<'a> {
        marked_in(self.always.iter().map(|&word| u32::from_le_bytes(word)))
    }

    /// The candidates of a source token, ascending; none for an id that is not a token.
    pub fn tokens(&self, source: Token) -> impl Iterator<Item = Token> + use<'a> {
        self.list(source)
    }

    fn list(&self, source: Token) -> Tokens<'a> {
        let end = |index: usize| {
            let end = self.ends.get(index).copied();
            u32::from_le_bytes(end.unwrap_or_default()) as usize
        };
        let index = source as usize;
        let start = index.checked_sub(1).map_or(0, end);
        let bytes = self.lists.get(start..end(index)).unwrap_or_default();
        Tokens { bytes, next: 0 }
    }

    /// An upper bound of a sentence's number of candidates: the sum over its lists, or the
    /// vocabulary's size.
    pub fn most(&self, source: &[Token]) -> usize {
        // Each token of a list takes at least one byte.
        let lists = source.iter().map(|&token| self.list(token).bytes.len());
        let bytes = if self.adds_bytes(source) {
            BYTES.count()
        } else {
            0
        };
        (self.always().count() + lists.sum::<usize>() + source.len() + bytes)
            .min(self.vocabulary_size)
    }

    /// Whether the pieces of all bytes are candidates.
    fn adds_bytes(&self, source: &[Token]) -> bool {
        self.copied == Copied::PiecesOrBytes && source.iter().any(is_byte)
    }

    /// Overwrites `marks` with a sentence's candidates, and returns their number. `source` includes
    /// its [`END`].
    ///
    /// # Shapes
    /// `marks`: at least [`mark_words`] of the vocabulary's size; more if the vocabulary is padded
    ///
    /// # Panics
    /// If `marks` is shorter.
    pub fn mark(&self, source: &[Token], marks: &mut [u32]) -> usize {
        let (first, padding) = marks.split_at_mut(self.always.len());
        for (word, &always) in first.iter_mut().zip(self.always) {
            *word = u32::from_le_bytes(always);
        }
        padding.fill(0);
        for &token in source {
            let in_vocabulary = (token as usize) < self.vocabulary_size;
            let is_copied = match self.copied {
                Copied::PiecesOrBytes => token >= FIRST_PIECE || SymbolSet::ALL.contains(token),
                Copied::Everything => token != START,
                Copied::Nothing => false,
            };
            if in_vocabulary && is_copied {
                mark(marks, token);
            }
            self.list(token).for_each(|target| mark(marks, target));
        }
        if self.adds_bytes(source) {
            BYTES.for_each(|byte| mark(marks, byte));
        }
        marks.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::vocabulary::FIRST_SYMBOL;
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    const SIZE: usize = 300;

    fn small() -> Vec<u8> {
        let mut lists = vec![vec![]; SIZE];
        lists[END as usize] = vec![299];
        lists[FIRST_BYTE as usize + 7] = vec![264];
        lists[260] = vec![270, 265, 280];
        lists[261] = vec![266, 270];
        write(&[280, END, 258], &lists).unwrap()
    }

    fn candidates(shortlist: &Shortlist<'_>, source: &[Token]) -> Vec<Token> {
        let mut marks = vec![u32::MAX; mark_words(320)];
        let count = shortlist.mark(source, &mut marks);
        let candidates: Vec<Token> = marked(&marks).collect();
        assert_eq!(candidates.len(), count);
        assert!(count <= shortlist.most(source));
        for (index, &token) in candidates.iter().enumerate() {
            assert_eq!(nth_marked(&marks, index), Some(token));
        }
        assert_eq!(nth_marked(&marks, count), None);
        candidates
    }

    #[test]
    fn a_source_is_copied_as_the_file_says() {
        let lists = vec![vec![]; SIZE];
        for (copied, expected) in [
            (Copied::PiecesOrBytes, &[0, 298][..]),
            (Copied::Everything, &[0, FIRST_SYMBOL - 1, 298]),
        ] {
            let file = write_copying(&[END], &lists, copied).unwrap();
            let shortlist = Shortlist::parse(&file, SIZE).unwrap();
            let mut got = candidates(&shortlist, &[298, FIRST_SYMBOL - 1, START, 5000, END]);
            if copied == Copied::PiecesOrBytes {
                // One of the tokens is a byte, so all bytes are candidates.
                got.retain(|token| !BYTES.contains(token));
            }
            assert_eq!(got, expected, "{copied:?}");
        }
    }

    #[test]
    fn with_two_vocabularies_lists_alone_name_candidates() {
        let mut lists = vec![vec![]; 400];
        lists[399] = vec![298, 5];
        lists[20] = vec![7];
        let file = write_split(&[END, 9], &lists, SIZE).unwrap();
        let split = Pieces::Split {
            source: 400,
            target: SIZE,
        };
        let shortlist = Shortlist::parse(&file, split).unwrap();
        assert_eq!(
            candidates(&shortlist, &[399, 20, 21, 5000, END]),
            [0, 5, 7, 9, 298]
        );

        let got = |pieces| Shortlist::parse(&file, pieces).unwrap_err();
        let (source, target) = (401, SIZE);
        let (expected, size) = (401, 400);
        assert_eq!(
            got(Pieces::Split { source, target }),
            ShortlistError::SourceVocabularySize {
                expected,
                got: size
            }
        );
        let (source, target) = (400, 301);
        assert_eq!(
            got(Pieces::Split { source, target }),
            ShortlistError::VocabularySize {
                expected: 301,
                got: SIZE
            }
        );
        let joint = Pieces::Joint(SIZE);
        let expected = joint;
        assert_eq!(
            got(joint),
            ShortlistError::Vocabularies {
                expected,
                got: split
            }
        );
        assert_eq!(
            got(joint).to_string(),
            "shortlist: made for vocabularies of 400 source and 300 target pieces; the model has a joint vocabulary of 300 pieces"
        );
        let expected = split;
        assert_eq!(
            Shortlist::parse(&small(), split).unwrap_err(),
            ShortlistError::Vocabularies {
                expected,
                got: joint
            }
        );
        lists[3] = vec![SIZE as u32];
        let (table, index) = ("lists", 3);
        assert_eq!(
            write_split(&[END], &lists, SIZE),
            Err(ShortlistError::Entry { table, index })
        );
        for length in 0..file.len() {
            assert!(
                Shortlist::parse(&file[..length], split).is_err(),
                "cut at {length}"
            );
        }
        let sources: Vec<Token> = (0..500).collect();
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x10;
            if let Ok(shortlist) = Shortlist::parse(&damaged, split) {
                candidates(&shortlist, &sources);
            }
        }
    }

    #[test]
    fn candidates_are_the_union_without_repetition() {
        let file = small();
        let shortlist = Shortlist::parse(&file, SIZE).unwrap();
        assert!(shortlist.tokens(260).eq([265, 270]), "280 is in always");
        for (source, expected) in [
            (&[][..], &[0, 258, 280][..]),
            (&[END], &[0, 258, 280, 299]),
            (
                &[260, 261, END],
                &[0, 258, 260, 261, 265, 266, 270, 280, 299],
            ),
            (&[298, START, 5000], &[0, 258, 280, 298]),
        ] {
            assert_eq!(candidates(&shortlist, source), expected, "{source:?}");
        }
    }

    #[test]
    fn a_byte_makes_candidates_of_all_bytes() {
        let file = small();
        let shortlist = Shortlist::parse(&file, SIZE).unwrap();
        let got = candidates(&shortlist, &[FIRST_BYTE + 7]);
        let expected: Vec<Token> = [END]
            .into_iter()
            .chain(FIRST_BYTE..=258)
            .chain([264, 280])
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let file = small();
        let got = |file: &[u8], size| Shortlist::parse(file, size).unwrap_err();
        let (expected, size) = (301, SIZE);
        assert_eq!(
            got(&file, 301),
            ShortlistError::VocabularySize {
                expected,
                got: size
            }
        );
        assert_eq!(got(b"DESHISHL", SIZE), ShortlistError::NotAShortlist);
        let mut newer = file.clone();
        newer[8] = 9;
        assert_eq!(got(&newer, SIZE), ShortlistError::Version { got: 9 });
        let lists = vec![vec![]; SIZE];
        assert_eq!(write(&[258], &lists), Err(ShortlistError::NoEnd));
        let entry = |table, index| Err(ShortlistError::Entry { table, index });
        assert_eq!(write(&[END, 300], &lists), entry("always", 1));
        let mut wrong = lists.clone();
        wrong[7] = vec![300 + (1 << 16)];
        assert_eq!(write(&[END], &wrong), entry("lists", 7));
        wrong[7] = vec![START];
        assert_eq!(write(&[END], &wrong), entry("lists", 7));
    }

    #[test]
    fn a_damaged_file_is_refused_or_harmless() {
        let file = small();
        for length in 0..file.len() {
            assert!(
                Shortlist::parse(&file[..length], SIZE).is_err(),
                "cut at {length}"
            );
        }
        for at in 0..file.len() {
            for bits in [0x01, 0x10, 0x80, 0xFF] {
                let mut damaged = file.clone();
                damaged[at] ^= bits;
                if let Ok(shortlist) = Shortlist::parse(&damaged, SIZE) {
                    let all: Vec<Token> = (0..SIZE as u32).collect();
                    let candidates = candidates(&shortlist, &all);
                    assert!(candidates.iter().all(|&token| (token as usize) < SIZE));
                    assert_eq!(candidates[0], END);
                }
            }
        }
    }
}
