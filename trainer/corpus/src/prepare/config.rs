use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{Error, files::at};

/// What to clean, and how: the table `[prepare]` of a recipe.
///
/// ```
/// let config: deshi_corpus::prepare::PrepareConfig = toml::from_str(r#"
///     source_language = "en"
///     target_language = "de"
///     held_out = ["dev.tsv", "test.tsv"]
///     exclude = ["php-"]
///     limits = { msdocs = 100000 }
///
///     [[corpora]]
///     kind = "tsv"
///     path = "train.tsv.gz"
///
///     [[corpora]]
///     kind = "pair"
///     source = "europarl.en"
///     target = "europarl.de"
///     set = "europarl"
///
///     [[corpora]]
///     kind = "mono"
///     path = "mono.tsv.gz"
/// "#).unwrap();
/// assert_eq!(config.max_words, 100);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrepareConfig {
    /// Code of the source language, such as `en`. It determines the script of its letters, which is
    /// checked for languages that the project knows.
    pub source_language: String,
    /// Code of the target language.
    pub target_language: String,
    /// The corpora to read. Of identical lines, the first is kept; monolingual text is read last.
    pub corpora: Vec<Corpus>,
    /// TSV files (source, target) whose lines must not be trained on: dev and test sets.
    #[serde(default)]
    pub held_out: Vec<PathBuf>,
    /// The origin of the held-out files, and how to get them in this format: shown if one is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out_note: Option<String>,
    /// Sets to leave out, by name prefix.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// The most lines of a set, keyed by name prefix (the longest wins); chosen at random.
    #[serde(default)]
    pub limits: BTreeMap<String, u64>,
    /// Sets whose lines come in the first shards, by name prefix: a translation that runs out of time has these.
    #[serde(default)]
    pub first: Vec<String>,
    /// The most words per side, separated by spaces. Default 100.
    #[serde(default = "max_words")]
    pub max_words: usize,
    /// The most characters per side. Default 800.
    #[serde(default = "max_characters")]
    pub max_characters: usize,
    /// The longest allowed ratio of the sides' lengths, in characters, plus
    /// [`LENGTH_SLACK`](Self::LENGTH_SLACK) characters. Default 3.
    #[serde(default = "max_length_ratio")]
    pub max_length_ratio: f64,
    /// The most words of a target that equals its source. Default 3.
    #[serde(default = "max_identical_words")]
    pub max_identical_words: usize,
    /// The least share of letters in the language's script, 0 to 1. Latin letters are ignored if the
    /// script is another one, but at least one letter must be in the script. Default 0.7; 0 turns it
    /// off.
    #[serde(default = "min_script_share")]
    pub min_script_share: f64,
    /// Whether to drop pairs whose sides have different digits. Default false: times (2 p.m., 14 Uhr) and
    /// numbers in words differ legitimately.
    #[serde(default)]
    pub match_numbers: bool,
    /// Seed of the shuffle. Default 1.
    #[serde(default = "seed")]
    pub seed: u64,
    /// Lines per shard. Default 100,000.
    #[serde(default = "lines_per_shard")]
    pub lines_per_shard: usize,
}

/// A corpus to read. Files whose names end in `.gz` are decompressed. A `path` may be a folder: its files that end in
/// `.tsv` or `.tsv.gz` are read in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Corpus {
    /// Lines of source, target and optionally a third column, the set.
    Tsv {
        /// The file, or a folder of files.
        path: PathBuf,
        /// The set of lines without one; by default, the file's name.
        #[serde(default)]
        set: Option<String>,
        /// The corpus's name, for messages.
        #[serde(default)]
        name: Option<String>,
        /// Its origin, and how to get it in this format: shown if it is missing.
        #[serde(default)]
        note: Option<String>,
    },
    /// Two files that correspond line by line.
    Pair {
        /// The source's file.
        source: PathBuf,
        /// The target's file.
        target: PathBuf,
        /// Their set; by default, the source file's name.
        #[serde(default)]
        set: Option<String>,
        /// The corpus's name, for messages.
        #[serde(default)]
        name: Option<String>,
        /// Its origin, and how to get it in this format: shown if it is missing.
        #[serde(default)]
        note: Option<String>,
    },
    /// Lines of source and optionally a second column, the set.
    Mono {
        /// The file, or a folder of files.
        path: PathBuf,
        /// The set of lines without one; by default, the file's name.
        #[serde(default)]
        set: Option<String>,
        /// The corpus's name, for messages.
        #[serde(default)]
        name: Option<String>,
        /// Its origin, and how to get it in this format: shown if it is missing.
        #[serde(default)]
        note: Option<String>,
    },
}

