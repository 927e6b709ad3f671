//! Training, of teachers and students alike: resumable, chosen by greedy chrF on a dev set.

use std::fs::{self, OpenOptions};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::metrics::{Tokeniser, corpus_bleu, corpus_chrf};
use deshi_corpus::prepare;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tch::{Device, no_grad};

use crate::batch::{Batch, Example, batches, encode};
use crate::checkpoint::{Progress, load_model, read, save_model, save_training};
use crate::interpreter::{Mode, Precision, Torch, device};
use crate::loss::loss;
use crate::model::Model;
use crate::optimiser::Optimiser;
use crate::recipe::{Data, ModelConfig, Recipe};
use crate::text::{detokenise, read_columns};

/// Seconds between two checkpoints when no validation comes first.
const CHECKPOINT_SECONDS: u64 = 120;

/// Sources and references to validate on.
struct Dev {
    sources: Vec<Vec<u16>>,
    references: Vec<String>,
}

impl Dev {
    fn read(recipe: &Recipe, vocabulary: &Vocabulary<'_>) -> Result<Self> {
        let mut dev = Self {
            sources: Vec::new(),
            references: Vec::new(),
        };
        for path in &recipe.dev.files {
            for [source, reference] in read_columns::<2>(path)?.into_iter().take(recipe.dev.lines) {
                dev.sources.push(encode(vocabulary, &source));
                dev.references.push(reference);
            }
        }
        Ok(dev)
    }

    /// Greedy chrF and BLEU.
    fn score(
        &self,
        model: &Model,
        mode: Mode,
        vocabulary: &Vocabulary<'_>,
        device: Device,
    ) -> Result<(f64, f64)> {
        let sources: Vec<&[u16]> = self.sources.iter().map(Vec::as_slice).collect();
        let hypotheses = crate::translate::translate(model, mode, &sources, device, 1, 0.0, 3000);
        let texts: Vec<String> = hypotheses
            .iter()
            .map(|list| detokenise(vocabulary, &list[0].tokens))
            .collect();
        let bleu = corpus_bleu(&texts, &self.references, Tokeniser::default())?.score;
        Ok((corpus_chrf(&texts, &self.references)?.score, bleu))
    }
}

/// The examples of a model's training text, each as often as its set's weight says.
fn examples(
    recipe: &Recipe,
    config: &ModelConfig,
    vocabulary: &Vocabulary<'_>,
) -> Result<Vec<Example>> {
    let paths = match config.data {
        Data::Prepared => prepare::train_shards(&recipe.prepared())?,
        Data::Distilled => vec![recipe.distilled()],
    };
    let (mut examples, mut place) = (Vec::new(), 0);
    let longest = recipe
        .architecture(config, vocabulary.len())?
        .maximum_positions
        - 1;
    for path in paths {
        for [source, target, set] in read_columns::<3>(&path)? {
            let weight = config
                .weights
                .iter()
                .filter(|(prefix, _)| set.starts_with(prefix.as_str()))
                .max_by_key(|(prefix, _)| prefix.len())
                .map_or(1, |(_, &weight)| weight);
            for _ in 0..weight {
                place += 1;
                let (source, target) = config.augment.apply(config.seed, place, &source, &target);
                let example = Example {
                    source: encode(vocabulary, &source),
                    target: encode(vocabulary, &target),
                };
                if example.source.len() <= longest && example.target.len() <= longest {
                    examples.push(example);
                }
            }
        }
    }
    if examples.is_empty() {
        bail!("no training pairs: are all sets weighted 0?");
    }
    Ok(examples)
}

/// The learning half of a training: what a checkpoint restores.
struct Training {
    model: Model,
    optimiser: Optimiser,
    progress: Progress,
}

