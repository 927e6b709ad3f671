//! The forward pass by direct calls of the kernels, in a fixed arena: no allocation, no graph.
//!
//! Several sentences can run side by side. Their rows stand one behind the other, without padding, so that
//! linear layers read their weights once for many rows; attention and the SSRU look at one sentence at a
//! time. Every row is computed as it would be alone: the batch changes no bit of it.

use core::fmt;
use core::ops::Range;

use deshi_kernels::{KernelSet, LinearWeights, ShortlistBuffers, transpose};

use crate::architecture::MAXIMUM_DECODER_LAYERS;
use crate::embedding::embedding_factor;
use crate::model::{self, Memories};
use crate::operations::{Linear, Norm, Operations};
use crate::output::{Candidates, all_logits, best_of_all};
use crate::search::{BatchExecutor, Excluded, Executor, Row};
use crate::shortlist::{Shortlist, mark_words};
use crate::weights::{ALIGNMENT_BYTES, Weights};
use crate::{Architecture, DecoderKind};

mod capacity;

pub use capacity::{Capacity, MAXIMUM_SENTENCES};
use capacity::{NARROW, wide_width};

/// Places of values: the narrow ones, and one that is wider.
const SLOTS: usize = NARROW + 1;
const WIDE: usize = NARROW;

/// Why the model cannot run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NativeError {
    /// Only SSRU decoders run here.
    SelfAttentionDecoder,
    /// A buffer is too small.
    Buffer {
        /// Which.
        buffer: &'static str,
        /// Elements that it needs.
        expected: usize,
        /// Elements that it has.
        got: usize,
    },
    /// More source tokens than the arena was made for, or a source without any.
    SourceLength {
        /// Tokens that there is room for.
        maximum: usize,
        /// Tokens of the sources.
        got: usize,
    },
    /// More sentences than there is room for, or none.
    Sentences {
        /// Sentences that there is room for.
        maximum: usize,
        /// Sentences that were given.
        got: usize,
    },
    /// A token that the vocabulary does not have.
    Token {
        /// The token.
        token: u32,
    },
    /// A position behind the end of the sine table.
    Position {
        /// The position.
        position: usize,
    },
    /// A step before a source was encoded.
    NoSource,
    /// The forward pass holds more values than the arena has places for.
    Slots,
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfAttentionDecoder => {
                write!(
                    f,
                    "native: a decoder with self-attention is a teacher's; only SSRU decoders run here"
                )
            }
            Self::Buffer {
                buffer,
                expected,
                got,
            } => {
                write!(
                    f,
                    "native: {buffer} has {got} elements, but needs {expected}"
                )
            }
            Self::SourceLength { maximum, got } => {
                write!(
                    f,
                    "native: {got} source tokens, but there is room for 1 to {maximum}"
                )
            }
            Self::Sentences { maximum, got } => {
                write!(
                    f,
                    "native: {got} sentences, but there is room for 1 to {maximum}"
                )
            }
            Self::Token { token } => write!(f, "native: the vocabulary has no token {token}"),
            Self::Position { position } => write!(f, "native: no position {position}"),
            Self::NoSource => write!(f, "native: a step before a source was encoded"),
            Self::Slots => write!(f, "native: the forward pass holds too many values at once"),
        }
    }
}

impl core::error::Error for NativeError {}

/// Elements (f32) of the arena for one source of up to `source_len` tokens.
pub const fn arena_elements(architecture: &Architecture, source_len: usize) -> usize {
    Capacity::sentence(source_len).arena_elements(architecture)
}

/// Elements (i8) of the quantised rows for one source of up to `source_len` tokens.
pub const fn quantised_elements(architecture: &Architecture, source_len: usize) -> usize {
    Capacity::sentence(source_len).quantised_elements(architecture)
}

/// The embedding of a token at a position: `(quantised * scale) * sqrt(d_model) + sine`.
///
/// # Shapes
/// `positions: [maximum_positions, d_model]`, `row` (scratch) and `out: [d_model]`
///
/// # Panics
/// If the token or the position is not in its table.
pub fn embed(
    embedding: &LinearWeights<'_>,
    positions: &[f32],
    token: u32,
    position: usize,
    row: &mut [i8],
    out: &mut [f32],
) {
    let d_model = out.len();
    embedding.row(token as usize, row);
    let (scale, factor) = (
        embedding.scales()[token as usize],
        embedding_factor(d_model),
    );
    let sines = &positions[position * d_model..][..d_model];
    for ((out, &quantised), sine) in out.iter_mut().zip(&*row).zip(sines) {
        *out = (f32::from(quantised) * scale) * factor + sine;
    }
}

