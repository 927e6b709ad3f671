//! Text to token ids and back, over a joint vocabulary. There are two kinds:
//!
//! - byte-pair encoding (Sennrich et al. 2016), deshi's own, with a piece for every byte, so that no text is unknown,
//!   and with every digit a token of its own; written by the trainer ([`write`](self::write()), feature `alloc`);
//! - [`sentencepiece`]: SentencePiece's vocabularies, unigram or byte pairs, written by the exporter.
//!
//! [`Vocabulary`] reads the file of either in place: from memory, or from flash.
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

mod pairs;
pub mod sentencepiece;
mod symbols;
mod vocabularies;

use core::fmt;

#[cfg(feature = "alloc")]
pub use pairs::write;
pub use pairs::{LONGEST_RUN, pre_tokens};
pub use symbols::{FIRST_SYMBOL, FIRST_SYMBOL_CHARACTER, SYMBOLS, SymbolSet, symbol_character};

pub use vocabularies::Vocabularies;

use pairs::Pairs;
use sentencepiece::Pieces;

/// A token: the number of a piece in a vocabulary, from 0. Files and the tables of a vocabulary store it in 16 bits where
/// it fits; index tensors (ONNX, torch) in 64 bits.
pub type Token = u32;

/// Ends every sentence.
pub const END: Token = 0;
/// What the decoder reads before the first token.
pub const START: Token = 1;
/// The piece of byte 0 in deshi's own vocabularies; those of the other bytes follow.
pub const FIRST_BYTE: Token = 2;
/// The first id of deshi's own vocabularies that is neither special nor a byte.
pub const FIRST_PIECE: Token = FIRST_BYTE + 256;

/// The character for a space in pieces; it begins a word (U+2581, as in SentencePiece).
pub const SPACE: char = '▁';

const MAGIC: &[u8; 8] = b"DESHIVOC";
const VERSION: u32 = 2;
/// The version without symbols: the ids from [`FIRST_SYMBOL`] on are bytes like the others.
const VERSION_WITHOUT_SYMBOLS: u32 = 1;
/// The version whose header names the vocabulary's kind.
const VERSION_OF_KINDS: u32 = 3;

/// Why the bytes are not a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// The magic number is missing.
    #[error("vocabulary: does not begin with DESHIVOC")]
    NotAVocabulary,
    /// A version that this program cannot read.
    #[error(
        "vocabulary: version {got}; this program reads versions {VERSION_WITHOUT_SYMBOLS} to {VERSION_OF_KINDS}"
    )]
    Version {
        /// The version in the file.
        got: u32,
    },
    /// A kind that this program cannot read.
    #[error(
        "vocabulary: kind {got}; this program reads kinds {} to {}",
        sentencepiece::KIND_UNIGRAM,
        sentencepiece::KIND_BYTE_PAIRS
    )]
    Kind {
        /// The kind in the file.
        got: u32,
    },
    /// An impossible number in the header.
    #[error("vocabulary: the header's {field} is {got}")]
    Header {
        /// What the number is.
        field: &'static str,
        /// The number.
        got: u32,
    },
    /// The file is shorter or longer than its header says.
    #[error("vocabulary: {got} bytes; its header says {expected}")]
    Length {
        /// Bytes according to the header.
        expected: usize,
        /// Bytes of the file.
        got: usize,
    },
    /// An entry points outside the file, or is out of order.
    #[error("vocabulary: {table}[{index}] is damaged")]
    Entry {
        /// The table.
        table: &'static str,
        /// The entry's index.
        index: usize,
    },
    /// More pieces than 16-bit ids can name, or fewer than the special ones.
    #[error("vocabulary: {got} pieces; a vocabulary has {FIRST_PIECE} to 65536")]
    Size {
        /// Pieces.
        got: usize,
    },
}

/// A vocabulary, read in place.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary<'a>(Kind<'a>);

