use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Corpus, PrepareConfig, Rule};
use crate::{Error, files::at};

/// Version of the rules: increase it when they change, so that old reports do not match.
const VERSION: u32 = 1;

/// The inputs of the step. Equal inputs give equal shards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// Version of the rules.
    pub version: u32,
    /// The configuration.
    pub config: PrepareConfig,
    /// The files of the configuration.
    pub files: Vec<InputFile>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its path.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

impl Inputs {
    pub(super) fn of(config: &PrepareConfig) -> Result<Self, Error> {
        config.corpora.iter().try_for_each(Corpus::check)?;
        (config.held_out.iter()).try_for_each(|path| config.check_set("held-out set", path))?;
        let corpora = config.corpora.iter().flat_map(|corpus| corpus.paths());
        let file = |path: &Path| {
            let bytes = fs::metadata(path).map_err(at(path))?.len();
            Ok(InputFile {
                path: path.to_owned(),
                bytes,
            })
        };
        let files: Result<_, Error> = corpora
            .chain(config.held_out.iter().map(PathBuf::as_path))
            .map(file)
            .collect();
        Ok(Self {
            version: VERSION,
            config: config.clone(),
            files: files?,
        })
    }
}

/// Numbers of lines read, kept and dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Lines read.
    pub read: u64,
    /// Lines written.
    pub kept: u64,
    /// Lines dropped, by the first rule that they broke.
    pub dropped: BTreeMap<Rule, u64>,
}

impl Counts {
    pub(super) fn add(&mut self, result: Result<(), Rule>) {
        self.read += 1;
        match result {
            Ok(()) => self.kept += 1,
            Err(rule) => *self.dropped.entry(rule).or_default() += 1,
        }
    }

    /// Drops a line after it was counted as kept.
    pub(super) fn take_back(&mut self, rule: Rule) {
        self.kept -= 1;
        *self.dropped.entry(rule).or_default() += 1;
    }

    fn sum<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for counts in all {
            sum.read += counts.read;
            sum.kept += counts.kept;
            for (&rule, count) in &counts.dropped {
                *sum.dropped.entry(rule).or_default() += count;
            }
        }
        sum
    }
}

/// The counts of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetCounts {
    /// Whether it has only source text.
    pub mono: bool,
    /// Its lines.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The result of the step, stored in the shards' folder as `report.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The inputs of the step.
    pub inputs: Inputs,
    /// All pairs.
    pub pairs: Counts,
    /// All monolingual source text.
    pub mono: Counts,
    /// Each set.
    pub sets: BTreeMap<String, SetCounts>,
    /// The files written.
    pub shards: Vec<String>,
}

impl Report {
    pub(super) fn new(
        inputs: Inputs,
        sets: BTreeMap<String, SetCounts>,
        shards: Vec<String>,
    ) -> Self {
        let sum = |mono| {
            Counts::sum(
                sets.values()
                    .filter(|set| set.mono == mono)
                    .map(|set| &set.counts),
            )
        };
        Self {
            inputs,
            pairs: sum(false),
            mono: sum(true),
            sets,
            shards,
        }
    }
}
