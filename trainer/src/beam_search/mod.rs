//! Beam search, batched, over tensors; with a beam of one, greedy search.

use std::slice;

use deshi_core::batching::batches;
use deshi_core::search::{LENGTH_FACTOR, LENGTH_OFFSET, maximum_tokens};
use deshi_core::vocabulary::{END, START};
use tch::{Device, Kind, Tensor, no_grad};

use crate::batch::pad;
use crate::interpreter::{Mode, State, Torch};
use crate::model::Model;

/// A translation that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// Tokens, END left out.
    pub tokens: Vec<u16>,
    /// Sum of the tokens' natural log-probabilities, END's included.
    pub log_probability: f64,
    /// What hypotheses are ranked by: `log_probability / (tokens + 1)^length_penalty`.
    pub score: f64,
}

/// Picks rows of every state: `rows: [n]`.
fn reorder(states: &mut [State], rows: &Tensor) {
    for state in states {
        *state = match std::mem::replace(state, State::Empty) {
            State::Empty => State::Empty,
            State::Vector(vector) => State::Vector(vector.index_select(0, rows)),
            State::KeysValues(k, v) => {
                State::KeysValues(k.index_select(0, rows), v.index_select(0, rows))
            }
        };
    }
}

/// How wide a search is, and what it prefers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beam {
    /// Hypotheses that are kept at each step.
    pub size: usize,
    /// Exponent of the length in a hypothesis's score.
    pub length_penalty: f64,
}

impl Beam {
    /// The most probable token at each step.
    pub const GREEDY: Self = Self {
        size: 1,
        length_penalty: 0.0,
    };
}

/// Padded source tokens that are translated side by side: what a CPU's cache has room for, or what keeps a GPU busy, with a
/// greedy search.
pub fn greedy_batch_tokens(device: Device) -> usize {
    if device.is_cuda() { 100_000 } else { 3000 }
}

/// For each source of a batch the best hypotheses, best first: `beam.size` of them or, where the length limit ended the
/// search, fewer, but at least one.
pub fn search(model: &Model, mode: Mode, sources: &[&[u16]], beam: Beam) -> Vec<Vec<Hypothesis>> {
    search_batch(slice::from_ref(model), mode, sources, beam)
}

fn search_batch(
    models: &[Model],
    mode: Mode,
    sources: &[&[u16]],
    beam: Beam,
) -> Vec<Vec<Hypothesis>> {
    no_grad(|| Search::new(models, mode, sources, beam).run())
}

/// The same for any number of sources, in batches of like length of at most `batch_tokens` padded tokens. The answers
/// are in the sources' order.
pub fn search_all(
    model: &Model,
    mode: Mode,
    sources: &[&[u16]],
    beam: Beam,
    batch_tokens: usize,
) -> Vec<Vec<Hypothesis>> {
    let models = slice::from_ref(model);
    search_ensemble(models, mode, sources, beam, batch_tokens, &mut |_| ())
}

/// The same with several models of one vocabulary, by the mean of the probabilities that they give each token. Calls `done` after
/// each batch, with its number of sources.
pub fn search_ensemble(
    models: &[Model],
    mode: Mode,
    sources: &[&[u16]],
    beam: Beam,
    batch_tokens: usize,
    done: &mut dyn FnMut(usize),
) -> Vec<Vec<Hypothesis>> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|&index| sources[index].len());
    let lengths = order.iter().map(|&index| sources[index].len());
    let mut found = vec![Vec::new(); sources.len()];
    for range in batches(lengths, batch_tokens, usize::MAX) {
        let batch: Vec<&[u16]> = order[range.clone()]
            .iter()
            .map(|&index| sources[index])
            .collect();
        for (&index, list) in order[range]
            .iter()
            .zip(search_batch(models, mode, &batch, beam))
        {
            found[index] = list;
        }
        done(batch.len());
    }
    found
}

/// One live hypothesis of a source.
#[derive(Clone)]
struct Live {
    tokens: Vec<u16>,
    log_probability: f64,
}

/// A model that a search asks.
struct Member<'m> {
    torch: Torch<'m>,
    memories: Vec<(Tensor, Tensor)>,
    states: Vec<State>,
}

impl<'m> Member<'m> {
    /// `ids: [sources, source_len]`, `padding` likewise; each source has `rows` rows.
    fn new(model: &'m Model, mode: Mode, ids: &Tensor, padding: &Tensor, rows: usize) -> Self {
        let repeat = |x: &Tensor| x.repeat_interleave_self_int(rows as i64, 0, None);
        let memories = Torch::new(model, mode, padding).encode(ids);
        let memories = memories
            .iter()
            .map(|(k, v)| (repeat(k), repeat(v)))
            .collect();
        let torch = Torch::new(model, mode, &repeat(padding));
        let states = torch.states();
        Self {
            torch,
            memories,
            states,
        }
    }

