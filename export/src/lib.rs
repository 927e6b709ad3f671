//! deshi's exporter: a trained checkpoint becomes a verified bundle of int8 weights and ONNX graphs. [`marian`], [`hf`] and
//! [`standard`] turn other people's models into bundles.
//!
//! ```no_run
//! use deshi_export::{Checkpoint, Options, export};
//!
//! let checkpoint = Checkpoint::parse(&std::fs::read("model.safetensors")?)?;
//! let vocabulary = std::fs::read("vocabulary")?;
//! let (bundle, agreement) = export(&checkpoint, &vocabulary, &Options::default())?;
//! println!("{} tokens verified", agreement.tokens);
//! std::fs::write("model.deshi", bundle)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod error;
pub mod hf;
pub mod marian;
pub mod onnx;
pub mod reference;
pub mod sentencepiece;
pub mod signing;
pub mod standard;
pub mod verify;

use deshi_core::architecture::ArchitectureError;
use deshi_core::bundle::{self, About, Bundle, Licence, Manifest, Score};
use deshi_core::search::{LENGTH_FACTOR, LENGTH_OFFSET};
use deshi_core::shortlist::Shortlist;
use deshi_core::vocabulary::Vocabulary;
use deshi_core::weights::{self, Layout};
use deshi_core::{Architecture, tensors};
use serde::Serialize;

pub use deshi_checkpoint::Checkpoint;
pub use error::ExportError;

/// What a bundle says about itself, beyond its checkpoint.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The source language, such as `en`.
    pub source_language: String,
    /// The target language.
    pub target_language: String,
    /// The model's name.
    pub name: String,
    /// Its shortlist ([`deshi_core::shortlist`]); empty for none.
    pub shortlist: Vec<u8>,
    /// Its card, in Markdown.
    pub card: String,
    /// The day it was made, such as `2026-11-28`.
    pub date: String,
    /// The licence of the model itself, such as `MIT`.
    pub licence: String,
    /// What it scored.
    pub scores: Vec<Score>,
    /// What it was trained on.
    pub licences: Vec<Licence>,
}

impl Options {
    /// The manifest's part for people, without the number of parameters.
    fn about(&self) -> About {
        let mut about = About::default();
        about.name.clone_from(&self.name);
        about.date.clone_from(&self.date);
        about.licence.clone_from(&self.licence);
        about.scores.clone_from(&self.scores);
        about.licences.clone_from(&self.licences);
        about
    }

    /// A language as the manifest has it.
    fn language<const N: usize>(&self, tag: &str) -> Result<heapless::String<N>, ExportError> {
        tag.try_into().map_err(|_| ExportError::Language {
            got: tag.to_owned(),
        })
    }
}

/// `manifest.json`.
#[derive(Serialize)]
struct WholeManifest {
    #[serde(flatten)]
    manifest: Manifest,
    #[serde(flatten)]
    about: About,
}

/// The bound on a translation's length: see [`Manifest::maximum_tokens`].
#[derive(Debug, Clone, Copy)]
struct Length {
    factor: f32,
    offset: u32,
}

fn manifest(
    architecture: Architecture,
    length: Length,
    options: &Options,
) -> Result<Vec<u8>, ExportError> {
    let manifest = Manifest {
        format: bundle::FORMAT,
        architecture,
        source_language: options.language(&options.source_language)?,
        target_language: options.language(&options.target_language)?,
        length_factor: length.factor,
        length_offset: length.offset,
    };
    let mut about = options.about();
    about.parameters = tensors::parameters(&architecture) as u64;
    serde_json::to_vec_pretty(&WholeManifest { manifest, about }).map_err(|source| {
        ExportError::Json {
            what: "the manifest",
            source,
        }
    })
}