/// A value's place in the arena.
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

/// A decoder layer's keys and values of the sources: their place in the arena.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    layer: usize,
}

/// A decoder layer's SSRU states: their place in the arena.
#[derive(Debug, Clone, Copy)]
pub struct State {
    layer: usize,
}

/// A sentence's place among the others.
#[derive(Debug, Clone, Copy)]
struct Sentence {
    /// Its first source token among those of all.
    start: usize,
    /// Its source tokens.
    source_len: usize,
    /// Its candidates; all tokens if there is no shortlist.
    candidates: usize,
    /// Its first gathered row, if its rows are gathered.
    gathered: Option<usize>,
}

impl Sentence {
    /// Where it stands in an array of `width` elements a source token.
    fn range(&self, width: usize) -> Range<usize> {
        self.start * width..(self.start + self.source_len) * width
    }
}

/// Rows of the output layer, gathered.
#[derive(Debug)]
struct Gathered<'a> {
    blocked: &'a mut [i8],
    scales: &'a mut [f32],
    sums: &'a mut [i32],
    bias: &'a mut [f32],
}

impl Gathered<'_> {
    fn part(&mut self, rows: Range<usize>, d_model: usize) -> ShortlistBuffers<'_> {
        ShortlistBuffers {
            blocked: &mut self.blocked[rows.start * d_model..rows.end * d_model],
            scales: &mut self.scales[rows.clone()],
            sums: &mut self.sums[rows.clone()],
            bias: &mut self.bias[rows],
        }
    }
}

/// The interpreter that runs the kernels, in memory that it is given.
#[derive(Debug)]
pub struct Native<'a> {
    kernels: &'static dyn KernelSet,
    weights: &'a Weights<'a>,
    shortlist: Option<Shortlist<'a>>,
    capacity: Capacity,
    slots: [&'a mut [f32]; SLOTS],
    used: [bool; SLOTS],
    keys: &'a mut [f32],
    values: &'a mut [f32],
    states: &'a mut [f32],
    scales: &'a mut [f32],
    scratch: &'a mut [f32],
    logits: &'a mut [f32],
    marks: &'a mut [u32],
    gathered: Gathered<'a>,
    quantised: &'a mut [i8],
    sentences: heapless::Vec<Sentence, MAXIMUM_SENTENCES>,
    /// The sentence of each row of a step.
    live: heapless::Vec<usize, MAXIMUM_SENTENCES>,
    memories: Memories<Self>,
}

impl<'a> Native<'a> {
    /// Runs the weights on the kernels, for one source at a time, of up to `source_len` tokens.
    ///
    /// # Shapes
    /// `arena`: at least [`arena_elements`], `quantised`: at least [`quantised_elements`]
    ///
    /// # Errors
    /// If a buffer is too small, or the decoder is not an SSRU.
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

    /// Runs the weights on the kernels, for so much at a time. `quantised` that starts at a multiple of
    /// 64 bytes is read a little faster.
    ///
    /// # Shapes
    /// `arena`: at least [`Capacity::arena_elements`], `quantised`: at least
    /// [`Capacity::quantised_elements`]
    ///
    /// # Errors
    /// If a buffer is too small, the decoder is not an SSRU, or the sentences are too many.
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
            vocabulary_size,
            ..
        } = architecture;
        let mut rest = arena;
        let mut take = |elements: usize| {
            let (part, after) = core::mem::take(&mut rest).split_at_mut(elements);
            rest = after;
            part
        };
        let narrow = capacity.source_tokens * d_model;
        let gathered_rows = capacity.gathered_rows();
        let unaligned = quantised.as_ptr().align_offset(ALIGNMENT_BYTES);
        let (blocked, quantised) =
            quantised[unaligned.min(ALIGNMENT_BYTES)..].split_at_mut(gathered_rows * d_model);
        Ok(Self {
            kernels,
            weights,
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
            states: take(decoder_layers * capacity.sentences * d_model),
            scales: take(capacity.source_tokens),
            scratch: take(capacity.scratch_elements(&architecture)),
            logits: take(capacity.output_rows() * vocabulary_size),
            marks: bytemuck::cast_slice_mut(take(capacity.sentences * mark_words(vocabulary_size))),
            gathered: Gathered {
                blocked,
                scales: take(gathered_rows),
                sums: bytemuck::cast_slice_mut(take(gathered_rows)),
                bias: take(gathered_rows),
            },
            quantised,
            sentences: heapless::Vec::new(),
            live: heapless::Vec::new(),
            memories: Memories::<Self>::new(),
        })
    }

    /// The same, choosing tokens among a sentence's candidates, or among all with `None`.
    #[must_use]
    pub fn with_shortlist(self, shortlist: Option<Shortlist<'a>>) -> Self {
        Self { shortlist, ..self }
    }

    /// What it runs on.
    pub fn kernels(&self) -> &'static dyn KernelSet {
        self.kernels
    }

    /// The logits of the last step's first row, over the vocabulary: `[vocabulary_size]`. With a shortlist, or where the
    /// step excluded tokens, they are something else.
    pub fn logits(&self) -> &[f32] {
        &self.logits[..self.architecture().vocabulary_size]
    }

    fn architecture(&self) -> Architecture {
        *self.weights.layout().architecture()
    }

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

    /// Embeds tokens, so many, each at its position.
    fn embed(
        &mut self,
        tokens: impl Iterator<Item = (u32, usize)>,
        rows: usize,
    ) -> Result<Value, NativeError> {
        let Architecture {
            d_model,
            vocabulary_size,
            maximum_positions,
            ..
        } = self.architecture();
        let x = self.place(rows, d_model)?;
        let (embedding, positions) = (self.weights.embedding(), self.weights.positions());
        let rows = self.slots[x.slot].chunks_exact_mut(d_model);
        for ((token, position), out) in tokens.zip(rows) {
            if token as usize >= vocabulary_size {
                return Err(NativeError::Token { token });
            }
            if position >= maximum_positions {
                return Err(NativeError::Position { position });
            }
            let row = &mut self.quantised[..d_model];
            embed(&embedding, positions, token, position, row, out);
        }
        Ok(x)
    }
}

