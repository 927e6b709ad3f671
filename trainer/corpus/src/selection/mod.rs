//! The step between teacher and student: selects one translation from each n-best list, and drops the worst
//! pairs.
//!
//! | [`Method`] | target of a source sentence | the student then minimises |
//! |---|---|---|
//! | [`SequenceKd`](Method::SequenceKd) | the teacher's best hypothesis | `-log p(y_hat \| s)`, Seq-KD |
//! | [`SequenceInterpolation`](Method::SequenceInterpolation) | the hypothesis nearest to the reference | `-log p(y_tilde \| s)`, Seq-Inter |
//!
//! Source: Y. Kim and A. M. Rush, "Sequence-Level Knowledge Distillation", EMNLP 2016, sections 3.2 and 3.3.
//! The student learns the teacher's errors, so pairs that look broken are dropped, and then the worst by
//! the teacher's own score.

mod choice;
mod filter;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    Error, PROGRESS_LINES, Progress,
    files::{at, read_json, write_json, write_whole},
    nbest::{InStep, nbest_path},
    prepare::{InputFile, mono_shards, train_shards},
};
pub use choice::{Method, Similarity};
pub use filter::{Rule, most_repeats};

/// How to select: the table `[select]` of a recipe.
///
/// ```
/// use deshi_corpus::selection::{Method, SelectionConfig, Similarity};
///
/// let config: SelectionConfig = toml::from_str(r#"
///     method = { sequence_interpolation = { similarity = { bleu = "char" } } }
///     drop_share = 0.1
/// "#).unwrap();
/// assert_eq!(config.max_repeats, 3);
///
/// let config: SelectionConfig = toml::from_str(r#"method = "sequence_kd""#).unwrap();
/// assert_eq!(config, SelectionConfig::default());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SelectionConfig {
    /// Which hypothesis of a list to take. Default `"sequence_kd"`.
    pub method: Method,
    /// Share of the remaining pairs to drop, worst first by the teacher's length-normalised score; from 0
    /// to below
    /// 1. Default 0.05, as in Bergamot's pipeline (which uses a backward model's score).
    pub drop_share: f64,
    /// The longest allowed ratio of the sides' lengths, in characters, plus
    /// [`LENGTH_SLACK`](crate::prepare::PrepareConfig::LENGTH_SLACK) characters. Default 3.
    pub max_length_ratio: f64,
    /// How often in a row the target may repeat itself, unless the source does so as often. Default
    /// 3.
    pub max_repeats: usize,
    /// The most words of a target that equals its source. Default 3.
    pub max_identical_words: usize,
}

impl Default for SelectionConfig {
    fn default() -> Self {
        Self {
            method: Method::SequenceKd,
            drop_share: 0.05,
            max_length_ratio: 3.0,
            max_repeats: 3,
            max_identical_words: 3,
        }
    }
}

impl SelectionConfig {
    fn validate(&self) -> Result<(), Error> {
        let checks = [
            (
                "drop_share",
                (0.0..1.0).contains(&self.drop_share),
                "must be from 0 to below 1",
            ),
            (
                "max_length_ratio",
                self.max_length_ratio >= 1.0,
                "must be at least 1",
            ),
            ("max_repeats", self.max_repeats > 0, "must be at least 1"),
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

/// The columns of a prepared shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Source, target (the reference), set.
    Pairs,
    /// Source, set.
    Mono,
}

/// A prepared shard and its translations by the teacher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The shard.
    pub sources: PathBuf,
    /// Its columns.
    pub kind: SourceKind,
    /// Its n-best lists.
    pub nbest: PathBuf,
}

/// The shards in the folder `prepared` that have n-best lists in the folder `nbest`: pairs, then
/// monolingual source text. Shards without lists are left out.
///
/// # Errors
///
/// If the folder `prepared` cannot be read.
pub fn inputs(prepared: &Path, nbest: &Path) -> Result<Vec<Input>, Error> {
    let pairs = train_shards(prepared)?
        .into_iter()
        .map(|path| (path, SourceKind::Pairs));
    let mono = mono_shards(prepared)?
        .into_iter()
        .map(|path| (path, SourceKind::Mono));
    let inputs = pairs.chain(mono).map(|(sources, kind)| {
        let nbest = nbest_path(nbest, &sources);
        Input {
            sources,
            kind,
            nbest,
        }
    });
    Ok(inputs.filter(|input| input.nbest.is_file()).collect())
}

/// The result of the step, stored with the distilled pairs as `NAME.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelectionReport {
    /// The configuration.
    pub config: SelectionConfig,
    /// The input files: shards and n-best lists.
    pub inputs: Vec<InputFile>,
    /// Source sentences.
    pub sources: u64,
    /// Source sentences with a reference.
    pub references: u64,
    /// Lists whose chosen hypothesis was not the first.
    pub not_first: u64,
    /// Pairs written.
    pub kept: u64,
    /// Pairs dropped, by the first rule that they broke.
    pub dropped: BTreeMap<Rule, u64>,
    /// Lowest score of a pair written.
    pub lowest_score: Option<f64>,
}

