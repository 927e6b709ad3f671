//! The output layer: the most likely next token for a hidden row, among the vocabulary or a sentence's
//! candidates.
//!
//! It shares its weights with the embedding. A sentence's candidates (see [`crate::shortlist`]) are gathered
//! into a smaller layer, once per sentence, or, if they do not all fit, 16 at a time in every step. The results
//! are the same.

use core::ops::DerefMut;

use deshi_kernels::{Activation, KernelSet, LinearWeights, OUTPUT_GROUP};

use crate::Architecture;
use crate::Token;
use crate::memory::{Capacity, MAXIMUM_SENTENCES};
use crate::search::{Excluded, Row};
use crate::shortlist::{Shortlist, mark_words, marked, nth_marked};
use crate::weights::ALIGNMENT_BYTES;

mod gathered;

use gathered::Gathered;

/// Rows of logits computed at once: a multiple of the kernels' largest tile, six rows, so that all tiles
/// are full.
const MOST_LOGIT_ROWS: usize = 12;

/// The outputs of a layer that holds this many candidates: the next multiple of 16.
pub const fn padded(candidates: usize) -> usize {
    candidates.next_multiple_of(OUTPUT_GROUP)
}

const fn logit_rows(capacity: &Capacity) -> usize {
    if capacity.sentences < MOST_LOGIT_ROWS {
        capacity.sentences
    } else {
        MOST_LOGIT_ROWS
    }
}

/// Rows that are kept for the whole sentence: the candidates, and each sentence's padding.
const fn kept_rows(capacity: &Capacity) -> usize {
    if capacity.candidates == 0 {
        return 0;
    }
    padded(capacity.candidates) + capacity.sentences * OUTPUT_GROUP
}

/// The kept rows, and the 16 rows that sentences without room share.
const fn gathered_rows(capacity: &Capacity) -> usize {
    kept_rows(capacity) + OUTPUT_GROUP
}

/// Number of f32 elements that an [`OutputLayer`] of this capacity needs.
pub const fn number_elements(architecture: &Architecture, capacity: &Capacity) -> usize {
    logit_rows(capacity) * architecture.vocabulary_size
        + capacity.sentences * mark_words(architecture.vocabulary_size)
        + 3 * gathered_rows(capacity)
}

/// Number of i8 elements that an [`OutputLayer`] of this capacity needs.
pub const fn blocked_elements(architecture: &Architecture, capacity: &Capacity) -> usize {
    gathered_rows(capacity) * architecture.d_model + ALIGNMENT_BYTES
}

/// A sentence's candidates.
#[derive(Debug, Clone, Copy)]
struct Candidates {
    count: usize,
    /// Index of the first of their rows, if the rows are kept.
    first_row: Option<usize>,
}

/// The output layer of several sentences, in buffers that the caller provides: slices, or vectors.
#[derive(Debug)]
pub struct OutputLayer<N, B> {
    architecture: Architecture,
    capacity: Capacity,
    /// Logits, then marks (u32), then the gathered rows' scales, sums (i32) and biases.
    numbers: N,
    /// The gathered rows' weights.
    blocked: B,
    /// Where the weights start: at a multiple of a cache line, because aligned reads are a little
    /// faster.
    blocked_start: usize,
    /// The candidates of each sentence; empty if every token is a candidate.
    candidates: heapless::Vec<Candidates, MAXIMUM_SENTENCES>,
}

/// The buffers by purpose.
struct Parts<'m> {
    /// `[logit_rows, vocabulary_size]`
    logits: &'m mut [f32],
    /// `[sentences, mark_words]`
    marks: &'m mut [u32],
    gathered: Gathered<'m>,
}

impl<N: DerefMut<Target = [f32]>, B: DerefMut<Target = [i8]>> OutputLayer<N, B> {
    /// An output layer over every token.
    ///
    /// # Shapes
    /// `numbers`: at least [`number_elements`], `blocked`: at least [`blocked_elements`]
    pub fn new(architecture: &Architecture, capacity: Capacity, numbers: N, blocked: B) -> Self {
        let blocked_start = blocked.as_ptr().align_offset(ALIGNMENT_BYTES);
        Self {
            architecture: *architecture,
            capacity,
            numbers,
            blocked,
            blocked_start: blocked_start.min(ALIGNMENT_BYTES),
            candidates: heapless::Vec::new(),
        }
    }

    /// The capacity.
    pub fn capacity(&self) -> &Capacity {
        &self.capacity
    }

    /// How many rows of logits are computed at once.
    pub fn logit_rows(&self) -> usize {
        logit_rows(&self.capacity)
    }

