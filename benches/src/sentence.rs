//! A sentence in the native executor, with a given number of target tokens.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use deshi_core::Architecture;
use deshi_core::Token;
use deshi_core::native::{Capacity, Native, NativeError};
use deshi_core::search::{Excluded, Executor};
use deshi_core::shortlist::{self, Shortlist};
use deshi_core::vocabulary::{END, FIRST_PIECE, START};
use deshi_core::weights::Weights;
use deshi_kernels::KernelSet;

/// The time of a sentence.
#[derive(Debug, Clone, Copy)]
pub struct SentenceTime {
    /// The encoder, the decoder's keys and values, and gathering the shortlist's rows.
    pub encoder: Duration,
    /// All decoder steps.
    pub steps: Duration,
}

/// A sentence of a given length, and the buffers for its translation.
pub struct Sentence<'w> {
    kernels: &'static dyn KernelSet,
    weights: &'w Weights<'w>,
    source: Vec<Token>,
    target_len: usize,
    /// A shortlist's file.
    shortlist: Option<Vec<u8>>,
    capacity: Capacity,
    arena: Vec<f32>,
    quantised: Vec<i8>,
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
        let capacity = Capacity::sentence(source_len).with_target_tokens(target_len);
        Self {
            kernels,
            weights,
            source: source.chain([END]).collect(),
            target_len,
            shortlist: None,
            capacity,
            arena: vec![0.0; capacity.arena_elements(architecture)],
            quantised: vec![0; capacity.quantised_elements(architecture)],
        }
    }

    /// The same, choosing each token among exactly this many `candidates`, gathered in memory as in a
    /// runtime.
    ///
    /// # Panics
    /// If there are fewer candidates than different tokens in the source, or more than pieces in the vocabulary.
    #[must_use]
    pub fn with_shortlist(self, candidates: usize) -> Self {
        let architecture = self.weights.layout().architecture();
        let file = shortlist_file(architecture, &self.source, candidates);
        let capacity = Capacity {
            candidates: attach(&file, architecture).most(&self.source),
            ..self.capacity
        };
        Self {
            shortlist: Some(file),
            capacity,
            arena: vec![0.0; capacity.arena_elements(architecture)],
            quantised: vec![0; capacity.quantised_elements(architecture)],
            ..self
        }
    }

    /// Translates. Each step reads a fixed token, not the output of the step before.
    ///
    /// # Errors
    /// If the executor cannot run.
    pub fn translate(&mut self) -> Result<SentenceTime, NativeError> {
        let architecture = *self.weights.layout().architecture();
        let started = Instant::now();
        let shortlist = self.shortlist.as_ref();
        let mut native = Native::with_capacity(
            self.kernels,
            self.weights,
            self.capacity,
            &mut self.arena,
            &mut self.quantised,
        )?
        .with_shortlist(shortlist.map(|file| attach(file, &architecture)));
        native.encode(&self.source)?;
        let encoded = Instant::now();
        for position in 0..self.target_len {
            let read = match position {
                0 => START,
                _ => token(&architecture, position),
            };
            std::hint::black_box(native.step(read, position, Excluded::NOTHING)?);
        }
        Ok(SentenceTime {
            encoder: encoded - started,
            steps: encoded.elapsed(),
        })
    }
}

/// An arbitrary token, neither special nor a byte if the vocabulary has others.
fn token(architecture: &Architecture, position: usize) -> Token {
    let pieces = architecture.vocabulary_size as u32 - FIRST_PIECE;
    FIRST_PIECE + (position as u32 * 7919) % pieces
}

fn attach<'f>(file: &'f [u8], architecture: &Architecture) -> Shortlist<'f> {
    Shortlist::attach(file, architecture.vocabulary_size)
        .expect("the file was written for this vocabulary")
}

/// A shortlist with exactly this many candidates for a source: the source's own tokens, and others spread
/// over the vocabulary, distributed evenly over its tokens' lists.
fn shortlist_file(architecture: &Architecture, source: &[Token], candidates: usize) -> Vec<u8> {
    let mut chosen: BTreeSet<Token> = source.iter().copied().collect();
    assert!(
        chosen.len() <= candidates,
        "there must be room for the source's own tokens"
    );
    let mut lists = vec![Vec::new(); architecture.vocabulary_size];
    let mut takers = source.iter().cycle();
    for position in source.len()..architecture.vocabulary_size {
        let candidate = token(architecture, position);
        if chosen.len() < candidates && chosen.insert(candidate) {
            let taker = takers.next().expect("a source has at least its end");
            lists[*taker as usize].push(candidate);
        }
    }
    assert!(
        chosen.len() == candidates,
        "the vocabulary has {} pieces, fewer than {candidates}",
        chosen.len()
    );
    shortlist::write(&[END], &lists).expect("the lists name tokens of the vocabulary")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Model, TINY, kernels};
    use deshi_core::shortlist::mark_words;

    const SMALL: Architecture = Architecture {
        encoder_layers: 1,
        decoder_layers: 1,
        d_model: 32,
        d_ff: 64,
        n_heads: 4,
        vocabulary_size: 1600,
        ..TINY
    };

    #[test]
    fn a_source_has_exactly_the_candidates() {
        let model = Model::random(&SMALL);
        let weights = model.weights();
        for candidates in [25, 500, 1000] {
            let mut sentence = Sentence::new(kernels(), &weights, 25, 3).with_shortlist(candidates);
            let file = sentence.shortlist.as_ref().unwrap();
            let shortlist = Shortlist::parse(file, SMALL.vocabulary_size).unwrap();
            let mut marks = [0; mark_words(SMALL.vocabulary_size)];
            assert_eq!(shortlist.mark(&sentence.source, &mut marks), candidates);
            assert!(sentence.translate().is_ok());
        }
    }
}
