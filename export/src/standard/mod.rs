//! Translators that others exported as ONNX graphs of standard operators, packed for the engine tract. The graphs stay as they are:
//! their arithmetic, float32 or int8, is theirs.
//!
//! Supported are encoder-decoders in the form that Hugging Face's optimum writes for MarianMT (OPUS-MT):
//! `encoder_model.onnx`, `decoder_model.onnx`, and, for a decoder with a cache, `decoder_with_past_model.onnx`. The first two become
//! `encoder.onnx`, which makes the keys and values of a source; the third becomes `decoder_step.onnx`. Their weights are put
//! into `weights.bin`, each once.
//!
//! ```no_run
//! use deshi_export::standard::{Choices, Files, NamedFile, import};
//!
//! let encoder = std::fs::read("encoder_model.onnx")?;
//! let decoder = std::fs::read("decoder_model.onnx")?;
//! let past = std::fs::read("decoder_with_past_model.onnx")?;
//! let files = Files {
//!     encoder: NamedFile { name: "encoder_model.onnx", content: &encoder },
//!     decoder: NamedFile { name: "decoder_model.onnx", content: &decoder },
//!     decoder_with_past: Some(NamedFile { name: "decoder_with_past_model.onnx", content: &past }),
//!     source: &std::fs::read("source.spm")?,
//!     target: &std::fs::read("target.spm")?,
//!     vocabulary: &std::fs::read("vocab.json")?,
//!     config: Some(&std::fs::read("config.json")?),
//!     generation_config: None,
//! };
//! let model = import(&files, &Choices::default())?;
//! println!("{} parameters", model.parameters);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod config;
mod error;
mod graphs;
mod run;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod weights;

use std::collections::BTreeMap;

use deshi_core::Token;
use deshi_core::bundle::{
    self, About, Cache, STANDARD_FORMAT, StandardGraphs, StandardInterface, StandardManifest,
};
use serde::Serialize;

pub use config::Generation;
pub use error::StandardError;
pub use run::run_once;

use self::graphs::Graph;
use self::weights::WeightsFile;
pub use crate::hf::Choices;
use crate::hf::vocabulary;
use crate::{ExportError, Options};

/// The bound on a translation's length: a cache grows with it.
const LENGTH_FACTOR: f32 = 2.0;
const LENGTH_OFFSET: u32 = 10;

/// A file, and what it is called in errors.
#[derive(Debug, Clone, Copy)]
pub struct NamedFile<'f> {
    /// Its name.
    pub name: &'f str,
    /// Its content.
    pub content: &'f [u8],
}

/// The files of an export.
#[derive(Debug, Clone, Copy)]
pub struct Files<'f> {
    /// `encoder_model.onnx`
    pub encoder: NamedFile<'f>,
    /// `decoder_model.onnx`
    pub decoder: NamedFile<'f>,
    /// `decoder_with_past_model.onnx`; without it, every step reads the whole translation again.
    pub decoder_with_past: Option<NamedFile<'f>>,
    /// `source.spm`
    pub source: &'f [u8],
    /// `target.spm`
    pub target: &'f [u8],
    /// `vocab.json`
    pub vocabulary: &'f [u8],
    /// `config.json`
    pub config: Option<&'f [u8]>,
    /// `generation_config.json`
    pub generation_config: Option<&'f [u8]>,
}

/// A model as it goes into a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// What the manifest says of the graphs.
    pub graphs: StandardGraphs,
    /// [`bundle::ENCODER`]
    pub encoder: Vec<u8>,
    /// [`bundle::DECODER_STEP`]
    pub decoder_step: Vec<u8>,
    /// [`bundle::WEIGHTS`]
    pub weights: Vec<u8>,
    /// [`bundle::VOCABULARY`]
    pub vocabulary: Vec<u8>,
    /// Numbers in the weights.
    pub parameters: u64,
}

/// `manifest.json`.
#[derive(Serialize)]
struct WholeManifest {
    #[serde(flatten)]
    manifest: StandardManifest,
    #[serde(flatten)]
    about: About,
}

