//! The recipe: one TOML file that says how a model is made, from the corpora to the bundle.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use deshi_core::Architecture;
use deshi_corpus::augment::AugmentConfig;
use deshi_corpus::prepare::PrepareConfig;
use deshi_corpus::selection::SelectionConfig;
use deshi_corpus::shortlist::ShortlistConfig;
use deshi_corpus::vocabulary::VocabularyConfig;
use serde::{Deserialize, Serialize};

use crate::checkpoint::is_bundle;
use crate::interpreter::Precision;
use crate::loss::LossConfig;
use crate::optimiser::OptimiserConfig;

/// A recipe.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Where everything that is made is written; relative to the working directory.
    pub folder: PathBuf,
    /// Cleaning.
    pub prepare: PrepareConfig,
    /// The vocabulary.
    pub vocabulary: VocabularyConfig,
    /// What models are chosen by.
    pub dev: DevConfig,
    /// The teacher's translation of the corpus.
    #[serde(default)]
    pub translate: TranslateConfig,
    /// What is kept of it.
    #[serde(default)]
    pub select: SelectionConfig,
    /// The shapes that models have, by name; their vocabulary is the recipe's.
    pub architectures: BTreeMap<String, Architecture>,
    /// The candidates of the student's output layer.
    #[serde(default)]
    pub shortlist: ShortlistConfig,
    /// The models, by name.
    pub models: BTreeMap<String, ModelConfig>,
    /// The models in the order in which `pipeline` trains them; `translate` and `select` run before the first
    /// that reads distilled text.
    pub pipeline: Vec<String>,
}

/// A recipe's `[dev]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevConfig {
    /// Tab-separated source and reference.
    pub files: Vec<PathBuf>,
    /// Lines used of each file, from its beginning.
    #[serde(default = "default_dev_lines")]
    pub lines: usize,
}

fn default_dev_lines() -> usize {
    500
}

/// A recipe's `[translate]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TranslateConfig {
    /// Which model translates.
    pub teacher: String,
    /// Hypotheses kept during the search.
    pub beam_size: usize,
    /// Exponent of the length in the score.
    pub length_penalty: f64,
    /// Padded source tokens of a batch.
    pub batch_tokens: usize,
    /// Seconds after which a run begins no further shard; the student then learns from those that are done. 0 for no
    /// limit.
    pub maximum_seconds: f64,
}

impl Default for TranslateConfig {
    fn default() -> Self {
        Self {
            teacher: "teacher".into(),
            beam_size: 5,
            length_penalty: 0.6,
            batch_tokens: 1500,
            maximum_seconds: 0.0,
        }
    }
}

/// The text that a model learns from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Data {
    /// Sources and references.
    #[default]
    Prepared,
    /// Sources and the teacher's translations.
    Distilled,
}

/// A recipe's `[models.NAME]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Its shape, by name.
    pub architecture: String,
    /// What it learns from.
    #[serde(default)]
    pub data: Data,
    /// Trained models to begin with, a later one's tensors over an earlier one's: those that have the same name and
    /// shape in both. Names, or paths of bundles, NAME.deshi, whose vocabulary is then the recipe's (`[vocabulary]`,
    /// `bundle`).
    #[serde(default)]
    pub initial: Vec<String>,
    /// The teacher of Word-KD, a name or a path likewise.
    #[serde(default)]
    pub teacher: Option<String>,
    /// Arithmetic: `bf16`, `f32`, or `int8` for the fine-tune that the quantised model comes from.
    #[serde(default)]
    pub precision: Precision,
    /// Share of each sub-layer's output dropped in training.
    #[serde(default)]
    pub dropout: f64,
    /// What is minimised.
    #[serde(default)]
    pub loss: LossConfig,
    /// How.
    #[serde(default)]
    pub optimiser: OptimiserConfig,
    /// Padded tokens a side in a batch.
    #[serde(default = "default_batch_tokens")]
    pub batch_tokens: usize,
    /// How often pairs of a set come in an epoch, by the beginning of the set's name; once where none fits, not
    /// at all for 0.
    #[serde(default)]
    pub weights: HashMap<String, usize>,
    /// Pairs that are changed to what people type.
    #[serde(default)]
    pub augment: AugmentConfig,
    /// Steps to train.
    pub maximum_steps: u64,
    /// Seconds to train; ends a run before `maximum_steps` where a machine is slow. 0 for no limit.
    #[serde(default)]
    pub maximum_seconds: f64,
    /// Steps between two validations, each with a checkpoint.
    #[serde(default = "default_validate_steps")]
    pub validate_steps: u64,
    /// Validations without a better score before the training stops.
    #[serde(default = "default_patience")]
    pub patience: usize,
    /// Seed of everything random.
    #[serde(default)]
    pub seed: u64,
}

