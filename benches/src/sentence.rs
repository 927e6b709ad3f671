//! A sentence through the native executor, with as many target tokens as one wants.

use std::time::{Duration, Instant};

use deshi_core::Architecture;
use deshi_core::native::{Native, NativeError, arena_elements, quantised_elements};
use deshi_core::search::Executor;
use deshi_core::vocabulary::{END, FIRST_PIECE, START};
use deshi_core::weights::Weights;
use deshi_kernels::{KernelSet, LinearWeights, ShortlistBuffers};

/// How long a sentence took.
#[derive(Debug, Clone, Copy)]
pub struct SentenceTime {
    /// The encoder, the keys and values of the decoder, and picking the shortlist.
    pub encoder: Duration,
    /// Every step of the decoder.
    pub steps: Duration,
}

/// A sentence of given length, and the memory that its translation needs.
///
/// With a shortlist, the model is one whose vocabulary is as large as the shortlist; the candidates'
/// rows are picked from the whole embedding for each sentence, as a runtime does.
pub struct Sentence<'w> {
    kernels: &'static dyn KernelSet,
    weights: &'w Weights<'w>,
    source: Vec<u32>,
    target_len: usize,
    arena: Vec<f32>,
    quantised: Vec<i8>,
    shortlist: Option<Shortlist<'w>>,
}

impl<'w> Sentence<'w> {
    /// A sentence of `source_len` tokens, the end included, for a translation of `target_len`.
    pub fn new(
        kernels: &'static dyn KernelSet,
        weights: &'w Weights<'w>,
        source_len: usize,
        target_len: usize,
    ) -> Self {
        let architecture = weights.layout().architecture();
        let source = (1..source_len).map(|position| token(architecture, position));
        Self {
            kernels,
            weights,
            source: source.chain([END]).collect(),
            target_len,
            arena: vec![0.0; arena_elements(architecture, source_len)],
            quantised: vec![0; quantised_elements(architecture, source_len)],
            shortlist: None,
        }
    }

    /// The same, with the cost of picking a shortlist of `candidates` from this embedding.
    #[must_use]
    pub fn with_shortlist(self, embedding: LinearWeights<'w>, candidates: usize) -> Self {
        Self {
            shortlist: Some(Shortlist::new(embedding, candidates)),
            ..self
        }
    }

    /// Translates, each step reading a given token whatever the one before produced.
    ///
    /// # Errors
    /// If the executor cannot run.
    pub fn translate(&mut self) -> Result<SentenceTime, NativeError> {
        let architecture = *self.weights.layout().architecture();
        let started = Instant::now();
        let mut native = Native::new(
            self.kernels,
            self.weights,
            self.source.len(),
            &mut self.arena,
            &mut self.quantised,
        )?;
        if let Some(shortlist) = &mut self.shortlist {
            shortlist.pick();
        }
        native.encode(&self.source)?;
        let encoded = Instant::now();
        for position in 0..self.target_len {
            let read = match position {
                0 => START,
                _ => token(&architecture, position),
            };
            std::hint::black_box(native.step(read, position)?);
        }
        Ok(SentenceTime {
            encoder: encoded - started,
            steps: encoded.elapsed(),
        })
    }
}

/// Some token: neither special nor a byte, where the vocabulary has others.
fn token(architecture: &Architecture, position: usize) -> u32 {
    let pieces = architecture.vocabulary_size as u32 - FIRST_PIECE;
    FIRST_PIECE + (position as u32 * 7919) % pieces
}

/// Candidates of an embedding, and where their rows are copied to.
struct Shortlist<'w> {
    embedding: LinearWeights<'w>,
    candidates: Vec<u32>,
    blocked: Vec<i8>,
    scales: Vec<f32>,
    sums: Vec<i32>,
    bias: Vec<f32>,
}

impl<'w> Shortlist<'w> {
    fn new(embedding: LinearWeights<'w>, candidates: usize) -> Self {
        let padded = ShortlistBuffers::padded(candidates);
        let mut picked: Vec<u32> = (0..candidates)
            .map(|index| (index * embedding.outputs() / candidates) as u32)
            .collect();
        picked.dedup();
        Self {
            embedding,
            candidates: picked,
            blocked: vec![0; padded * embedding.inputs()],
            scales: vec![0.0; padded],
            sums: vec![0; padded],
            bias: vec![0.0; padded],
        }
    }

    fn pick(&mut self) {
        let buffers = ShortlistBuffers {
            blocked: &mut self.blocked,
            scales: &mut self.scales,
            sums: &mut self.sums,
            bias: &mut self.bias,
        };
        let picked = self.embedding.gather(&self.candidates, buffers);
        std::hint::black_box(
            picked
                .expect("the buffers are of the shortlist's size")
                .outputs(),
        );
    }
}