    /// The logits of the last call's first row, over the vocabulary: `[vocabulary_size]`. Undefined with
    /// candidates, or if tokens were excluded.
    pub fn logits(&self) -> &[f32] {
        &self.numbers[..self.architecture.vocabulary_size]
    }

    fn parts(&mut self) -> Parts<'_> {
        let Architecture {
            d_model,
            vocabulary_size,
            ..
        } = self.architecture;
        let rows = gathered_rows(&self.capacity);
        let mut rest = &mut *self.numbers;
        let mut take = |elements: usize| {
            let (part, after) = core::mem::take(&mut rest).split_at_mut(elements);
            rest = after;
            part
        };
        Parts {
            logits: take(logit_rows(&self.capacity) * vocabulary_size),
            marks: bytemuck::cast_slice_mut(take(
                self.capacity.sentences * mark_words(vocabulary_size),
            )),
            gathered: Gathered {
                blocked: &mut self.blocked[self.blocked_start..][..rows * d_model],
                scales: take(rows),
                sums: bytemuck::cast_slice_mut(take(rows)),
                bias: take(rows),
            },
        }
    }

    /// From now on, chooses tokens among the candidates of each of these sources, or among all tokens without a
    /// shortlist. Gathers the candidates' rows while there is room.
    ///
    /// # Panics
    /// If there are more sources than the capacity has sentences.
    pub fn choose_candidates(
        &mut self,
        embedding: &LinearWeights<'_>,
        shortlist: Option<Shortlist<'_>>,
        sources: &[&[Token]],
    ) {
        self.candidates.clear();
        let Some(shortlist) = shortlist else {
            return;
        };
        let d_model = self.architecture.d_model;
        let words = mark_words(self.architecture.vocabulary_size);
        let kept = kept_rows(&self.capacity);
        let mut next = 0;
        for (index, source) in sources.iter().enumerate() {
            let Parts {
                marks, gathered, ..
            } = self.parts();
            let marks = &mut marks[index * words..][..words];
            let count = shortlist.mark(source, marks);
            let rows = next..next + padded(count);
            let first_row = (rows.end <= kept).then_some(next);
            if first_row.is_some() {
                next = rows.end;
                let mut gathered = gathered.part(rows, d_model);
                gathered.gather(embedding, &mut marked(marks));
            }
            let candidates = Candidates { count, first_row };
            let pushed = self.candidates.push(candidates);
            pushed.expect("a capacity has at most MAXIMUM_SENTENCES");
        }
    }

    /// Finds for each hidden row the most likely token that is not excluded, and that token's log-probability
    /// among all tokens, or among all candidates.
    ///
    /// # Shapes
    /// `hidden: [rows, d_model]`; scratch: `quantised: [logit_rows, d_model]` and `scales: [logit_rows]`,
    /// see [`Self::logit_rows`]
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn best_tokens(
        &mut self,
        kernels: &dyn KernelSet,
        embedding: &LinearWeights<'_>,
        hidden: &[f32],
        quantised: &mut [i8],
        scales: &mut [f32],
        rows: &mut [Row],
    ) {
        let d_model = self.architecture.d_model;
        if self.candidates.is_empty() {
            let chunk = self.logit_rows();
            let logits = self.parts().logits;
            for (rows, hidden) in rows.chunks_mut(chunk).zip(hidden.chunks(chunk * d_model)) {
                let logits = &mut logits[..rows.len() * embedding.outputs()];
                let (quantised, scales) =
                    (&mut quantised[..hidden.len()], &mut scales[..rows.len()]);
                kernels.quantise_rows(hidden, d_model, quantised, scales);
                let none = Activation::None;
                kernels.linear(rows.len(), quantised, scales, embedding, none, logits);
                let logits = logits.chunks_exact_mut(embedding.outputs());
                for (row, logits) in rows.iter_mut().zip(logits) {
                    let token = |index| index as u32;
                    (row.token, row.log_probability) = best(kernels, logits, token, row.excluded);
                }
            }
            return;
        }
        for (row, hidden) in rows.iter_mut().zip(hidden.chunks_exact(d_model)) {
            let quantised = &mut quantised[..d_model];
            kernels.quantise_rows(hidden, d_model, quantised, &mut scales[..1]);
            self.best_candidate(kernels, embedding, quantised, &scales[..1], row);
        }
    }

    /// As [`Self::best_tokens`], for one row, over the candidates of its sentence.
    fn best_candidate(
        &mut self,
        kernels: &dyn KernelSet,
        embedding: &LinearWeights<'_>,
        quantised: &[i8],
        scale: &[f32],
        row: &mut Row,
    ) {
        let Candidates { count, first_row } = self.candidates[row.sentence];
        let d_model = self.architecture.d_model;
        let words = mark_words(self.architecture.vocabulary_size);
        let kept = kept_rows(&self.capacity);
        let Parts {
            logits,
            marks,
            gathered,
        } = self.parts();
        let marks = &marks[row.sentence * words..][..words];
        let mut linear = |layer: &LinearWeights<'_>, first: usize| {
            let logits = &mut logits[first..][..layer.outputs()];
            kernels.linear(1, quantised, scale, layer, Activation::None, logits);
        };
        if let Some(first) = first_row {
            let gathered = gathered.part(first..first + padded(count), d_model);
            linear(&gathered.layer(d_model, count), 0);
        } else {
            let mut shared = gathered.part(kept..kept + OUTPUT_GROUP, d_model);
            let mut candidates = marked(marks);
            let mut first = 0;
            while first < count {
                let some = shared.gather(embedding, &mut candidates);
                linear(&shared.layer(d_model, some), first);
                first += some;
            }
        }
        let token = |index| nth_marked(marks, index).expect("as many are marked as counted");
        let logits = &mut logits[..count];
        (row.token, row.log_probability) = best(kernels, logits, token, row.excluded);
    }
}

