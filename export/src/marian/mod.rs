//! Turns Marian's students, as Firefox Translations, Bergamot and browsermt publish them, into bundles. A student is a binary model
//! (float32, or intgemm8 with or without the activations' scales), a SentencePiece vocabulary for both languages or one for each, and a
//! binary shortlist.
//!
//! int8 weights are kept as they are. Whatever is unknown is refused, and the error names it: nothing is guessed.
//!
//! ```no_run
//! use deshi_export::marian::{Files, export};
//! use deshi_export::Options;
//!
//! let files = Files {
//!     model: &std::fs::read("model.ende.intgemm.alphas.bin")?,
//!     vocabulary: &std::fs::read("vocab.ende.spm")?,
//!     target_vocabulary: None,
//!     shortlist: None,
//! };
//! let options = Options {
//!     source_language: "en".into(),
//!     target_language: "de".into(),
//!     ..Options::default()
//! };
//! let (bundle, agreement) = export(&files, &options, &[])?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod binary;
mod error;
mod inspect;
pub mod options;
pub mod shortlist;
pub mod tensors;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

use deshi_core::weights::{self, Layout, Numbers};
use deshi_core::{Architecture, Side};

pub use error::MarianError;
pub use inspect::inspect;
pub use tensors::Model;

use crate::reference::Reference;
use crate::sentencepiece::{self, Imported, SentencePieceError};
use crate::{ExportError, Length, Options, Parts, graphs, pack, verify};
use binary::{ItemType, Items};
use tensors::Unknown;

/// Firefox's bound on a translation's length: twice the source's tokens, its end included.
const LENGTH: Length = Length {
    factor: 2.0,
    offset: 0,
};

/// The files of a model, as they were published.
#[derive(Debug, Clone, Copy)]
pub struct Files<'f> {
    /// Such as `model.ende.intgemm.alphas.bin`.
    pub model: &'f [u8],
    /// Such as `vocab.ende.spm`, for both languages; or `srcvocab.enja.spm`.
    pub vocabulary: &'f [u8],
    /// Such as `trgvocab.enja.spm`, if the model has a vocabulary for each language.
    pub target_vocabulary: Option<&'f [u8]>,
    /// Such as `lex.50.50.ende.s2t.bin`.
    pub shortlist: Option<&'f [u8]>,
}

/// The imported vocabularies of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabularies {
    /// Of both languages, or of the target.
    pub target: Imported,
    /// Of the source, if the model has a vocabulary for each language.
    pub source: Option<Imported>,
}

impl Vocabularies {
    /// Reads one `.spm` file for both languages, or the source's and the target's.
    ///
    /// # Errors
    /// As [`sentencepiece::import`].
    pub fn import(vocabulary: &[u8], target: Option<&[u8]>) -> Result<Self, SentencePieceError> {
        let vocabulary = sentencepiece::import(vocabulary)?;
        Ok(match target {
            None => Self {
                target: vocabulary,
                source: None,
            },
            Some(target) => Self {
                target: sentencepiece::import(target)?,
                source: Some(vocabulary),
            },
        })
    }

    /// Of the source: its own, or that of both languages.
    pub fn source(&self) -> &Imported {
        self.source.as_ref().unwrap_or(&self.target)
    }

    /// Checks that a model was trained with these vocabularies.
    fn check(&self, architecture: &Architecture) -> Result<(), MarianError> {
        let sides = match (architecture.has_split_vocabularies(), &self.source) {
            (true, None) => return Err(MarianError::SplitVocabularies),
            (false, Some(_)) => return Err(MarianError::JointVocabulary),
            (false, None) => &[("vocabulary", Side::Target)][..],
            (true, Some(_)) => &[
                ("source's vocabulary", Side::Source),
                ("target's vocabulary", Side::Target),
            ],
        };
        for &(which, side) in sides {
            let expected = architecture.embedded_ids(side);
            let got = match side {
                Side::Source => self.source().pieces,
                Side::Target => self.target.pieces,
            };
            if expected != got {
                return Err(MarianError::VocabularySize {
                    which,
                    expected,
                    got,
                });
            }
        }
        Ok(())
    }
}