    /// The logits of the next tokens: `ids: [rows, 1]` -> `[rows, vocabulary_size]`.
    fn logits(&mut self, ids: &Tensor, position: usize) -> Tensor {
        self.torch
            .decode(ids, position as i64, &self.memories, &mut self.states)
            .squeeze_dim(1)
    }

    /// Goes on with some rows; where that drops sources, it drops what it knows of these.
    fn keep(&mut self, rows: &Tensor, drops: bool) {
        reorder(&mut self.states, rows);
        if drops {
            self.torch.keep_rows(rows);
            for (keys, values) in &mut self.memories {
                *keys = keys.index_select(0, rows);
                *values = values.index_select(0, rows);
            }
        }
    }
}

struct Search<'m> {
    members: Vec<Member<'m>>,
    device: Device,
    beam: Beam,
    limits: Vec<usize>,
    /// The sources that tensors have rows of, `beam.size` each, in the rows' order.
    active: Vec<usize>,
    /// By source: the hypotheses still growing, at most `beam.size`: they are the first of the source's rows.
    live: Vec<Vec<Live>>,
    finished: Vec<Vec<Hypothesis>>,
}

impl<'m> Search<'m> {
    fn new(models: &'m [Model], mode: Mode, sources: &[&[u16]], beam: Beam) -> Self {
        let device = models[0].flat.device();
        let (ids, padding) = pad(sources, device);
        let members = models
            .iter()
            .map(|model| Member::new(model, mode, &ids, &padding, beam.size))
            .collect();
        let positions = models
            .iter()
            .map(|model| model.architecture.maximum_positions);
        let positions = positions.min().expect("a search has a model");
        let limits = sources
            .iter()
            .map(|source| maximum_tokens(LENGTH_FACTOR, LENGTH_OFFSET, source.len(), positions))
            .collect();
        let start = Live {
            tokens: Vec::new(),
            log_probability: 0.0,
        };
        Self {
            members,
            device,
            beam,
            limits,
            active: (0..sources.len()).collect(),
            live: vec![vec![start]; sources.len()],
            finished: vec![Vec::new(); sources.len()],
        }
    }

    fn hypothesis(&self, live: &Live, log_probability: f64) -> Hypothesis {
        let length = (live.tokens.len() + 1) as f64;
        Hypothesis {
            tokens: live.tokens.clone(),
            log_probability,
            score: log_probability / length.powf(self.beam.length_penalty),
        }
    }

    fn run(mut self) -> Vec<Vec<Hypothesis>> {
        let longest = self.limits.iter().copied().max().unwrap_or(0);
        for position in 0..longest {
            if self.live.iter().all(Vec::is_empty) {
                break;
            }
            self.step(position);
        }
        for source in 0..self.live.len() {
            if self.finished[source].is_empty() {
                let cut: Vec<Live> = std::mem::take(&mut self.live[source]);
                for live in cut {
                    let hypothesis = self.hypothesis(&live, live.log_probability);
                    self.finished[source].push(hypothesis);
                }
            }
            self.finished[source].sort_by(|a, b| b.score.total_cmp(&a.score));
            self.finished[source].truncate(self.beam.size);
        }
        self.finished
    }

    fn step(&mut self, position: usize) {
        let k = self.beam.size;
        let mut last = vec![i64::from(START); self.active.len() * k];
        for (block, &source) in self.active.iter().enumerate() {
            for (rank, live) in self.live[source].iter().enumerate() {
                last[block * k + rank] = live
                    .tokens
                    .last()
                    .map_or(START.into(), |&token| token.into());
            }
        }
        let ids = Tensor::from_slice(&last)
            .view([-1, 1])
            .to_device(self.device);
        let logits: Vec<Tensor> = self
            .members
            .iter_mut()
            .map(|member| member.logits(&ids, position))
            .collect();
        let logits = match logits.as_slice() {
            [logits] => logits.shallow_clone(),
            several => log_mean(several),
        };
        let (best, tokens) = best_tokens(&logits, k as i64 + 1);
        // One copy from the device, in f64, which holds tokens as well as log-probabilities.
        let both = Tensor::stack(
            &[best.to_kind(Kind::Double), tokens.to_kind(Kind::Double)],
            0,
        );
        let both: Vec<f64> = Vec::try_from(both.to_device(Device::Cpu).reshape([-1])).expect("f64");
        let (best, tokens) = both.split_at(both.len() / 2);

        // Which row each row goes on from.
        let mut rows: Vec<i64> = (0..last.len() as i64).collect();
        for block in 0..self.active.len() {
            self.extend(position, block, best, tokens, &mut rows[block * k..][..k]);
        }
        self.keep(rows);
    }

