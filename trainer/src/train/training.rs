//! The learning half of a training: the model, its optimiser and where they are.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail};
use deshi_checkpoint::{Description, Progress};
use tch::{Device, Tensor, no_grad};

use super::validation::Score;
use crate::batch::Batch;
use crate::checkpoint::{load_model, read, save_model, write};
use crate::interpreter::{Mode, Precision};
use crate::loss::{Rows, loss};
use crate::machine::faster_precision;
use crate::model::Model;
use crate::optimiser::Optimiser;
use crate::recipe::{ModelConfig, Recipe};

/// A training that runs.
pub(super) struct Training<'r> {
    pub(super) progress: Progress,
    config: &'r ModelConfig,
    folder: PathBuf,
    model: Model,
    optimiser: Optimiser,
    precision: Precision,
    /// The teacher of Word-KD, and how it computes.
    teacher: Option<(Model, Mode)>,
    /// When this process began, and the seconds of training before it.
    started: (Instant, f64),
}

impl<'r> Training<'r> {
    /// A training from its checkpoint in `folder`, where there is one, else from its beginning.
    pub(super) fn start(
        recipe: &Recipe,
        config: &'r ModelConfig,
        folder: &Path,
        size: usize,
        device: Device,
    ) -> Result<Self> {
        let architecture = recipe.architecture(config, size)?;
        let path = folder.join("training.safetensors");
        let (model, optimiser, mut progress) = if path.exists() {
            let (description, take) = read(&path)?;
            if description.architecture != architecture {
                bail!(
                    "{} has another architecture than the recipe: remove it to begin again",
                    path.display()
                );
            }
            let (model, optimiser) = resume(config, &description, take, device)?;
            (model, optimiser, description.progress)
        } else {
            let model = Model::random(architecture, device, config.seed as i64);
            begin_with(recipe, config, &model, device)?;
            let optimiser = Optimiser::new(config.optimiser.clone(), &model.flat, model.slots());
            (model, optimiser, Progress::default())
        };
        let precision = precision(config, &mut progress, device);
        // As the student computes, so that a resumed run repeats it; int8 is for the student alone.
        let of_teacher = match precision {
            Precision::Int8 => Precision::F32,
            precision => precision,
        };
        let teacher = config
            .teacher
            .as_ref()
            .filter(|_| config.loss.word_kd > 0.0);
        let teacher = teacher
            .map(|teacher| {
                let model = load_model(&recipe.model_path(teacher), device)?;
                Ok::<_, anyhow::Error>((model, Mode::inference(of_teacher)))
            })
            .transpose()?;
        Ok(Self {
            precision,
            started: (Instant::now(), progress.seconds),
            progress,
            config,
            folder: folder.to_owned(),
            model,
            optimiser,
            teacher,
        })
    }

    /// Whether no further step is to be taken.
    pub(super) fn is_done(&self) -> bool {
        let (config, progress) = (self.config, &self.progress);
        progress.step >= config.maximum_steps
            || (config.maximum_seconds > 0.0 && progress.seconds >= config.maximum_seconds)
            || progress.stale >= config.patience
    }

    /// How the model computes while it learns.
    pub(super) fn mode(&self) -> Mode {
        Mode {
            precision: self.precision,
            dropout: self.config.dropout,
        }
    }

    /// The share of the training that is done, by steps or by time, whichever is further.
    fn share_done(&self) -> f64 {
        let share = |done: f64, all: f64| if all > 0.0 { done / all } else { 0.0 };
        share(self.progress.step as f64, self.config.maximum_steps as f64)
            .max(share(self.progress.seconds, self.config.maximum_seconds))
    }