impl Training {
    fn start(
        recipe: &Recipe,
        config: &ModelConfig,
        folder: &Path,
        size: usize,
        device: Device,
    ) -> Result<Self> {
        let architecture = recipe.architecture(config, size)?;
        let path = folder.join("training.safetensors");
        if path.exists() {
            let (description, mut tensors) = read(&path)?;
            if description.architecture != architecture {
                bail!(
                    "{} is of another architecture than the recipe's: remove it to begin again",
                    path.display()
                );
            }
            let mut take = |name: &str| {
                let tensor = tensors
                    .remove(name)
                    .with_context(|| format!("no tensor {name}"))?;
                Ok::<_, anyhow::Error>(tensor.to_device(device))
            };
            let model = Model::from_flat(architecture, &take("parameters")?);
            let mut optimiser =
                Optimiser::new(config.optimiser.clone(), &model.flat, model.slots());
            optimiser.first = take("first")?;
            optimiser.second = take("second")?;
            optimiser.smoothed = take("smoothed")?;
            optimiser.step = description.progress.step;
            return Ok(Self {
                model,
                optimiser,
                progress: description.progress,
            });
        }
        let model = Model::random(architecture, device, config.seed as i64);
        for name in &config.initial {
            let path = recipe.model_path(name);
            let taken = model.take_from(&load_model(&path, device)?);
            if taken == 0 {
                bail!(
                    "{} shares no tensor's name and shape with this model",
                    path.display()
                );
            }
            let all = model.slots().len();
            eprintln!("begins with {taken} of its {all} tensors from {name}");
        }
        let optimiser = Optimiser::new(config.optimiser.clone(), &model.flat, model.slots());
        Ok(Self {
            model,
            optimiser,
            progress: Progress::default(),
        })
    }

    fn smoothed(&self) -> Model {
        Model::from_flat(self.model.architecture, &self.optimiser.smoothed)
    }
}

/// Trains a model of the recipe, or goes on where a run was interrupted, or finds that it is done.
///
/// # Errors
/// If a file cannot be read or written, or the loss is not a number.
pub fn run(recipe: &Recipe, name: &str) -> Result<()> {
    let config = recipe.model(name)?;
    let folder = recipe.model_folder(name);
    fs::create_dir_all(&folder)?;
    let device = device();
    let file =
        fs::read(recipe.vocabulary_path()).context("no vocabulary yet: run `vocabulary` first")?;
    let vocabulary = Vocabulary::parse(&file)?;
    let mut training = Training::start(recipe, config, &folder, vocabulary.len(), device)?;
    let done = |progress: &Progress| {
        progress.step >= config.maximum_steps
            || (config.maximum_seconds > 0.0 && progress.seconds >= config.maximum_seconds)
            || progress.stale >= config.patience
    };
    if done(&training.progress) {
        eprintln!("{name}: trained already, {} steps", training.progress.step);
        return Ok(());
    }
    let teacher = config
        .teacher
        .as_ref()
        .filter(|_| config.loss.word_kd > 0.0)
        .map(|teacher| load_model(&recipe.model_path(teacher), device))
        .transpose()?;
    let examples = examples(recipe, config, &vocabulary)?;
    let dev = Dev::read(recipe, &vocabulary)?;
    let lengths: Vec<_> = examples
        .iter()
        .map(|e| (e.source.len(), e.target.len()))
        .collect();
    let mode = Mode {
        precision: config.precision,
        dropout: config.dropout,
    };
    let mut metrics_file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("metrics.jsonl"))?;
    let bar = progress_bar(config.maximum_steps, name);
    let training_path = folder.join("training.safetensors");
    let mut saved = Instant::now();
    let mut losses: Vec<f64> = Vec::new();
    let before = training.progress.seconds;
    let started = Instant::now();

    while !done(&training.progress) {
        let plan = batches(
            &lengths,
            config.batch_tokens,
            config.seed,
            training.progress.epoch,
        );
        while training.progress.batch < plan.len() && !done(&training.progress) {
            let chosen: Vec<&Example> = plan[training.progress.batch]
                .iter()
                .map(|&index| &examples[index])
                .collect();
            let batch = Batch::new(&chosen, device);
            let value = step(&mut training, config, mode, teacher.as_ref(), &batch)?;
            let progress = &mut training.progress;
            progress.step += 1;
            progress.batch += 1;
            progress.tokens += batch.tokens as u64;
            progress.seconds = before + started.elapsed().as_secs_f64();
            if progress.step.is_multiple_of(20) {
                let rate = progress.tokens as f64 / progress.seconds;
                bar.set_position(progress.step);
                bar.set_message(format!(
                    "{rate:.0} tokens/s, loss {value:.3}, best chrF {:.2}",
                    progress.best
                ));
            }
            losses.push(value);
            if progress.step.is_multiple_of(100) {
                let mean = losses.iter().sum::<f64>() / losses.len() as f64;
                losses.clear();
                let line = json!({
                    "step": progress.step, "epoch": progress.epoch, "loss": mean,
                    "seconds": progress.seconds, "tokens": progress.tokens,
                });
                writeln!(metrics_file, "{line}")?;
            }
            let validates = progress.step.is_multiple_of(config.validate_steps) || done(progress);
            if validates {
                validate(
                    &mut training,
                    mode,
                    &dev,
                    &vocabulary,
                    &folder,
                    &mut metrics_file,
                    device,
                )?;
            }
            if validates || saved.elapsed() > Duration::from_secs(CHECKPOINT_SECONDS) {
                save_training(
                    &training_path,
                    &training.model,
                    &training.optimiser,
                    &training.progress,
                )?;
                saved = Instant::now();
            }
        }
        if training.progress.batch >= plan.len() {
            training.progress.epoch += 1;
            training.progress.batch = 0;
        }
    }
    bar.finish();
    let Progress {
        step,
        best,
        seconds,
        tokens,
        ..
    } = training.progress;
    eprintln!(
        "{name}: {step} steps, {tokens} target tokens, {seconds:.0} s, best dev chrF {best:.2}"
    );
    Ok(())
}