#[derive(Debug, Clone, Copy)]
enum Kind<'a> {
    Pairs(Pairs<'a>),
    SentencePiece(Pieces<'a>),
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

impl<'a> Vocabulary<'a> {
    /// Reads a vocabulary in place, and checks every entry, so that none can point outside the file.
    ///
    /// # Errors
    /// [`VocabularyError`]: what is wrong, and where.
    pub fn parse(file: &'a [u8]) -> Result<Self, VocabularyError> {
        let vocabulary = Self::attach(file)?;
        match &vocabulary.0 {
            Kind::Pairs(pairs) => pairs.check()?,
            Kind::SentencePiece(pieces) => pieces.check()?,
        }
        Ok(vocabulary)
    }

    /// As [`Self::parse`], for a file whose entries were checked before.
    ///
    /// # Errors
    /// If the header, the length or the text is invalid.
    pub fn attach(file: &'a [u8]) -> Result<Self, VocabularyError> {
        if file.get(..8) != Some(MAGIC) || file.len() < 12 {
            return Err(VocabularyError::NotAVocabulary);
        }
        Ok(Self(match u32_at(file, 8) {
            version @ (VERSION | VERSION_WITHOUT_SYMBOLS) => {
                Kind::Pairs(Pairs::attach(file, version)?)
            }
            VERSION_OF_KINDS => Kind::SentencePiece(Pieces::attach(file)?),
            got => return Err(VocabularyError::Version { got }),
        }))
    }

    /// Number of pieces, including the special ones and the bytes.
    #[expect(
        clippy::len_without_is_empty,
        reason = "never empty: every vocabulary has the special pieces"
    )]
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Pairs(pairs) => pairs.len(),
            Kind::SentencePiece(pieces) => pieces.len(),
        }
    }

    /// Whether the vocabulary has symbols: the ids from [`FIRST_SYMBOL`] on. Their characters in a text become these tokens.
    pub fn has_symbols(&self) -> bool {
        match &self.0 {
            Kind::Pairs(pairs) => pairs.symbols,
            Kind::SentencePiece(_) => false,
        }
    }

    /// The piece's text; for a byte, its name, such as `<0x0A>`.
    pub fn piece(&self, id: Token) -> Option<&'a str> {
        match &self.0 {
            Kind::Pairs(pairs) => pairs.piece(id),
            Kind::SentencePiece(pieces) => pieces.piece(id),
        }
    }

    /// Whether a token is a piece that was learnt: not a special one, a byte, or the piece for unknown characters.
    pub fn is_learnt(&self, id: Token) -> bool {
        match &self.0 {
            Kind::Pairs(pairs) => (FIRST_PIECE as usize..pairs.len()).contains(&(id as usize)),
            Kind::SentencePiece(pieces) => pieces.is_learnt(id),
        }
    }

    /// The pairs of pieces that are merged, in rank order; empty if the vocabulary does not merge pairs.
    #[cfg(feature = "alloc")]
    pub fn merges(&self) -> impl Iterator<Item = (u32, u32)> {
        match &self.0 {
            Kind::Pairs(pairs) => pairs.merges(),
            Kind::SentencePiece(_) => alloc::vec::Vec::new(),
        }
        .into_iter()
    }

    /// Splits a text into token ids; does not add [`END`]. If the vocabulary has a piece that comes before every text, such as the
    /// code of the language that a multilingual model is to write, it is the first id of each text that is not empty.
    ///
    /// # Errors
    /// The first error of `push`.
    pub fn encode<E>(&self, text: &str, push: impl FnMut(Token) -> Result<(), E>) -> Result<(), E> {
        match &self.0 {
            Kind::Pairs(pairs) => pairs.encode(text, push),
            Kind::SentencePiece(pieces) => pieces.encode(text, push),
        }
    }

    /// Joins tokens into text. Skips special ids and ids that the vocabulary does not have. Bytes that are not valid UTF-8
    /// become U+FFFD.
    ///
    /// # Errors
    /// The writer's.
    pub fn decode(
        &self,
        ids: impl Iterator<Item = Token>,
        out: &mut impl fmt::Write,
    ) -> fmt::Result {
        match &self.0 {
            Kind::Pairs(pairs) => pairs.decode(ids, out),
            Kind::SentencePiece(pieces) => pieces.decode(ids, out),
        }
    }
}
