//! [`Tract`]: both plans as an executor for core's search.

use std::fmt;
use std::sync::Arc;

use deshi_core::dispatch::Dispatch;
use deshi_core::memory::Capacity;
use deshi_core::output_layer::{OutputLayer, blocked_elements, number_elements};
use deshi_core::search::{Excluded, Executor, Row};
use deshi_core::shared_weights::SharedWeights;
use deshi_core::shortlist::Shortlist;
use deshi_core::{Architecture, Side, Token};
use deshi_kernels::KernelSet;
use tract_onnx::tract_core::internal::*;

use crate::workspace::{Workspace, elements};
use crate::{GraphError, Graphs};

/// An executor: a state of each plan, with the current sentence.
pub struct Tract {
    encoder: TypedSimpleState,
    decoder: TypedSimpleState,
    weights: SharedWeights,
    /// Keys and values of each decoder layer.
    keys_values: TVec<TValue>,
    /// The state of each decoder layer.
    states: TVec<TValue>,
    row: Vec<i8>,
    output_layer: OutputLayer<Vec<f32>, Vec<i8>>,
}

/// An output layer for one sentence, with room for `candidates` candidates.
fn output_layer(architecture: &Architecture, candidates: usize) -> OutputLayer<Vec<f32>, Vec<i8>> {
    let capacity = Capacity {
        candidates,
        ..Capacity::sentence(0)
    };
    let numbers = vec![0.0; number_elements(architecture, &capacity)];
    let blocked = vec![0; blocked_elements(architecture, &capacity)];
    OutputLayer::new(architecture, capacity, numbers, blocked)
}

fn workspace(state: &TypedSimpleState) -> TractResult<&Workspace> {
    let shared = &state.turn_state.shared;
    shared.get().context("the executor has a workspace")
}

impl Tract {
    pub(crate) fn new(graphs: &Graphs) -> Result<Self, GraphError> {
        let architecture = graphs.weights.layout().architecture();
        let spawn = |plan: &Arc<TypedRunnableModel>| {
            let mut state = plan.spawn()?;
            let workspace = Workspace::new(deshi_kernels::best(), graphs.weights.clone());
            state.turn_state.shared.insert(workspace);
            TractResult::Ok(state)
        };
        Ok(Self {
            encoder: spawn(&graphs.encoder)?,
            decoder: spawn(&graphs.decoder_step)?,
            weights: graphs.weights.clone(),
            keys_values: tvec![],
            states: tvec![],
            row: vec![0; architecture.d_model],
            output_layer: output_layer(architecture, 0),
        })
    }

    /// For the next sentence, chooses tokens among the candidates of its source, or, without a shortlist, among
    /// the whole vocabulary.
    pub fn choose_candidates(&mut self, shortlist: Option<Shortlist<'_>>, source: &[Token]) {
        let room = shortlist.map_or(0, |shortlist| shortlist.most(source));
        if room > self.output_layer.capacity().candidates {
            self.output_layer = output_layer(self.weights.layout().architecture(), room);
        }
        let embedding = self.weights.layout().embedding(self.weights.bytes());
        self.output_layer
            .choose_candidates(&embedding, shortlist, &[source]);
    }

    /// Runs on these kernels from now on.
    pub(crate) fn set_kernels(&mut self, kernels: &'static dyn KernelSet) {
        for state in [&mut self.encoder, &mut self.decoder] {
            if let Some(workspace) = state.turn_state.shared.get_mut::<Workspace>() {
                workspace.kernels = kernels;
            }
        }
    }
}

impl fmt::Debug for Tract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tract").finish_non_exhaustive()
    }
}

/// Embeds tokens of a language into a buffer of the state's workspace.
fn embedded(
    state: &TypedSimpleState,
    weights: &SharedWeights,
    row: &mut [i8],
    side: Side,
    tokens: &[Token],
    first: usize,
) -> TractResult<TValue> {
    let architecture = weights.layout().architecture();
    let Architecture {
        d_model,
        maximum_positions,
        ..
    } = *architecture;
    let ids = architecture.embedded_ids(side);
    let known = |&token: &Token| (token as usize) < ids;
    ensure!(
        tokens.iter().all(known),
        "not all of {tokens:?} are in the vocabulary"
    );
    ensure!(
        first + tokens.len() <= maximum_positions,
        "no position {}",
        first + tokens.len()
    );
    let workspace = workspace(state)?;
    let dispatch = Dispatch::new(workspace.kernels, weights.layout(), weights.bytes());
    workspace.filled([tokens.len(), d_model], |x| {
        for ((offset, &token), out) in tokens.iter().enumerate().zip(x.chunks_exact_mut(d_model)) {
            dispatch.embed(side, token, first + offset, row, out);
        }
    })
}

