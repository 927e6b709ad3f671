//! Reads corpora line by line.

use std::path::PathBuf;

use super::{Corpus, Rule};
use crate::{Error, files::Lines};

/// A line of a corpus, unchanged.
pub(super) struct Example {
    pub(super) source: String,
    pub(super) target: Option<String>,
    pub(super) set: String,
}

/// An example, or, for an invalid line, its set and the rule that it breaks.
pub(super) type Read = Result<Example, (String, Rule)>;

pub(super) struct Reader {
    lines: Lines,
    kind: Kind,
    set: String,
}

enum Kind {
    Tsv,
    Mono,
    Pair { target: Lines, paths: [PathBuf; 2] },
}

impl Reader {
    pub(super) fn open(corpus: &Corpus) -> Result<Self, Error> {
        let (path, kind) = match corpus {
            Corpus::Tsv { path, .. } => (path, Kind::Tsv),
            Corpus::Mono { path, .. } => (path, Kind::Mono),
            Corpus::Pair { source, target, .. } => {
                let paths = [source.clone(), target.clone()];
                (
                    source,
                    Kind::Pair {
                        target: Lines::open(target)?,
                        paths,
                    },
                )
            }
        };
        Ok(Self {
            lines: Lines::open(path)?,
            kind,
            set: corpus.set(),
        })
    }

    pub(super) fn next(&mut self) -> Result<Option<Read>, Error> {
        match &mut self.kind {
            Kind::Tsv => Ok(self.lines.next()?.map(|line| columns(line, 2, &self.set))),
            Kind::Mono => Ok(self.lines.next()?.map(|line| columns(line, 1, &self.set))),
            Kind::Pair { target, paths } => {
                let (source_line, target_line) = (self.lines.next()?, target.next()?);
                if let (Some(source), Some(target)) = (source_line, target_line) {
                    return Ok(Some(pair(source, target, &self.set)));
                }
                while self.lines.next()?.is_some() {}
                while target.next()?.is_some() {}
                if self.lines.count == target.count {
                    return Ok(None);
                }
                let [source_path, target_path] = paths.clone();
                Err(Error::Misaligned {
                    source_path,
                    source_lines: self.lines.count,
                    target_path,
                    target_lines: target.count,
                })
            }
        }
    }
}

/// Reads `sides` columns of text and an optional column with the set's name.
fn columns(line: &[u8], sides: usize, default_set: &str) -> Read {
    let broken = |rule| (default_set.to_owned(), rule);
    let line = str::from_utf8(line).map_err(|_| broken(Rule::Utf8))?;
    let columns: Vec<&str> = line.split('\t').collect();
    if !(sides..=sides + 1).contains(&columns.len()) {
        return Err(broken(Rule::Columns));
    }
    let set = columns
        .get(sides)
        .map(|set| set.trim())
        .filter(|set| !set.is_empty());
    Ok(Example {
        source: columns[0].to_owned(),
        target: (sides == 2).then(|| columns[1].to_owned()),
        set: set.unwrap_or(default_set).to_owned(),
    })
}

fn pair(source: &[u8], target: &[u8], set: &str) -> Read {
    let text = |bytes: &[u8]| match str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err((set.to_owned(), Rule::Utf8)),
    };
    Ok(Example {
        source: text(source)?,
        target: Some(text(target)?),
        set: set.to_owned(),
    })
}