fn json<T: serde::de::DeserializeOwned>(file: &[u8], what: &'static str) -> Result<T, ExportError> {
    serde_json::from_slice(file).map_err(|source| ExportError::Json { what, source })
}

/// The layers, heads and widths of a decoder with a cache.
fn cache(decoder: &Graph) -> Result<Cache, StandardError> {
    let key = |layer: usize| format!("past_key_values.{layer}.decoder.key");
    let decoder_layers = (0..)
        .take_while(|&layer| decoder.has_input(&key(layer)))
        .count();
    if decoder_layers == 0 {
        return Err(decoder.lacks(format!(
            "a decoder with a cache must have the input {}",
            key(0)
        )));
    }
    Ok(Cache {
        decoder_layers,
        n_heads: decoder.size(&key(0), 2)?,
        head_dim: decoder.size(&key(0), 0)?,
    })
}

/// Checks that the encoder and the decoder are what their places say.
fn check_roles(encoder: &Graph, decoder: &Graph) -> Result<(), StandardError> {
    if !encoder.has_input("input_ids") || !encoder.has_output(HIDDEN) {
        let expected = format!("the first file must be an encoder, with input_ids -> {HIDDEN}");
        return Err(encoder.lacks(expected));
    }
    let has_past = decoder.inputs().any(|name| name.starts_with("past_key"));
    if has_past || !decoder.has_input("encoder_hidden_states") || !decoder.has_output("logits") {
        let expected = "the second file must be a decoder without a cache, \
                        with input_ids, encoder_hidden_states -> logits";
        return Err(decoder.lacks(expected));
    }
    Ok(())
}

const HIDDEN: &str = "last_hidden_state";

/// Checks that every output is there.
fn check_outputs(graph: &Graph, names: &[String]) -> Result<(), StandardError> {
    match names.iter().find(|name| !graph.has_output(name)) {
        Some(name) => Err(graph.lacks(format!("it must have the output {name}"))),
        None => Ok(()),
    }
}

fn names(ports: &[bundle::StandardPort]) -> Vec<String> {
    ports.iter().map(|port| port.name.clone()).collect()
}

/// Appends the part of the decoder that makes the keys and values of the source to the encoder. It reads the token that starts a
/// translation, on which they do not depend: optimum's graphs take sizes from it.
fn join(
    encoder: &mut Graph,
    mut decoder: Graph,
    outputs: &[String],
    start: usize,
) -> Result<(), StandardError> {
    if decoder.version != encoder.version {
        return Err(StandardError::Version {
            first: encoder.file.clone(),
            expected: encoder.version,
            file: decoder.file,
            got: decoder.version,
        });
    }
    decoder.keep(outputs);
    let token = "decoder/input_ids";
    encoder.append(decoder, |name| match name {
        "encoder_hidden_states" => HIDDEN.to_owned(),
        "encoder_attention_mask" => "attention_mask".to_owned(),
        name if outputs.iter().any(|output| output == name) => name.to_owned(),
        name => format!("decoder/{name}"),
    });
    encoder.add_token(token, start);
    Ok(())
}

/// The graphs, cut to what deshi runs, with their sizes.
fn graphs(
    files: &Files<'_>,
    generation: &Generation,
) -> Result<([Graph; 2], StandardGraphs), StandardError> {
    let read = |file: NamedFile<'_>| Graph::read(file.name, file.content);
    let mut encoder = read(files.encoder)?;
    let decoder = read(files.decoder)?;
    let past = files.decoder_with_past.map(read).transpose()?;
    check_roles(&encoder, &decoder)?;
    let suppressed = generation.suppressed.iter().map(|&token| token as Token);
    let sizes = StandardGraphs {
        vocabulary_size: decoder.size("logits", 0)?,
        maximum_positions: generation.maximum_positions,
        d_model: encoder.size(HIDDEN, 0)?,
        cache: past.as_ref().map(cache).transpose()?,
        start: generation.start as Token,
        suppressed: suppressed.take(16).collect(),
        forced_end: generation.forced_end,
    };
    let whole = StandardInterface::encoder(&sizes);
    let step = StandardInterface::decoder_step(&sizes);
    let encoded = names(&whole.outputs);
    let mut decoder_step = match past {
        Some(past) => {
            check_outputs(&decoder, &encoded)?;
            encoder.keep(&[HIDDEN.to_owned()]);
            join(&mut encoder, decoder, &encoded, generation.start)?;
            past
        }
        None => decoder,
    };
    encoder.keep(&encoded);
    encoder.set_interface(&whole.inputs, &whole.outputs)?;
    check_outputs(&decoder_step, &names(&step.outputs))?;
    decoder_step.keep(&names(&step.outputs));
    decoder_step.set_interface(&step.inputs, &step.outputs)?;
    Ok(([encoder, decoder_step], sizes))
}