/// Trains a model with emulated int8.
///
/// # Errors
/// If the recipe gives the model another precision; and those of [`run`].
pub fn quantise(recipe: &Recipe, name: &str) -> Result<()> {
    if recipe.model(name)?.precision != Precision::Int8 {
        bail!("[models.{name}] is not trained with emulated int8: give it precision = \"int8\"");
    }
    run(recipe, name)
}

fn step(
    training: &mut Training,
    config: &ModelConfig,
    mode: Mode,
    teacher: Option<&Model>,
    batch: &Batch,
) -> Result<f64> {
    // Dropout depends on the step alone, so that a resumed run repeats it.
    tch::manual_seed((config.seed.wrapping_mul(1_000_003) ^ training.progress.step) as i64);
    let run = |model: &Model, mode: Mode| {
        let mut torch = Torch::new(model, mode, &batch.source_padding);
        let memories = torch.encode(&batch.source);
        let mut states = torch.states();
        torch.decode(&batch.target_in, 0, &memories, &mut states)
    };
    let teacher_mode = Mode {
        precision: Precision::Bf16,
        dropout: 0.0,
    };
    let teacher = teacher.map(|teacher| no_grad(|| run(teacher, teacher_mode)));
    let logits = run(&training.model, mode);
    let loss = loss(
        &config.loss,
        &logits,
        teacher.as_ref(),
        &batch.target_out,
        &batch.target_padding,
    );
    let value = loss.double_value(&[]);
    if !value.is_finite() {
        bail!(
            "step {}: the loss is {value}; lower the learning rate, or lengthen the warm-up",
            training.progress.step
        );
    }
    loss.backward();
    let share = |done: f64, all: f64| if all > 0.0 { done / all } else { 0.0 };
    let progress = share(training.progress.step as f64, config.maximum_steps as f64)
        .max(share(training.progress.seconds, config.maximum_seconds));
    let gradient = training.model.take_gradient();
    training
        .optimiser
        .step(&mut training.model.flat, gradient, progress);
    Ok(value)
}

fn validate(
    training: &mut Training,
    mode: Mode,
    dev: &Dev,
    vocabulary: &Vocabulary<'_>,
    folder: &Path,
    metrics_file: &mut impl Write,
    device: Device,
) -> Result<()> {
    let model = training.smoothed();
    let (chrf, bleu) = dev.score(
        &model,
        Mode {
            dropout: 0.0,
            ..mode
        },
        vocabulary,
        device,
    )?;
    let progress = &mut training.progress;
    if chrf > progress.best {
        progress.best = chrf;
        progress.stale = 0;
        save_model(&folder.join("model.safetensors"), &model, progress)?;
    } else {
        progress.stale += 1;
    }
    let line = json!({
        "step": progress.step, "dev_chrf": chrf, "dev_bleu": bleu, "best": progress.best,
        "seconds": progress.seconds, "tokens": progress.tokens,
    });
    writeln!(metrics_file, "{line}")?;
    Ok(())
}

/// A bar on a terminal, nothing elsewhere: the metrics stand in a file.
pub fn progress_bar(total: u64, name: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{prefix} {bar:24} {pos}/{len} {msg}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total)
        .with_style(style)
        .with_prefix(name.to_owned())
}