/// A model's options: the text of `special:model.yml`.
fn options_text<'f>(items: &Items<'f>) -> Result<&'f str, MarianError> {
    let name = tensors::OPTIONS;
    let missing = || MarianError::Missing { item: name.into() };
    let item = items.get(name).ok_or_else(missing)?;
    if item.kind != ItemType::Int8 {
        return Err(MarianError::Type {
            item: name.into(),
            got: item.kind.to_string(),
        });
    }
    let text = item
        .data
        .split(|&byte| byte == 0)
        .next()
        .unwrap_or_default();
    std::str::from_utf8(text).map_err(|_| MarianError::Options {
        line: 1,
        problem: "not valid UTF-8",
    })
}

/// The architecture that a model's own options describe.
fn architecture(items: &Items<'_>, ignored: &[String]) -> Result<Architecture, MarianError> {
    let options = options::parse(options_text(items)?)?;
    options::architecture(&options, ignored)
}

/// Reads a model for imported vocabularies. Options whose keys are in `ignored` are assumed to have no effect.
///
/// # Errors
/// [`MarianError`] names what is unknown or wrong.
pub fn read(
    model: &[u8],
    vocabularies: &Vocabularies,
    ignored: &[String],
) -> Result<Model, MarianError> {
    let items = binary::parse(model)?;
    let architecture = architecture(&items, ignored)?;
    vocabularies.check(&architecture)?;
    let source = vocabularies.source.as_ref();
    let unknown = Unknown {
        target: vocabularies.target.unknown,
        source: source.and_then(|source| source.unknown),
    };
    tensors::model(&items, &architecture, unknown)
}

/// The weights file of a model.
///
/// # Errors
/// If no kernel can run its architecture.
pub fn write_weights(model: &Model) -> Result<(Layout, Vec<u8>), ExportError> {
    let checkpoint = &model.checkpoint;
    let layout = Layout::new(&checkpoint.architecture).map_err(ExportError::Architecture)?;
    let file = weights::write(&layout, |name| {
        let layer = name.strip_suffix(".weight");
        match layer.and_then(|layer| model.int8.get(layer)) {
            Some(int8) => Numbers::Int8 {
                values: &int8.values,
                scales: &int8.scales,
            },
            None => Numbers::F32(checkpoint.tensor(name)),
        }
    });
    Ok((layout, file))
}

/// Makes a bundle from a model's files: reads them, writes the graphs, verifies, and packs.
///
/// # Errors
/// If something is unknown or wrong: the error names it. Or if the kernels do not compute what the reference computes.
pub fn export(
    files: &Files<'_>,
    options: &Options,
    ignored: &[String],
) -> Result<(Vec<u8>, verify::Agreement), ExportError> {
    let vocabularies = Vocabularies::import(files.vocabulary, files.target_vocabulary)?;
    let model = read(files.model, &vocabularies, ignored)?;
    let mut options = options.clone();
    if let Some(shortlist) = files.shortlist {
        options.shortlist = shortlist::import(shortlist, &vocabularies)?;
    }
    let (layout, weights) = write_weights(&model)?;
    let reference = Reference::with_int8(&model.checkpoint, &model.int8);
    let kernels = deshi_kernels::best();
    let checkpoint = &model.checkpoint;
    let agreement = verify::compare_native_with(reference, checkpoint, &weights, kernels)?;
    let [encoder, decoder_step] = graphs(&layout)?;
    let bundle = pack(&Parts {
        architecture: &checkpoint.architecture,
        length: LENGTH,
        vocabulary: &vocabularies.target.file,
        source_vocabulary: vocabularies.source.as_ref().map(|source| &*source.file),
        encoder: &encoder,
        decoder_step: &decoder_step,
        weights: &weights,
        options: &options,
    })?;
    Ok((bundle, agreement))
}

#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod split_tests;
#[cfg(test)]
mod tests;
