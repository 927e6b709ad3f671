//! Before anything is written: the kernels, fed from the weights file, against the reference, fed from
//! the checkpoint.
//!
//! Both decode greedily; the reference leads, so that one near tie does not make all that follows
//! incomparable.

use std::collections::HashMap;

use deshi_core::native::{self, Native};
use deshi_core::operations::{Linear, Norm, Operations};
use deshi_core::search::Executor;
use deshi_core::vocabulary::{END, FIRST_BYTE, START};
use deshi_core::weights::ALIGNMENT_BYTES;
use deshi_core::{Architecture, embedding, model};
use deshi_kernels::{
    Activation, KernelSet, LinearWeights, cross_attention_scratch, self_attention_scratch,
};

use crate::reference::{Precision, Reference, State};
use crate::weights::Weights;
use crate::{Checkpoint, ExportError};

/// The largest difference of a hidden value, as a share of the greatest in its row. The kernels sum f32 in another
/// order than the reference, which now and then rounds an activation to the next int8 step: a 127th of its row's
/// maximum.
pub const HIDDEN_TOLERANCE: f32 = 0.05;
/// Logits closer than this are a tie: which of the two wins is of no meaning.
pub const TIE: f32 = 0.05;

const EXECUTOR: &str = "the kernels";

/// What the comparison saw.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Agreement {
    /// Tokens compared.
    pub tokens: usize,
    /// Of them, those where two logits were so close that the executors chose differently.
    pub ties: usize,
    /// The largest difference of a hidden value, as a share of the greatest in its row.
    pub largest_difference: f32,
}

/// Compares the kernels with the int8 reference on token sequences without their [`END`].
///
/// # Errors
/// If tokens differ other than by a tie, or a hidden value by more than [`HIDDEN_TOLERANCE`].
pub fn verify(
    checkpoint: &Checkpoint,
    weights: &Weights,
    sources: &[Vec<u32>],
) -> Result<Agreement, ExportError> {
    let mut kernels = Kernels::new(&checkpoint.architecture, weights)?;
    let mut reference = Reference::new(checkpoint, Precision::Int8);
    let mut agreement = Agreement::default();

    // The file that ships, read in place as a runtime does: from an aligned address.
    let mut buffer = vec![0; weights.file.len() + ALIGNMENT_BYTES];
    let start = buffer.as_ptr().align_offset(ALIGNMENT_BYTES);
    let file = &mut buffer[start..][..weights.file.len()];
    file.copy_from_slice(&weights.file);
    let architecture = &checkpoint.architecture;
    let in_place = deshi_core::weights::Weights::new(architecture, file)
        .map_err(|error| ExportError::Layout(error.to_string()))?;
    let source_len = sources.iter().map(Vec::len).max().unwrap_or(0) + 1;
    let mut arena = vec![0.0; native::arena_elements(architecture, source_len)];
    let mut quantised = vec![0; native::quantised_elements(architecture, source_len)];
    let set = deshi_kernels::best();
    let mut native = Native::new(set, &in_place, source_len, &mut arena, &mut quantised)
        .map_err(|error| ExportError::Layout(error.to_string()))?;

    for source in sources {
        let chosen = verify_one(
            &mut kernels,
            &mut reference,
            checkpoint,
            source,
            &mut agreement,
        )?;
        verify_native(&mut native, source, &chosen)?;
    }
    Ok(agreement)
}

/// One step: the token that the decoder read, and the one that the kernels chose after it.
type Step = (u32, u32);

/// The runtime's native executor chooses what the kernels chose, to the token: its numbers are theirs.
fn verify_native(
    native: &mut Native<'_>,
    source: &[u32],
    chosen: &[Step],
) -> Result<(), ExportError> {
    let fail = |what| ExportError::Verification {
        executor: "the native executor",
        what,
    };
    let source: Vec<u32> = source.iter().copied().chain([END]).collect();
    native
        .encode(&source)
        .map_err(|error| fail(error.to_string()))?;
    for (position, &(token, expected)) in chosen.iter().enumerate() {
        let (got, _) = native
            .step(token, position)
            .map_err(|error| fail(error.to_string()))?;
        if got != expected {
            let place = format!("source of {} tokens, step {position}", source.len());
            return Err(fail(format!("{place}: token {got} for {expected}")));
        }
    }
    Ok(())
}

/// Token sequences of several lengths, spread over the vocabulary; the same ones each time.
pub fn sample_sources(architecture: &Architecture) -> Vec<Vec<u32>> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let span = architecture.vocabulary_size as u64 - u64::from(FIRST_BYTE);
    let mut token = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        FIRST_BYTE + ((state >> 33) % span) as u32
    };
    let longest = architecture.maximum_positions - 1;
    [0, 1, 2, 5, 9, 17, 18]
        .map(|len: usize| (0..len.min(longest)).map(|_| token()).collect())
        .into()
}

