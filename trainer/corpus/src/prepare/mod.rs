//! The first step: turns corpora into clean, deduplicated, shuffled shards.
//!
//! Its output folder:
//!
//! | file | a line |
//! |---|---|
//! | `train.00000.tsv`, … | source, tab, target, tab, set |
//! | `mono.00000.tsv`, … | source, tab, set |
//! | `report.json` | a [`Report`]: how many lines were kept, and why the others were dropped |
//!
//! Text is written in the vocabulary's form: regular spaces, no control characters. The report is
//! written last: if it exists and has the same [`Inputs`], the step is skipped. The corpus is held in
//! memory once, for shuffling.

mod config;
mod read;
mod report;
mod rules;

pub(crate) use config::longest_prefix;
pub use config::{Corpus, PrepareConfig};
pub use report::{Counts, InputFile, Inputs, Report, SetCounts};
pub use rules::Rule;
pub(crate) use rules::is_length_ratio_above;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{
    Error, PROGRESS_LINES, Progress,
    files::{at, read_json, shards, write_json, write_whole},
};
use read::{Example, Reader};
use rules::Rules;

/// Name of the report in the output folder.
pub const REPORT: &str = "report.json";
/// Prefix of the names of shards of pairs.
pub const TRAIN: &str = "train";
/// Prefix of the names of shards of monolingual source text.
pub const MONO: &str = "mono";

/// Text in the vocabulary's form, with regular spaces: the concatenation of its pre-tokens.
#[must_use]
pub fn normalised(text: &str) -> String {
    let mut normalised = String::with_capacity(text.len());
    let Ok(()) = deshi_core::vocabulary::pre_tokens(text, |run| {
        for character in run.chars() {
            let space = character == deshi_core::vocabulary::SPACE;
            if !(space && normalised.is_empty()) {
                normalised.push(if space { ' ' } else { character });
            }
        }
        Ok::<(), std::convert::Infallible>(())
    });
    normalised
}

/// The paths of the shards of pairs in a prepared folder, in order.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn train_shards(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    shards(folder, TRAIN)
}

/// The paths of the shards of monolingual source text in a prepared folder, in order.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn mono_shards(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    shards(folder, MONO)
}

/// Cleans the corpora into `out`; skips the step if that is already done.
///
/// # Errors
///
/// If the configuration is invalid, a file cannot be read or written, or the two files of a pair
/// differ in length. Shards may be left over then; without a report they are ignored.
pub fn run(
    config: &PrepareConfig,
    out: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    config.validate()?;
    let config = &config.with_files_of_folders()?;
    let inputs = Inputs::of(config)?;
    let report_path = out.join(REPORT);
    if let Some(report) = read_json::<Report>(&report_path)
        && report.inputs == inputs
        && report.shards.iter().all(|shard| out.join(shard).is_file())
    {
        return Ok(report);
    }
    let (pairs, mono, mut sets) = clean(config, progress)?;

    fs::create_dir_all(out).map_err(at(out))?;
    if report_path.exists() {
        fs::remove_file(&report_path).map_err(at(&report_path))?;
    }
    for stale in shards(out, TRAIN)?.iter().chain(&shards(out, MONO)?) {
        fs::remove_file(stale).map_err(at(stale))?;
    }
    let mut names = Vec::new();
    for (kept, prefix) in [(pairs, TRAIN), (mono, MONO)] {
        let order = order(config, &kept, &mut sets);
        for (number, lines) in order.chunks(config.lines_per_shard).enumerate() {
            progress(Progress {
                stage: "writing",
                lines: (number * config.lines_per_shard) as u64,
            });
            let name = format!("{prefix}.{number:05}.tsv");
            write_whole(&out.join(&name), |file| {
                lines
                    .iter()
                    .try_for_each(|&line| writeln!(file, "{}", kept.line(line)))
            })?;
            names.push(name);
        }
    }
    let report = Report::new(inputs, sets, names);
    write_json(&report_path, &report)?;
    Ok(report)
}

/// The kept lines, in one buffer.
#[derive(Default)]
struct Kept {
    text: String,
    /// End of each line in `text`, and its set.
    lines: Vec<(usize, u32)>,
    set_names: Vec<String>,
}

impl Kept {
    fn push(&mut self, columns: &[&str], set: &str) {
        let set = match self.set_names.iter().position(|name| name == set) {
            Some(index) => index,
            None => {
                self.set_names.push(set.to_owned());
                self.set_names.len() - 1
            }
        };
        for column in columns {
            self.text.push_str(column);
            self.text.push('\t');
        }
        self.text.push_str(&self.set_names[set]);
        self.lines.push((self.text.len(), set as u32));
    }

    fn line(&self, index: usize) -> &str {
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.lines[before].0);
        &self.text[start..self.lines[index].0]
    }

    fn set(&self, index: usize) -> &str {
        &self.set_names[self.lines[index].1 as usize]
    }
}

type Sets = BTreeMap<String, SetCounts>;

/// Reads every corpus, pairs before monolingual text, and keeps the lines that no rule drops.
fn clean(
    config: &PrepareConfig,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Kept, Kept, Sets), Error> {
    let mut rules = Rules::new(config)?;
    let (mut pairs, mut mono, mut sets) = (Kept::default(), Kept::default(), Sets::new());
    let mut lines = 0_u64;
    let (with_target, alone): (Vec<_>, Vec<_>) = config
        .corpora
        .iter()
        .partition(|corpus| !matches!(corpus, Corpus::Mono { .. }));
    for corpus in with_target.into_iter().chain(alone) {
        let mut reader = Reader::open(corpus)?;
        while let Some(example) = reader.next()? {
            lines += 1;
            if lines.is_multiple_of(PROGRESS_LINES) {
                progress(Progress {
                    stage: "cleaning",
                    lines,
                });
            }
            let (set, result) = match example {
                Err((set, rule)) => (set, Err(rule)),
                Ok(Example {
                    source,
                    target,
                    set,
                }) => {
                    let source = normalised(&source);
                    let target = target.as_deref().map(normalised);
                    let verdict = rules.check(&source, target.as_deref(), &set);
                    if verdict.is_ok() {
                        match &target {
                            Some(target) => pairs.push(&[&source, target], &set),
                            None => mono.push(&[&source], &set),
                        }
                    }
                    (set, verdict)
                }
            };
            let counts = sets.entry(set).or_default();
            counts.mono |= matches!(corpus, Corpus::Mono { .. });
            counts.counts.add(result);
        }
    }
    Ok((pairs, mono, sets))
}

/// The order of the lines in the shards: shuffled, with only as many lines of each limited set as
/// its limit.
fn order(config: &PrepareConfig, kept: &Kept, sets: &mut Sets) -> Vec<usize> {
    let mut order: Vec<usize> = (0..kept.lines.len()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(config.seed);
    order.shuffle(&mut random);
    let mut room: BTreeMap<&str, u64> = kept
        .set_names
        .iter()
        .filter_map(|set| Some((set.as_str(), config.limit(set)?)))
        .collect();
    order.retain(|&line| {
        let set = kept.set(line);
        let Some(room) = room.get_mut(set) else {
            return true;
        };
        if *room == 0 {
            if let Some(counts) = sets.get_mut(set) {
                counts.counts.take_back(Rule::Limit);
            }
            return false;
        }
        *room -= 1;
        true
    });
    // Shuffles again, because so far a limited set's lines are all at the beginning.
    order.shuffle(&mut random);
    let is_first = |line| {
        let set = kept.set(line);
        config.first.iter().any(|prefix| set.starts_with(prefix))
    };
    order.sort_by_key(|&line| !is_first(line));
    order
}
