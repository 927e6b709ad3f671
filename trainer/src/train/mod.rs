//! Training, of teachers and students alike: resumable, chosen by greedy chrF on a dev set.

mod log;
mod training;
mod validation;

use std::fs;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::epoch;
use deshi_corpus::examples::{Example, Reading};
use deshi_corpus::prepare;

use crate::batch::Batch;
use crate::interpreter::device;
use crate::recipe::{Data, ModelConfig, PrecisionChoice, Recipe};
use log::Log;
use training::Training;
use validation::Dev;

/// Time between two checkpoints when no validation comes first.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(120);
/// Time between two checkpoints when a validation comes: writing a teacher's state takes seconds, in which a GPU learns much.
const AFTER_VALIDATION: Duration = Duration::from_secs(20);

/// The examples that a model learns from, each as often as its set's weight says.
fn read_examples(
    recipe: &Recipe,
    config: &ModelConfig,
    vocabulary: Vocabulary<'_>,
) -> Result<Vec<Example>> {
    let paths = match config.data {
        Data::Prepared => prepare::train_shards(&recipe.prepared())?,
        Data::Distilled => vec![recipe.distilled()],
        Data::Interpolated => vec![recipe.interpolated()],
    };
    let architecture = recipe.architecture(config, vocabulary.len())?;
    let reading = Reading {
        vocabulary,
        weights: &config.weights,
        augment: &config.augment,
        seed: config.seed,
        longest: architecture.maximum_positions - 1,
    };
    let threads = available_parallelism().map_or(1, usize::from);
    let examples = reading.read(&paths, threads)?;
    if examples.is_empty() {
        bail!("no training pairs: do all sets have the weight 0?");
    }
    Ok(examples)
}

/// Trains a model of the recipe, or goes on where a run was interrupted, or finds that it is done.
///
/// # Errors
/// If a file cannot be read or written, or the loss becomes infinite or NaN.
pub fn run(recipe: &Recipe, name: &str) -> Result<()> {
    let config = recipe.model(name)?;
    let folder = recipe.model_folder(name);
    fs::create_dir_all(&folder)?;
    let file =
        fs::read(recipe.vocabulary_path()).context("no vocabulary yet: run `vocabulary` first")?;
    let vocabulary = Vocabulary::parse(&file)?;
    let mut training = Training::start(recipe, config, &folder, vocabulary.len(), device())?;
    if training.is_done() {
        eprintln!("{name}: trained already, {} steps", training.progress.step);
        return Ok(());
    }
    recipe.check_sets()?;
    eprintln!(
        "{name}: on {:?}, in {:?}",
        device(),
        training.mode().precision
    );
    let examples = read_examples(recipe, config, vocabulary)?;
    let lengths: Vec<_> = examples
        .iter()
        .map(|example| (example.source.len(), example.target.len()))
        .collect();
    let dev = Dev::read(&recipe.dev, vocabulary)?;
    let mut log = Log::open(&folder, name, config.maximum_steps)?;
    let mut saved = Instant::now();

    while !training.is_done() {
        let Training { progress, .. } = &training;
        let batches = epoch::batches(&lengths, config.batch_tokens, config.seed, progress.epoch);
        while let Some(chosen) = batches.get(training.progress.batch)
            && !training.is_done()
        {
            let chosen = chosen.iter().map(|&index| &examples[index]);
            let loss = training.learn(&Batch::new(chosen, device()));
            let step = training.progress.step;
            let validates = step.is_multiple_of(config.validate_steps) || training.is_done();
            log.step(&training.progress, loss, validates)?;
            if validates {
                let mode = training.mode();
                let model = training.smoothed().for_inference(mode.precision);
                let score = dev.score(&model, mode)?;
                training.judge(score)?;
                log.validation(&training.progress, score)?;
            }
            let pause = if validates {
                AFTER_VALIDATION
            } else {
                BETWEEN_CHECKPOINTS
            };
            // A validation may end it, too.
            if training.is_done() || saved.elapsed() > pause {
                training.save()?;
                saved = Instant::now();
            }
        }
        if training.progress.batch >= batches.len() {
            training.progress.epoch += 1;
            training.progress.batch = 0;
        }
    }
    log.end(name, &training.progress);
    Ok(())
}

/// Trains a model with emulated int8.
///
/// # Errors
/// If the recipe gives the model another precision; and those of [`run`].
pub fn quantise(recipe: &Recipe, name: &str) -> Result<()> {
    if recipe.model(name)?.precision != PrecisionChoice::Int8 {
        bail!("[models.{name}] is not trained with emulated int8: give it precision = \"int8\"");
    }
    run(recipe, name)
}