    /// One step on a batch; gives its loss, a scalar that is not read here: reading it would wait for a GPU.
    pub(super) fn learn(&mut self, batch: &Batch) -> Tensor {
        // Dropout depends on the step alone, so that a resumed run repeats it.
        let seed = self.config.seed.wrapping_mul(1_000_003) ^ self.progress.step;
        tch::manual_seed(seed as i64);
        let teacher = self
            .teacher
            .as_ref()
            .map(|(teacher, mode)| no_grad(|| Rows::of(teacher, *mode, batch)));
        let rows = Rows::of(&self.model, self.mode(), batch);
        let loss = loss(&self.config.loss, &rows, teacher.as_ref(), &batch.targets);
        let gradient = self.model.gradient(&loss.surrogate);
        let share_done = self.share_done();
        let _ = self
            .optimiser
            .step(&mut self.model.flat, gradient, share_done);
        self.progress.step += 1;
        self.progress.batch += 1;
        self.progress.tokens += batch.tokens as u64;
        self.progress.seconds = self.started.1 + self.started.0.elapsed().as_secs_f64();
        loss.value
    }

    /// The model with smoothed parameters: what is validated and kept.
    pub(super) fn smoothed(&self) -> Model {
        Model::from_flat(self.model.architecture, &self.optimiser.smoothed)
    }

    /// Keeps the model if its score is the best so far, or it is the first.
    pub(super) fn judge(&mut self, score: Score) -> Result<()> {
        let path = self.folder.join("model.safetensors");
        if score.chrf <= self.progress.best && path.exists() {
            self.progress.stale += 1;
            return Ok(());
        }
        self.progress.best = score.chrf;
        self.progress.stale = 0;
        save_model(&path, &self.smoothed(), &self.progress)
    }

    /// Saves all that the training needs to go on as if it had not stopped.
    pub(super) fn save(&self) -> Result<()> {
        let description = Description {
            architecture: self.model.architecture,
            progress: self.progress.clone(),
        };
        let tensors = [
            ("parameters", &self.model.flat),
            ("first", &self.optimiser.first),
            ("second", &self.optimiser.second),
            ("smoothed", &self.optimiser.smoothed),
        ];
        write(
            &self.folder.join("training.safetensors"),
            &description,
            tensors,
        )
    }
}

fn resume(
    config: &ModelConfig,
    description: &Description,
    mut take: impl FnMut(&str) -> Result<tch::Tensor>,
    device: Device,
) -> Result<(Model, Optimiser)> {
    let mut take = |name| Ok::<_, anyhow::Error>(take(name)?.to_device(device));
    let model = Model::from_flat(description.architecture, &take("parameters")?);
    let mut optimiser = Optimiser::new(config.optimiser.clone(), &model.flat, model.slots());
    optimiser.first = take("first")?;
    optimiser.second = take("second")?;
    optimiser.smoothed = take("smoothed")?;
    optimiser.step = description.progress.step;
    Ok((model, optimiser))
}

/// Takes the tensors of the models that the recipe says to begin with.
fn begin_with(recipe: &Recipe, config: &ModelConfig, model: &Model, device: Device) -> Result<()> {
    if let Some(name) = &config.resized {
        model.take_resized(&load_model(&recipe.model_path(name), device)?)?;
        eprintln!("begins with {name}, resized");
    }
    for name in &config.initial {
        let path = recipe.model_path(name);
        let taken = model.take_from(&load_model(&path, device)?);
        if taken == 0 {
            bail!(
                "{} has no tensor with a name and shape of this model's",
                path.display()
            );
        }
        let all = model.slots().len();
        eprintln!("begins with {taken} of its {all} tensors from {name}");
    }
    Ok(())
}

/// The recipe's precision; where it leaves the choice, that of the training's start, which `progress` remembers.
fn precision(config: &ModelConfig, progress: &mut Progress, device: Device) -> Precision {
    config.precision.named().unwrap_or_else(|| {
        let bf16 = *progress
            .bf16
            .get_or_insert_with(|| faster_precision(device) == Precision::Bf16);
        if bf16 {
            Precision::Bf16
        } else {
            Precision::F32
        }
    })
}
