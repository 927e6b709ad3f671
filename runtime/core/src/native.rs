//! The forward pass by direct calls of the kernels, in a fixed arena: no allocation, no graph.

use core::fmt;

use deshi_kernels::{KernelSet, LinearWeights, cross_attention_scratch, self_attention_scratch};

use crate::embedding::embedding_factor;
use crate::model::{self, Memories};
use crate::operations::{Linear, Norm, Operations};
use crate::search::Executor;
use crate::weights::Weights;
use crate::{Architecture, DecoderKind};

/// Values of width `d_model` that the forward pass holds at once: a residual, a result, and their sum.
const NARROW: usize = 3;
/// And one that is wider.
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
    /// More source tokens than the arena was made for, or none.
    SourceLength {
        /// Tokens that there is room for.
        maximum: usize,
        /// Tokens of the source.
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
            Self::Token { token } => write!(f, "native: the vocabulary has no token {token}"),
            Self::Position { position } => write!(f, "native: no position {position}"),
            Self::NoSource => write!(f, "native: a step before a source was encoded"),
            Self::Slots => write!(f, "native: the forward pass holds too many values at once"),
        }
    }
}

impl core::error::Error for NativeError {}

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

const fn wide_width(architecture: &Architecture) -> usize {
    max(3 * architecture.d_model, architecture.d_ff)
}

const fn scratch_elements(architecture: &Architecture, source_len: usize) -> usize {
    max(
        self_attention_scratch(source_len, architecture.d_model, architecture.n_heads),
        cross_attention_scratch(1, source_len),
    )
}

/// Elements (f32) of the arena for sources of up to `source_len` tokens.
pub const fn arena_elements(architecture: &Architecture, source_len: usize) -> usize {
    let Architecture {
        d_model,
        decoder_layers,
        vocabulary_size,
        ..
    } = *architecture;
    source_len * (NARROW * d_model + wide_width(architecture))
        + decoder_layers * (2 * source_len + 1) * d_model
        + source_len
        + scratch_elements(architecture, source_len)
        + vocabulary_size
}