/// Reads an export, and cuts it to what deshi runs.
///
/// # Errors
/// What is not understood, by name.
pub fn import(files: &Files<'_>, choices: &Choices<'_>) -> Result<Model, ExportError> {
    let ids: BTreeMap<String, usize> = json(files.vocabulary, "vocab.json")?;
    let config = files.config.map(|file| json(file, "config.json"));
    let generation = (files.generation_config).map(|file| json(file, "generation_config.json"));
    let generation = config::read(
        config.transpose()?.as_ref(),
        generation.transpose()?.as_ref(),
        ids.get("<pad>").copied(),
        choices.ignored,
    )?;
    let ([mut encoder, mut decoder_step], sizes) = graphs(files, &generation)?;
    if ids.len() != sizes.vocabulary_size {
        Err(StandardError::VocabularySize {
            expected: sizes.vocabulary_size,
            got: ids.len(),
        })?;
    }
    if generation.suppressed.len() > sizes.suppressed.len() {
        Err(StandardError::Setting {
            file: "config.json",
            key: "bad_words_ids".into(),
            expected: "at most 16 tokens".into(),
            got: generation.suppressed.len().to_string(),
        })?;
    }
    let vocabulary = vocabulary::import(
        &ids,
        files.source,
        files.target,
        generation.start,
        choices.target_code,
    )?;
    sizes
        .validate()
        .map_err(|error| ExportError::Layout(error.to_string()))?;
    let mut weights = WeightsFile::default();
    weights.take(&mut encoder.graph);
    weights.take(&mut decoder_step.graph);
    let (weights, parameters) = weights.finish();
    Ok(Model {
        graphs: sizes,
        encoder: encoder.write(),
        decoder_step: decoder_step.write(),
        weights,
        vocabulary: vocabulary.file,
        parameters,
    })
}

/// Packs a model.
///
/// # Errors
/// If a language's tag is too long, or the bundle cannot be read back.
pub fn pack(model: &Model, options: &Options) -> Result<Vec<u8>, ExportError> {
    let mut about = options.about();
    about.parameters = model.parameters;
    let manifest = WholeManifest {
        manifest: StandardManifest {
            format: STANDARD_FORMAT,
            standard_graphs: model.graphs.clone(),
            source_language: options.language(&options.source_language)?,
            target_language: options.language(&options.target_language)?,
            length_factor: LENGTH_FACTOR,
            length_offset: LENGTH_OFFSET,
        },
        about,
    };
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(|source| ExportError::Json {
        what: "the manifest",
        source,
    })?;
    let file = bundle::write(&[
        (bundle::MANIFEST, &manifest),
        (bundle::VOCABULARY, &model.vocabulary),
        (bundle::ENCODER, &model.encoder),
        (bundle::DECODER_STEP, &model.decoder_step),
        (bundle::WEIGHTS, &model.weights),
        (bundle::SHORTLIST, &[]),
        (bundle::CARD, options.card.as_bytes()),
    ]);
    let unreadable = |error: bundle::BundleError| ExportError::Layout(error.to_string());
    bundle::Members::parse(&file).map_err(unreadable)?;
    StandardManifest::parse(&manifest).map_err(unreadable)?;
    Ok(file)
}
