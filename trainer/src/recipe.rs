//! The recipe: one TOML file that says how a model is made, from the corpora to the bundle.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use deshi_core::Architecture;
use deshi_core::bundle::Licence;
use deshi_corpus::augment::AugmentConfig;
use deshi_corpus::prepare::PrepareConfig;
use deshi_corpus::selection::SelectionConfig;
use deshi_corpus::shortlist::ShortlistConfig;
use deshi_corpus::vocabulary::VocabularyConfig;
use serde::{Deserialize, Serialize};

use crate::beam_search::Beam;
use crate::checkpoint::is_bundle;
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
    /// The bundle.
    #[serde(default)]
    pub export: ExportConfig,
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

impl Recipe {
    /// Reads and checks a recipe.
    ///
    /// # Errors
    /// If it cannot be read, or is not valid: the error names the section.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_with(path, &[])
    }

    /// The same, with changes: each is `KEY=VALUE`, a key with dots and a TOML value, such as
    /// `models.teacher.maximum_seconds=60`.
    ///
    /// # Errors
    /// As [`Recipe::read`]; or if a change cannot be read.
    pub fn read_with(path: &Path, changes: &[String]) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the recipe {}", path.display()))?;
        let recipe = if changes.is_empty() {
            Self::parse(&text)
        } else {
            Self::parse_with(&text, changes)
        };
        recipe.with_context(|| format!("the recipe {}", path.display()))
    }

    fn parse_with(text: &str, changes: &[String]) -> Result<Self> {
        let mut table: toml::Table = toml::from_str(text)?;
        for change in changes {
            set(&mut table, change).with_context(|| format!("--set {change}"))?;
        }
        let recipe: Self = table.try_into()?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// Parses and checks a recipe's text.
    ///
    /// # Errors
    /// As [`Recipe::read`].
    pub fn parse(text: &str) -> Result<Self> {
        let recipe: Self = toml::from_str(text)?;
        recipe.validate()?;
        Ok(recipe)
    }

    fn validate(&self) -> Result<()> {
        let recipe = self;
        for (name, architecture) in &recipe.architectures {
            if architecture.vocabulary_size != 0 {
                bail!("[architectures.{name}]: leave vocabulary_size out: the vocabulary has it");
            }
        }
        for (name, model) in &recipe.models {
            recipe
                .validate_model(model)
                .with_context(|| format!("[models.{name}]"))?;
        }
        for name in &recipe.pipeline {
            recipe.model(name).context("pipeline")?;
        }
        if recipe.translate.beam_size == 0 {
            bail!("[translate]: beam_size must be at least 1");
        }
        Ok(())
    }

    fn validate_model(&self, model: &ModelConfig) -> Result<()> {
        self.architecture(model, self.vocabulary.size)?;
        for other in model.initial.iter().chain(&model.teacher) {
            if !is_bundle(other.as_ref()) {
                self.model(other)?;
            }
        }
        if model.loss.word_kd > 0.0 && model.teacher.is_none() {
            bail!("word_kd needs a teacher: name it with teacher = \"…\"");
        }
        let shares = [
            ("dropout", model.dropout),
            ("label_smoothing", model.loss.label_smoothing),
            ("word_kd", model.loss.word_kd),
        ];
        for (field, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                bail!("{field} is {share}, but must be from 0 to 1");
            }
        }
        let positive = [
            ("batch_tokens", model.batch_tokens as u64),
            ("maximum_steps", model.maximum_steps),
            ("validate_steps", model.validate_steps),
        ];
        if let Some((field, _)) = positive.into_iter().find(|&(_, value)| value == 0) {
            bail!("{field} must be at least 1");
        }
        Ok(())
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

/// Sets one value of a recipe: `KEY=VALUE`.
fn set(table: &mut toml::Table, change: &str) -> Result<()> {
    let (key, value) = change.split_once('=').context("must be KEY=VALUE")?;
    let value = toml::from_str::<toml::Table>(&format!("value = {value}"))?["value"].clone();
    let mut keys: Vec<&str> = key.split('.').collect();
    let last = keys.pop().expect("a split gives at least one part");
    let mut table = table;
    for key in keys {
        let inner = table
            .entry(key)
            .or_insert_with(|| toml::Table::new().into());
        table = inner
            .as_table_mut()
            .with_context(|| format!("{key} is no section"))?;
    }
    table.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = r#"
folder = "runs/x"
pipeline = ["student"]
[prepare]
source_language = "en"
target_language = "de"
corpora = []
[vocabulary]
size = 512
[dev]
files = []
[architectures.small]
encoder_layers = 1
decoder_layers = 1
d_model = 32
d_ff = 64
n_heads = 4
decoder = "ssru"
[models.student]
architecture = "small"
maximum_steps = 10
"#;

    #[test]
    fn a_recipe_has_defaults() {
        let recipe = Recipe::parse(RECIPE).unwrap();
        let model = recipe.model("student").unwrap();
        assert_eq!(model.precision, PrecisionChoice::Auto);
        assert_eq!(model.data, Data::Prepared);
        let architecture = recipe.architecture(model, 304).unwrap();
        assert_eq!(architecture.vocabulary_size, 304);
        assert_eq!(
            recipe.translate.beam(),
            Beam {
                size: 5,
                length_penalty: 0.6
            }
        );
    }

    #[test]
    fn changes_are_made_before_a_recipe_is_checked() {
        let with = |changes: &[&str]| {
            let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
            Recipe::parse_with(RECIPE, &changes)
        };
        let recipe = with(&[
            "folder=\"runs/y\"",
            "models.student.maximum_seconds=2.5",
            "translate.beam_size=2",
        ])
        .unwrap();
        assert_eq!(recipe.folder, Path::new("runs/y"));
        assert_eq!(recipe.models["student"].maximum_seconds, 2.5);
        assert_eq!(recipe.translate.beam_size, 2);
        for (change, expected) in [
            ("folder", "--set folder: must be KEY=VALUE"),
            ("folder.x=1", "folder is no section"),
            ("folder=runs", "--set folder=runs"),
            ("models.student.colour=1", "unknown field `colour`"),
            ("models.student.dropout=2.0", "dropout is 2, but must be"),
        ] {
            let message = format!("{:#}", with(&[change]).unwrap_err());
            assert!(message.contains(expected), "{change}: {message}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_recipe_is_named() {
        for (old, new, expected) in [
            (
                "maximum_steps = 10",
                "maximum_steps = 10\ncolour = 1",
                "unknown field `colour`",
            ),
            (
                "architecture = \"small\"",
                "architecture = \"large\"",
                "no [architectures.large]; there is small",
            ),
            ("n_heads = 4", "n_heads = 5", "[architectures.small]"),
            (
                "n_heads = 4",
                "n_heads = 4\nvocabulary_size = 512",
                "leave vocabulary_size out",
            ),
            (
                "[\"student\"]",
                "[\"pupil\"]",
                "no [models.pupil]; there is student",
            ),
            (
                "maximum_steps = 10",
                "maximum_steps = 10\ninitial = [\"pupil\"]",
                "no [models.pupil]",
            ),
            (
                "maximum_steps = 10",
                "maximum_steps = 10\nloss = { word_kd = 0.5 }",
                "word_kd needs a teacher",
            ),
            (
                "maximum_steps = 10",
                "maximum_steps = 10\ndropout = 1.5",
                "dropout is 1.5, but must be from 0 to 1",
            ),
            (
                "maximum_steps = 10",
                "maximum_steps = 0",
                "maximum_steps must be at least 1",
            ),
            (
                "maximum_steps = 10",
                "maximum_steps = 10\nprecision = \"f64\"",
                "unknown variant `f64`",
            ),
            (
                "[dev]",
                "[translate]\nbeam_size = 0\n[dev]",
                "beam_size must be at least 1",
            ),
            ("folder", "file", "unknown field `file`"),
        ] {
            assert!(RECIPE.contains(old), "{old}");
            let error = Recipe::parse(&RECIPE.replacen(old, new, 1)).unwrap_err();
            let message = format!("{error:#}");
            assert!(message.contains(expected), "{new}: {message}");
        }
    }
}