/// Elements (i8) of the quantised rows for sources of up to `source_len` tokens.
pub const fn quantised_elements(architecture: &Architecture, source_len: usize) -> usize {
    source_len * max(architecture.d_model, architecture.d_ff)
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

/// The most likely token after a hidden row, and its log-probability.
///
/// # Shapes
/// `hidden: [d_model]`, `row` (scratch): `[d_model]`, `logits` (scratch): `[vocabulary_size]`
///
/// # Panics
/// If the shapes do not fit.
pub fn best_token(
    kernels: &dyn KernelSet,
    embedding: &LinearWeights<'_>,
    hidden: &[f32],
    row: &mut [i8],
    logits: &mut [f32],
) -> (u32, f32) {
    let mut scale = [0.0];
    kernels.quantise_rows(hidden, hidden.len(), row, &mut scale);
    kernels.linear(
        1,
        row,
        &scale,
        embedding,
        deshi_kernels::Activation::None,
        logits,
    );
    let (token, logit) = kernels.argmax(logits);
    (token as u32, logit - kernels.log_sum_exp(logits, logit))
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

/// A decoder layer's keys and values of the source: their place in the arena.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    layer: usize,
    source_len: usize,
}

/// A decoder layer's SSRU state: its place in the arena.
#[derive(Debug, Clone, Copy)]
pub struct State {
    layer: usize,
}

/// The interpreter that runs the kernels, in memory that it is given.
#[derive(Debug)]
pub struct Native<'a> {
    kernels: &'static dyn KernelSet,
    weights: &'a Weights<'a>,
    source_len: usize,
    slots: [&'a mut [f32]; SLOTS],
    used: [bool; SLOTS],
    keys: &'a mut [f32],
    values: &'a mut [f32],
    states: &'a mut [f32],
    scales: &'a mut [f32],
    scratch: &'a mut [f32],
    logits: &'a mut [f32],
    quantised: &'a mut [i8],
    memories: Memories<Self>,
}

impl<'a> Native<'a> {
    /// Runs the weights on the kernels, for sources of up to `source_len` tokens.
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
        let architecture = *weights.layout().architecture();
        if architecture.decoder != DecoderKind::Ssru {
            return Err(NativeError::SelfAttentionDecoder);
        }
        let maximum = architecture.maximum_positions;
        if !(1..=maximum).contains(&source_len) {
            return Err(NativeError::SourceLength {
                maximum,
                got: source_len,
            });
        }
        for (buffer, expected, got) in [
            (
                "arena",
                arena_elements(&architecture, source_len),
                arena.len(),
            ),
            (
                "quantised",
                quantised_elements(&architecture, source_len),
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
        let narrow = source_len * d_model;
        Ok(Self {
            kernels,
            weights,
            source_len,
            slots: [
                take(narrow),
                take(narrow),
                take(narrow),
                take(source_len * wide_width(&architecture)),
            ],
            used: [false; SLOTS],
            keys: take(decoder_layers * narrow),
            values: take(decoder_layers * narrow),
            states: take(decoder_layers * d_model),
            scales: take(source_len),
            scratch: take(scratch_elements(&architecture, source_len)),
            logits: take(vocabulary_size),
            quantised,
            memories: Memories::<Self>::new(),
        })
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

    fn embed(&mut self, tokens: &[u32], first: usize) -> Result<Value, NativeError> {
        let Architecture {
            d_model,
            vocabulary_size,
            maximum_positions,
            ..
        } = self.architecture();
        if let Some(&token) = tokens
            .iter()
            .find(|&&token| token as usize >= vocabulary_size)
        {
            return Err(NativeError::Token { token });
        }
        if first + tokens.len() > maximum_positions {
            return Err(NativeError::Position {
                position: first + tokens.len() - 1,
            });
        }
        let x = self.place(tokens.len(), d_model)?;
        let (embedding, positions) = (self.weights.embedding(), self.weights.positions());
        let rows = self.slots[x.slot].chunks_exact_mut(d_model);
        for (offset, (&token, out)) in tokens.iter().zip(rows).enumerate() {
            let row = &mut self.quantised[..d_model];
            embed(&embedding, positions, token, first + offset, row, out);
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
        self.kernels
            .self_attention(input, d_model, n_heads, self.scratch, out);
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
        let state = &mut self.states[state.layer * d_model..][..d_model];
        self.kernels.ssru(input, state, out);
        self.release(xw);
        Ok(y)
    }

    fn memory(&mut self, keys_values: Value, layer: usize) -> Result<Memory, NativeError> {
        let d_model = self.architecture().d_model;
        let source_len = keys_values.rows;
        let start = layer * self.source_len * d_model;
        let keys = &mut self.keys[start..][..source_len * d_model];
        let values = &mut self.values[start..][..source_len * d_model];
        split_memory(
            &self.slots[keys_values.slot][..keys_values.elements()],
            d_model,
            keys,
            values,
        );
        self.release(keys_values);
        Ok(Memory { layer, source_len })
    }

    fn cross_attention(&mut self, q: Value, memory: &Memory) -> Result<Value, NativeError> {
        let Architecture {
            d_model, n_heads, ..
        } = self.architecture();
        let y = self.place(q.rows, d_model)?;
        let start = memory.layer * self.source_len * d_model;
        let keys = &self.keys[start..][..memory.source_len * d_model];
        let values = &self.values[start..][..memory.source_len * d_model];
        let [input, out] = self
            .slots
            .get_disjoint_mut([q.slot, y.slot])
            .expect("values stand in places of their own");
        self.kernels.cross_attention(
            &input[..q.elements()],
            keys,
            values,
            memory.source_len,
            n_heads,
            self.scratch,
            &mut out[..y.elements()],
        );
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
    for (position, (row, values)) in rows.enumerate() {
        let (key, value) = row.split_at(d_model);
        values.copy_from_slice(value);
        for (column, &element) in key.iter().enumerate() {
            keys[column * source_len + position] = element;
        }
    }
}

impl Executor for Native<'_> {
    type Error = NativeError;

    fn encode(&mut self, source: &[u32]) -> Result<(), NativeError> {
        if !(1..=self.source_len).contains(&source.len()) {
            return Err(NativeError::SourceLength {
                maximum: self.source_len,
                got: source.len(),
            });
        }
        self.used = [false; SLOTS];
        self.memories.clear();
        self.states.fill(0.0);
        let architecture = self.architecture();
        let x = self.embed(source, 0)?;
        let encoded = model::encode(self, &architecture, x)?;
        self.memories = model::memorise(self, &architecture, encoded)?;
        Ok(())
    }

    fn step(&mut self, token: u32, position: usize) -> Result<(u32, f32), NativeError> {
        if self.memories.is_empty() {
            return Err(NativeError::NoSource);
        }
        let architecture = self.architecture();
        let x = self.embed(&[token], position)?;
        let memories = self.memories.clone();
        let mut states: heapless::Vec<State, { crate::architecture::MAXIMUM_DECODER_LAYERS }> = (0
            ..architecture.decoder_layers)
            .map(|layer| State { layer })
            .collect();
        let hidden = model::decode(self, &architecture, x, &memories, &mut states)?;
        let (row, logits) = (
            &mut self.quantised[..architecture.d_model],
            &mut *self.logits,
        );
        let elements = &self.slots[hidden.slot][..hidden.elements()];
        let best = best_token(
            self.kernels,
            &self.weights.embedding(),
            elements,
            row,
            logits,
        );
        self.release(hidden);
        Ok(best)
    }
}
