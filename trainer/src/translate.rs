//! The teacher's translations of a corpus: beam search in shards, each written whole, so that an interrupted run
//! goes on with the first shard that is missing.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::nbest::{self, NBestList, nbest_path, write_nbest};
use deshi_corpus::prepare;
use tch::Device;

use crate::batch::encode;
use crate::checkpoint::load_model;
use crate::decode::{Hypothesis, beam};
use crate::interpreter::{Mode, Precision, device};
use crate::model::Model;
use crate::recipe::Recipe;
use crate::text::{detokenise, read_columns};
use crate::train::progress_bar;

/// Translates sentences in batches of like length; the answers are in the sentences' order.
pub fn translate(
    model: &Model,
    mode: Mode,
    sources: &[&[u16]],
    device: Device,
    beam_size: usize,
    length_penalty: f64,
    batch_tokens: usize,
) -> Vec<Vec<Hypothesis>> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|&index| sources[index].len());
    let mut translations = vec![Vec::new(); sources.len()];
    let mut rest = order.as_slice();
    while !rest.is_empty() {
        // In ascending order the last sentence of a batch is its longest.
        let fits = |count: usize| count * sources[rest[count - 1]].len() <= batch_tokens;
        let count = (1..=rest.len())
            .take_while(|&count| fits(count))
            .last()
            .unwrap_or(1);
        let batch: Vec<&[u16]> = rest[..count].iter().map(|&index| sources[index]).collect();
        let found = beam(model, mode, &batch, device, beam_size, length_penalty);
        for (&index, list) in rest[..count].iter().zip(found) {
            translations[index] = list;
        }
        rest = &rest[count..];
    }
    translations
}

/// A hypothesis as the n-best file holds it: text in one line.
fn text_of(vocabulary: &Vocabulary<'_>, found: Hypothesis) -> nbest::Hypothesis {
    nbest::Hypothesis {
        log_probability: found.log_probability,
        score: found.score,
        text: prepare::normalised(&detokenise(vocabulary, &found.tokens)),
    }
}

/// Both lists as one, in which either is as far as the other: where the time ends the run, it has read as great a share
/// of both.
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

/// Translates the prepared shards with the recipe's teacher. Several processes can share them: this one, `part` of
/// `parts`, does every `parts`-th.
///
/// # Errors
/// If a file cannot be read or written.
pub fn run(recipe: &Recipe, part: usize, parts: usize) -> Result<()> {
    let config = &recipe.translate;
    let device = device();
    let file = fs::read(recipe.vocabulary_path())?;
    let vocabulary = Vocabulary::parse(&file)?;
    let model = load_model(&recipe.model_path(&config.teacher), device)
        .context("the teacher that translates")?;
    let mode = Mode {
        precision: Precision::Bf16,
        dropout: 0.0,
    };

    let folder = recipe.translated();
    fs::create_dir_all(&folder)?;
    let prepared = recipe.prepared();
    let shards = evenly(
        prepare::train_shards(&prepared)?,
        prepare::mono_shards(&prepared)?,
    );
    let bar = progress_bar(shards.len() as u64, "translate");
    let started = Instant::now();
    let mut done = 0;
    for (index, shard) in shards.iter().enumerate() {
        let seconds = started.elapsed().as_secs_f64();
        if config.maximum_seconds > 0.0 && seconds > config.maximum_seconds {
            break;
        }
        let path = nbest_path(&folder, shard);
        if index % parts != part || path.exists() {
            bar.inc(1);
            continue;
        }
        let lines = read_columns::<1>(shard)?;
        let encoded: Vec<Vec<u16>> = lines
            .iter()
            .map(|[source]| {
                let mut ids = encode(&vocabulary, source);
                ids.truncate(model.architecture.maximum_positions);
                ids
            })
            .collect();
        let sources: Vec<&[u16]> = encoded.iter().map(Vec::as_slice).collect();
        let found = translate(
            &model,
            mode,
            &sources,
            device,
            config.beam_size,
            config.length_penalty,
            config.batch_tokens,
        );
        let lists: Vec<NBestList> = lines
            .into_iter()
            .zip(found)
            .enumerate()
            .map(|(source_index, ([source], list))| NBestList {
                source_index: source_index as u64,
                source,
                hypotheses: list
                    .into_iter()
                    .map(|found| text_of(&vocabulary, found))
                    .collect(),
            })
            .collect();
        write_nbest(&path, &lists)?;
        done += lists.len();
        bar.inc(1);
        bar.set_message(format!(
            "{:.0} sentences/s",
            done as f64 / started.elapsed().as_secs_f64()
        ));
    }
    bar.finish();
    eprintln!(
        "translate: {done} sentences in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}
