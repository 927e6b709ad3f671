//! The recipe: one TOML file that says how a model is made, from the corpora to the bundle.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use deshi_core::{Architecture, Embeddings};
use deshi_corpus::prepare::PrepareConfig;
use deshi_corpus::selection::{Method, SelectionConfig};
use deshi_corpus::shortlist::ShortlistConfig;
use deshi_corpus::vocabulary::VocabularyConfig;
use serde::Deserialize;

use crate::checkpoint::is_bundle;

mod sections;

pub use sections::{
    Data, DevConfig, ExportConfig, FineTuneConfig, ModelConfig, PrecisionChoice, StudyConfig,
    TranslateConfig,
};

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
    /// The comparison of the methods of distillation.
    #[serde(default)]
    pub study: Option<StudyConfig>,
    /// The models in the order in which `pipeline` trains them; `translate` and `select` run before the first
    /// that reads distilled text.
    pub pipeline: Vec<String>,
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
            if architecture.embeddings != Embeddings::JOINT {
                bail!(
                    "[architectures.{name}]: leave embeddings out: one vocabulary serves both languages"
                );
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
        for name in &recipe.translate.ensemble {
            if !is_bundle(name.as_ref()) {
                recipe.model(name).context("[translate]: ensemble")?;
            }
        }
        if let Some(study) = &recipe.study {
            recipe.validate_study(study).context("[study]")?;
        }
        Ok(())
    }

    fn validate_study(&self, study: &StudyConfig) -> Result<()> {
        self.model(&self.translate.teacher)
            .context("the teacher of [translate]")?;
        for name in &study.students {
            let model = self.model(name)?;
            let from_references = model.data == Data::Prepared && model.loss.word_kd == 0.0;
            if !from_references || !model.initial.is_empty() || model.resized.is_some() {
                bail!(
                    "[models.{name}] must be a baseline: data = \"prepared\", no word_kd, no initial"
                );
            }
        }
        if self.select.method != Method::SequenceKd {
            bail!(
                "needs [select] method = \"sequence_kd\"; Seq-Inter's targets are selected besides"
            );
        }
        if !(study.word_kd > 0.0 && study.word_kd <= 1.0) {
            bail!(
                "word_kd is {}, but must be above 0 and at most 1",
                study.word_kd
            );
        }
        let positive = [
            ("students", study.students.len()),
            ("seeds", study.seeds.len()),
            ("lines", study.lines),
            ("samples", study.samples),
            (
                "fine_tune.maximum_steps",
                study.fine_tune.maximum_steps as usize,
            ),
        ];
        if let Some((field, _)) = positive.into_iter().find(|&(_, value)| value == 0) {
            bail!("{field} must be at least 1");
        }
        if study.beam_size < 2 {
            bail!("beam_size must be at least 2: it is compared with greedy search");
        }
        let mut seeds = study.seeds.clone();
        seeds.sort_unstable();
        if let Some(twice) = seeds.windows(2).find(|pair| pair[0] == pair[1]) {
            bail!("the seed {} comes twice", twice[0]);
        }
        Ok(())
    }

    fn validate_model(&self, model: &ModelConfig) -> Result<()> {
        self.architecture(model, self.vocabulary.size)?;
        for other in (model.initial.iter())
            .chain(&model.resized)
            .chain(&model.teacher)
        {
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
        for (field, share) in shares.into_iter().chain(model.augment.shares()) {
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

    /// Returns an error that explains which dev or test set is missing, before hours are spent on a training that needs it.
    ///
    /// # Errors
    /// If a file of `[dev]`, or the study's test set, does not exist.
    pub fn check_sets(&self) -> Result<()> {
        for path in &self.dev.files {
            self.prepare.check_set("dev set", path)?;
        }
        if let Some(study) = &self.study {
            self.prepare.check_set("test set", &study.test)?;
        }
        Ok(())
    }

    /// A model's section.
    ///
    /// # Errors
    /// If the recipe has no model of this name.
    pub fn model(&self, name: &str) -> Result<&ModelConfig> {
        let known = || self.models.keys().cloned().collect::<Vec<_>>().join(", ");
        self.models
            .get(name)
            .with_context(|| format!("no [models.{name}]; there is {}", known()))
    }

    /// A model's shape, with the vocabulary's size.
    ///
    /// # Errors
    /// If the recipe has no shape of this name, or the kernels cannot run it.
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

    /// Where the pairs with Seq-Inter's targets are.
    pub fn interpolated(&self) -> PathBuf {
        self.folder.join("interpolated.tsv")
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
    // Spaces around the sign are no part of the key, as in a recipe.
    let key = key.trim();
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
            .with_context(|| format!("{key} is not a section"))?;
    }
    table.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
