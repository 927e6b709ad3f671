//! MarianMT models in Hugging Face's form (OPUS-MT, Tatoeba-challenge), made into bundles that the native engine runs: a
//! transformer with a self-attention decoder, its layers quantised to int8.
//!
//! Whatever is not understood is refused by name: nothing is guessed. Three differences from `transformers` remain, none of which a
//! trained model should notice: normalisations have epsilon 1e-6, as Marian trained them, where `transformers` has 1e-5; `<unk>`
//! never occurs in a translation; and search has deshi's own bound on the length and its guard against loops.
//!
//! ```no_run
//! use deshi_export::hf::{Choices, Files, export};
//! use deshi_export::Options;
//!
//! let read = |name| std::fs::read(std::path::Path::new("opus-mt-en-de").join(name));
//! let files = Files {
//!     config: &read("config.json")?,
//!     model: &read("model.safetensors")?,
//!     vocabulary: &read("vocab.json")?,
//!     source: &read("source.spm")?,
//!     target: &read("target.spm")?,
//! };
//! let options = Options {
//!     source_language: "en".into(),
//!     target_language: "de".into(),
//!     ..Options::default()
//! };
//! let (bundle, agreement) = export(&files, &options, &Choices::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod config;
mod error;
pub mod tensors;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod vocabulary;

use std::collections::BTreeMap;

use deshi_core::weights::{self, Layout};

pub use error::HfError;
pub use vocabulary::Imported;

use crate::{Checkpoint, ExportError, Length, Options, Parts, graphs, pack, verify};

/// The bound on a translation's length: a cache grows with it.
const LENGTH: Length = Length {
    factor: 2.0,
    offset: 10,
};

/// The files of a folder, as `save_pretrained` writes them.
#[derive(Debug, Clone, Copy)]
pub struct Files<'f> {
    /// `config.json`
    pub config: &'f [u8],
    /// `model.safetensors`
    pub model: &'f [u8],
    /// `vocab.json`
    pub vocabulary: &'f [u8],
    /// `source.spm`
    pub source: &'f [u8],
    /// `target.spm`
    pub target: &'f [u8],
}

/// What the files do not say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choices<'c> {
    /// Settings of `config.json`, by their keys, that are taken to have no effect.
    pub ignored: &'c [String],
    /// The code of the language to write, such as `>>fra<<` or `fra`, for a model that writes several.
    pub target_code: Option<&'c str>,
}

/// A model in deshi's terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its tensors in f32.
    pub checkpoint: Checkpoint,
    /// Its vocabulary.
    pub vocabulary: Imported,
}

fn json<T: serde::de::DeserializeOwned>(file: &[u8], what: &'static str) -> Result<T, ExportError> {
    serde_json::from_slice(file).map_err(|source| ExportError::Json { what, source })
}

/// Reads a model.
///
/// # Errors
/// What is not understood, by name.
pub fn read(files: &Files<'_>, choices: &Choices<'_>) -> Result<Model, ExportError> {
    let settings: config::Settings = json(files.config, "config.json")?;
    let config = config::read(&settings, choices.ignored)?;
    let ids: BTreeMap<String, usize> = json(files.vocabulary, "vocab.json")?;
    let expected = config.architecture.vocabulary_size;
    if ids.len() != expected {
        let got = ids.len();
        Err(HfError::VocabularySize { expected, got })?;
    }
    let vocabulary = vocabulary::import(
        &ids,
        files.source,
        files.target,
        config.pad,
        choices.target_code,
    )?;
    let checkpoint = tensors::model(files.model, &config.architecture, &vocabulary.rows)?;
    Ok(Model {
        checkpoint,
        vocabulary,
    })
}

/// Makes a bundle of a model's files: reads, quantises, verifies, and packs.
///
/// # Errors
/// What is not understood, by name; or if the kernels do not compute what the reference computes.
pub fn export(
    files: &Files<'_>,
    options: &Options,
    choices: &Choices<'_>,
) -> Result<(Vec<u8>, verify::Agreement), ExportError> {
    let model = read(files, choices)?;
    let checkpoint = &model.checkpoint;
    let architecture = &checkpoint.architecture;
    let layout = Layout::new(architecture).map_err(ExportError::Architecture)?;
    let weights = weights::write(&layout, |name| checkpoint.tensor(name));
    let agreement = verify::compare_native(checkpoint, &weights, deshi_kernels::best())?;
    let [encoder, decoder_step] = graphs(&layout)?;
    let bundle = pack(&Parts {
        source_vocabulary: None,
        architecture,
        length: LENGTH,
        vocabulary: &model.vocabulary.file,
        encoder: &encoder,
        decoder_step: &decoder_step,
        weights: &weights,
        options,
    })?;
    Ok((bundle, agreement))
}
