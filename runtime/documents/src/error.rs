//! What can be wrong with a document.

use crate::Format;
use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

/// What is wrong with a document or with its translation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No format has this name.
    #[error("{name:?} is not a format. Give one of these: {}", Format::list())]
    UnknownFormat {
        /// The name.
        name: String,
    },
    /// A file's extension is not that of a known format.
    #[error(
        "{}: the file name does not end like that of a known format. Name the format; these are known: {}",
        path.display(),
        Format::list()
    )]
    UnknownFile {
        /// The file.
        path: PathBuf,
    },
    /// The format is known, but its cargo feature is off.
    #[error(
        "this build of deshi cannot read {format}. It can read: {}",
        Format::list()
    )]
    NotBuilt {
        /// The format.
        format: Format,
    },
    /// A file of a text format is not valid text.
    #[error(
        "the file is not {format} text: byte {byte} is not valid {encoding}. Convert the file to UTF-8 first"
    )]
    Encoding {
        /// The format.
        format: Format,
        /// The encoding that was expected.
        encoding: &'static str,
        /// The offset of the first invalid byte.
        byte: usize,
    },
    /// A file of a text format contains a NUL byte, so it is binary.
    #[error(
        "the file is not {format} text: byte {byte} is 0, as in a binary file. Check that it is the right file"
    )]
    Binary {
        /// The format.
        format: Format,
        /// The offset of the zero byte.
        byte: usize,
    },
    /// The file breaks the format's rules.
    #[error("the {format} file is not valid: {place}: {problem}")]
    Malformed {
        /// The format.
        format: Format,
        /// Where.
        place: Place,
        /// What is wrong there, and what to do where that is not plain.
        problem: Cow<'static, str>,
    },
    /// Elements or values are nested too deeply.
    #[error("the {format} file is nested too deeply: {place} is at more than {limit} levels")]
    TooDeep {
        /// The format.
        format: Format,
        /// Where.
        place: Place,
        /// The limit, in levels.
        limit: usize,
    },
    /// The archive's members are too large.
    #[error(
        "the {format} file is too large: its members have more than {limit} bytes when unpacked"
    )]
    TooLarge {
        /// The format.
        format: Format,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The document is encrypted: it has a password or a reader's licence.
    #[error("the {format} file is encrypted. Save a copy without a password, and translate that")]
    Encrypted {
        /// The format.
        format: Format,
    },
    /// The document is signed; a translation would break the signature.
    #[error(
        "the {format} file has a digital signature, which a translation would break. Save a copy without the signature, and translate that"
    )]
    Signed {
        /// The format.
        format: Format,
    },
    /// The file says that its source texts are in another language than [`Settings::source_language`](crate::Settings).
    #[error(
        "the {format} file says, at {place}, that its source language is {found:?}, but the translation is from {expected:?}"
    )]
    SourceLanguage {
        /// The format.
        format: Format,
        /// Where it says so.
        place: Place,
        /// The language that it names.
        found: String,
        /// The language of the settings.
        expected: String,
    },
    /// The file says that its translations are in another language than [`Settings::target_language`](crate::Settings).
    #[error(
        "the {format} file says, at {place}, that its translations are in {found:?}, but the new ones would be in {expected:?}"
    )]
    TargetLanguage {
        /// The format.
        format: Format,
        /// Where it says so.
        place: Place,
        /// The language that it names.
        found: String,
        /// The language of the settings.
        expected: String,
    },
    /// There is too much to translate in one document.
    #[error(
        "the {format} file has more than {limit} texts to translate. Split it into several files"
    )]
    TooManySegments {
        /// The format.
        format: Format,
        /// The limit.
        limit: usize,
    },
    /// The translation does not have as many segments as the document.
    #[error("the document has {expected} segments, but {got} translated segments were given")]
    SegmentCount {
        /// How many the document has.
        expected: usize,
        /// How many came.
        got: usize,
    },
    /// A translated segment does not have the marks of its source.
    #[error(
        "the translation of segment {segment} has mark {mark} in a wrong place, twice or not at all: each mark must occur once, and pairs must be nested"
    )]
    Mark {
        /// The segment's index.
        segment: usize,
        /// The mark's number.
        mark: u32,
    },
    /// The output could not be written.
    #[error("the document cannot be written")]
    Write(#[from] io::Error),
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A line of a text, counted from 1.
    Line(usize),
    /// An offset in bytes.
    Byte(usize),
    /// A member of an archive, with an offset in bytes within it.
    Member {
        /// The member's name.
        name: String,
        /// The offset.
        byte: usize,
    },
}

impl Place {
    /// The line of a text that contains the byte at `offset`.
    #[cfg(any(
        feature = "json",
        feature = "po",
        feature = "xliff",
        feature = "docx",
        feature = "odt",
        feature = "epub"
    ))]
    pub(crate) fn line(text: &str, offset: usize) -> Self {
        let before = &text.as_bytes()[..offset.min(text.len())];
        Self::Line(1 + before.iter().filter(|&&byte| byte == b'\n').count())
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Byte(byte) => write!(formatter, "byte {byte}"),
            Self::Member { name, byte } => write!(formatter, "{name}, byte {byte}"),
        }
    }
}