/// The token of the highest logit of a row that is not excluded, and its log-probability among all. Overwrites
/// the excluded logits that are higher.
fn best(
    kernels: &dyn KernelSet,
    logits: &mut [f32],
    token: impl Fn(usize) -> Token,
    excluded: Excluded,
) -> (Token, f32) {
    let (mut index, highest) = kernels.argmax(logits);
    let log_sum_exp = kernels.log_sum_exp(logits, highest);
    let mut found = (token(index), highest - log_sum_exp);
    for _ in 0..excluded.len() {
        if !excluded.contains(found.0) {
            break;
        }
        logits[index] = f32::NEG_INFINITY;
        let (next, logit) = kernels.argmax(logits);
        index = next;
        found = (token(index), logit - log_sum_exp);
    }
    found
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::quantization::quantise_linear;
    use crate::random_model::{SMALL, numbers};
    use crate::shortlist::write;
    use crate::vocabulary::{END, FIRST_SYMBOL, START, SymbolSet};
    use std::vec;
    use std::vec::Vec;

    const INPUTS: usize = SMALL.d_model;
    const OUTPUTS: usize = SMALL.vocabulary_size;

    /// An embedding that owns its weights.
    struct Embedding {
        blocked: Vec<i8>,
        scales: Vec<f32>,
        sums: Vec<i32>,
        bias: Vec<f32>,
    }

    impl Embedding {
        fn random() -> Self {
            let weight: Vec<f32> = numbers(5).take(INPUTS * OUTPUTS).collect();
            let mut embedding = Self {
                blocked: vec![0; INPUTS * OUTPUTS],
                scales: vec![0.0; OUTPUTS],
                sums: vec![0; OUTPUTS],
                bias: numbers(6).take(OUTPUTS).collect(),
            };
            let Self {
                blocked,
                scales,
                sums,
                ..
            } = &mut embedding;
            quantise_linear(INPUTS, &weight, blocked, scales, sums);
            embedding
        }

        fn weights(&self) -> LinearWeights<'_> {
            let Self {
                blocked,
                scales,
                sums,
                bias,
            } = self;
            LinearWeights::new(INPUTS, OUTPUTS, blocked, scales, sums, bias).unwrap()
        }
    }

    /// The result for each row, with room to keep the rows of `room` candidates.
    fn found(
        embedding: &Embedding,
        shortlist: Option<&[u8]>,
        sources: &[&[Token]],
        room: usize,
        hidden: &[f32],
        excluded: Excluded,
    ) -> Vec<(Token, f32)> {
        let capacity = Capacity {
            sentences: sources.len(),
            candidates: room,
            ..Capacity::sentence(0)
        };
        // The initial content of the buffers must not matter.
        let mut layer = OutputLayer::new(
            &SMALL,
            capacity,
            vec![f32::NAN; number_elements(&SMALL, &capacity)],
            vec![77; blocked_elements(&SMALL, &capacity)],
        );
        let shortlist = shortlist.map(|file| Shortlist::parse(file, OUTPUTS).unwrap());
        layer.choose_candidates(&embedding.weights(), shortlist, sources);
        let mut rows = vec![Row::START; sources.len()];
        for (sentence, row) in rows.iter_mut().enumerate() {
            row.sentence = sentence;
            row.excluded = excluded;
        }
        let mut quantised = vec![0; layer.logit_rows() * INPUTS];
        let mut scales = vec![0.0; layer.logit_rows()];
        let kernels = deshi_kernels::best();
        layer.best_tokens(
            kernels,
            &embedding.weights(),
            hidden,
            &mut quantised,
            &mut scales,
            &mut rows,
        );
        rows.iter()
            .map(|row| (row.token, row.log_probability))
            .collect()
    }

    /// All logits of a hidden row.
    fn logits(embedding: &Embedding, hidden: &[f32]) -> Vec<f32> {
        let kernels = deshi_kernels::best();
        let (mut quantised, mut scale) = ([0; INPUTS], [0.0]);
        kernels.quantise_rows(hidden, INPUTS, &mut quantised, &mut scale);
        let mut logits = vec![0.0; OUTPUTS];
        let (weights, none) = (embedding.weights(), Activation::None);
        kernels.linear(1, &quantised, &scale, &weights, none, &mut logits);
        logits
    }

    /// The best of some tokens by their logits, with its log-probability among all of `tokens`.
    fn expected(logits: &[f32], tokens: &[Token], excluded: Excluded) -> (Token, f32) {
        let chosen: Vec<f32> = tokens.iter().map(|&token| logits[token as usize]).collect();
        let kernels = deshi_kernels::best();
        let (_, highest) = kernels.argmax(&chosen);
        let allowed = tokens.iter().filter(|&&token| !excluded.contains(token));
        let logit = |token: &&u32| logits[**token as usize];
        let best = allowed
            .rev()
            .max_by(|a, b| logit(a).total_cmp(&logit(b)))
            .unwrap();
        (*best, logit(&best) - kernels.log_sum_exp(&chosen, highest))
    }

    #[test]
    fn candidates_have_the_logits_of_the_vocabulary_in_any_room() {
        let embedding = Embedding::random();
        let sentences = 15;
        let hidden: Vec<f32> = numbers(9).take(sentences * INPUTS).collect();
        let source: &[Token] = &[END];
        let sources = vec![source; sentences];
        let symbols: SymbolSet = (FIRST_SYMBOL..FIRST_SYMBOL + 4).collect();
        for excluded in [Excluded::NOTHING, Excluded::new(symbols, true)] {
            for step in [1, 2, 3, 7] {
                let tokens = (0..OUTPUTS as u32).step_by(step);
                let tokens: Vec<Token> = tokens.filter(|&token| token != START).collect();
                let lists = vec![vec![]; OUTPUTS];
                let file = write(&tokens, &lists).unwrap();
                let expected: Vec<_> = hidden
                    .chunks(INPUTS)
                    .map(|hidden| expected(&logits(&embedding, hidden), &tokens, excluded))
                    .collect();
                for room in [0, 16, 31, 100, OUTPUTS, 15 * OUTPUTS] {
                    let got = found(&embedding, Some(&file), &sources, room, &hidden, excluded);
                    assert_eq!(got, expected, "every {step}th token, room for {room}");
                }
            }
            let all: Vec<Token> = (0..OUTPUTS as u32).collect();
            let expected: Vec<_> = hidden
                .chunks(INPUTS)
                .map(|hidden| expected(&logits(&embedding, hidden), &all, excluded))
                .collect();
            let got = found(&embedding, None, &sources, 0, &hidden, excluded);
            assert_eq!(got, expected, "the whole vocabulary");
        }
    }

    #[test]
    fn the_next_best_is_found_where_the_best_are_excluded() {
        // END and the symbols from the highest down, then token 300.
        let order: Vec<Token> = (0..8)
            .map(|at| FIRST_SYMBOL + at)
            .chain([END, 300])
            .collect();
        let mut logits = vec![-5.0; OUTPUTS];
        for (index, &token) in order.iter().enumerate() {
            logits[token as usize] = 5.0 - index as f32;
        }
        let kernels = deshi_kernels::best();
        let total = kernels.log_sum_exp(&logits, 5.0);
        for excluded in 0..order.len() {
            let symbols = order[..excluded].iter().copied().collect();
            let excluded_tokens = Excluded::new(symbols, excluded == 9);
            let mut logits = logits.clone();
            let token = |index| index as u32;
            let got = best(kernels, &mut logits, token, excluded_tokens);
            assert_eq!(got, (order[excluded], 5.0 - excluded as f32 - total));
        }
    }
}
