//! [`Translator`]: a model in memory, and sentences through it.

use std::ops::Range;
#[cfg(not(target_family = "wasm"))]
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::{self, About, Bundle, Manifest};
use deshi_core::native::MAXIMUM_SENTENCES;
use deshi_core::search::Found;
#[cfg(feature = "tract")]
use deshi_core::search::greedy;
use deshi_core::shortlist::Shortlist;
use deshi_core::vocabulary::Vocabulary;
use deshi_core::weights::Weights;
use deshi_kernels::KernelSet;

use crate::Error;
use crate::native::{Buffers, Model};
use crate::plan::Plan;
#[cfg(feature = "tract")]
use crate::tract::{GraphFiles, Graphs};
use crate::weights::WeightsFile;

/// Sentences that run side by side. Of the carried model's everyday sentences, 4 to 16 are as fast as any.
const BATCH_SENTENCES: usize = 8;

/// What runs the model. Each gives the same tokens and log-probabilities, to the bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExecutorKind {
    /// Direct calls of the kernels, in one arena.
    #[default]
    Native,
    /// The bundle's ONNX graphs, run by tract, each operation of them by a kernel; sentence by sentence.
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
    /// Sum of the tokens' log-probabilities, the ends' included: among the shortlist's candidates, where the
    /// model has one.
    pub log_probability: f32,
    /// Whether the bound on a translation's length cut it off.
    pub truncated: bool,
}

/// A unit's tokens, and how its search ended.
type Output = (Vec<u32>, Found);

/// A model in memory. Threads may share it.
///
/// A text's translation is the same, to the bit, alone or among others, on any number of threads.
#[derive(Debug)]
pub struct Translator {
    file: Arc<AlignedBytes>,
    manifest: Manifest,
    vocabulary: Range<usize>,
    weights: Arc<WeightsFile>,
    shortlist: Option<Range<usize>>,
    manifest_json: Range<usize>,
    #[cfg(feature = "tract")]
    graphs: [Range<usize>; 2],
    kernels: &'static dyn KernelSet,
    executor: Loaded,
    threads: usize,
    batch_sentences: usize,
    /// Memory that no translation is using.
    memory: Mutex<Vec<(Plan, Buffers)>>,
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
        let [vocabulary, weights, shortlist, manifest_json] = [
            bundle::VOCABULARY,
            bundle::WEIGHTS,
            bundle::SHORTLIST,
            bundle::MANIFEST,
        ]
        .map(range);
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
        let shortlist = (!shortlist.is_empty()).then_some(shortlist);
        if let Some(range) = &shortlist {
            Shortlist::parse(&file.bytes()[range.clone()], pieces).map_err(Error::Shortlist)?;
        }
        let file = Arc::new(file);
        let weights = WeightsFile::new(Arc::clone(&file), weights, layout);
        Ok(Self {
            manifest,
            vocabulary,
            weights: Arc::new(weights),
            shortlist,
            manifest_json,
            #[cfg(feature = "tract")]
            graphs,
            kernels,
            executor: Loaded::Native,
            threads: thread::available_parallelism().map_or(1, usize::from),
            batch_sentences: BATCH_SENTENCES,
            memory: Mutex::default(),
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

    /// The same model, choosing each token among the whole vocabulary. With a shortlist it is faster, and its
    /// translations may differ.
    #[must_use]
    pub fn without_shortlist(self) -> Self {
        Self {
            shortlist: None,
            ..self
        }
    }

    /// The same model, with [`Self::translate_batch`] on so many threads; by default, on as many as the
    /// machine runs at once. The translations are the same.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        let threads = threads.max(1);
        Self { threads, ..self }
    }

    /// The same model, with so many sentences side by side in [`Self::translate_batch`], from 1 to
    /// [`MAXIMUM_SENTENCES`]. More of them read the weights less often, and need more memory. The
    /// translations are the same.
    #[must_use]
    pub fn with_batch_sentences(self, sentences: usize) -> Self {
        let batch_sentences = sentences.clamp(1, MAXIMUM_SENTENCES);
        Self {
            batch_sentences,
            ..self
        }
    }

    /// Whether tokens are chosen among the candidates of a shortlist.
    pub fn has_shortlist(&self) -> bool {
        self.shortlist.is_some()
    }

    /// Threads of [`Self::translate_batch`].
    pub fn threads(&self) -> usize {
        self.threads
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
        let mut translation = Translation::default();
        self.translate_into(&[text], std::slice::from_mut(&mut translation))?;
        Ok(translation)
    }

    /// Translates texts, as [`Self::translate`] does each: sentences of like length side by side, on
    /// several threads. The translations are in the order of the texts.
    ///
    /// # Errors
    /// If the model cannot run.
    pub fn translate_batch<T: AsRef<str>>(&self, texts: &[T]) -> Result<Vec<Translation>, Error> {
        let mut translations = vec![Translation::default(); texts.len()];
        self.translate_into(texts, &mut translations)?;
        Ok(translations)
    }

    fn translate_into<T: AsRef<str>>(
        &self,
        texts: &[T],
        translations: &mut [Translation],
    ) -> Result<(), Error> {
        let vocabulary = Vocabulary::attach(&self.file.bytes()[self.vocabulary.clone()])
            .map_err(Error::Vocabulary)?;
        let model = self.model(&vocabulary)?;
        let (mut plan, mut buffers) = self.take_memory();
        let positions = self.manifest.architecture.maximum_positions;
        plan.make(&vocabulary, positions, self.batch_sentences, texts);
        let outputs = self.run(&model, &plan, &mut buffers);
        if let Ok(outputs) = &outputs {
            for (unit, (tokens, found)) in outputs {
                let text = plan.units()[*unit].text;
                translations[text].add(&vocabulary, plan.source(*unit), tokens, *found);
            }
        }
        self.put_memory((plan, buffers));
        outputs.map(drop)
    }

    /// The model, read in place.
    fn model<'t>(&'t self, vocabulary: &Vocabulary<'t>) -> Result<Model<'t>, Error> {
        let bytes = self.file.bytes();
        let weights = Weights::attach(self.weights.layout().clone(), self.weights.bytes());
        let shortlist = self.shortlist.clone();
        let shortlist = shortlist.map(|range| Shortlist::attach(&bytes[range], vocabulary.len()));
        Ok(Model {
            manifest: &self.manifest,
            vocabulary: *vocabulary,
            weights: weights.map_err(Error::Weights)?,
            shortlist: shortlist.transpose().map_err(Error::Shortlist)?,
            kernels: self.kernels,
        })
    }

    /// Runs every batch of the plan; gives each unit's index and output, in order.
    fn run(
        &self,
        model: &Model<'_>,
        plan: &Plan,
        buffers: &mut Buffers,
    ) -> Result<Vec<(usize, Output)>, Error> {
        let next = AtomicUsize::new(0);
        let work = |buffers: &mut Buffers| {
            let mut outputs = Vec::new();
            loop {
                let batch = next.fetch_add(1, Ordering::Relaxed);
                if batch >= plan.batches() {
                    return Ok(outputs);
                }
                let units = plan.batch(batch);
                match &self.executor {
                    Loaded::Native => run_batch(model, plan, units, buffers, &mut outputs)?,
                    #[cfg(feature = "tract")]
                    Loaded::Tract(graphs) => {
                        for &unit in units {
                            outputs.push((unit, run_graphs(graphs, model, plan.source(unit))?));
                        }
                    }
                }
            }
        };
        let helpers = self.threads.min(plan.batches()).saturating_sub(1);
        let mut outputs = self.share(helpers, buffers, &work)?;
        outputs.sort_unstable_by_key(|&(unit, _)| unit);
        Ok(outputs)
    }

    /// The outputs of `work` on this thread and on so many more.
    #[cfg(not(target_family = "wasm"))]
    fn share<T: Send>(
        &self,
        helpers: usize,
        buffers: &mut Buffers,
        work: &(impl Fn(&mut Buffers) -> Result<Vec<T>, Error> + Sync),
    ) -> Result<Vec<T>, Error> {
        thread::scope(|scope| {
            let help = || {
                let (plan, mut buffers) = self.take_memory();
                let outputs = work(&mut buffers);
                self.put_memory((plan, buffers));
                outputs
            };
            let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(help)).collect();
            let mut outputs = work(buffers)?;
            for helper in helpers {
                let more = helper.join().unwrap_or_else(|panic| resume_unwind(panic));
                outputs.append(&mut more?);
            }
            Ok(outputs)
        })
    }

