//! The forward pass by direct calls of the kernels, in a fixed arena: no allocation, no graph.
//!
//! Several sentences can run side by side. Their rows follow each other without padding, so a linear
//! layer reads its weights once for many rows; attention and the SSRU compute one sentence at a time. A
//! row's bits do not depend on the rest of the batch.

use core::ops::Range;

use deshi_kernels::KernelSet;

use crate::Token;
use crate::architecture::MAXIMUM_DECODER_LAYERS;
use crate::dispatch::Dispatch;
use crate::forward::{self, SourceKeysValues};
use crate::memory::{NARROW_VALUES, wide_width};
use crate::operations::Operations;
use crate::output_layer::{OutputLayer, number_elements};
use crate::search::{BatchExecutor, Excluded, Executor, Row};
use crate::shortlist::Shortlist;
use crate::weights::Weights;
use crate::{Architecture, DecoderKind, Side};

mod error;
mod operations;
#[cfg(all(test, feature = "random-model"))]
mod tests;

pub use crate::memory::{Capacity, MAXIMUM_SENTENCES};
pub use error::NativeError;

/// Slots of values: the narrow ones, and one wider slot.
const SLOTS: usize = NARROW_VALUES + 1;
const WIDE: usize = NARROW_VALUES;

/// Elements (f32) of the arena for one source of up to `source_len` tokens.
pub const fn arena_elements(architecture: &Architecture, source_len: usize) -> usize {
    Capacity::sentence(source_len).arena_elements(architecture)
}

/// Elements (i8) of the quantised rows for one source of up to `source_len` tokens.
pub const fn quantised_elements(architecture: &Architecture, source_len: usize) -> usize {
    Capacity::sentence(source_len).quantised_elements(architecture)
}

/// A value's slot in the arena.
#[derive(Debug)]
pub struct Value {
    slot: usize,
    rows: usize,
    width: usize,
}

impl Value {
    fn elements(&self) -> usize {
        self.rows * self.width
    }
}

/// A decoder layer's keys and values of the sources, as a position in the arena.
#[derive(Debug, Clone, Copy)]
pub struct KeysValues {
    layer: usize,
}

/// A decoder layer's states, as a position in the arena: of each sentence the SSRU's vector, or the keys and values
/// of the positions before.
#[derive(Debug, Clone, Copy)]
pub struct State {
    layer: usize,
}

/// A sentence's place among the others.
#[derive(Debug, Clone, Copy)]
struct Sentence {
    /// Index of its first source token among those of all sentences.
    start: usize,
    /// Number of source tokens.
    source_len: usize,
    /// Decoder steps so far: positions in the cache of a self-attention decoder.
    steps: usize,
}

impl Sentence {
    /// Its range in an array with `width` elements per source token.
    fn range(&self, width: usize) -> Range<usize> {
        self.start * width..(self.start + self.source_len) * width
    }
}

/// The interpreter that runs the kernels, in buffers that the caller provides.
#[derive(Debug)]
pub struct Native<'a> {
    dispatch: Dispatch<'a>,
    shortlist: Option<Shortlist<'a>>,
    capacity: Capacity,
    slots: [&'a mut [f32]; SLOTS],
    used: [bool; SLOTS],
    keys: &'a mut [f32],
    values: &'a mut [f32],
    states: &'a mut [f32],
    scales: &'a mut [f32],
    scratch: &'a mut [f32],
    quantised: &'a mut [i8],
    output_layer: OutputLayer<&'a mut [f32], &'a mut [i8]>,
    sentences: heapless::Vec<Sentence, MAXIMUM_SENTENCES>,
    /// The sentence of each row of a step.
    live: heapless::Vec<usize, MAXIMUM_SENTENCES>,
    source: SourceKeysValues<Self>,
}

impl<'a> Native<'a> {
    /// Runs one source at a time, of up to `source_len` tokens.
    ///
    /// # Shapes
    /// `arena`: at least [`arena_elements`], `quantised`: at least [`quantised_elements`]
    ///
    /// # Errors
    /// If a buffer is too small.
    pub fn new(
        kernels: &'static dyn KernelSet,
        weights: &'a Weights<'a>,
        source_len: usize,
        arena: &'a mut [f32],
        quantised: &'a mut [i8],
    ) -> Result<Self, NativeError> {
        let capacity = Capacity::sentence(source_len);
        Self::with_capacity(kernels, weights, capacity, arena, quantised)
    }

