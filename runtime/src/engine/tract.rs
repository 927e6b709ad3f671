//! The engine that runs the bundle's ONNX graphs with tract. A graph takes one sentence, so the sentences of a
//! batch run one after the other.

use std::sync::Arc;

use deshi_core::Token;
use deshi_core::bundle::{DECODER_STEP, ENCODER};
use deshi_core::search::greedy;
use deshi_tract::{GraphFiles, Graphs};

use super::{Engine, Output, failed};
use crate::loaded::LoadedModel;
use crate::{EngineKind, Error};

/// The tract engine of one model.
#[derive(Debug)]
pub(super) struct Tract {
    model: Arc<LoadedModel>,
    graphs: Graphs,
}

impl Tract {
    pub(super) fn new(model: &Arc<LoadedModel>) -> Result<Self, Error> {
        let engine = EngineKind::Tract;
        let own = model.own().ok_or(Error::EngineMissing { engine })?;
        let files = GraphFiles {
            encoder: model.member(ENCODER),
            decoder_step: model.member(DECODER_STEP),
        };
        Ok(Self {
            graphs: Graphs::load(files, own.shared_weights()).map_err(failed(engine))?,
            model: Arc::clone(model),
        })
    }
}

impl Engine for Tract {
    fn kind(&self) -> EngineKind {
        EngineKind::Tract
    }

    fn translate(&self, sources: &[&[Token]]) -> Result<Vec<Output>, Error> {
        let model = &*self.model;
        let vocabularies = model.vocabularies();
        let shortlist = model.shortlist(&vocabularies);
        let outputs = self.graphs.run(model.kernels(), |executor| {
            let translate = |source: &&[Token]| {
                let mut tokens = Vec::new();
                executor.choose_candidates(shortlist, source);
                let constraints = model.constraints(&vocabularies, source);
                let found = greedy(executor, source, constraints, |token| tokens.push(token))?;
                Ok(Output { tokens, found })
            };
            sources.iter().map(translate).collect()
        });
        outputs.map_err(failed(self.kind()))
    }
}