fn default_batch_tokens() -> usize {
    2000
}
fn default_validate_steps() -> u64 {
    1000
}
fn default_patience() -> usize {
    8
}

impl Recipe {
    /// Reads and checks a recipe.
    ///
    /// # Errors
    /// If it cannot be read, or names a model that it does not define.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the recipe {}", path.display()))?;
        let recipe: Self =
            toml::from_str(&text).with_context(|| format!("the recipe {}", path.display()))?;
        for (name, architecture) in &recipe.architectures {
            if architecture.vocabulary_size != 0 {
                bail!("[architectures.{name}]: leave vocabulary_size out: the vocabulary has it");
            }
        }
        for (name, model) in &recipe.models {
            recipe
                .architecture(model, recipe.vocabulary.size)
                .with_context(|| format!("[models.{name}]"))?;
            for other in model.initial.iter().chain(&model.teacher) {
                if !is_bundle(other.as_ref()) {
                    recipe
                        .model(other)
                        .with_context(|| format!("[models.{name}]"))?;
                }
            }
            if model.loss.word_kd > 0.0 && model.teacher.is_none() {
                bail!("[models.{name}]: word_kd needs a teacher: name it with teacher = \"…\"");
            }
        }
        for name in &recipe.pipeline {
            recipe.model(name).context("pipeline")?;
        }
        Ok(recipe)
    }

    /// A model's section.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn model(&self, name: &str) -> Result<&ModelConfig> {
        let known = || self.models.keys().cloned().collect::<Vec<_>>().join(", ");
        self.models
            .get(name)
            .with_context(|| format!("no [models.{name}]; there is {}", known()))
    }

    /// A model's shape, with the vocabulary's size.
    ///
    /// # Errors
    /// If the recipe has no shape of this name, or it is none that the kernels can run.
    pub fn architecture(
        &self,
        model: &ModelConfig,
        vocabulary_size: usize,
    ) -> Result<Architecture> {
        let name = &model.architecture;
        let shape = self.architectures.get(name).with_context(|| {
            let known: Vec<_> = self.architectures.keys().cloned().collect();
            format!("no [architectures.{name}]; there is {}", known.join(", "))
        })?;
        let architecture = Architecture {
            vocabulary_size,
            ..*shape
        };
        architecture
            .validate()
            .with_context(|| format!("[architectures.{name}]"))?;
        Ok(architecture)
    }

    /// Where the prepared shards are.
    pub fn prepared(&self) -> PathBuf {
        self.folder.join("prepared")
    }

    /// Where the vocabulary is.
    pub fn vocabulary_path(&self) -> PathBuf {
        self.folder.join("vocabulary")
    }

    /// Where the teacher's n-best lists are.
    pub fn translated(&self) -> PathBuf {
        self.folder.join("translated")
    }

    /// Where the distilled pairs are.
    pub fn distilled(&self) -> PathBuf {
        self.folder.join("distilled.tsv")
    }

    /// Where the shortlist is.
    pub fn shortlist_path(&self) -> PathBuf {
        self.folder.join("shortlist")
    }

    /// A model's folder: `training.safetensors`, `model.safetensors`, `metrics.jsonl`.
    pub fn model_folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A trained model's file: the recipe's of this name, or a bundle by its path.
    pub fn model_path(&self, name: &str) -> PathBuf {
        if is_bundle(name.as_ref()) {
            return name.into();
        }
        self.model_folder(name).join("model.safetensors")
    }
}
