//! The output layer: the most likely token after a hidden row, of the vocabulary or of a sentence's
//! candidates.
//!
//! Its weights are the embedding's. A sentence's candidates (see [`crate::shortlist`]) are gathered into a
//! smaller layer, once a sentence, or piece by piece at every step where there is no room for all of them:
//! the numbers are the same.

use deshi_kernels::{Activation, KernelSet, LinearWeights, OUTPUT_GROUP, ShortlistBuffers};

use crate::search::Excluded;
use crate::shortlist::{marked, nth_marked};

/// Candidates that are gathered by one call.
const CHUNK: usize = 64;
const _: () = assert!(CHUNK.is_multiple_of(OUTPUT_GROUP));

/// The most likely token after a hidden row of those that are not excluded, and its log-probability among all.
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
    excluded: Excluded,
) -> (u32, f32) {
    let mut scale = [0.0];
    all_logits(kernels, embedding, hidden, row, &mut scale, logits);
    best_of_all(kernels, logits, excluded)
}

/// The logits of every token after each of some hidden rows.
///
/// # Shapes
/// `hidden: [rows, d_model]`, scratch: `quantised: [rows, d_model]`, `scales: [rows]`,
/// `logits: [rows, vocabulary_size]`
///
/// # Panics
/// If the shapes do not fit.
pub fn all_logits(
    kernels: &dyn KernelSet,
    embedding: &LinearWeights<'_>,
    hidden: &[f32],
    quantised: &mut [i8],
    scales: &mut [f32],
    logits: &mut [f32],
) {
    kernels.quantise_rows(hidden, embedding.inputs(), quantised, scales);
    let none = Activation::None;
    kernels.linear(scales.len(), quantised, scales, embedding, none, logits);
}

/// The token of the highest of a row of logits, of those that are not excluded, and its log-probability among all.
/// Overwrites the logits of excluded tokens that are higher.
///
/// # Shapes
/// `logits: [vocabulary_size]`
pub fn best_of_all(kernels: &dyn KernelSet, logits: &mut [f32], excluded: Excluded) -> (u32, f32) {
    best(kernels, logits, |index| index as u32, excluded)
}

/// The same where `token` gives the token of each logit.
fn best(
    kernels: &dyn KernelSet,
    logits: &mut [f32],
    token: impl Fn(usize) -> u32,
    excluded: Excluded,
) -> (u32, f32) {
    let (index, highest) = kernels.argmax(logits);
    let log_sum_exp = kernels.log_sum_exp(logits, highest);
    let mut found = (token(index), highest - log_sum_exp);
    let mut index = index;
    for _ in 0..excluded.len() {
        if !excluded.contains(found.0) {
            break;
        }
        logits[index] = f32::NEG_INFINITY;
        let (next, logit) = kernels.argmax(logits);
        index = next;
        found = (token(next), logit - log_sum_exp);
    }
    found
}

/// The output layer over one sentence's candidates.
pub struct Candidates<'a> {
    /// Which: see [`crate::shortlist::Shortlist::mark`].
    pub marks: &'a [u32],
    /// How many.
    pub count: usize,
    /// Room for the rows of all of them, rounded up to a multiple of 16; or for 16 rows or more.
    pub buffers: ShortlistBuffers<'a>,
    /// Whether the buffers hold their rows: what [`Self::gather`] said.
    pub are_gathered: bool,
}

impl Candidates<'_> {
    /// Gathers the rows if there is room for all of them; says whether there was.
    ///
    /// # Panics
    /// If a candidate is no output of the embedding, or the buffers have different lengths.
    pub fn gather(&mut self, embedding: &LinearWeights<'_>) -> bool {
        self.are_gathered = ShortlistBuffers::padded(self.count) <= self.buffers.scales.len();
        if !self.are_gathered {
            return false;
        }
        let mut candidates = marked(self.marks);
        let mut first = 0;
        while first < self.count {
            let part = part(&mut self.buffers, embedding.inputs(), first);
            first += gather_some(embedding, &mut candidates, part).1;
        }
        true
    }

    /// The most likely candidate after a hidden row of those that are not excluded, and its log-probability among all
    /// candidates.
    ///
    /// # Shapes
    /// `hidden: [d_model]`, `row` (scratch): `[d_model]`, `logits` (scratch): `[vocabulary_size]`
    ///
    /// # Panics
    /// If the shapes do not fit, or there is no candidate.
    pub fn best_token(
        &mut self,
        kernels: &dyn KernelSet,
        embedding: &LinearWeights<'_>,
        hidden: &[f32],
        row: &mut [i8],
        logits: &mut [f32],
        excluded: Excluded,
    ) -> (u32, f32) {
        let mut scale = [0.0];
        kernels.quantise_rows(hidden, hidden.len(), row, &mut scale);
        let mut linear = |layer: &LinearWeights<'_>, first: usize| {
            let logits = &mut logits[first..][..layer.outputs()];
            kernels.linear(1, row, &scale, layer, Activation::None, logits);
        };
        if self.are_gathered {
            let ShortlistBuffers {
                blocked,
                scales,
                sums,
                bias,
            } = &self.buffers;
            let outputs = ShortlistBuffers::padded(self.count);
            let layer = LinearWeights::new(
                embedding.inputs(),
                outputs,
                &blocked[..outputs * embedding.inputs()],
                &scales[..outputs],
                &sums[..outputs],
                &bias[..outputs],
            );
            linear(&layer.expect("it was gathered in this shape"), 0);
        } else {
            let mut candidates = marked(self.marks);
            let mut first = 0;
            while first < self.count {
                let part = part(&mut self.buffers, embedding.inputs(), 0);
                let (layer, gathered) = gather_some(embedding, &mut candidates, part);
                linear(&layer, first);
                first += gathered;
            }
        }
        let token = |index| nth_marked(self.marks, index).expect("as many are marked as counted");
        best(kernels, &mut logits[..self.count], token, excluded)
    }
}

