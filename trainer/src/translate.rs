//! The teacher translates the corpus by beam search, shard by shard. Each shard's file is written whole, so an interrupted
//! run continues with the first missing shard.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use deshi::Shard;
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::nbest::{self, NBestList, nbest_path, write_nbest};
use deshi_corpus::prepare;
use deshi_corpus::segment::Segmenter;

use crate::beam_search::{Hypothesis, search_ensemble};
use crate::checkpoint::load_model;
use crate::interpreter::{Mode, device};
use crate::machine::faster_precision;
use crate::model::Model;
use crate::progress::progress_bar;
use crate::recipe::{Recipe, TranslateConfig};
use crate::text::{detokenise, read_columns};

/// A teacher that translates.
struct Teacher<'t> {
    config: &'t TranslateConfig,
    vocabulary: Vocabulary<'t>,
    /// One teacher or an ensemble, with the same vocabulary.
    models: Vec<Model>,
    mode: Mode,
}

impl Teacher<'_> {
    /// The n-best lists of some sentences.
    fn translate(&self, segmenter: &mut Segmenter<'_>, lines: Vec<String>) -> Vec<NBestList> {
        let positions = self
            .models
            .iter()
            .map(|model| model.architecture.maximum_positions);
        let longest = positions.min().expect("there is a teacher");
        let encoded: Vec<Vec<u16>> = lines
            .iter()
            .map(|source| {
                let mut ids = segmenter.sentence(source);
                ids.truncate(longest);
                ids
            })
            .collect();
        let sources: Vec<&[u16]> = encoded.iter().map(Vec::as_slice).collect();
        let tokens = self.config.batch_tokens;
        let beam = self.config.beam();
        let found = search_ensemble(&self.models, self.mode, &sources, beam, tokens, &mut |_| ());
        lines
            .into_iter()
            .zip(found)
            .enumerate()
            .map(|(source_index, (source, list))| NBestList {
                source_index: source_index as u64,
                source,
                hypotheses: list.into_iter().map(|found| self.text_of(found)).collect(),
            })
            .collect()
    }

    /// A hypothesis of the n-best file, its text in one line.
    fn text_of(&self, found: Hypothesis) -> nbest::Hypothesis {
        nbest::Hypothesis {
            log_probability: found.log_probability,
            score: found.score,
            text: prepare::normalised(&detokenise(&self.vocabulary, &found.tokens)),
        }
    }
}

/// Merges two lists so that every beginning of the result has an equal share of each: a run that the time limit ends has
/// translated as much of the pairs as of the source text.
fn evenly(pairs: Vec<PathBuf>, mono: Vec<PathBuf>) -> Vec<PathBuf> {
    let place = |list: Vec<PathBuf>| {
        let count = list.len() as f64;
        (list.into_iter().enumerate())
            .map(move |(index, path)| ((index as f64 + 0.5) / count, path))
    };
    let mut all: Vec<(f64, PathBuf)> = place(pairs).chain(place(mono)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, path)| path).collect()
}

/// Translates the prepared shards with the recipe's teacher: all, or those of a process that shares them with others.
///
/// # Errors
/// If a file cannot be read or written.
pub fn run(recipe: &Recipe, ours: Shard) -> Result<()> {
    let config = &recipe.translate;
    let device = device();
    let file =
        fs::read(recipe.vocabulary_path()).context("no vocabulary yet: run `vocabulary` first")?;
    let precision = config.precision.named();
    let mode = Mode::inference(precision.unwrap_or_else(|| faster_precision(device)));
    let vocabulary = Vocabulary::parse(&file)?;
    let load = |name: &String| {
        let model = load_model(&recipe.model_path(name), device)
            .with_context(|| format!("the teacher {name}"))?;
        let size = model.architecture.vocabulary_size;
        if size != vocabulary.len() {
            bail!(
                "{name} has a vocabulary of {size} pieces, the recipe one of {}",
                vocabulary.len()
            );
        }
        Ok(model.for_inference(mode.precision))
    };
    let teacher = Teacher {
        config,
        vocabulary,
        models: std::iter::once(&config.teacher)
            .chain(&config.ensemble)
            .map(load)
            .collect::<Result<_>>()?,
        mode,
    };
    let mut segmenter = Segmenter::new(teacher.vocabulary);
    let folder = recipe.translated();
    fs::create_dir_all(&folder)?;
    let prepared = recipe.prepared();
    let shards = evenly(
        prepare::train_shards(&prepared)?,
        prepare::mono_shards(&prepared)?,
    );
    let bar = progress_bar(shards.len() as u64, "translate");
    let started = Instant::now();
    let seconds = || started.elapsed().as_secs_f64();
    let mut done = 0;
    for (index, shard) in shards.iter().enumerate() {
        if config.maximum_seconds > 0.0 && seconds() > config.maximum_seconds {
            break;
        }
        let path = nbest_path(&folder, shard);
        if !ours.has(index) || path.exists() {
            bar.inc(1);
            continue;
        }
        let lines = read_columns::<1>(shard)?;
        let lists = teacher.translate(&mut segmenter, lines.into_iter().flatten().collect());
        write_nbest(&path, &lists)?;
        done += lists.len();
        bar.inc(1);
        bar.set_message(format!("{:.0} sentences/s", done as f64 / seconds()));
    }
    bar.finish();
    eprintln!("translate: {done} sentences in {:.0} s", seconds());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_ends_early_has_read_an_equal_share_of_both() {
        let list =
            |name: &str, count: usize| (0..count).map(|at| format!("{name}{at}").into()).collect();
        let all = evenly(list("pair", 4), list("mono", 2));
        let names: Vec<_> = all.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(
            names,
            ["pair0", "mono0", "pair1", "pair2", "mono1", "pair3"]
        );
    }
}
