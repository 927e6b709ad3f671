//! [`Translator`]: a model in memory, and sentences through it.

use std::ops::Range;
use std::path::Path;

use deshi_core::bundle::{self, About, Bundle, Manifest};
use deshi_core::native::{Native, arena_elements, quantised_elements};
use deshi_core::search::greedy;
use deshi_core::vocabulary::{END, Vocabulary};
use deshi_core::weights::{Layout, Weights};
use deshi_kernels::KernelSet;

use crate::Error;
use crate::file::AlignedBytes;
use crate::split::halve;

/// What runs the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExecutorKind {
    /// Direct calls of the kernels.
    #[default]
    Native,
}

/// A translated text.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Translation {
    /// The text.
    pub text: String,
    /// Its tokens, without the ends of sentences.
    pub tokens: Vec<u32>,
    /// Tokens of the source, without the ends of sentences.
    pub source_tokens: usize,
    /// Sum of the tokens' log-probabilities, the ends' included.
    pub log_probability: f32,
    /// Whether the bound on a translation's length cut it off.
    pub truncated: bool,
}

/// A model in memory.
#[derive(Debug)]
pub struct Translator {
    file: AlignedBytes,
    manifest: Manifest,
    layout: Layout,
    vocabulary: Range<usize>,
    weights: Range<usize>,
    manifest_json: Range<usize>,
    kernels: &'static dyn KernelSet,
    executor: ExecutorKind,
}

impl Translator {
    /// Reads a bundle from a file.
    ///
    /// # Errors
    /// If the file cannot be read, or is no bundle that runs here.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = AlignedBytes::read(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::load(file)
    }

    /// Reads a bundle from memory.
    ///
    /// # Errors
    /// If it is no bundle that runs here.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::load(AlignedBytes::copy(bytes))
    }

    fn load(file: AlignedBytes) -> Result<Self, Error> {
        let kernels = match std::env::var("DESHI_KERNELS") {
            Ok(name) => deshi_kernels::by_name(&name).ok_or(Error::Kernels { name })?,
            Err(_) => deshi_kernels::best(),
        };
        let bundle = Bundle::parse(file.bytes()).map_err(Error::Bundle)?;
        let range = |name: &str| {
            let member = bundle
                .member(name)
                .expect("a parsed bundle has every member");
            let start = member.as_ptr().addr() - file.bytes().as_ptr().addr();
            start..start + member.len()
        };
        let manifest = bundle.manifest().clone();
        let [vocabulary, weights, manifest_json] =
            [bundle::VOCABULARY, bundle::WEIGHTS, bundle::MANIFEST].map(range);
        let pieces = Vocabulary::parse(&file.bytes()[vocabulary.clone()])
            .map_err(Error::Vocabulary)?
            .len();
        let maximum = manifest.architecture.vocabulary_size;
        if pieces > maximum {
            return Err(Error::VocabularySize {
                maximum,
                got: pieces,
            });
        }
        let checked = Weights::new(&manifest.architecture, &file.bytes()[weights.clone()])
            .map_err(Error::Weights)?;
        let layout = checked.layout().clone();
        let executor = ExecutorKind::default();
        Ok(Self {
            manifest,
            layout,
            vocabulary,
            weights,
            manifest_json,
            kernels,
            executor,
            file,
        })
    }

    /// The same model, run by another executor.
    #[must_use]
    pub fn with_executor(self, executor: ExecutorKind) -> Self {
        Self { executor, ..self }
    }

    /// The same model, run by another kernel set: the tokens are the same.
    #[must_use]
    pub fn with_kernels(self, kernels: &'static dyn KernelSet) -> Self {
        Self { kernels, ..self }
    }

    /// What runs the model.
    pub fn executor(&self) -> ExecutorKind {
        self.executor
    }

    /// The name of the kernel set that runs the model.
    pub fn kernels(&self) -> &'static str {
        self.kernels.name()
    }

    /// What a runtime needs to know of the model.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What people want to know of the model.
    ///
    /// # Errors
    /// If the manifest's fields are of other types.
    pub fn about(&self) -> Result<About, Error> {
        serde_json::from_slice(&self.file.bytes()[self.manifest_json.clone()]).map_err(Error::About)
    }

    /// Translates a text. One that is longer than the model's positions is split, and its
    /// translations joined; one without anything but spaces has an empty translation.
    ///
    /// # Errors
    /// If the model cannot run.
    pub fn translate(&self, text: &str) -> Result<Translation, Error> {
        let bytes = self.file.bytes();
        let vocabulary =
            Vocabulary::parse(&bytes[self.vocabulary.clone()]).map_err(Error::Vocabulary)?;
        let weights = Weights::attach(self.layout.clone(), &bytes[self.weights.clone()])
            .map_err(Error::Weights)?;
        let mut chunks = Vec::new();
        self.chunks(&vocabulary, text, &mut chunks);
        let mut translation = Translation::default();
        for chunk in &chunks {
            self.translate_chunk(&vocabulary, &weights, chunk, &mut translation)?;
        }
        Ok(translation)
    }

    /// The text's tokens, in chunks that fit the model, each with [`END`].
    fn chunks(&self, vocabulary: &Vocabulary<'_>, text: &str, chunks: &mut Vec<Vec<u32>>) {
        let limit = self.manifest.architecture.maximum_positions - 1;
        let mut tokens = Vec::new();
        let fits = vocabulary.encode(text, |token| {
            tokens.push(token);
            if tokens.len() <= limit {
                Ok(())
            } else {
                Err(())
            }
        });
        match (fits, halve(text)) {
            (Err(()), Some((first, second))) => {
                self.chunks(vocabulary, first, chunks);
                self.chunks(vocabulary, second, chunks);
            }
            // One character, and a model of a few positions: what fits.
            (Err(()), None) => tokens.truncate(limit),
            (Ok(()), _) => {}
        }
        if (fits.is_ok() || halve(text).is_none()) && !tokens.is_empty() {
            tokens.push(END);
            chunks.push(tokens);
        }
    }

    fn translate_chunk(
        &self,
        vocabulary: &Vocabulary<'_>,
        weights: &Weights<'_>,
        source: &[u32],
        translation: &mut Translation,
    ) -> Result<(), Error> {
        let architecture = &self.manifest.architecture;
        let maximum = self.manifest.maximum_tokens(source.len());
        let mut arena = vec![0.0; arena_elements(architecture, source.len())];
        let mut quantised = vec![0; quantised_elements(architecture, source.len())];
        let mut native = Native::new(
            self.kernels,
            weights,
            source.len(),
            &mut arena,
            &mut quantised,
        )
        .map_err(Error::Native)?;
        let start = translation.tokens.len();
        let push = |token| translation.tokens.push(token);
        let found = greedy(&mut native, source, maximum, push).map_err(Error::Native)?;
        if !translation.text.is_empty() && found.tokens > 0 {
            translation.text.push(' ');
        }
        let tokens = translation.tokens[start..].iter().copied();
        vocabulary
            .decode(tokens, &mut translation.text)
            .expect("a String takes every text");
        translation.source_tokens += source.len() - 1;
        translation.log_probability += found.log_probability;
        translation.truncated |= found.truncated;
        Ok(())
    }
}