/// The buffers from the row `first` on.
fn part<'b>(
    buffers: &'b mut ShortlistBuffers<'_>,
    inputs: usize,
    first: usize,
) -> ShortlistBuffers<'b> {
    ShortlistBuffers {
        blocked: &mut buffers.blocked[first * inputs..],
        scales: &mut buffers.scales[first..],
        sums: &mut buffers.sums[first..],
        bias: &mut buffers.bias[first..],
    }
}

/// Gathers the next candidates, as many as fit and [`CHUNK`] at most; gives the layer and their number.
fn gather_some<'b>(
    embedding: &LinearWeights<'_>,
    candidates: &mut impl Iterator<Item = u32>,
    buffers: ShortlistBuffers<'b>,
) -> (LinearWeights<'b>, usize) {
    let room = buffers.scales.len() / OUTPUT_GROUP * OUTPUT_GROUP;
    let mut tokens = [0; CHUNK];
    let mut count = 0;
    for (place, token) in tokens.iter_mut().take(room).zip(candidates) {
        *place = token;
        count += 1;
    }
    let layer = embedding.gather(&tokens[..count], buffers);
    (
        layer.expect("candidates are tokens, and there is room for 16"),
        count,
    )
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::quantization::quantise_linear;
    use crate::shortlist::mark_words;
    use std::vec;
    use std::vec::Vec;

    const INPUTS: usize = 32;
    const OUTPUTS: usize = 304;

    /// Numbers within -1 and 1.
    fn numbers(count: usize) -> Vec<f32> {
        let mut state = 5u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn candidates_have_the_logits_of_the_vocabulary_in_any_room() {
        let weight = numbers(INPUTS * OUTPUTS);
        let mut blocked = vec![0; INPUTS * OUTPUTS];
        let (mut scales, mut sums) = (vec![0.0; OUTPUTS], vec![0; OUTPUTS]);
        quantise_linear(INPUTS, &weight, &mut blocked, &mut scales, &mut sums);
        let bias = numbers(OUTPUTS);
        let embedding =
            LinearWeights::new(INPUTS, OUTPUTS, &blocked, &scales, &sums, &bias).unwrap();
        let kernels = deshi_kernels::best();
        let hidden = numbers(INPUTS);
        let (mut row, mut logits) = (vec![0; INPUTS], vec![0.0; OUTPUTS]);
        let nothing = Excluded::NOTHING;
        best_token(kernels, &embedding, &hidden, &mut row, &mut logits, nothing);
        let all = logits.clone();

        for step in [1, 2, 3, 7] {
            let mut marks = vec![0; mark_words(OUTPUTS)];
            let tokens: Vec<usize> = (0..OUTPUTS).step_by(step).collect();
            for &token in &tokens {
                marks[token / 32] |= 1 << (token % 32);
            }
            let chosen: Vec<f32> = tokens.iter().map(|&token| all[token]).collect();
            let (index, logit) = kernels.argmax(&chosen);
            let expected = (
                tokens[index] as u32,
                logit - kernels.log_sum_exp(&chosen, logit),
            );
            for room in [16, 31, 64, 100, OUTPUTS] {
                let mut gathered = (
                    vec![0; room * INPUTS],
                    vec![0.0; room],
                    vec![0; room],
                    vec![0.0; room],
                );
                let mut candidates = Candidates {
                    marks: &marks,
                    count: tokens.len(),
                    buffers: ShortlistBuffers {
                        blocked: &mut gathered.0,
                        scales: &mut gathered.1,
                        sums: &mut gathered.2,
                        bias: &mut gathered.3,
                    },
                    are_gathered: false,
                };
                let padded = ShortlistBuffers::padded(tokens.len());
                for gathered in [false, true] {
                    if gathered {
                        assert_eq!(candidates.gather(&embedding), padded <= room);
                    }
                    let (row, logits) = (&mut row, &mut logits);
                    let got =
                        candidates.best_token(kernels, &embedding, &hidden, row, logits, nothing);
                    assert_eq!(got, expected, "every {step}th token, room for {room}");
                }
            }
        }
    }
}
