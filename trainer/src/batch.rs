//! Sentences to padded batches, alike in length, in an order that depends on the seed and the epoch alone.

use std::convert::Infallible;

use deshi_core::vocabulary::{END, START, Vocabulary};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Tensor};

/// A source and its translation, as token ids, END included.
#[derive(Debug, Clone)]
pub struct Example {
    /// Source tokens.
    pub source: Vec<u16>,
    /// Target tokens.
    pub target: Vec<u16>,
}

/// A text's token ids, and END.
pub fn encode(vocabulary: &Vocabulary<'_>, text: &str) -> Vec<u16> {
    let mut ids = Vec::new();
    let result: Result<(), Infallible> = vocabulary.encode(text, |id| {
        ids.push(id as u16);
        Ok(())
    });
    match result {
        Ok(()) => ids.push(END as u16),
    }
    ids
}

/// The batches of an epoch: lists of indices into the examples, each of at most `tokens` padded tokens a side.
pub fn batches(
    lengths: &[(usize, usize)],
    tokens: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ epoch.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.shuffle(&mut random);
    let mut batches = Vec::new();
    // Sorting parts of the epoch, not all of it, keeps batches of one length from being always the same.
    for part in order.chunks_mut(20_000) {
        part.sort_by_key(|&index| (lengths[index].1, lengths[index].0));
        let mut batch: Vec<usize> = Vec::new();
        let mut longest = 0;
        for &index in part.iter() {
            let (source, target) = lengths[index];
            let length = longest.max(source).max(target);
            if !batch.is_empty() && length * (batch.len() + 1) > tokens {
                batches.push(std::mem::take(&mut batch));
                longest = 0;
            }
            longest = longest.max(source).max(target);
            batch.push(index);
        }
        if !batch.is_empty() {
            batches.push(batch);
        }
    }
    batches.shuffle(&mut random);
    batches
}

/// Token ids, padded with END: `[batch, longest]`, i64; and true where there is padding.
pub fn pad(rows: &[&[u16]], device: Device) -> (Tensor, Tensor) {
    let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let mut ids = vec![i64::from(END); rows.len() * longest];
    let mut padding = vec![true; rows.len() * longest];
    for (row, tokens) in rows.iter().enumerate() {
        for (column, &token) in tokens.iter().enumerate() {
            ids[row * longest + column] = token.into();
            padding[row * longest + column] = false;
        }
    }
    let shape = [rows.len() as i64, longest as i64];
    (
        Tensor::from_slice(&ids).view(shape).to_device(device),
        Tensor::from_slice(&padding).view(shape).to_device(device),
    )
}

/// A batch of examples, ready for training.
pub struct Batch {
    /// `[batch, source_len]`
    pub source: Tensor,
    /// True where `source` is padding.
    pub source_padding: Tensor,
    /// What the decoder reads, START first: `[batch, target_len]`
    pub target_in: Tensor,
    /// What it should say: `[batch, target_len]`
    pub target_out: Tensor,
    /// True where the target is padding.
    pub target_padding: Tensor,
    /// Target tokens, without padding.
    pub tokens: usize,
}

impl Batch {
    /// Pads examples.
    pub fn new(examples: &[&Example], device: Device) -> Self {
        let sources: Vec<&[u16]> = examples
            .iter()
            .map(|example| example.source.as_slice())
            .collect();
        let targets: Vec<&[u16]> = examples
            .iter()
            .map(|example| example.target.as_slice())
            .collect();
        let shifted: Vec<Vec<u16>> = targets
            .iter()
            .map(|target| {
                std::iter::once(START as u16)
                    .chain(target[..target.len() - 1].iter().copied())
                    .collect()
            })
            .collect();
        let shifted: Vec<&[u16]> = shifted.iter().map(Vec::as_slice).collect();
        let (source, source_padding) = pad(&sources, device);
        let (target_out, target_padding) = pad(&targets, device);
        let (target_in, _) = pad(&shifted, device);
        let tokens = targets.iter().map(|target| target.len()).sum();
        Self {
            source,
            source_padding,
            target_in,
            target_out,
            target_padding,
            tokens,
        }
    }
}
