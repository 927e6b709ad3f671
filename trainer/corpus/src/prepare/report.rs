use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Corpus, PrepareConfig, Rule};
use crate::{Error, files::at};

/// Number of the rules: a change of what they do makes old reports count as other inputs.
const VERSION: u32 = 1;

/// What the step was given. Equal inputs give equal shards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// Version of the rules.
    pub version: u32,
    /// The configuration.
    pub config: PrepareConfig,
    /// The files that it names.
    pub files: Vec<InputFile>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

impl Inputs {
    pub(super) fn of(config: &PrepareConfig) -> Result<Self, Error> {
        config.corpora.iter().try_for_each(Corpus::check)?;
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

/// What became of lines.
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

    /// A line that was kept is dropped after all.
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

/// What became of a set's lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetCounts {
    /// Whether it has source text alone.
    pub mono: bool,
    /// Its lines.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What the step did; stands beside the shards as `report.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What it was given.
    pub inputs: Inputs,
    /// All pairs.
    pub pairs: Counts,
    /// All source text alone.
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