/// Selects from n-best lists, and writes the distilled pairs to `out` (source, target and set per line,
/// in the order of the inputs, compressed if its name ends in `.gz`). Skips the step if that is already
/// done.
///
/// Pairs are held in memory until the worst share of them is known.
///
/// # Errors
///
/// If the configuration is invalid, if shard and lists are out of step or malformed
/// ([`InStep::next`]), or if a file cannot be read or written. Then `out` is unchanged.
pub fn run(
    config: &SelectionConfig,
    inputs: &[Input],
    out: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<SelectionReport, Error> {
    config.validate()?;
    let files = input_files(inputs)?;
    let mut report_path = out.as_os_str().to_owned();
    report_path.push(".json");
    let report_path = PathBuf::from(report_path);
    if let Some(report) = read_json::<SelectionReport>(&report_path)
        && report.config == *config
        && report.inputs == files
        && out.is_file()
    {
        return Ok(report);
    }

    let mut selection = Selection::new(config, files);
    for input in inputs {
        selection.read(input, progress)?;
    }
    selection.drop_lowest();
    let Selection { pairs, report } = selection;
    assert_eq!(
        report.sources,
        report.kept + report.dropped.values().sum::<u64>(),
        "every pair is kept or dropped by one rule"
    );
    progress(Progress {
        stage: "writing",
        lines: report.kept,
    });
    if report_path.exists() {
        fs::remove_file(&report_path).map_err(at(&report_path))?;
    }
    write_whole(out, |file| {
        pairs
            .iter()
            .try_for_each(|pair| writeln!(file, "{}", pair.line))
    })?;
    write_json(&report_path, &report)?;
    Ok(report)
}

fn input_files(inputs: &[Input]) -> Result<Vec<InputFile>, Error> {
    let paths = inputs
        .iter()
        .flat_map(|input| [&input.sources, &input.nbest]);
    let file = |path: &PathBuf| {
        let bytes = fs::metadata(path).map_err(at(path))?.len();
        Ok(InputFile {
            path: path.clone(),
            bytes,
        })
    };
    paths.map(file).collect()
}

/// A pair that only its score can still drop.
struct Pair {
    score: f64,
    /// Source, target and set, as written to the file.
    line: String,
}

struct Selection {
    pairs: Vec<Pair>,
    report: SelectionReport,
}

impl Selection {
    fn new(config: &SelectionConfig, inputs: Vec<InputFile>) -> Self {
        let report = SelectionReport {
            config: config.clone(),
            inputs,
            sources: 0,
            references: 0,
            not_first: 0,
            kept: 0,
            dropped: BTreeMap::new(),
            lowest_score: None,
        };
        Self {
            pairs: Vec::new(),
            report,
        }
    }

    /// Chooses from each list of an input, and keeps the pair unless it breaks a rule.
    fn read(&mut self, input: &Input, progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        let columns = match input.kind {
            SourceKind::Pairs => 3,
            SourceKind::Mono => 2,
        };
        let mut in_step = InStep::open(&input.sources, &input.nbest)?;
        while let Some((row, list)) = in_step.next(columns)? {
            let (reference, set) = match row.as_slice() {
                [_, reference, set] => (Some(reference.as_str()), set),
                [_, set] => (None, set),
                _ => unreachable!("`InStep::next` returns the requested number of columns"),
            };
            let report = &mut self.report;
            let place = report.config.method.choose(&list.hypotheses, reference);
            let chosen = &list.hypotheses[place];
            report.sources += 1;
            report.references += u64::from(reference.is_some());
            report.not_first += u64::from(place != 0);
            match filter::broken_rule(&report.config, &list.source, &chosen.text) {
                Some(rule) => *report.dropped.entry(rule).or_default() += 1,
                None => self.pairs.push(Pair {
                    score: chosen.score,
                    line: format!("{}\t{}\t{set}", list.source, chosen.text),
                }),
            }
            if self.report.sources.is_multiple_of(PROGRESS_LINES) {
                progress(Progress {
                    stage: "selecting",
                    lines: self.report.sources,
                });
            }
        }
        Ok(())
    }

    /// Drops the worst share of the pairs by score; among equal scores, the later pairs.
    fn drop_lowest(&mut self) {
        let drop = (self.pairs.len() as f64 * self.report.config.drop_share) as usize;
        let mut worst_first: Vec<usize> = (0..self.pairs.len()).collect();
        worst_first.sort_unstable_by(|&a, &b| {
            self.pairs[a]
                .score
                .total_cmp(&self.pairs[b].score)
                .then(b.cmp(&a))
        });
        self.report.lowest_score = worst_first.get(drop).map(|&pair| self.pairs[pair].score);
        let mut keep = vec![true; self.pairs.len()];
        worst_first[..drop]
            .iter()
            .for_each(|&pair| keep[pair] = false);
        let mut keep = keep.into_iter();
        self.pairs
            .retain(|_| keep.next().expect("one entry for each pair"));
        if drop > 0 {
            self.report.dropped.insert(Rule::LowScore, drop as u64);
        }
        self.report.kept = self.pairs.len() as u64;
    }
}

#[cfg(test)]
mod tests;