impl Operations for Native<'_> {
    type Value = Value;
    type Memory = Memory;
    type State = State;
    type Error = NativeError;

    fn linear(&mut self, x: &Value, layer: Linear) -> Result<Value, NativeError> {
        let y = self.place(x.rows, layer.outputs)?;
        let quantised = &mut self.quantised[..x.elements()];
        let scales = &mut self.scales[..x.rows];
        let input = &self.slots[x.slot][..x.elements()];
        self.kernels
            .quantise_rows(input, x.width, quantised, scales);
        let weights = self.weights.linear(layer);
        let out = &mut self.slots[y.slot][..y.elements()];
        self.kernels
            .linear(x.rows, quantised, scales, &weights, layer.activation(), out);
        Ok(y)
    }

    fn add_norm(&mut self, x: Value, y: Value, norm: Norm) -> Result<Value, NativeError> {
        let sum = self.place(x.rows, x.width)?;
        let (gamma, beta) = self.weights.norm(norm);
        let [a, b, out] = self
            .slots
            .get_disjoint_mut([x.slot, y.slot, sum.slot])
            .expect("values stand in places of their own");
        let elements = x.elements();
        self.kernels.add_norm(
            &a[..elements],
            &b[..elements],
            gamma,
            beta,
            &mut out[..elements],
        );
        self.release(x);
        self.release(y);
        Ok(sum)
    }

    fn self_attention(&mut self, qkv: Value) -> Result<Value, NativeError> {
        let Architecture {
            d_model, n_heads, ..
        } = self.architecture();
        let y = self.place(qkv.rows, d_model)?;
        let [input, out] = self
            .slots
            .get_disjoint_mut([qkv.slot, y.slot])
            .expect("values stand in places of their own");
        let (input, out) = (&input[..qkv.elements()], &mut out[..y.elements()]);
        for sentence in &self.sentences {
            self.kernels.self_attention(
                &input[sentence.range(3 * d_model)],
                d_model,
                n_heads,
                self.scratch,
                &mut out[sentence.range(d_model)],
            );
        }
        self.release(qkv);
        Ok(y)
    }

    fn causal_attention(&mut self, _: Value, _: &mut State) -> Result<Value, NativeError> {
        Err(NativeError::SelfAttentionDecoder)
    }

    fn ssru(&mut self, xw: Value, state: &mut State) -> Result<Value, NativeError> {
        let d_model = self.architecture().d_model;
        let y = self.place(xw.rows, d_model)?;
        let [input, out] = self
            .slots
            .get_disjoint_mut([xw.slot, y.slot])
            .expect("values stand in places of their own");
        let (input, out) = (&input[..xw.elements()], &mut out[..y.elements()]);
        let rows = input
            .chunks_exact(2 * d_model)
            .zip(out.chunks_exact_mut(d_model));
        for (&sentence, (input, out)) in self.live.iter().zip(rows) {
            let at = state.layer * self.capacity.sentences + sentence;
            let state = &mut self.states[at * d_model..][..d_model];
            self.kernels.ssru(input, state, out);
        }
        self.release(xw);
        Ok(y)
    }

    fn memory(&mut self, keys_values: Value, layer: usize) -> Result<Memory, NativeError> {
        let d_model = self.architecture().d_model;
        let input = &self.slots[keys_values.slot][..keys_values.elements()];
        let start = layer * self.capacity.source_tokens * d_model;
        for sentence in &self.sentences {
            let range = sentence.range(d_model);
            split_memory(
                &input[sentence.range(2 * d_model)],
                d_model,
                &mut self.keys[start..][range.clone()],
                &mut self.values[start..][range],
            );
        }
        self.release(keys_values);
        Ok(Memory { layer })
    }

    fn cross_attention(&mut self, q: Value, memory: &Memory) -> Result<Value, NativeError> {
        let Architecture {
            d_model, n_heads, ..
        } = self.architecture();
        let y = self.place(q.rows, d_model)?;
        let start = memory.layer * self.capacity.source_tokens * d_model;
        let [input, out] = self
            .slots
            .get_disjoint_mut([q.slot, y.slot])
            .expect("values stand in places of their own");
        let rows = input[..q.elements()]
            .chunks_exact(d_model)
            .zip(out.chunks_exact_mut(d_model));
        for (&sentence, (input, out)) in self.live.iter().zip(rows) {
            let sentence = &self.sentences[sentence];
            self.kernels.cross_attention(
                input,
                &self.keys[start..][sentence.range(d_model)],
                &self.values[start..][sentence.range(d_model)],
                sentence.source_len,
                n_heads,
                self.scratch,
                out,
            );
        }
        self.release(q);
        Ok(y)
    }

    fn release(&mut self, value: Value) {
        self.used[value.slot] = false;
    }
}