/// Today's date in UTC, for [`Options::date`].
pub fn today() -> jiff::civil::Date {
    let now = jiff::Timestamp::now();
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Quantises, writes the graphs, verifies, and packs.
///
/// A model with a self-attention decoder, or with Swish, gets no graphs: their members are empty, and only the native engine
/// runs it.
///
/// # Errors
/// If the vocabulary is not the checkpoint's, the shortlist is not the vocabulary's, or the quantised model does not compute
/// what the reference computes.
pub fn export(
    checkpoint: &Checkpoint,
    vocabulary: &[u8],
    options: &Options,
) -> Result<(Vec<u8>, verify::Agreement), ExportError> {
    let architecture = checkpoint.architecture;
    let pieces = Vocabulary::parse(vocabulary)
        .map_err(ExportError::Vocabulary)?
        .len();
    // The model's size is a multiple of 16; the vocabulary's need not be.
    if pieces.next_multiple_of(16) != architecture.vocabulary_size {
        let expected = architecture.vocabulary_size;
        return Err(ExportError::VocabularySize {
            expected,
            got: pieces,
        });
    }
    if !options.shortlist.is_empty() {
        Shortlist::parse(&options.shortlist, pieces).map_err(ExportError::Shortlist)?;
    }

    let layout = Layout::new(&architecture).map_err(ExportError::Architecture)?;
    let weights = weights::write(&layout, |name| checkpoint.tensor(name));
    let [encoder, decoder_step] = graphs(&layout)?;
    let agreement = verify::compare_native(checkpoint, &weights, deshi_kernels::best())?;

    let bundle = pack(&Parts {
        architecture: &architecture,
        length: Length {
            factor: LENGTH_FACTOR,
            offset: LENGTH_OFFSET,
        },
        vocabulary,
        source_vocabulary: None,
        encoder: &encoder,
        decoder_step: &decoder_step,
        weights: &weights,
        options,
    })?;
    Ok((bundle, agreement))
}

/// Checks the architecture of an imported model, before anything depends on its sizes. Its vocabulary has the rows of the model's
/// own embedding, the end of a sentence and the unknown piece at least; the one that is made has a multiple of 16.
fn check_imported(architecture: &Architecture) -> Result<(), ArchitectureError> {
    let rows = architecture.vocabulary_size;
    let padded = match rows {
        0 | 1 => 0,
        rows => rows.checked_next_multiple_of(16).unwrap_or(rows),
    };
    let padded = Architecture {
        vocabulary_size: padded,
        ..*architecture
    };
    padded.validate().map_err(|mut error| {
        if error.field == "vocabulary_size" {
            error.expected = "2 to 65536";
            error.got = rows;
        } else if error.field == "source_vocabulary_size" {
            error.expected = "2 to 65536";
        }
        error
    })
}

/// The graphs of the encoder and of a decoder's step; empty where the architecture has none.
fn graphs(layout: &Layout) -> Result<[Vec<u8>; 2], ExportError> {
    if layout.architecture().has_graphs() {
        Ok([onnx::encoder(layout)?, onnx::decoder_step(layout)?])
    } else {
        Ok([vec![], vec![]])
    }
}

/// The parts that a bundle is packed from.
struct Parts<'p> {
    architecture: &'p Architecture,
    length: Length,
    vocabulary: &'p [u8],
    /// The source's own, where source and target have vocabularies of their own.
    source_vocabulary: Option<&'p [u8]>,
    encoder: &'p [u8],
    decoder_step: &'p [u8],
    weights: &'p [u8],
    options: &'p Options,
}

fn pack(parts: &Parts<'_>) -> Result<Vec<u8>, ExportError> {
    let options = parts.options;
    let manifest = manifest(*parts.architecture, parts.length, options)?;
    let mut members = vec![
        (bundle::MANIFEST, &*manifest),
        (bundle::VOCABULARY, parts.vocabulary),
    ];
    members.extend(
        parts
            .source_vocabulary
            .map(|file| (bundle::SOURCE_VOCABULARY, file)),
    );
    members.extend([
        (bundle::ENCODER, parts.encoder),
        (bundle::DECODER_STEP, parts.decoder_step),
        (bundle::WEIGHTS, parts.weights),
        (bundle::SHORTLIST, &options.shortlist),
        (bundle::CARD, options.card.as_bytes()),
    ]);
    let file = bundle::write(&members);
    Bundle::parse(&file).map_err(|error| ExportError::Layout(error.to_string()))?;
    Ok(file)
}
