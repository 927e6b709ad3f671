use std::{error, fmt, io, path::PathBuf};

use deshi_core::{bundle::BundleError, shortlist::ShortlistError, vocabulary::VocabularyError};

use crate::nbest::NBestProblem;

/// Why a step failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Two files that should correspond line by line do not.
    Misaligned {
        /// The source file.
        source_path: PathBuf,
        /// Its lines.
        source_lines: u64,
        /// The target file.
        target_path: PathBuf,
        /// Its lines.
        target_lines: u64,
    },
    /// A value in the configuration makes no sense.
    Config {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of a prepared shard has another number of columns than was written.
    Shard {
        /// The shard.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// A row of a file of n-best lists is not as the format asks.
    NBest {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        problem: NBestProblem,
    },
    /// Two lists that belong together, one entry for each of the other's, differ in length.
    LengthMismatch {
        /// Entries of the first list.
        left: usize,
        /// Entries of the second list.
        right: usize,
    },
    /// A comparison of no sentences, or by no samples.
    NothingToCompare,
    /// There is no text to learn from.
    NoText {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file is no bundle.
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BundleError,
    },
    /// The pieces make no vocabulary, or a file is none.
    Vocabulary(VocabularyError),
    /// The lists make no shortlist.
    Shortlist(ShortlistError),
    /// `tokenizers` failed.
    Tokenizers(Box<dyn error::Error + Send + Sync>),
    /// A report could not be put into words.
    Report(serde_json::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, .. } => write!(f, "cannot read or write {}", path.display()),
            Self::Misaligned {
                source_path,
                source_lines,
                target_path,
                target_lines,
            } => write!(
                f,
                "{} has {source_lines} lines, but {} has {target_lines}: they are no pair",
                source_path.display(),
                target_path.display()
            ),
            Self::Config { field, reason } => write!(f, "configuration: `{field}` {reason}"),
            Self::Shard { path, line } => {
                write!(
                    f,
                    "{}:{line}: not a line of a prepared shard",
                    path.display()
                )
            }
            Self::NBest {
                path,
                line,
                problem,
            } => {
                write!(f, "{}:{line}: {problem}", path.display())
            }
            Self::LengthMismatch { left, right } => {
                write!(f, "{left} entries on one side, but {right} on the other")
            }
            Self::NothingToCompare => write!(f, "nothing to compare: no sentences or no samples"),
            Self::NoText { path } => write!(f, "no text to learn from in {}", path.display()),
            Self::Bundle { path, .. } => write!(f, "{} is no bundle", path.display()),
            Self::Vocabulary(_) => write!(f, "the vocabulary is inconsistent"),
            Self::Shortlist(_) => write!(f, "the shortlist is inconsistent"),
            Self::Tokenizers(_) => write!(f, "the tokenizers library failed"),
            Self::Report(_) => write!(f, "cannot write the report"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Bundle { source, .. } => Some(source),
            Self::Vocabulary(source) => Some(source),
            Self::Shortlist(source) => Some(source),
            Self::Tokenizers(source) => Some(&**source),
            Self::Report(source) => Some(source),
            _ => None,
        }
    }
}

impl From<VocabularyError> for Error {
    fn from(error: VocabularyError) -> Self {
        Self::Vocabulary(error)
    }
}

impl From<ShortlistError> for Error {
    fn from(error: ShortlistError) -> Self {
        Self::Shortlist(error)
    }
}
