//! [`StandardExecutor`]: both plans as an executor for core's search.

use std::fmt;

use deshi_core::Token;
use deshi_core::bundle::{Cache, StandardGraphs};
use deshi_core::search::{Excluded, Executor};
use tract_onnx::tract_core::internal::*;

use super::StandardModel;
use crate::GraphError;

/// An executor: a state of each plan, with the current sentence.
pub struct StandardExecutor {
    graphs: StandardGraphs,
    encoder: TypedSimpleState,
    decoder: TypedSimpleState,
    /// `[1, S]`, ones: one sentence has no padding.
    mask: TValue,
    /// What the encoder gave.
    source: TVec<TValue>,
    /// Each decoder layer's keys and values of the tokens before.
    past: TVec<TValue>,
    /// The tokens so far, where there is no cache: the graphs' ids.
    prefix: Vec<i64>,
}

/// `[1, n]`
fn row(ids: &[i64]) -> TractResult<TValue> {
    Ok(tensor1(ids).into_shape(&[1, ids.len()])?.into_tvalue())
}

/// The keys or values of no tokens.
fn nothing(cache: &Cache) -> TractResult<TValue> {
    let shape = [1, cache.n_heads, 0, cache.head_dim];
    Ok(Tensor::zero::<f32>(&shape)?.into_tvalue())
}

impl StandardExecutor {
    pub(super) fn new(model: &StandardModel) -> Result<Self, GraphError> {
        Ok(Self {
            graphs: model.graphs.clone(),
            encoder: model.encoder.spawn()?,
            decoder: model.decoder_step.spawn()?,
            mask: row(&[])?,
            source: tvec![],
            past: tvec![],
            prefix: vec![],
        })
    }

    /// The decoder's inputs: see [`StandardInterface::decoder_step`](deshi_core::bundle::StandardInterface::decoder_step).
    fn inputs(&mut self, token: Token) -> TractResult<TVec<TValue>> {
        let token = i64::from(self.graphs.graph_token(token));
        if self.graphs.cache.is_none() {
            self.prefix.push(token);
            let mut inputs = tvec![row(&self.prefix)?, self.mask.clone()];
            inputs.extend(self.source.iter().cloned());
            return Ok(inputs);
        }
        let mut inputs = tvec![row(&[token])?, self.mask.clone()];
        let layers = self.source.chunks_exact(2).zip(self.past.chunks_exact(2));
        for (source, past) in layers {
            inputs.extend(past.iter().chain(source).cloned());
        }
        // The decoder owns them now, and may reuse their memory.
        self.past.clear();
        Ok(inputs)
    }

    /// The most likely token, of deshi's ids, and its log-probability.
    fn best(&self, logits: &[f32], excluded: Excluded) -> Option<(Token, f32)> {
        let mut best: Option<(Token, f32)> = None;
        for (id, &logit) in logits.iter().enumerate() {
            let id = id as Token;
            let may = !self.graphs.suppressed.contains(&id)
                && !excluded.contains(self.graphs.own_token(id));
            if may && best.is_none_or(|(_, most)| logit > most) && !logit.is_nan() {
                best = Some((id, logit));
            }
        }
        let (id, logit) = best?;
        let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|&logit| (logit - greatest).exp()).sum();
        Some((self.graphs.own_token(id), logit - greatest - sum.ln()))
    }
}

impl fmt::Debug for StandardExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandardExecutor").finish_non_exhaustive()
    }
}

impl Executor for StandardExecutor {
    type Error = GraphError;

    fn encode(&mut self, source: &[Token]) -> Result<(), GraphError> {
        let maximum = self.graphs.maximum_positions;
        if source.len() > maximum {
            let got = source.len();
            return Err(GraphError::SourceLength { maximum, got });
        }
        let ids = source.iter().map(|&token| self.graphs.graph_token(token));
        let ids: Vec<i64> = ids.map(i64::from).collect();
        self.mask = row(&vec![1; ids.len()])?;
        self.source.clear();
        self.source = self.encoder.run(tvec![row(&ids)?, self.mask.clone()])?;
        self.prefix.clear();
        self.past.clear();
        if let Some(cache) = self.graphs.cache {
            for _ in 0..2 * cache.decoder_layers {
                self.past.push(nothing(&cache)?);
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        token: Token,
        _position: usize,
        excluded: Excluded,
    ) -> Result<(Token, f32), GraphError> {
        let inputs = self.inputs(token)?;
        let mut outputs = self.decoder.run(inputs)?.into_iter();
        let logits = outputs.next().context("the decoder has an output")?;
        self.past.extend(outputs);
        let logits = logits.try_as_plain_ram()?;
        let logits = logits.as_slice::<f32>()?;
        // Without a cache there is a row for each token so far; the last one is this step's.
        let last = logits.len().saturating_sub(self.graphs.vocabulary_size);
        self.best(&logits[last..], excluded)
            .ok_or(GraphError::NoLogits)
    }
}