impl Corpus {
    /// The corpus's name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let (Self::Tsv { name, .. } | Self::Pair { name, .. } | Self::Mono { name, .. }) = self;
        name.as_deref()
    }

    /// Its origin, and how to get it.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        let (Self::Tsv { note, .. } | Self::Pair { note, .. } | Self::Mono { note, .. }) = self;
        note.as_deref()
    }

    /// The files to read.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Tsv { path, .. } | Self::Mono { path, .. } => vec![path],
            Self::Pair { source, target, .. } => vec![source, target],
        }
    }

    /// Returns an error that explains which file of the corpus is missing.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.paths().into_iter().find(|path| !path.exists()) {
            Some(path) => Err(Error::MissingCorpus {
                kind: "corpus",
                name: self.name().map_or_else(|| self.set(), str::to_owned),
                path: path.to_owned(),
                form: match self {
                    Self::Tsv { .. } => "source, target and set in each line, separated by tabs",
                    Self::Pair { .. } => "two files that correspond line by line",
                    Self::Mono { .. } => "source and set in each line, separated by tabs",
                },
                note: self.note().unwrap_or_default().to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// The corpus itself or, where its path is a folder, one for each file of it.
    fn files(&self) -> Result<Vec<Self>, Error> {
        let (Self::Tsv { path, .. } | Self::Mono { path, .. }) = self else {
            return Ok(vec![self.clone()]);
        };
        if !path.is_dir() {
            return Ok(vec![self.clone()]);
        }
        let entries = fs::read_dir(path).map_err(at(path))?;
        let paths: Result<Vec<_>, _> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut paths = paths.map_err(at(path))?;
        paths.retain(|path| {
            let name = path.to_string_lossy();
            path.is_file() && (name.ends_with(".tsv") || name.ends_with(".tsv.gz"))
        });
        paths.sort();
        let of_file = |file: PathBuf| {
            let mut corpus = self.clone();
            if let Self::Tsv { path, .. } | Self::Mono { path, .. } = &mut corpus {
                *path = file;
            }
            corpus
        };
        Ok(paths.into_iter().map(of_file).collect())
    }

    /// The set of lines without one.
    pub(super) fn set(&self) -> String {
        let (Self::Tsv { set, .. } | Self::Pair { set, .. } | Self::Mono { set, .. }) = self;
        set.clone().unwrap_or_else(|| {
            let name = self.paths()[0]
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            name.split('.').next().unwrap_or_default().to_owned()
        })
    }
}

impl PrepareConfig {
    /// The same, with each folder replaced by its files.
    pub(super) fn with_files_of_folders(&self) -> Result<Self, Error> {
        let corpora: Result<Vec<_>, _> = self.corpora.iter().map(Corpus::files).collect();
        let corpora: Vec<_> = corpora?.into_iter().flatten().collect();
        if corpora.is_empty() {
            return Err(Error::Config {
                field: "corpora",
                reason: "names only folders without a .tsv or .tsv.gz file".to_owned(),
            });
        }
        Ok(Self {
            corpora,
            ..self.clone()
        })
    }

    /// Returns an error that explains what a missing dev or test set is and how to get it. `kind` says what it is used for,
    /// such as `dev set`.
    ///
    /// # Errors
    ///
    /// If the file does not exist.
    pub fn check_set(&self, kind: &'static str, path: &Path) -> Result<(), Error> {
        if path.exists() {
            return Ok(());
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Err(Error::MissingCorpus {
            kind,
            name: name.into_owned(),
            path: path.to_owned(),
            form: "source and reference in each line, separated by a tab",
            note: self.held_out_note.clone().unwrap_or_default(),
        })
    }

    /// Characters that the longer side may have beyond the ratio, because short lines differ more.
    pub const LENGTH_SLACK: usize = 16;

    /// The limit of a set: that of the longest matching prefix.
    pub(super) fn limit(&self, set: &str) -> Option<u64> {
        longest_prefix(&self.limits, set)
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let checks = [
            ("corpora", !self.corpora.is_empty(), "must not be empty"),
            (
                "lines_per_shard",
                self.lines_per_shard > 0,
                "must be at least 1",
            ),
            (
                "max_length_ratio",
                self.max_length_ratio >= 1.0,
                "must be at least 1",
            ),
            (
                "min_script_share",
                (0.0..=1.0).contains(&self.min_script_share),
                "must be 0 to 1",
            ),
        ];
        match checks.into_iter().find(|(_, holds, _)| !holds) {
            Some((field, _, reason)) => Err(Error::Config {
                field,
                reason: reason.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

/// The value of the longest key that is a prefix of `name`.
pub(crate) fn longest_prefix<T: Copy>(table: &BTreeMap<String, T>, name: &str) -> Option<T> {
    let fits = table
        .iter()
        .filter(|(prefix, _)| name.starts_with(prefix.as_str()));
    fits.max_by_key(|(prefix, _)| prefix.len())
        .map(|(_, value)| *value)
}

fn max_words() -> usize {
    100
}

fn max_characters() -> usize {
    800
}

fn max_length_ratio() -> f64 {
    3.0
}

fn max_identical_words() -> usize {
    3
}

fn min_script_share() -> f64 {
    0.7
}

fn seed() -> u64 {
    1
}

fn lines_per_shard() -> usize {
    100_000
}