/// Splits keys and values that stand side by side, and transposes the keys.
///
/// # Shapes
/// `keys_values: [source_len, 2 * d_model]` -> `keys: [d_model, source_len]`, `values: [source_len, d_model]`
///
/// # Panics
/// If the shapes do not fit.
pub fn split_memory(keys_values: &[f32], d_model: usize, keys: &mut [f32], values: &mut [f32]) {
    let source_len = keys_values.len() / (2 * d_model);
    let rows = keys_values
        .chunks_exact(2 * d_model)
        .zip(values.chunks_exact_mut(d_model));
    for (row, values) in rows {
        values.copy_from_slice(&row[d_model..]);
    }
    transpose(keys_values, 2 * d_model, keys, source_len, source_len);
}

/// Whether an architecture can run, and the buffers have room for the capacity.
fn check(
    architecture: &Architecture,
    capacity: &Capacity,
    arena: &[f32],
    quantised: &[i8],
) -> Result<(), NativeError> {
    if architecture.decoder != DecoderKind::Ssru {
        return Err(NativeError::SelfAttentionDecoder);
    }
    if !(1..=MAXIMUM_SENTENCES).contains(&capacity.sentences) {
        return Err(NativeError::Sentences {
            maximum: MAXIMUM_SENTENCES,
            got: capacity.sentences,
        });
    }
    for (buffer, expected, got) in [
        ("arena", capacity.arena_elements(architecture), arena.len()),
        (
            "quantised",
            capacity.quantised_elements(architecture),
            quantised.len(),
        ),
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

impl Native<'_> {
    /// Gives every source its place.
    fn place_sentences(&mut self, sources: &[&[u32]]) -> Result<(), NativeError> {
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
            let sentence = Sentence {
                start,
                source_len: source.len(),
                candidates: self.architecture().vocabulary_size,
                gathered: None,
            };
            start += source.len();
            self.sentences
                .push(sentence)
                .expect("the capacity is at most MAXIMUM_SENTENCES");
        }
        Ok(())
    }

    /// Marks every sentence's candidates, and gathers their rows while there is room.
    fn choose_candidates(&mut self, sources: &[&[u32]]) {
        let Some(shortlist) = self.shortlist else {
            return;
        };
        let Architecture {
            d_model,
            vocabulary_size,
            ..
        } = self.architecture();
        let embedding = self.weights.embedding();
        let words = mark_words(vocabulary_size);
        let mut next = 0;
        let marks = self.marks.chunks_exact_mut(words);
        for ((sentence, source), marks) in self.sentences.iter_mut().zip(sources).zip(marks) {
            sentence.candidates = shortlist.mark(source, marks);
            let end = next + ShortlistBuffers::padded(sentence.candidates);
            if end > self.capacity.kept_rows() {
                continue;
            }
            let mut candidates = Candidates {
                marks,
                count: sentence.candidates,
                buffers: self.gathered.part(next..end, d_model),
                are_gathered: false,
            };
            candidates.gather(&embedding);
            sentence.gathered = Some(next);
            next = end;
        }
    }

    /// Writes the most likely token after each row's hidden vector.
    fn choose_tokens(&mut self, hidden: &Value, rows: &mut [Row]) {
        let d_model = self.architecture().d_model;
        let embedding = self.weights.embedding();
        let hidden = &self.slots[hidden.slot][..hidden.elements()];
        if self.shortlist.is_none() {
            let chunk = self.capacity.output_rows();
            let hidden = hidden.chunks(chunk * d_model);
            for (rows, hidden) in rows.chunks_mut(chunk).zip(hidden) {
                let logits = &mut self.logits[..rows.len() * embedding.outputs()];
                all_logits(
                    self.kernels,
                    &embedding,
                    hidden,
                    &mut self.quantised[..hidden.len()],
                    &mut self.scales[..rows.len()],
                    logits,
                );
                for (row, logits) in rows
                    .iter_mut()
                    .zip(logits.chunks_exact_mut(embedding.outputs()))
                {
                    (row.token, row.log_probability) =
                        best_of_all(self.kernels, logits, row.excluded);
                }
            }
            return;
        }
        let words = mark_words(embedding.outputs());
        let kept = self.capacity.kept_rows();
        for (row, hidden) in rows.iter_mut().zip(hidden.chunks_exact(d_model)) {
            let sentence = &self.sentences[row.sentence];
            let count = sentence.candidates;
            let gathered = match sentence.gathered {
                Some(first) => first..first + ShortlistBuffers::padded(count),
                None => kept..self.capacity.gathered_rows(),
            };
            let mut candidates = Candidates {
                marks: &self.marks[row.sentence * words..][..words],
                count,
                buffers: self.gathered.part(gathered, d_model),
                are_gathered: sentence.gathered.is_some(),
            };
            (row.token, row.log_probability) = candidates.best_token(
                self.kernels,
                &embedding,
                hidden,
                &mut self.quantised[..d_model],
                self.logits,
                row.excluded,
            );
        }
    }
}