    /// The next hypotheses of one source, of the best tokens after each of those that it has.
    fn extend(
        &mut self,
        position: usize,
        block: usize,
        best: &[f64],
        tokens: &[f64],
        rows: &mut [i64],
    ) {
        let (k, source) = (self.beam.size, self.active[block]);
        let beam = std::mem::take(&mut self.live[source]);
        let mut candidates = Vec::new();
        for (rank, live) in beam.iter().enumerate() {
            let row = block * k + rank;
            for choice in row * (k + 1)..(row + 1) * (k + 1) {
                let total = live.log_probability + best[choice];
                candidates.push((total, rank, tokens[choice] as u16));
            }
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut next = Vec::with_capacity(k);
        for (place, (total, rank, token)) in candidates.into_iter().enumerate() {
            if u32::from(token) == END {
                if place < k {
                    let hypothesis = self.hypothesis(&beam[rank], total);
                    self.finished[source].push(hypothesis);
                }
            } else if next.len() < k {
                rows[next.len()] = (block * k + rank) as i64;
                let mut tokens = beam[rank].tokens.clone();
                tokens.push(token);
                next.push(Live {
                    tokens,
                    log_probability: total,
                });
            }
        }
        let over = self.finished[source].len() >= k || position + 1 >= self.limits[source];
        // A source that is over keeps its best live ones only if nothing has finished.
        if !over {
            self.live[source] = next;
        } else if self.finished[source].is_empty() {
            for live in next {
                let hypothesis = self.hypothesis(&live, live.log_probability);
                self.finished[source].push(hypothesis);
            }
        }
    }

    /// Moves the states to the rows that go on from them; and where a quarter of the sources are over, drops the
    /// rows of those.
    fn keep(&mut self, mut rows: Vec<i64>) {
        let k = self.beam.size;
        let goes_on = |&source: &usize| !self.live[source].is_empty();
        let count = self.active.iter().filter(|source| goes_on(source)).count();
        let drops = count > 0 && 4 * count <= 3 * self.active.len();
        if drops {
            let blocks: Vec<usize> = (0..self.active.len())
                .filter(|&block| goes_on(&self.active[block]))
                .collect();
            let all_of = |block: &usize| block * k..(block + 1) * k;
            rows = blocks
                .iter()
                .flat_map(all_of)
                .map(|row| rows[row])
                .collect();
            self.active = blocks.iter().map(|&block| self.active[block]).collect();
        }
        if !drops && k == 1 {
            return;
        }
        let rows = Tensor::from_slice(&rows).to_device(self.device);
        for member in &mut self.members {
            member.keep(&rows, drops);
        }
    }
}

/// The logarithm of the mean of the probabilities of several models' logits: `[rows, vocabulary_size]`.
fn log_mean(logits: &[Tensor]) -> Tensor {
    let log_p: Vec<Tensor> = logits
        .iter()
        .map(|logits| logits.log_softmax(-1, Kind::Float))
        .collect();
    Tensor::stack(&log_p, 0).logsumexp([0].as_slice(), false) - (logits.len() as f64).ln()
}

/// The most probable tokens of each row, best first, and their log-probabilities.
///
/// # Shapes
/// `logits: [rows, vocabulary_size]` -> twice `[rows, count]`
fn best_tokens(logits: &Tensor, count: i64) -> (Tensor, Tensor) {
    /// Tokens of a group; vocabularies are multiples of it.
    const GROUP: i64 = 16;
    let (rows, size) = logits.size2().expect("one row of logits a hypothesis");
    let groups = size / GROUP;
    let total = logits.logsumexp([-1].as_slice(), true);
    if size % GROUP != 0 || groups <= count {
        let (best, tokens) = logits.topk(count, -1, true, true);
        return (best - total, tokens);
    }
    // The best tokens are in the groups with the greatest maxima: a search of the whole row would take many times as
    // long as this one.
    let grouped = logits.view([rows, groups, GROUP]);
    let (_, chosen) = grouped
        .amax([-1].as_slice(), false)
        .topk(count, -1, true, false);
    let index = chosen.unsqueeze(-1).expand([rows, count, GROUP], false);
    let candidates = grouped.gather(1, &index, false).view([rows, count * GROUP]);
    let (best, places) = candidates.topk(count, -1, true, true);
    let group = chosen.gather(1, &places.divide_scalar_mode(GROUP, "floor"), false);
    let tokens = group * GROUP + places.remainder(GROUP);
    (best - total, tokens)
}

#[cfg(test)]
mod tests;
