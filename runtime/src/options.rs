//! [`Options`]: how a model is loaded and run.

use std::fmt;
use std::path::Path;
use std::thread;

use deshi_core::aligned::AlignedBytes;
use deshi_core::native::MAXIMUM_SENTENCES;
use deshi_kernels::KernelSet;
use deshi_text::{Glossary, OnForeign, OnLowConfidence, TranslationMemory};

#[cfg(feature = "verify")]
use crate::PublicKey;
use crate::{Error, Translator};

/// The maximum of [`Options::threads`].
pub const MAXIMUM_THREADS: usize = 1024;

/// The maximum of [`Options::batch_sentences`].
pub const MAXIMUM_BATCH_SENTENCES: usize = MAXIMUM_SENTENCES;

/// Default number of sentences side by side. The carried model is equally fast with 4 to 16 for everyday
/// sentences.
const BATCH_SENTENCES: usize = 8;

/// The engine that runs the model. Every engine gives the same tokens and log-probabilities, to the
/// bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EngineKind {
    /// The fastest engine that can run the bundle: [`Self::Native`] for every bundle so far.
    #[default]
    Auto,
    /// Direct calls of the kernels, several sentences side by side.
    Native,
    /// The bundle's ONNX graphs, run by tract; each operator calls a kernel. Needs the feature `tract`.
    Tract,
}

impl EngineKind {
    /// The engines of this build, by which a program offers a choice.
    pub const AVAILABLE: &[Self] = &[
        Self::Native,
        #[cfg(feature = "tract")]
        Self::Tract,
    ];
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Native => "native",
            Self::Tract => "tract",
        })
    }
}

/// How a model is loaded and run. A setter returns an error if its value is out of range.
///
/// ```no_run
/// use deshi::{EngineKind, Options};
///
/// let translator = Options::new()
///     .engine(EngineKind::Native)
///     .threads(2)?
///     .open("en-de.deshi")?;
/// # Ok::<(), deshi::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) engine: EngineKind,
    pub(crate) kernels: &'static dyn KernelSet,
    pub(crate) threads: usize,
    pub(crate) batch_sentences: usize,
    pub(crate) shortlist: bool,
    #[cfg(feature = "verify")]
    pub(crate) key: Option<PublicKey>,
    /// Without languages: they are set from the model when it is loaded.
    pub(crate) text: deshi_text::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            engine: EngineKind::Auto,
            kernels: deshi_kernels::best(),
            threads: thread::available_parallelism()
                .map_or(1, usize::from)
                .min(MAXIMUM_THREADS),
            batch_sentences: BATCH_SENTENCES,
            shortlist: true,
            #[cfg(feature = "verify")]
            key: None,
            text: deshi_text::Options::new("", ""),
        }
    }
}

/// Returns `got` if it is within `1..=maximum`.
fn in_range(option: &'static str, got: usize, maximum: usize) -> Result<usize, Error> {
    if (1..=maximum).contains(&got) {
        Ok(got)
    } else {
        Err(Error::OutOfRange {
            option,
            got: got as f64,
            minimum: 1.0,
            maximum: maximum as f64,
        })
    }
}

impl Options {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses the engine. Default: [`EngineKind::Auto`].
    #[must_use]
    pub fn engine(self, engine: EngineKind) -> Self {
        Self { engine, ..self }
    }

    /// Chooses the kernel set by name, one of [`available_kernels`]. Default: the fastest. Every set gives the same
    /// translations.
    ///
    /// # Errors
    /// [`Error::Kernels`]: this CPU has no kernel set of that name.
    pub fn kernels(self, name: &str) -> Result<Self, Error> {
        let kernels = deshi_kernels::by_name(name).ok_or_else(|| Error::Kernels {
            name: name.to_owned(),
            available: available_kernels().collect(),
        })?;
        Ok(Self { kernels, ..self })
    }

