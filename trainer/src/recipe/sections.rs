//! A recipe's sections.

use std::collections::BTreeMap;
use std::path::PathBuf;

use deshi_core::bundle::Licence;
use deshi_corpus::augment::AugmentConfig;
use serde::{Deserialize, Serialize};

use crate::beam_search::Beam;
use crate::interpreter::Precision;
use crate::loss::LossConfig;
use crate::optimiser::OptimiserConfig;

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
    /// Models that translate together with it: the search uses the mean of their probabilities. Names, or paths of bundles
    /// with the recipe's vocabulary.
    pub ensemble: Vec<String>,
    /// Hypotheses kept during the search.
    pub beam_size: usize,
    /// Exponent of the length in the score.
    pub length_penalty: f64,
    /// The most source tokens of a batch, with padding.
    pub batch_tokens: usize,
    /// Arithmetic of the linear layers.
    pub precision: PrecisionChoice,
    /// Seconds after which no further shard is translated; the student learns from the finished ones. 0 for no limit.
    pub maximum_seconds: f64,
}

impl Default for TranslateConfig {
    fn default() -> Self {
        Self {
            teacher: "teacher".into(),
            ensemble: Vec::new(),
            beam_size: 5,
            length_penalty: 0.6,
            batch_tokens: 1500,
            precision: PrecisionChoice::Auto,
            maximum_seconds: 0.0,
        }
    }
}

impl TranslateConfig {
    /// The beam search.
    pub fn beam(&self) -> Beam {
        Beam {
            size: self.beam_size,
            length_penalty: self.length_penalty,
        }
    }
}

/// A recipe's `[export]`: what the bundle says about itself, and sample sentences.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExportConfig {
    /// The model's name. Default: the bundle's file name.
    pub name: Option<String>,
    /// Sentences that are translated with the bundle and printed.
    pub samples: Vec<String>,
    /// The model's licence, such as `MIT`.
    pub licence: String,
    /// What the model was trained on.
    pub licences: Vec<Licence>,
}

/// The arithmetic of a model's linear layers, as a recipe names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum PrecisionChoice {
    /// f32 or bf16, whichever is faster on this machine: measured when the training starts.
    #[default]
    Auto,
    /// f32.
    F32,
    /// bf16 products over f32 weights.
    Bf16,
    /// Emulated int8, for the fine-tune before quantisation.
    Int8,
}

impl PrecisionChoice {
    /// The precision; `None` for [`Auto`](Self::Auto), which is measured.
    pub fn named(self) -> Option<Precision> {
        match self {
            Self::Auto => None,
            Self::F32 => Some(Precision::F32),
            Self::Bf16 => Some(Precision::Bf16),
            Self::Int8 => Some(Precision::Int8),
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
    /// Sources and, from each of the teacher's n-best lists, the translation that is nearest to the reference (Seq-Inter).
    Interpolated,
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
    /// Trained models whose tensors this one starts with, where name and shape are the same; a later model's replace an
    /// earlier one's. Each is the name of a model of the recipe or the path of a bundle (`NAME.deshi`), whose vocabulary
    /// must then be the recipe's: `[vocabulary]`, `bundle`.
    #[serde(default)]
    pub initial: Vec<String>,
    /// A trained model, by name or path, that this one starts with although its feed-forward layers have another width.
    /// Narrower layers keep the most important units; the new units of wider ones have no effect at first.
    #[serde(default)]
    pub resized: Option<String>,
    /// The teacher of Word-KD, by name or path.
    #[serde(default)]
    pub teacher: Option<String>,
    /// Arithmetic of the linear layers.
    #[serde(default)]
    pub precision: PrecisionChoice,
    /// Share of each sub-layer's output dropped in training.
    #[serde(default)]
    pub dropout: f64,
    /// The loss that is minimised.
    #[serde(default)]
    pub loss: LossConfig,
    /// How it is minimised.
    #[serde(default)]
    pub optimiser: OptimiserConfig,
    /// The most tokens on each side of a batch, with padding.
    #[serde(default = "default_batch_tokens")]
    pub batch_tokens: usize,
    /// Repeats per epoch for each set, keyed by name prefix (the longest wins). Default 1; 0 leaves the set out.
    #[serde(default)]
    pub weights: BTreeMap<String, usize>,
    /// Shares of the pairs that are changed to look like what people type.
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

/// A recipe's `[study]`: the comparison of the methods of distillation (Kim and Rush 2016, table 1). The teacher is
/// `[translate]`'s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyConfig {
    /// The baseline's models, one for each size: sections `[models.NAME]` that learn from references and start from random
    /// tensors. Every method trains a copy of each.
    pub students: Vec<String>,
    /// Each model is trained once with each of these seeds.
    pub seeds: Vec<u64>,
    /// Test set: tab-separated source and reference.
    pub test: PathBuf,
    /// How many of its first lines are used.
    #[serde(default = "default_study_lines")]
    pub lines: usize,
    /// The beam that greedy search is compared with.
    #[serde(default = "default_study_beam")]
    pub beam_size: usize,
    /// Share of Word-KD in the loss, where a method has it.
    #[serde(default = "default_word_kd")]
    pub word_kd: f64,
    /// The teacher's most probable tokens that Word-KD looks at; 0 for all.
    #[serde(default)]
    pub word_kd_top: i64,
    /// The fine-tune of a trained model on Seq-Inter's targets.
    pub fine_tune: FineTuneConfig,
    /// How many test sets the paired bootstrap draws.
    #[serde(default = "default_samples")]
    pub samples: usize,
}

/// The settings in which a fine-tune differs from the training that it continues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineTuneConfig {
    /// Steps to train.
    pub maximum_steps: u64,
    /// Learning rate at the end of the warm-up.
    pub learning_rate: f64,
    /// Steps over which the rate rises.
    #[serde(default)]
    pub warmup_steps: u64,
}

fn default_study_lines() -> usize {
    1000
}
fn default_study_beam() -> usize {
    5
}
fn default_word_kd() -> f64 {
    0.5
}
fn default_samples() -> usize {
    1000
}