impl Executor for Tract {
    type Error = GraphError;

    fn encode(&mut self, source: &[Token]) -> Result<(), GraphError> {
        let source_len = self.keys_values.get(1).map(|values| values.shape()[0]);
        self.keys_values.clear();
        if source_len.is_some_and(|before| before != source.len()) {
            workspace(&self.encoder)?.forget();
        }
        let x = embedded(
            &self.encoder,
            &self.weights,
            &mut self.row,
            Side::Source,
            source,
            0,
        )?;
        self.keys_values = self.encoder.run(tvec![x])?;
        let Architecture {
            d_model,
            decoder_layers,
            ..
        } = *self.weights.layout().architecture();
        let zero = workspace(&self.decoder)?.filled([1, d_model], |state| state.fill(0.0))?;
        self.states = tvec![zero; decoder_layers];
        Ok(())
    }

    fn step(
        &mut self,
        token: Token,
        position: usize,
        excluded: Excluded,
    ) -> Result<(Token, f32), GraphError> {
        let x = embedded(
            &self.decoder,
            &self.weights,
            &mut self.row,
            Side::Target,
            &[token],
            position,
        )?;
        let mut inputs = tvec![x];
        for (state, keys_values) in self.states.drain(..).zip(self.keys_values.chunks_exact(2)) {
            inputs.push(state);
            inputs.extend(keys_values.iter().cloned());
        }
        let mut outputs = self.decoder.run(inputs)?.into_iter();
        let hidden = outputs.next().context("the decoder has an output")?;
        self.states.extend(outputs);
        let kernels = workspace(&self.decoder)?.kernels;
        let embedding = self.weights.layout().embedding(self.weights.bytes());
        let mut found = [Row::single(token, excluded)];
        self.output_layer.best_tokens(
            kernels,
            &embedding,
            elements(&hidden)?,
            &mut self.row,
            &mut [0.0],
            &mut found,
        );
        Ok((found[0].token, found[0].log_probability))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use deshi_core::aligned::AlignedBytes;
    use deshi_core::bundle::{self, Bundle};
    use deshi_core::random_model::CARRIED_MODEL;
    use deshi_core::vocabulary::{END, START};
    use deshi_core::weights::Layout;

    use super::*;
    use crate::GraphFiles;

    fn carried() -> Graphs {
        let file = Arc::new(AlignedBytes::read(Path::new(CARRIED_MODEL)).unwrap());
        let bundle = Bundle::parse(file.bytes()).unwrap();
        let member = |name| bundle.member(name).unwrap();
        let layout = Layout::new(&bundle.manifest().architecture).unwrap();
        let range = bundle.range(bundle::WEIGHTS).unwrap();
        let weights = SharedWeights::new(Arc::clone(&file), range, layout);
        let files = GraphFiles {
            encoder: member(bundle::ENCODER),
            decoder_step: member(bundle::DECODER_STEP),
        };
        Graphs::load(files, weights).unwrap()
    }

    #[test]
    fn a_step_allocates_at_most_twenty_times() {
        let run = carried().run(deshi_kernels::best(), |executor| {
            let mut most = 0;
            for source in [&[503, 639, 1242, 271, END][..], &[1801; 40]] {
                executor.encode(source)?;
                let mut token = START;
                for position in 0..12 {
                    let mut result = Ok((0, 0.0));
                    let allocations = allocation_counter::measure(|| {
                        result = executor.step(token, position, Excluded::NOTHING);
                    });
                    (token, _) = result?;
                    // The first two steps allocate the buffers.
                    if position >= 2 {
                        most = most.max(allocations.count_total);
                    }
                }
            }
            Ok(most)
        });
        let most = run.unwrap();
        eprintln!("{most} allocations per step");
        assert!(most <= 20, "{most} allocations");
    }

    #[test]
    fn a_token_that_is_none_is_an_error() {
        let graphs = carried();
        let architecture = *graphs.weights.layout().architecture();
        let run = |source: &[Token]| {
            graphs.run(deshi_kernels::best(), |executor| executor.encode(source))
        };
        let size = architecture.vocabulary_size as u32;
        assert!(run(&[size]).is_err());
        assert!(run(&vec![2; architecture.maximum_positions + 1]).is_err());
        assert!(run(&[size - 1, END]).is_ok());
    }
}
