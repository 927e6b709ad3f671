//! [`Translator`]: a model in memory, and sentences through it.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use deshi_core::bundle::{self, About, Bundle, Manifest};
use deshi_core::native::{Native, arena_elements, quantised_elements};
use deshi_core::search::{Found, greedy};
use deshi_core::vocabulary::{END, Vocabulary};
use deshi_core::weights::Weights;
use deshi_kernels::KernelSet;

use crate::Error;
use crate::file::{AlignedBytes, WeightsFile};
use crate::split::halve;
#[cfg(feature = "tract")]
use crate::tract::{GraphFiles, Graphs};

/// What runs the model. Each gives the same tokens and log-probabilities, to the bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExecutorKind {
    /// Direct calls of the kernels, in one arena.
    #[default]
    Native,
    /// The bundle's ONNX graphs, run by tract, each operation of them by a kernel.
    #[cfg(feature = "tract")]
    Tract,
}

/// An executor, with what it has read of the bundle.
#[derive(Debug)]
enum Loaded {
    Native,
    #[cfg(feature = "tract")]
    Tract(Graphs),
}

/// A translated text.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Translation {
    /// The text.
    pub text: String,
    /// Its tokens, without the ends of sentences.
    pub tokens: Vec<u32>,
    /// The source's tokens, without the ends of sentences.
    pub source_tokens: Vec<u32>,
    /// Sum of the tokens' log-probabilities, the ends' included.
    pub log_probability: f32,
    /// Whether the bound on a translation's length cut it off.
    pub truncated: bool,
}

/// A model in memory.
#[derive(Debug)]
pub struct Translator {
    file: Arc<AlignedBytes>,
    manifest: Manifest,
    vocabulary: Range<usize>,
    weights: Arc<WeightsFile>,
    manifest_json: Range<usize>,
    #[cfg(feature = "tract")]
    graphs: [Range<usize>; 2],
    kernels: &'static dyn KernelSet,
    executor: Loaded,
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
        #[cfg(feature = "tract")]
        let graphs = [bundle::ENCODER, bundle::DECODER_STEP].map(range);
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
        let file = Arc::new(file);
        let weights = WeightsFile::new(Arc::clone(&file), weights, layout);
        Ok(Self {
            manifest,
            vocabulary,
            weights: Arc::new(weights),
            manifest_json,
            #[cfg(feature = "tract")]
            graphs,
            kernels,
            executor: Loaded::Native,
            file,
        })
    }

    /// The same model, run by another executor: the tokens are the same.
    ///
    /// # Errors
    /// If the bundle's graphs are not its architecture's, where the executor runs them.
    pub fn with_executor(self, executor: ExecutorKind) -> Result<Self, Error> {
        let executor = match executor {
            ExecutorKind::Native => Loaded::Native,
            #[cfg(feature = "tract")]
            ExecutorKind::Tract => {
                let [encoder, decoder_step] =
                    self.graphs.clone().map(|member| &self.file.bytes()[member]);
                let files = GraphFiles {
                    encoder,
                    decoder_step,
                };
                Loaded::Tract(Graphs::load(files, Arc::clone(&self.weights))?)
            }
        };
        Ok(Self { executor, ..self })
    }

    /// The same model, run by another kernel set: the tokens are the same.
    #[must_use]
    pub fn with_kernels(self, kernels: &'static dyn KernelSet) -> Self {
        Self { kernels, ..self }
    }

    /// What runs the model.
    pub fn executor(&self) -> ExecutorKind {
        match self.executor {
            Loaded::Native => ExecutorKind::Native,
            #[cfg(feature = "tract")]
            Loaded::Tract(_) => ExecutorKind::Tract,
        }
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
        let vocabulary = Vocabulary::parse(&self.file.bytes()[self.vocabulary.clone()])
            .map_err(Error::Vocabulary)?;
        let mut chunks = Vec::new();
        self.chunks(&vocabulary, text, &mut chunks);
        let mut translation = Translation::default();
        for chunk in &chunks {
            self.translate_chunk(&vocabulary, chunk, &mut translation)?;
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
        source: &[u32],
        translation: &mut Translation,
    ) -> Result<(), Error> {
        let maximum = self.manifest.maximum_tokens(source.len());
        let start = translation.tokens.len();
        let push = |token| translation.tokens.push(token);
        let found = match &self.executor {
            Loaded::Native => self.run_native(source, maximum, push),
            #[cfg(feature = "tract")]
            Loaded::Tract(graphs) => graphs.run(self.kernels, |executor| {
                greedy(executor, source, maximum, push)
            }),
        }?;
        if !translation.text.is_empty() && found.tokens > 0 {
            translation.text.push(' ');
        }
        let tokens = translation.tokens[start..].iter().copied();
        vocabulary
            .decode(tokens, &mut translation.text)
            .expect("a String takes every text");
        let (_, without_end) = source.split_last().expect("a chunk has an end");
        translation.source_tokens.extend(without_end);
        translation.log_probability += found.log_probability;
        translation.truncated |= found.truncated;
        Ok(())
    }

    fn run_native(
        &self,
        source: &[u32],
        maximum: usize,
        push: impl FnMut(u32),
    ) -> Result<Found, Error> {
        let weights = Weights::attach(self.weights.layout().clone(), self.weights.bytes())
            .map_err(Error::Weights)?;
        let architecture = &self.manifest.architecture;
        let mut arena = vec![0.0; arena_elements(architecture, source.len())];
        let mut quantised = vec![0; quantised_elements(architecture, source.len())];
        let mut native = Native::new(
            self.kernels,
            &weights,
            source.len(),
            &mut arena,
            &mut quantised,
        )
        .map_err(Error::Native)?;
        greedy(&mut native, source, maximum, push).map_err(Error::Native)
    }
}
