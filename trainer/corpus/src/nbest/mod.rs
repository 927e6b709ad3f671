//! N-best lists: the results of the teacher's beam search for each source sentence.
//!
//! Only this module knows the file's format: one tab-separated row per hypothesis, best first, the
//! lists in the order of the source file, compressed if the name ends in `.gz`.
//!
//! | column | what |
//! |---|---|
//! | `source_index` | line of the source file, from 0 |
//! | `rank` | position in the list, from 1 |
//! | `log_probability` | `log q(hypothesis \| source)`, natural logarithm |
//! | `score` | the ranking criterion: the log-probability normalised by length |
//! | `source` | the source sentence |
//! | `hypothesis` | a translation of it, which may be empty |
//!
//! Every row repeats index and source, to detect files that are out of step: [`NBestReader`] requires
//! indices without gaps and ranks in order, [`InStep`] the same sentences at the same lines of the
//! source file.
//!
//! ```
//! use deshi_corpus::nbest::{Hypothesis, NBestList, NBestReader, write_nbest};
//!
//! let list = NBestList {
//!     source_index: 0,
//!     source: "Good morning.".into(),
//!     hypotheses: vec![
//!         Hypothesis { log_probability: -0.75, score: -0.25, text: "Guten Morgen.".into() },
//!         Hypothesis { log_probability: -4.0, score: -2.0, text: "Morgen.".into() },
//!     ],
//! };
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("train.00000.nbest.tsv.gz");
//! write_nbest(&path, [&list])?;
//! assert_eq!(NBestReader::open(&path)?.next()?, Some(list));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{
    borrow::Borrow,
    error, fmt,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    Error,
    files::{Lines, write_whole},
};

mod import;

pub use import::{ImportReport, import};

/// Columns of a row.
const COLUMNS: usize = 6;

/// One translation of a list. Its position there is its rank.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// `log q(hypothesis | source)`, natural logarithm.
    pub log_probability: f64,
    /// The ranking criterion: the log-probability normalised by length.
    pub score: f64,
    /// The translation, as text.
    pub text: String,
}

/// All hypotheses for one source sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct NBestList {
    /// Line of the source file, from 0.
    pub source_index: u64,
    /// The source sentence.
    pub source: String,
    /// The translations, best first; at least one.
    pub hypotheses: Vec<Hypothesis>,
}

/// Why a row is invalid, or a list cannot be written.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NBestProblem {
    /// The row has a wrong number of columns.
    Columns {
        /// The columns that it must have.
        expected: usize,
        /// The columns that it has.
        got: usize,
    },
    /// The row is not valid UTF-8.
    Utf8,
    /// A column is not a number.
    Number {
        /// The column.
        column: &'static str,
        /// Its text.
        text: String,
    },
    /// A row, a list or the end of the file is out of order.
    Order {
        /// The expected `source_index` and `rank`.
        expected: (u64, u64),
        /// The actual ones.
        got: (u64, u64),
    },
    /// The row's source differs from the first row of its list, or from the source file.
    OtherSource {
        /// The expected source.
        expected: String,
    },
    /// The list has no hypotheses.
    EmptyList,
    /// A sentence contains a tab or a line break.
    Separator,
}

impl fmt::Display for NBestProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns { expected, got } => write!(f, "{got} columns; expected {expected}"),
            Self::Utf8 => write!(f, "not valid UTF-8"),
            Self::Number { column, text } => write!(f, "{column} must be a number, got {text:?}"),
            Self::Order {
                expected: (index, rank),
                got: (got_index, got_rank),
            } => write!(
                f,
                "got source_index {got_index}, rank {got_rank}; \
                 expected source_index {index}, rank {rank}"
            ),
            Self::OtherSource { expected } => {
                write!(f, "out of step: expected the source {expected:?}")
            }
            Self::EmptyList => write!(f, "the list has no hypotheses"),
            Self::Separator => write!(f, "a sentence contains a tab or a line break"),
        }
    }
}

impl error::Error for NBestProblem {}