    /// Runs batches of up to `capacity`.
    ///
    /// # Shapes
    /// `arena`: at least [`Capacity::arena_elements`], `quantised`: at least
    /// [`Capacity::quantised_elements`]
    ///
    /// # Errors
    /// If a buffer is too small, or the capacity has too many sentences.
    pub fn with_capacity(
        kernels: &'static dyn KernelSet,
        weights: &'a Weights<'a>,
        capacity: Capacity,
        arena: &'a mut [f32],
        quantised: &'a mut [i8],
    ) -> Result<Self, NativeError> {
        let architecture = *weights.layout().architecture();
        check(&architecture, &capacity, arena, quantised)?;
        let Architecture {
            d_model,
            decoder_layers,
            ..
        } = architecture;
        let mut rest = arena;
        let mut take = |elements: usize| {
            let (part, after) = core::mem::take(&mut rest).split_at_mut(elements);
            rest = after;
            part
        };
        let narrow = capacity.source_tokens * d_model;
        let (quantised, blocked) = quantised.split_at_mut(capacity.row_elements(&architecture));
        Ok(Self {
            dispatch: Dispatch::new(kernels, weights.layout(), weights.bytes()),
            shortlist: None,
            capacity,
            slots: [
                take(narrow),
                take(narrow),
                take(narrow),
                take(capacity.source_tokens * wide_width(&architecture)),
            ],
            used: [false; SLOTS],
            keys: take(decoder_layers * narrow),
            values: take(decoder_layers * narrow),
            states: take(
                decoder_layers * capacity.sentences * capacity.state_elements(&architecture),
            ),
            scales: take(capacity.source_tokens),
            scratch: take(capacity.scratch_elements(&architecture)),
            quantised,
            output_layer: OutputLayer::new(
                &architecture,
                capacity,
                take(number_elements(&architecture, &capacity)),
                blocked,
            ),
            sentences: heapless::Vec::new(),
            live: heapless::Vec::new(),
            source: SourceKeysValues::<Self>::new(),
        })
    }

    /// Chooses each token among the sentence's candidates, or among the whole vocabulary with
    /// `None`.
    #[must_use]
    pub fn with_shortlist(self, shortlist: Option<Shortlist<'a>>) -> Self {
        Self { shortlist, ..self }
    }

    /// The kernels that it runs on.
    pub fn kernels(&self) -> &'static dyn KernelSet {
        self.dispatch.kernels()
    }

    /// The logits of the last step's first row, over the vocabulary: `[vocabulary_size]`. Undefined with a
    /// shortlist, or if the step excluded tokens.
    pub fn logits(&self) -> &[f32] {
        self.output_layer.logits()
    }

    fn architecture(&self) -> Architecture {
        *self.dispatch.architecture()
    }

    /// Reserves a slot for a value.
    fn place(&mut self, rows: usize, width: usize) -> Result<Value, NativeError> {
        let candidates = if width > self.architecture().d_model {
            WIDE..SLOTS
        } else {
            0..SLOTS
        };
        let slot = candidates
            .into_iter()
            .find(|&slot| !self.used[slot] && self.slots[slot].len() >= rows * width)
            .ok_or(NativeError::Slots)?;
        self.used[slot] = true;
        Ok(Value { slot, rows, width })
    }

    /// Embeds tokens of a language, each at its position.
    fn embed(
        &mut self,
        side: Side,
        tokens: impl Iterator<Item = (Token, usize)>,
        rows: usize,
    ) -> Result<Value, NativeError> {
        let architecture = self.architecture();
        let Architecture {
            d_model,
            maximum_positions,
            ..
        } = architecture;
        let ids = architecture.embedded_ids(side);
        let x = self.place(rows, d_model)?;
        let rows = self.slots[x.slot].chunks_exact_mut(d_model);
        for ((token, position), out) in tokens.zip(rows) {
            if token as usize >= ids {
                return Err(NativeError::Token { token });
            }
            if position >= maximum_positions {
                return Err(NativeError::Position { position });
            }
            let row = &mut self.quantised[..d_model];
            self.dispatch.embed(side, token, position, row, out);
        }
        Ok(x)
    }

    /// Assigns each source its range of the arena.
    fn place_sentences(&mut self, sources: &[&[Token]]) -> Result<(), NativeError> {
        let maximum = self.capacity.sentences;
        if !(1..=maximum).contains(&sources.len()) {
            let got = sources.len();
            return Err(NativeError::Sentences { maximum, got });
        }
        let tokens = sources.iter().map(|source| source.len()).sum();
        let maximum = self.capacity.source_tokens;
        if tokens > maximum || sources.iter().any(|source| source.is_empty()) {
            let got = if tokens > maximum { tokens } else { 0 };
            return Err(NativeError::SourceLength { maximum, got });
        }
        let mut start = 0;
        self.sentences.clear();
        for source in sources {
            let source_len = source.len();
            let pushed = self.sentences.push(Sentence {
                start,
                source_len,
                steps: 0,
            });
            pushed.expect("the capacity is at most MAXIMUM_SENTENCES");
            start += source_len;
        }
        Ok(())
    }
}

