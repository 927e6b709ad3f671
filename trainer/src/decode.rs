//! Greedy and beam search, batched, over tensors.

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

/// How long a translation of `n` source tokens may be: `1.5 n + 10`, within the sine table.
pub fn length_limit(source_len: usize, maximum_positions: usize) -> usize {
    (source_len * 3 / 2 + 10).min(maximum_positions)
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

/// The most probable token at each step, for a batch of sources.
pub fn greedy(model: &Model, mode: Mode, sources: &[&[u16]], device: Device) -> Vec<Hypothesis> {
    beam(model, mode, sources, device, 1, 0.0)
        .into_iter()
        .map(|mut list| list.remove(0))
        .collect()
}

/// Beam search: for each source the best hypotheses, best first, `beam_size` of them or, where the length limit
/// cut the search, fewer, but at least one.
pub fn beam(
    model: &Model,
    mode: Mode,
    sources: &[&[u16]],
    device: Device,
    beam_size: usize,
    length_penalty: f64,
) -> Vec<Vec<Hypothesis>> {
    no_grad(|| Search::new(model, mode, sources, device, beam_size, length_penalty).run())
}

/// One live hypothesis of a source.
#[derive(Clone)]
struct Live {
    tokens: Vec<u16>,
    log_probability: f64,
}

struct Search<'m> {
    torch: Torch<'m>,
    memories: Vec<(Tensor, Tensor)>,
    states: Vec<State>,
    device: Device,
    beam_size: usize,
    length_penalty: f64,
    limits: Vec<usize>,
    /// By source: the hypotheses still growing; always `beam_size` rows on the device.
    live: Vec<Vec<Live>>,
    finished: Vec<Vec<Hypothesis>>,
}

impl<'m> Search<'m> {
    fn new(
        model: &'m Model,
        mode: Mode,
        sources: &[&[u16]],
        device: Device,
        beam_size: usize,
        length_penalty: f64,
    ) -> Self {
        let (ids, padding) = pad(sources, device);
        let repeat = |x: &Tensor| x.repeat_interleave_self_int(beam_size as i64, 0, None);
        let memories = Torch::new(model, mode, &padding).encode(&ids);
        let memories = memories
            .iter()
            .map(|(k, v)| (repeat(k), repeat(v)))
            .collect();
        let torch = Torch::new(model, mode, &repeat(&padding));
        let states = torch.states();
        let limits = sources
            .iter()
            .map(|source| length_limit(source.len(), model.architecture.maximum_positions))
            .collect();
        let start = Live {
            tokens: Vec::new(),
            log_probability: 0.0,
        };
        Self {
            torch,
            memories,
            states,
            device,
            beam_size,
            length_penalty,
            limits,
            live: vec![vec![start]; sources.len()],
            finished: vec![Vec::new(); sources.len()],
        }
    }

    fn hypothesis(&self, live: &Live, log_probability: f64) -> Hypothesis {
        let length = (live.tokens.len() + 1) as f64;
        Hypothesis {
            tokens: live.tokens.clone(),
            log_probability,
            score: log_probability / length.powf(self.length_penalty),
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
            self.finished[source].truncate(self.beam_size);
        }
        self.finished
    }

    /// Every source has `beam_size` rows, of which the first `live` ones count.
    fn step(&mut self, position: usize) {
        let k = self.beam_size;
        let mut last = vec![i64::from(START); self.live.len() * k];
        for (source, beam) in self.live.iter().enumerate() {
            for (rank, live) in beam.iter().enumerate() {
                last[source * k + rank] = live
                    .tokens
                    .last()
                    .map_or(START.into(), |&token| token.into());
            }
        }
        let ids = Tensor::from_slice(&last)
            .view([-1, 1])
            .to_device(self.device);
        let logits = self
            .torch
            .decode(&ids, position as i64, &self.memories, &mut self.states);
        let log_p = logits.squeeze_dim(1).log_softmax(-1, Kind::Float);
        let (best, tokens) = log_p.topk(k as i64 + 1, -1, true, true);
        let best: Vec<f32> = Vec::try_from(best.to_device(Device::Cpu).reshape([-1])).expect("f32");
        let tokens: Vec<i64> =
            Vec::try_from(tokens.to_device(Device::Cpu).reshape([-1])).expect("i64");

        let mut rows: Vec<i64> = (0..self.live.len() as i64 * k as i64).collect();
        for source in 0..self.live.len() {
            let beam = std::mem::take(&mut self.live[source]);
            let mut candidates = Vec::new();
            for (rank, live) in beam.iter().enumerate() {
                let row = source * k + rank;
                for choice in row * (k + 1)..(row + 1) * (k + 1) {
                    let total = live.log_probability + f64::from(best[choice]);
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
                    rows[source * k + next.len()] = (source * k + rank) as i64;
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
        if k > 1 {
            reorder(
                &mut self.states,
                &Tensor::from_slice(&rows).to_device(self.device),
            );
        }
    }
}