impl NBestList {
    /// Writes one row per hypothesis.
    ///
    /// # Errors
    ///
    /// An error of the writer, or `InvalidInput` with an [`NBestProblem`] if the list could not be
    /// read back.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.check()
            .map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
        let Self {
            source_index,
            source,
            hypotheses,
        } = self;
        for (
            place,
            Hypothesis {
                log_probability,
                score,
                text,
            },
        ) in hypotheses.iter().enumerate()
        {
            let rank = place + 1;
            writeln!(
                out,
                "{source_index}\t{rank}\t{log_probability}\t{score}\t{source}\t{text}"
            )?;
        }
        Ok(())
    }

    /// Checks that the list could be read back.
    fn check(&self) -> Result<(), NBestProblem> {
        if self.hypotheses.is_empty() {
            return Err(NBestProblem::EmptyList);
        }
        let texts = self.hypotheses.iter().map(|hypothesis| &hypothesis.text);
        if texts
            .chain([&self.source])
            .any(|text| text.contains(['\t', '\n', '\r']))
        {
            return Err(NBestProblem::Separator);
        }
        for hypothesis in &self.hypotheses {
            for (column, number) in [
                ("log_probability", hypothesis.log_probability),
                ("score", hypothesis.score),
            ] {
                if !number.is_finite() {
                    return Err(NBestProblem::Number {
                        column,
                        text: number.to_string(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Writes a file of lists atomically.
///
/// # Errors
///
/// If the file cannot be written, if a list is invalid ([`NBestList::write_to`]), or if the lists'
/// indices are not 0, 1, 2, ...
pub fn write_nbest(
    path: &Path,
    lists: impl IntoIterator<Item = impl Borrow<NBestList>>,
) -> Result<(), Error> {
    write_whole(path, |out| {
        for (index, list) in (0..).zip(lists) {
            let list = list.borrow();
            if list.source_index != index {
                let problem = NBestProblem::Order {
                    expected: (index, 1),
                    got: (list.source_index, 1),
                };
                return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
            }
            list.write_to(out)?;
        }
        Ok(())
    })
}

/// The path of the n-best lists of a shard, in the folder `nbest`: `train.00000.nbest.tsv.gz` for
/// `train.00000.tsv`.
#[must_use]
pub fn nbest_path(nbest: &Path, sources: &Path) -> PathBuf {
    let mut name = sources.file_stem().unwrap_or_default().to_owned();
    name.push(".nbest.tsv.gz");
    nbest.join(name)
}

/// Reads a file of lists, one list at a time.
pub struct NBestReader {
    lines: Lines,
    path: PathBuf,
    /// Number of lists read.
    count: u64,
    /// Line of the first row of the last list read, from 1.
    list_line: u64,
    /// The row after the last list read: the first of the next list.
    ahead: Option<Row>,
}

/// A row of the file.
struct Row {
    source_index: u64,
    rank: u64,
    source: String,
    hypothesis: Hypothesis,
}

impl NBestReader {
    /// Opens a file of lists, decompressing it if its name ends in `.gz`.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let lines = Lines::open(path)?;
        Ok(Self {
            lines,
            path: path.to_owned(),
            count: 0,
            list_line: 0,
            ahead: None,
        })
    }

    /// The next list, `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Error::NBest`] at the first invalid row, or if the file cannot be read. After an error,
    /// further results are meaningless.
    #[expect(
        clippy::should_implement_trait,
        reason = "errors come first, as in `Lines::next`"
    )]
    pub fn next(&mut self) -> Result<Option<NBestList>, Error> {
        let first = match self.ahead.take() {
            Some(row) => row,
            None => match self.read_row()? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        let source_index = self.count;
        self.list_line = self.lines.count;
        self.check_order((source_index, 1), &first)?;
        let mut list = NBestList {
            source_index,
            source: first.source,
            hypotheses: vec![first.hypothesis],
        };
        while let Some(row) = self.read_row()? {
            if row.source_index != source_index {
                self.ahead = Some(row);
                break;
            }
            self.check_order((source_index, list.hypotheses.len() as u64 + 1), &row)?;
            if row.source != list.source {
                let problem = NBestProblem::OtherSource {
                    expected: list.source,
                };
                return Err(self.error(self.lines.count, problem));
            }
            list.hypotheses.push(row.hypothesis);
        }
        self.count += 1;
        Ok(Some(list))
    }

    fn check_order(&self, expected: (u64, u64), row: &Row) -> Result<(), Error> {
        let got = (row.source_index, row.rank);
        if got == expected {
            return Ok(());
        }
        Err(self.error(self.lines.count, NBestProblem::Order { expected, got }))
    }

    fn read_row(&mut self) -> Result<Option<Row>, Error> {
        let row = self.lines.next()?.map(parse).transpose();
        row.map_err(|problem| self.error(self.lines.count, problem))
    }

    fn error(&self, line: u64, problem: NBestProblem) -> Error {
        Error::NBest {
            path: self.path.clone(),
            line,
            problem,
        }
    }
}

/// The columns of a row.
fn columns<const N: usize>(line: &[u8]) -> Result<[&str; N], NBestProblem> {
    let line = str::from_utf8(line).map_err(|_| NBestProblem::Utf8)?;
    let columns: Vec<&str> = line.split('\t').collect();
    let got = columns.len();
    <[&str; N]>::try_from(columns).map_err(|_| NBestProblem::Columns { expected: N, got })
}

/// A finite number.
fn number(column: &'static str, text: &str) -> Result<f64, NBestProblem> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| NBestProblem::Number {
        column,
        text: text.to_owned(),
    })
}

fn parse(line: &[u8]) -> Result<Row, NBestProblem> {
    let [source_index, rank, log_probability, score, source, text] = columns::<COLUMNS>(line)?;
    let count = |column, text: &str| {
        text.parse().map_err(|_| NBestProblem::Number {
            column,
            text: text.to_owned(),
        })
    };
    Ok(Row {
        source_index: count("source_index", source_index)?,
        rank: count("rank", rank)?,
        source: source.to_owned(),
        hypothesis: Hypothesis {
            log_probability: number("log_probability", log_probability)?,
            score: number("score", score)?,
            text: text.to_owned(),
        },
    })
}

/// Reads a shard of sources together with its n-best lists, and checks that they are in step.
pub struct InStep {
    sources: Lines,
    sources_path: PathBuf,
    lists: NBestReader,
}

impl InStep {
    /// Opens a tab-separated file whose first column is the source sentence, and its n-best lists.
    ///
    /// # Errors
    ///
    /// If a file cannot be opened.
    pub fn open(sources: &Path, nbest: &Path) -> Result<Self, Error> {
        Ok(Self {
            sources: Lines::open(sources)?,
            sources_path: sources.to_owned(),
            lists: NBestReader::open(nbest)?,
        })
    }

    /// The `columns` columns of the next source line, and its list; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Misaligned`] if one file ends before the other, [`Error::NBest`] for a list with
    /// another source than the source file and for the errors of [`NBestReader::next`],
    /// [`Error::Shard`] for a source line with the wrong number of columns.
    pub fn next(&mut self, columns: usize) -> Result<Option<(Vec<String>, NBestList)>, Error> {
        let line = self.sources.next()?.map(|line| split(line, columns));
        match (line, self.lists.next()?) {
            (None, None) => Ok(None),
            (Some(row), Some(list)) => {
                let (path, line) = (self.sources_path.clone(), self.sources.count);
                let row = row.ok_or(Error::Shard { path, line })?;
                if row.first() != Some(&list.source) {
                    let expected = row.into_iter().next().unwrap_or_default();
                    let problem = NBestProblem::OtherSource { expected };
                    return Err(self.lists.error(self.lists.list_line, problem));
                }
                Ok(Some((row, list)))
            }
            _ => Err(self.misaligned()),
        }
    }

    /// Counts the remaining entries on both sides.
    fn misaligned(&mut self) -> Error {
        while let Ok(Some(_)) = self.sources.next() {}
        while let Ok(Some(_)) = self.lists.next() {}
        Error::Misaligned {
            source_path: self.sources_path.clone(),
            source_lines: self.sources.count,
            target_path: self.lists.path.clone(),
            target_lines: self.lists.count,
        }
    }
}

fn split(line: &[u8], columns: usize) -> Option<Vec<String>> {
    let row: Vec<String> = str::from_utf8(line)
        .ok()?
        .split('\t')
        .map(str::to_owned)
        .collect();
    (row.len() == columns).then_some(row)
}

#[cfg(test)]
mod tests;