fn verify_one(
    kernels: &mut Kernels<'_>,
    reference: &mut Reference<'_>,
    checkpoint: &Checkpoint,
    source: &[u32],
    agreement: &mut Agreement,
) -> Result<Vec<Step>, ExportError> {
    let architecture = &checkpoint.architecture;
    let Architecture {
        decoder_layers,
        d_model,
        maximum_positions,
        ..
    } = *architecture;
    let source: Vec<u32> = source.iter().copied().chain([END]).collect();

    let x = reference.embed(&source, 0);
    let encoded = model::encode(reference, architecture, x)?;
    let expected_memories = model::memorise(reference, architecture, encoded)?;
    let x = kernels.embed(&source, 0);
    let encoded = model::encode(kernels, architecture, x)?;
    let memories = model::memorise(kernels, architecture, encoded)?;

    let mut expected_states = vec![State::default(); decoder_layers];
    let mut states = vec![vec![0.0; d_model]; decoder_layers];
    let mut chosen = Vec::new();
    let mut token = START;
    for position in 0..(source.len() * 3 / 2 + 10).min(maximum_positions) {
        let x = reference.embed(&[token], position);
        let expected = model::decode(
            reference,
            architecture,
            x,
            &expected_memories,
            &mut expected_states,
        )?;
        let x = kernels.embed(&[token], position);
        let hidden = model::decode(kernels, architecture, x, &memories, &mut states)?;

        let difference = expected[0].iter().zip(&hidden).map(|(a, b)| (a - b).abs());
        let greatest = expected[0].iter().fold(0.0, |a: f32, b| a.max(b.abs()));
        let difference = difference.fold(0.0, f32::max) / greatest.max(f32::MIN_POSITIVE);
        agreement.largest_difference = agreement.largest_difference.max(difference);
        let fail = |what| {
            Err(ExportError::Verification {
                executor: EXECUTOR,
                what,
            })
        };
        let place = || format!("source of {} tokens, step {position}", source.len());
        if !hidden.iter().all(|value| value.is_finite()) || difference > HIDDEN_TOLERANCE {
            return fail(format!(
                "{}: hidden differs by {difference} of its maximum",
                place()
            ));
        }

        let logits = reference.logits(&expected[0]);
        let best = first_highest(&logits);
        let got = kernels.argmax(&hidden);
        chosen.push((token, got as u32));
        agreement.tokens += 1;
        if got != best {
            let gap = logits[best] - logits[got];
            if gap > TIE {
                return fail(format!(
                    "{}: token {got} for {best}, logits {gap} apart",
                    place()
                ));
            }
            agreement.ties += 1;
        }
        token = best as u32;
        if token == END {
            break;
        }
    }
    Ok(chosen)
}

fn first_highest(logits: &[f32]) -> usize {
    (0..logits.len())
        .rev()
        .max_by(|&a, &b| logits[a].total_cmp(&logits[b]))
        .unwrap_or(0)
}

/// A linear layer of the weights file, aligned.
struct OwnedLinear {
    blocked: Vec<i8>,
    scales: Vec<f32>,
    sums: Vec<i32>,
    bias: Vec<f32>,
}

impl OwnedLinear {
    fn read(weights: &Weights, name: &str) -> Result<Self, ExportError> {
        let blocked = weights.bytes(&format!("{name}.blocked"))?;
        let (sums, _) = weights.bytes(&format!("{name}.sums"))?.as_chunks();
        Ok(Self {
            blocked: blocked.iter().map(|&byte| byte as i8).collect(),
            scales: floats(weights, &format!("{name}.scales"))?,
            sums: sums
                .iter()
                .map(|&bytes| i32::from_le_bytes(bytes))
                .collect(),
            bias: floats(weights, &format!("{name}.bias"))?,
        })
    }

    fn view(&self) -> LinearWeights<'_> {
        let Self {
            blocked,
            scales,
            sums,
            bias,
        } = self;
        LinearWeights::new(
            blocked.len() / bias.len(),
            bias.len(),
            blocked,
            scales,
            sums,
            bias,
        )
        .expect("the architecture is valid, and the sections are as long as it says")
    }
}

fn floats(weights: &Weights, name: &str) -> Result<Vec<f32>, ExportError> {
    let (numbers, _) = weights.bytes(name)?.as_chunks();
    Ok(numbers
        .iter()
        .map(|&bytes| f32::from_le_bytes(bytes))
        .collect())
}

/// The interpreter that calls the kernels.
struct Kernels<'a> {
    architecture: &'a Architecture,
    weights: &'a Weights,
    set: &'static dyn KernelSet,
    linears: HashMap<String, OwnedLinear>,
    embedding: OwnedLinear,
    positions: Vec<f32>,
}

