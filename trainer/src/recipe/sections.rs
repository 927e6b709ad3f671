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
    /// Models that translate with it, by the mean of all their probabilities: names, or paths of bundles with the recipe's
    /// vocabulary.
    pub ensemble: Vec<String>,
    /// Hypotheses kept during the search.
    pub beam_size: usize,
    /// Exponent of the length in the score.
    pub length_penalty: f64,
    /// Padded source tokens of a batch.
    pub batch_tokens: usize,
    /// Arithmetic of the linear layers.
    pub precision: PrecisionChoice,
    /// Seconds after which a run begins no further shard; the student then learns from those that are done. 0 for no
    /// limit.
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
    /// The search.
    pub fn beam(&self) -> Beam {
        Beam {
            size: self.beam_size,
            length_penalty: self.length_penalty,
        }
    }
}

/// A recipe's `[export]`: what the bundle says about itself, and what is translated with it at once.
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
    /// Emulated int8: for the fine-tune that the quantised model comes from.
    Int8,
}

impl PrecisionChoice {
    /// The precision, unless it is to be measured.
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
    /// Sources and, of each n-best list of the teacher's, the translation nearest to the reference (Seq-Inter).
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
    /// Trained models to begin with, a later one's tensors over an earlier one's: those that have the same name and
    /// shape in both. Names, or paths of bundles, NAME.deshi, whose vocabulary is then the recipe's (`[vocabulary]`,
    /// `bundle`).
    #[serde(default)]
    pub initial: Vec<String>,
    /// A trained model, a name or a path likewise, that this one begins with although its feed-forward layers are wider or
    /// narrower: the most important units are kept, and new ones begin without effect.
    #[serde(default)]
    pub resized: Option<String>,
    /// The teacher of Word-KD, a name or a path likewise.
    #[serde(default)]
    pub teacher: Option<String>,
    /// Arithmetic of the linear layers.
    #[serde(default)]
    pub precision: PrecisionChoice,
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
    /// Repeats per epoch for each set, keyed by name prefix (the longest wins). Default 1; 0 leaves the set out.
    #[serde(default)]
    pub weights: BTreeMap<String, usize>,
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

/// A recipe's `[study]`: the comparison of the methods of distillation (Kim and Rush 2016, table 1). The teacher is
/// `[translate]`'s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyConfig {
    /// The models of the baseline, one for each size: sections `[models.NAME]` that learn from references, from random
    /// tensors. Every method trains a copy of each.
    pub students: Vec<String>,
    /// A model is trained once with each of these.
    pub seeds: Vec<u64>,
    /// Test set: tab-separated source and reference.
    pub test: PathBuf,
    /// Lines used of it, from its beginning.
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
    /// The training on Seq-Inter's targets, which goes on from a trained model.
    pub fine_tune: FineTuneConfig,
    /// Test sets that the paired bootstrap draws.
    #[serde(default = "default_samples")]
    pub samples: usize,
}

/// What a fine-tune has other than the training that it goes on from.
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
