//! Builds the lexical shortlist ([`deshi_core::shortlist`]) from word alignments of the student's training
//! text.

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
};

use deshi_core::{
    shortlist::{Shortlist, mark_words, marked, write},
    vocabulary::{END, FIRST_PIECE, START, Vocabulary},
};
use serde::{Deserialize, Serialize};

use crate::alignment::{Side, Translations, align};
use crate::{
    Error, PROGRESS_LINES, Progress,
    files::{Lines, at, read_json, write_json, write_whole},
    prepare::InputFile,
    segment::Segmenter,
};

/// How to build a shortlist: the table `[shortlist]` of a recipe.
///
/// ```
/// use deshi_corpus::shortlist::ShortlistConfig;
///
/// let config: ShortlistConfig = toml::from_str("per_token = 50").unwrap();
/// assert_eq!(config.iterations, ShortlistConfig::default().iterations);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShortlistConfig {
    /// Iterations of expectation maximisation. Default 5.
    pub iterations: usize,
    /// The most target tokens per source token, likeliest first. Default 100.
    pub per_token: usize,
    /// Less likely target tokens are dropped. Default 0.0003.
    pub minimum_probability: f32,
    /// Number of the most frequent target tokens, which are always candidates. Default 200.
    pub frequent: usize,
}

impl Default for ShortlistConfig {
    fn default() -> Self {
        Self {
            iterations: 5,
            per_token: 100,
            minimum_probability: 3e-4,
            frequent: 200,
        }
    }
}

