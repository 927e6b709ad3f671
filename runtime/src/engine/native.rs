//! The native engine: the forward pass by direct calls of the kernels, several sentences side by side.

use std::sync::Arc;

use deshi_core::Token;
use deshi_core::native::{self, Capacity, MAXIMUM_SENTENCES};
use deshi_core::search::{Constraints, Found, Row, greedy_batch};

use super::{Engine, Output, Pool, failed};
use crate::loaded::LoadedModel;
use crate::{EngineKind, Error};

/// The native engine of one model.
#[derive(Debug)]
pub(super) struct Native {
    model: Arc<LoadedModel>,
    buffers: Pool<Buffers>,
}

/// The interpreter's buffers. They grow to the largest batch.
#[derive(Debug, Default)]
struct Buffers {
    arena: Vec<f32>,
    quantised: Vec<i8>,
}

/// Returns at least `least` elements, and grows only to what the largest batch needs. A new buffer is zeroed by
/// the operating system, and takes no physical memory until it is used.
fn grow<T: Clone + Default>(elements: &mut Vec<T>, least: usize) -> &mut [T] {
    if elements.len() < least {
        *elements = Vec::new();
        *elements = vec![T::default(); least];
    }
    elements
}

impl Native {
    pub(super) fn new(model: &Arc<LoadedModel>) -> Self {
        Self {
            model: Arc::clone(model),
            buffers: Pool::default(),
        }
    }

    fn run(&self, buffers: &mut Buffers, sources: &[&[Token]]) -> Result<Vec<Output>, Error> {
        let model = &*self.model;
        let engine = self.kind();
        let own = model.own().ok_or(Error::StandardGraphs { engine })?;
        let vocabularies = model.vocabularies();
        let shortlist = model.shortlist(&vocabularies);
        let weights = own.weights();
        let mut constraints = [Constraints::tokens(0); MAXIMUM_SENTENCES];
        let mut capacity = Capacity {
            source_tokens: 0,
            sentences: sources.len(),
            target_tokens: 0,
            candidates: 0,
        };
        for (constraints, source) in constraints.iter_mut().zip(sources) {
            *constraints = model.constraints(&vocabularies, source);
            capacity.source_tokens += source.len();
            capacity.target_tokens = capacity.target_tokens.max(constraints.maximum_tokens);
            capacity.candidates += shortlist.map_or(0, |list| list.most(source));
        }
        let architecture = own.architecture();
        let arena = capacity.arena_elements(architecture);
        let quantised = capacity.quantised_elements(architecture);
        let mut native = native::Native::with_capacity(
            model.kernels(),
            &weights,
            capacity,
            grow(&mut buffers.arena, arena),
            grow(&mut buffers.quantised, quantised),
        )
        .map_err(failed(self.kind()))?
        .with_shortlist(shortlist);
        let mut rows = [Row::START; MAXIMUM_SENTENCES];
        let mut found = [Found::NOTHING; MAXIMUM_SENTENCES];
        let mut tokens = vec![Vec::new(); sources.len()];
        greedy_batch(
            &mut native,
            sources,
            &constraints,
            &mut rows,
            &mut found,
            |sentence, token| tokens[sentence].push(token),
        )
        .map_err(failed(self.kind()))?;
        let outputs = tokens.into_iter().zip(found);
        Ok(outputs
            .map(|(tokens, found)| Output { tokens, found })
            .collect())
    }
}

impl Engine for Native {
    fn kind(&self) -> EngineKind {
        EngineKind::Native
    }

    fn translate(&self, sources: &[&[Token]]) -> Result<Vec<Output>, Error> {
        self.buffers.lend(|buffers| self.run(buffers, sources))
    }
}