impl<'a> Kernels<'a> {
    fn new(architecture: &'a Architecture, weights: &'a Weights) -> Result<Self, ExportError> {
        Ok(Self {
            architecture,
            weights,
            set: deshi_kernels::best(),
            linears: HashMap::new(),
            embedding: OwnedLinear::read(weights, "embedding")?,
            positions: floats(weights, "positions")?,
        })
    }

    fn embed(&self, tokens: &[u32], first_position: usize) -> Vec<f32> {
        let d_model = self.architecture.d_model;
        let factor = embedding::embedding_factor(d_model);
        let embedding = self.embedding.view();
        let mut row = vec![0; d_model];
        let mut x = Vec::with_capacity(tokens.len() * d_model);
        let positions = self.positions.chunks_exact(d_model).skip(first_position);
        for (&token, position) in tokens.iter().zip(positions) {
            embedding.row(token as usize, &mut row);
            let scale = embedding.scales()[token as usize];
            let value = |(&value, sine): (&i8, &f32)| f32::from(value) * scale * factor + sine;
            x.extend(row.iter().zip(position).map(value));
        }
        x
    }

    fn product(&self, x: &[f32], layer: &OwnedLinear, activation: Activation) -> Vec<f32> {
        let weights = layer.view();
        let rows = x.len() / weights.inputs();
        let (mut quantised, mut scales) = (vec![0; x.len()], vec![0.0; rows]);
        self.set
            .quantise_rows(x, weights.inputs(), &mut quantised, &mut scales);
        let mut y = vec![0.0; rows * weights.outputs()];
        self.set
            .linear(rows, &quantised, &scales, &weights, activation, &mut y);
        y
    }

    fn argmax(&self, hidden: &[f32]) -> usize {
        self.set
            .argmax(&self.product(hidden, &self.embedding, Activation::None))
            .0
    }
}

impl Operations for Kernels<'_> {
    type Value = Vec<f32>;
    /// Keys, transposed, and values.
    type Memory = (Vec<f32>, Vec<f32>);
    type State = Vec<f32>;
    type Error = ExportError;

    fn linear(&mut self, x: &Vec<f32>, layer: Linear) -> Result<Vec<f32>, ExportError> {
        let name = layer.to_string();
        if !self.linears.contains_key(&name) {
            self.linears
                .insert(name.clone(), OwnedLinear::read(self.weights, &name)?);
        }
        Ok(self.product(x, &self.linears[&name], layer.activation()))
    }

    fn add_norm(&mut self, x: Vec<f32>, y: Vec<f32>, norm: Norm) -> Result<Vec<f32>, ExportError> {
        let gamma = floats(self.weights, &format!("{norm}.gamma"))?;
        let beta = floats(self.weights, &format!("{norm}.beta"))?;
        let mut out = vec![0.0; x.len()];
        self.set.add_norm(&x, &y, &gamma, &beta, &mut out);
        Ok(out)
    }

    fn self_attention(&mut self, qkv: Vec<f32>) -> Result<Vec<f32>, ExportError> {
        let Architecture {
            d_model, n_heads, ..
        } = *self.architecture;
        let n = qkv.len() / (3 * d_model);
        let mut scratch = vec![0.0; self_attention_scratch(n, d_model, n_heads)];
        let mut out = vec![0.0; n * d_model];
        self.set
            .self_attention(&qkv, d_model, n_heads, &mut scratch, &mut out);
        Ok(out)
    }

    fn causal_attention(&mut self, _: Vec<f32>, _: &mut Vec<f32>) -> Result<Vec<f32>, ExportError> {
        Err(ExportError::SelfAttentionDecoder)
    }

    fn ssru(&mut self, xw: Vec<f32>, state: &mut Vec<f32>) -> Result<Vec<f32>, ExportError> {
        let mut out = vec![0.0; xw.len() / 2];
        self.set.ssru(&xw, state, &mut out);
        Ok(out)
    }

    fn memory(&mut self, kv: Vec<f32>, _: usize) -> Result<Self::Memory, ExportError> {
        let d_model = self.architecture.d_model;
        let rows = kv.chunks_exact(2 * d_model);
        let keys = (0..d_model)
            .flat_map(|column| rows.clone().map(move |row| row[column]))
            .collect();
        let values = rows
            .clone()
            .flat_map(|row| row[d_model..].iter().copied())
            .collect();
        Ok((keys, values))
    }

    fn cross_attention(
        &mut self,
        q: Vec<f32>,
        (keys, values): &Self::Memory,
    ) -> Result<Vec<f32>, ExportError> {
        let Architecture {
            d_model, n_heads, ..
        } = *self.architecture;
        let source_len = values.len() / d_model;
        let n = q.len() / d_model;
        let mut scratch = vec![0.0; cross_attention_scratch(n, source_len)];
        let mut out = vec![0.0; q.len()];
        self.set.cross_attention(
            &q,
            keys,
            values,
            source_len,
            n_heads,
            &mut scratch,
            &mut out,
        );
        Ok(out)
    }
}