impl ShortlistConfig {
    fn validate(&self) -> Result<(), Error> {
        let checks = [
            ("iterations", self.iterations > 0, "must be at least 1"),
            (
                "minimum_probability",
                (0.0..1.0).contains(&self.minimum_probability),
                "must be from 0 to below 1",
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

/// The result of the step, stored with the shortlist as `NAME.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShortlistReport {
    /// The configuration.
    pub config: ShortlistConfig,
    /// The input files: the pairs, and the vocabulary.
    pub inputs: [InputFile; 2],
    /// Pairs of sentences.
    pub pairs: u64,
    /// Tokens that are always candidates.
    pub always: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Mean number of candidates per sentence, over the pairs.
    pub candidates: f64,
    /// Share of the pairs' target tokens that are candidates of their source.
    pub coverage: f64,
}

/// Builds a shortlist from the pairs in `pairs` (source and target, tab-separated; further columns are
/// ignored; decompressed if its name ends in `.gz`) and writes it to `out`. Skips the step if that is
/// already done.
///
/// # Errors
///
/// If the configuration is invalid, there are no pairs, a line has no tab, or a file cannot be read or
/// written.
pub fn run(
    config: &ShortlistConfig,
    pairs: &Path,
    vocabulary: &Path,
    out: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<ShortlistReport, Error> {
    config.validate()?;
    let inputs = [input_file(pairs)?, input_file(vocabulary)?];
    let mut report_path = out.as_os_str().to_owned();
    report_path.push(".json");
    let report_path = PathBuf::from(report_path);
    if let Some(report) = read_json::<ShortlistReport>(&report_path)
        && report.config == *config
        && report.inputs == inputs
        && out.is_file()
    {
        return Ok(report);
    }

    let vocabulary = fs::read(vocabulary).map_err(at(vocabulary))?;
    let vocabulary = Vocabulary::parse(&vocabulary)?;
    let text = Text::read(pairs, &vocabulary, progress)?;
    progress(Progress {
        stage: "aligning",
        lines: text.source.sentences() as u64,
    });
    let translations = align(
        &text.source,
        &text.target,
        vocabulary.len(),
        config.iterations,
    );
    let always = always(config, &vocabulary, &text.target);
    let lists: Vec<Vec<u32>> = translations
        .into_iter()
        .map(|translations| likeliest(config, translations))
        .collect();
    let file = write(&always, &lists)?;
    let shortlist = Shortlist::parse(&file, vocabulary.len())?;
    let (candidates, coverage) = text.measure(&shortlist, vocabulary.len());
    let report = ShortlistReport {
        config: config.clone(),
        inputs,
        pairs: text.source.sentences() as u64,
        always: always.len() as u64,
        bytes: file.len() as u64,
        candidates,
        coverage,
    };
    if report_path.exists() {
        fs::remove_file(&report_path).map_err(at(&report_path))?;
    }
    write_whole(out, |output| output.write_all(&file))?;
    write_json(&report_path, &report)?;
    Ok(report)
}

fn input_file(path: &Path) -> Result<InputFile, Error> {
    let bytes = fs::metadata(path).map_err(at(path))?.len();
    Ok(InputFile {
        path: path.to_owned(),
        bytes,
    })
}

/// Pairs of sentences, as tokens without [`END`].
struct Text {
    source: Side,
    target: Side,
}

impl Text {
    fn read(
        path: &Path,
        vocabulary: &Vocabulary<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, Error> {
        let (mut source, mut target) = (Side::default(), Side::default());
        let mut lines = Lines::open(path)?;
        let (mut segmenter, mut tokens) = (Segmenter::new(*vocabulary), Vec::new());
        while let Some(line) = lines.next()? {
            let line = String::from_utf8_lossy(line).into_owned();
            let mut columns = line.split('\t');
            for side in [&mut source, &mut target] {
                let text = columns.next().ok_or(Error::Shard {
                    path: path.to_owned(),
                    line: lines.count,
                })?;
                tokens.clear();
                segmenter.append(text, &mut tokens);
                side.push(&tokens);
            }
            if lines.count.is_multiple_of(PROGRESS_LINES) {
                progress(Progress {
                    stage: "reading pairs",
                    lines: lines.count,
                });
            }
        }
        if source.sentences() == 0 {
            return Err(Error::NoText {
                path: path.to_owned(),
            });
        }
        Ok(Self { source, target })
    }

    /// The mean number of candidates per sentence, and the share of target tokens among them.
    fn measure(&self, shortlist: &Shortlist<'_>, vocabulary_size: usize) -> (f64, f64) {
        let mut marks = vec![0; mark_words(vocabulary_size)];
        let (mut candidates, mut tokens, mut covered) = (0, 0u64, 0u64);
        for sentence in 0..self.source.sentences() {
            let source = self.source.sentence(sentence).iter().copied();
            let source: Vec<u32> = source.map(u32::from).chain([END]).collect();
            candidates += shortlist.mark(&source, &mut marks);
            let mut is_candidate = vec![false; vocabulary_size];
            marked(&marks).for_each(|token| is_candidate[token as usize] = true);
            for &token in self.target.sentence(sentence) {
                tokens += 1;
                covered += u64::from(is_candidate[usize::from(token)]);
            }
        }
        let coverage = covered as f64 / tokens.max(1) as f64;
        (candidates as f64 / self.source.sentences() as f64, coverage)
    }
}

/// The tokens that are always candidates: the end, the most frequent target tokens, and frequent
/// signs and digits.
fn always(config: &ShortlistConfig, vocabulary: &Vocabulary<'_>, target: &Side) -> Vec<u32> {
    let counts = target.counts(vocabulary.len());
    let mut tokens: Vec<u32> = (FIRST_PIECE..vocabulary.len() as u32)
        .filter(|&token| counts[token as usize] > 0)
        .collect();
    tokens.sort_by_key(|&token| Reverse(counts[token as usize]));
    let is_frequent = |place: usize| place < config.frequent;
    let is_sign = |token: u32| {
        let piece = vocabulary.piece(token).unwrap_or_default();
        !piece.chars().any(char::is_alphabetic)
    };
    let chosen = tokens
        .into_iter()
        .enumerate()
        .filter(|&(place, token)| is_frequent(place) || is_sign(token));
    [END]
        .into_iter()
        .chain(chosen.map(|(_, token)| token))
        .collect()
}

/// The translations of a source token that are kept.
fn likeliest(config: &ShortlistConfig, mut translations: Translations) -> Vec<u32> {
    translations.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    translations
        .into_iter()
        .take(config.per_token)
        .take_while(|&(_, probability)| probability >= config.minimum_probability)
        .map(|(token, _)| token.into())
        .filter(|&token| token != START)
        .collect()
}

#[cfg(test)]
mod tests;