    /// Sets the number of threads for batches, from 1 to [`MAXIMUM_THREADS`]. Default: the number of threads
    /// that the machine runs in parallel. It does not change the translations.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn threads(self, threads: usize) -> Result<Self, Error> {
        let threads = in_range("threads", threads, MAXIMUM_THREADS)?;
        Ok(Self { threads, ..self })
    }

    /// Sets how many sentences each thread computes side by side, from 1 to [`MAXIMUM_BATCH_SENTENCES`].
    /// Default: 8. With more sentences, the weights are read less often, and more memory is needed. It does not
    /// change the translations.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn batch_sentences(self, sentences: usize) -> Result<Self, Error> {
        let batch_sentences = in_range("batch_sentences", sentences, MAXIMUM_BATCH_SENTENCES)?;
        Ok(Self {
            batch_sentences,
            ..self
        })
    }

    /// Sets whether to choose tokens among the candidates of the bundle's shortlist, if it has one. Default:
    /// yes. Without it, tokens are chosen among the whole vocabulary: slower, and some translations differ.
    #[must_use]
    pub fn shortlist(self, shortlist: bool) -> Self {
        Self { shortlist, ..self }
    }

    /// Accepts only bundles that this key signed, each with its signature beside it: `en-de.deshi.minisig` for
    /// `en-de.deshi`. Default: no key, and every bundle is accepted. Needs the feature `verify`.
    ///
    /// With a key, [`Self::from_bytes`] and [`Self::from_static`] refuse all bundles, because nothing is beside bytes in
    /// memory: give them no key, and verify the bytes yourself with [`PublicKey::verify`].
    #[cfg(feature = "verify")]
    #[must_use]
    pub fn verify(self, key: impl Into<Option<PublicKey>>) -> Self {
        Self {
            key: key.into(),
            ..self
        }
    }

    fn text(mut self, set: impl FnOnce(&mut deshi_text::Options)) -> Self {
        set(&mut self.text);
        self
    }

    /// Sets whether the lines of a text are hard-wrapped paragraphs, so that a sentence can continue on the
    /// next line. Default: no.
    #[must_use]
    pub fn paragraphs(self, paragraphs: bool) -> Self {
        self.text(|text| text.paragraphs = paragraphs)
    }

    /// Sets the minimum confidence: the least mean probability per token, from 0 to 1. See
    /// [`Self::on_low_confidence`]. Default: 0, which accepts all.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn minimum_confidence(self, probability: f32) -> Result<Self, Error> {
        if !(0.0..=1.0).contains(&probability) {
            return Err(Error::OutOfRange {
                option: "minimum_confidence",
                got: probability.into(),
                minimum: 0.0,
                maximum: 1.0,
            });
        }
        Ok(self.text(|text| text.minimum_confidence = probability))
    }

    /// Chooses what happens to a translation below the minimum confidence. Default: it is flagged.
    #[must_use]
    pub fn on_low_confidence(self, action: OnLowConfidence) -> Self {
        self.text(|text| text.on_low_confidence = action)
    }

    /// Chooses what happens to text that is not in the model's source language. Default: it is left unchanged,
    /// and flagged.
    #[must_use]
    pub fn on_foreign(self, action: OnForeign) -> Self {
        self.text(|text| text.on_foreign = action)
    }

    /// Sets terms with a fixed translation.
    #[must_use]
    pub fn glossary(self, glossary: Glossary) -> Self {
        self.text(|text| text.glossary = glossary)
    }

    /// Sets sentences with a fixed translation.
    #[must_use]
    pub fn translation_memory(self, memory: TranslationMemory) -> Self {
        self.text(|text| text.memory = memory)
    }

    /// Loads a bundle from a file.
    ///
    /// # Errors
    /// If the file cannot be read, is not a bundle that runs here, or is not signed with the key of [`Self::verify`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Translator, Error> {
        let path = path.as_ref();
        let file = AlignedBytes::read(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        // The bytes that were read, not the file: it can change in between.
        #[cfg(feature = "verify")]
        if let Some(key) = &self.key {
            key.verify_file(path, file.bytes())?;
        }
        Translator::load(file, self)
    }

    /// Loads a bundle from memory. The bytes are copied.
    ///
    /// # Errors
    /// If they are not a bundle that runs here.
    pub fn from_bytes(&self, bytes: &[u8]) -> Result<Translator, Error> {
        self.no_key()?;
        Translator::load(AlignedBytes::copy(bytes), self)
    }

    /// Loads a bundle that is part of the program. The bytes are read in place if they start at a multiple of 64, as with
    /// `#[repr(align(64))]` around [`include_bytes`]; otherwise they are copied.
    ///
    /// # Errors
    /// If they are not a bundle that runs here.
    pub fn from_static(&self, bytes: &'static [u8]) -> Result<Translator, Error> {
        self.no_key()?;
        Translator::load(AlignedBytes::from_static(bytes), self)
    }

    /// Refuses bytes in memory where a key is given: they have no signature.
    fn no_key(&self) -> Result<(), Error> {
        #[cfg(feature = "verify")]
        if self.key.is_some() {
            return Err(Error::SignatureInMemory);
        }
        Ok(())
    }
}

/// The names of the kernel sets that this CPU can run, the fastest first.
pub fn available_kernels() -> impl Iterator<Item = &'static str> {
    deshi_kernels::available().map(|set| set.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_is_an_error_that_names_the_option() {
        let new = Options::new;
        for (result, expected) in [
            (new().threads(0), "threads must be 1 to 1024, got 0"),
            (new().threads(1025), "threads must be 1 to 1024, got 1025"),
            (
                new().batch_sentences(0),
                "batch_sentences must be 1 to 64, got 0",
            ),
            (
                new().batch_sentences(65),
                "batch_sentences must be 1 to 64, got 65",
            ),
            (
                new().minimum_confidence(1.5),
                "minimum_confidence must be 0 to 1, got 1.5",
            ),
            (
                new().minimum_confidence(f32::NAN),
                "minimum_confidence must be 0 to 1, got NaN",
            ),
        ] {
            assert_eq!(result.unwrap_err().to_string(), expected);
        }
        let limits = new().threads(1024).unwrap().batch_sentences(64).unwrap();
        assert_eq!((limits.threads, limits.batch_sentences), (1024, 64));
    }

    #[test]
    fn kernels_are_chosen_by_name() {
        for name in available_kernels() {
            assert_eq!(Options::new().kernels(name).unwrap().kernels.name(), name);
        }
        let error = Options::new().kernels("magic").unwrap_err().to_string();
        assert!(
            error.contains("magic") && error.contains("plain"),
            "{error}"
        );
    }
}
