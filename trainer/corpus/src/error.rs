use std::{io, path::PathBuf};

use deshi_core::{bundle::BundleError, shortlist::ShortlistError, vocabulary::VocabularyError};

use crate::nbest::NBestProblem;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot read or write {path}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A corpus, or a dev or test set, does not exist.
    #[error(
        "the {kind} {name} is missing: no file {path} ({form}){note}",
        path = path.display(),
        note = if note.is_empty() { String::new() } else { format!("\n{note}") }
    )]
    MissingCorpus {
        /// What it is: a corpus, a held-out set, a dev set or a test set.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The file that is missing.
        path: PathBuf,
        /// The required format of its lines.
        form: &'static str,
        /// How to get it.
        note: String,
    },
    /// Two parallel files have different numbers of lines.
    #[error(
        "{source_path} has {source_lines} lines, {target_path} has {target_lines}; they must correspond line by line",
        source_path = source_path.display(),
        target_path = target_path.display()
    )]
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
    /// A value in the configuration is invalid.
    #[error("configuration: `{field}` {reason}")]
    Config {
        /// The field.
        field: &'static str,
        /// What is wrong with it, after the field's name.
        reason: String,
    },
    /// A line of a prepared shard has the wrong number of columns.
    #[error("{path}:{line}: not a line of a prepared shard", path = path.display())]
    Shard {
        /// The shard.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// A row of a file of n-best lists is invalid.
    #[error("{path}:{line}: {problem}", path = path.display())]
    NBest {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        problem: NBestProblem,
    },
    /// There are n-best lists of a shard already.
    #[error("there are n-best lists already, such as {path}: pool the new ones with them, or remove them", path = path.display())]
    ListsExist {
        /// The lists' file.
        path: PathBuf,
    },
    /// No row of an imported file has a source of the prepared shards.
    #[error("no row of {path} has a source sentence of the prepared shards; the first row's is {first:?}", path = path.display())]
    ForeignLists {
        /// The imported file.
        path: PathBuf,
        /// The source of its first row.
        first: String,
    },
    /// Two lists that must correspond one to one differ in length.
    #[error("{left} entries on one side, {right} on the other")]
    LengthMismatch {
        /// Entries of the first list.
        left: usize,
        /// Entries of the second list.
        right: usize,
    },
    /// A comparison without sentences or samples.
    #[error("nothing to compare: no sentences or no samples")]
    NothingToCompare,
    /// There is no text to learn from.
    #[error("no text to learn from in {path}", path = path.display())]
    NoText {
        /// The folder or file without text.
        path: PathBuf,
    },
    /// A file is not a valid bundle.
    #[error("{path} is not a valid bundle", path = path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: BundleError,
    },
    /// The pieces are not a valid vocabulary, or a file does not contain one.
    #[error("the vocabulary is inconsistent")]
    Vocabulary(#[from] VocabularyError),
    /// The lists are not a valid shortlist.
    #[error("the shortlist is inconsistent")]
    Shortlist(#[from] ShortlistError),
    /// `tokenizers` failed.
    #[error("the tokenizers library failed")]
    Tokenizers(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A report could not be written as JSON.
    #[error("cannot write the report")]
    Report(#[source] serde_json::Error),
}
