//! The engine that runs ONNX graphs of standard operators with tract. The graphs are run for one sentence, so the sentences of a
//! batch run one after the other.

use std::sync::Arc;

use deshi_core::Token;
use deshi_core::bundle::{DECODER_STEP, ENCODER, WEIGHTS};
use deshi_core::search::greedy;
use deshi_tract::standard::{StandardFiles, StandardModel};

use super::{Engine, Loaded, Output, failed};
use crate::loaded::{LoadedModel, ModelKind};
use crate::{EngineKind, Error};

/// The tract engine of one model.
#[derive(Debug)]
struct Standard {
    model: Arc<LoadedModel>,
    graphs: StandardModel,
}

/// Gives the graphs and weights to tract, and keeps the rest of the model.
pub(super) fn load(model: &LoadedModel) -> Result<Loaded, Error> {
    let engine = EngineKind::Tract;
    let ModelKind::Standard(manifest) = model.kind() else {
        return Err(Error::EngineMissing { engine });
    };
    let files = StandardFiles {
        encoder: model.member(ENCODER),
        decoder_step: model.member(DECODER_STEP),
        weights: model.member(WEIGHTS),
    };
    let graphs = StandardModel::load(files, manifest.standard_graphs.clone());
    let graphs = graphs.map_err(failed(engine))?;
    let model = Arc::new(model.without_graphs());
    let engine = Standard {
        model: Arc::clone(&model),
        graphs,
    };
    Ok((model, Box::new(engine)))
}

impl Engine for Standard {
    fn kind(&self) -> EngineKind {
        EngineKind::Tract
    }

    fn translate(&self, sources: &[&[Token]]) -> Result<Vec<Output>, Error> {
        let vocabularies = self.model.vocabularies();
        let outputs = self.graphs.run(|executor| {
            let translate = |source: &&[Token]| {
                let mut tokens = Vec::new();
                let constraints = self.model.constraints(&vocabularies, source);
                let found = greedy(executor, source, constraints, |token| tokens.push(token))?;
                Ok(Output { tokens, found })
            };
            sources.iter().map(translate).collect()
        });
        outputs.map_err(failed(self.kind()))
    }
}