/// Checks that the architecture can run, and that the buffers are large enough for the capacity.
fn check(
    architecture: &Architecture,
    capacity: &Capacity,
    arena: &[f32],
    quantised: &[i8],
) -> Result<(), NativeError> {
    if !(1..=MAXIMUM_SENTENCES).contains(&capacity.sentences) {
        return Err(NativeError::Sentences {
            maximum: MAXIMUM_SENTENCES,
            got: capacity.sentences,
        });
    }
    let (numbers, rows) = (
        capacity.arena_elements(architecture),
        capacity.quantised_elements(architecture),
    );
    for (buffer, expected, got) in [
        ("arena", numbers, arena.len()),
        ("quantised", rows, quantised.len()),
    ] {
        if got < expected {
            return Err(NativeError::Buffer {
                buffer,
                expected,
                got,
            });
        }
    }
    Ok(())
}

impl BatchExecutor for Native<'_> {
    type Error = NativeError;

    fn encode_batch(&mut self, sources: &[&[Token]]) -> Result<(), NativeError> {
        self.used = [false; SLOTS];
        self.source.clear();
        if self.architecture().decoder == DecoderKind::Ssru {
            self.states.fill(0.0);
        }
        self.place_sentences(sources)?;
        self.output_layer
            .choose_candidates(&self.dispatch.embedding(), self.shortlist, sources);
        let architecture = self.architecture();
        let tokens = self.sentences.iter().map(|sentence| sentence.source_len);
        let rows = tokens.sum();
        let tokens = sources
            .iter()
            .flat_map(|source| source.iter().copied().zip(0..));
        let x = self.embed(Side::Source, tokens, rows)?;
        let encoded = forward::encode(self, &architecture, x)?;
        self.source = forward::keys_values(self, &architecture, encoded)?;
        Ok(())
    }

    fn step_batch(&mut self, position: usize, rows: &mut [Row]) -> Result<(), NativeError> {
        if self.source.is_empty() {
            return Err(NativeError::NoSource);
        }
        let maximum = self.sentences.len();
        if rows.len() > maximum || rows.iter().any(|row| row.sentence >= maximum) {
            let got = rows.len();
            return Err(NativeError::Sentences { maximum, got });
        }
        let architecture = self.architecture();
        if architecture.decoder == DecoderKind::SelfAttention {
            let maximum = self.capacity.cached_positions(&architecture);
            let full = |row: &Row| self.sentences[row.sentence].steps >= maximum;
            if rows.iter().any(full) {
                return Err(NativeError::TargetLength { maximum });
            }
        }
        self.used = [false; SLOTS];
        self.live = rows.iter().map(|row| row.sentence).collect();
        let tokens = rows.iter().map(|row| (row.token, position));
        let x = self.embed(Side::Target, tokens, rows.len())?;
        let source = self.source.clone();
        let mut states: heapless::Vec<State, MAXIMUM_DECODER_LAYERS> = (0..architecture
            .decoder_layers)
            .map(|layer| State { layer })
            .collect();
        let hidden = forward::decode(self, &architecture, x, &source, &mut states)?;
        self.output_layer.best_tokens(
            self.dispatch.kernels(),
            &self.dispatch.embedding(),
            &self.slots[hidden.slot][..hidden.elements()],
            self.quantised,
            self.scales,
            rows,
        );
        self.release(hidden);
        for &sentence in &self.live {
            self.sentences[sentence].steps += 1;
        }
        Ok(())
    }
}

impl Executor for Native<'_> {
    type Error = NativeError;

    fn encode(&mut self, source: &[Token]) -> Result<(), NativeError> {
        self.encode_batch(&[source])
    }

    fn step(
        &mut self,
        token: Token,
        position: usize,
        excluded: Excluded,
    ) -> Result<(Token, f32), NativeError> {
        let mut row = [Row::single(token, excluded)];
        self.step_batch(position, &mut row)?;
        Ok((row[0].token, row[0].log_probability))
    }
}