    /// The same where there are no threads, not even to link with.
    #[cfg(target_family = "wasm")]
    fn share<T>(
        &self,
        _: usize,
        buffers: &mut Buffers,
        work: &impl Fn(&mut Buffers) -> Result<Vec<T>, Error>,
    ) -> Result<Vec<T>, Error> {
        work(buffers)
    }

    fn take_memory(&self) -> (Plan, Buffers) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.pop().unwrap_or_default()
    }

    fn put_memory(&self, used: (Plan, Buffers)) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.push(used);
    }
}

/// Runs the batch of these units; adds each one's index and output.
fn run_batch(
    model: &Model<'_>,
    plan: &Plan,
    units: &[usize],
    buffers: &mut Buffers,
    outputs: &mut Vec<(usize, Output)>,
) -> Result<(), Error> {
    let first = outputs.len();
    outputs.extend(
        units
            .iter()
            .map(|&unit| (unit, (Vec::new(), Found::NOTHING))),
    );
    let outputs = &mut outputs[first..];
    let sources = units.iter().map(|&unit| plan.source(unit));
    let push = |index: usize, token| outputs[index].1.0.push(token);
    let found = model.run(buffers, sources, push)?;
    for ((_, output), found) in outputs.iter_mut().zip(found) {
        output.1 = found;
    }
    Ok(())
}

/// Translates a source by the graphs.
#[cfg(feature = "tract")]
fn run_graphs(graphs: &Graphs, model: &Model<'_>, source: &[u32]) -> Result<Output, Error> {
    let constraints = model.constraints(source);
    let mut tokens = Vec::new();
    let found = graphs.run(model.kernels, |executor| {
        executor.choose_candidates(model.shortlist, source);
        greedy(executor, source, constraints, |token| tokens.push(token))
    })?;
    Ok((tokens, found))
}

impl Translation {
    /// Adds the translation of the text's next unit.
    fn add(&mut self, vocabulary: &Vocabulary<'_>, source: &[u32], tokens: &[u32], found: Found) {
        if !self.text.is_empty() && found.tokens > 0 {
            self.text.push(' ');
        }
        vocabulary
            .decode(tokens.iter().copied(), &mut self.text)
            .expect("a String takes every text");
        self.tokens.extend(tokens);
        let (_, without_end) = source.split_last().expect("a unit has an end");
        self.source_tokens.extend(without_end);
        self.log_probability += found.log_probability;
        self.truncated |= found.truncated;
    }
}