impl BatchExecutor for Native<'_> {
    type Error = NativeError;

    fn encode_batch(&mut self, sources: &[&[u32]]) -> Result<(), NativeError> {
        self.used = [false; SLOTS];
        self.memories.clear();
        self.states.fill(0.0);
        self.place_sentences(sources)?;
        self.choose_candidates(sources);
        let architecture = self.architecture();
        let tokens = self.sentences.iter().map(|sentence| sentence.source_len);
        let rows = tokens.sum();
        let tokens = sources
            .iter()
            .flat_map(|source| source.iter().copied().zip(0..));
        let x = self.embed(tokens, rows)?;
        let encoded = model::encode(self, &architecture, x)?;
        self.memories = model::memorise(self, &architecture, encoded)?;
        Ok(())
    }

    fn step_batch(&mut self, position: usize, rows: &mut [Row]) -> Result<(), NativeError> {
        if self.memories.is_empty() {
            return Err(NativeError::NoSource);
        }
        let maximum = self.sentences.len();
        if rows.len() > maximum || rows.iter().any(|row| row.sentence >= maximum) {
            let got = rows.len();
            return Err(NativeError::Sentences { maximum, got });
        }
        self.used = [false; SLOTS];
        self.live = rows.iter().map(|row| row.sentence).collect();
        let architecture = self.architecture();
        let tokens = rows.iter().map(|row| (row.token, position));
        let x = self.embed(tokens, rows.len())?;
        let memories = self.memories.clone();
        let mut states: heapless::Vec<State, MAXIMUM_DECODER_LAYERS> = (0..architecture
            .decoder_layers)
            .map(|layer| State { layer })
            .collect();
        let hidden = model::decode(self, &architecture, x, &memories, &mut states)?;
        self.choose_tokens(&hidden, rows);
        self.release(hidden);
        Ok(())
    }
}

impl Executor for Native<'_> {
    type Error = NativeError;

    fn encode(&mut self, source: &[u32]) -> Result<(), NativeError> {
        self.encode_batch(&[source])
    }

    fn step(
        &mut self,
        token: u32,
        position: usize,
        excluded: Excluded,
    ) -> Result<(u32, f32), NativeError> {
        let mut row = [Row::single(token, excluded)];
        self.step_batch(position, &mut row)?;
        Ok((row[0].token, row[0].log_probability))
    }
}
