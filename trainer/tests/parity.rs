//! The trainer's torch, with emulated int8, against the reference: the cases and the tolerance of the runtime's
//! executors (`tests/tests/parity.rs`).

use deshi_core::random_model::{self, SMALL};
use deshi_core::{Architecture, DecoderKind, FeedForwardActivation};
use deshi_export::Checkpoint;
use deshi_export::verify::{self, Logits};
use deshi_train::interpreter::{Mode, Precision, State, Torch};
use deshi_train::model::Model;
use tch::{Device, Kind, Tensor, no_grad};

/// A decoder of torch, a token at a time.
struct Stepwise<'m> {
    torch: Torch<'m>,
    memories: Vec<(Tensor, Tensor)>,
    states: Vec<State>,
}

impl<'m> Stepwise<'m> {
    fn new(model: &'m Model, mode: Mode) -> Self {
        let torch = Torch::new(
            model,
            mode,
            &Tensor::zeros([1, 1], (Kind::Bool, Device::Cpu)),
        );
        Self {
            states: torch.states(),
            torch,
            memories: Vec::new(),
        }
    }
}

fn ids(tokens: &[u32]) -> Tensor {
    let tokens: Vec<i64> = tokens.iter().map(|&token| token.into()).collect();
    Tensor::from_slice(&tokens).unsqueeze(0)
}

impl Logits for Stepwise<'_> {
    fn name(&self) -> String {
        "torch".to_owned()
    }

    fn encode(&mut self, source: &[u32]) -> Result<(), String> {
        self.states = self.torch.states();
        self.memories = no_grad(|| self.torch.encode(&ids(source)));
        Ok(())
    }

    fn step(&mut self, token: u32, position: usize) -> Result<Vec<f32>, String> {
        let logits = no_grad(|| {
            let token = ids(&[token]);
            self.torch
                .decode(&token, position as i64, &self.memories, &mut self.states)
        });
        Vec::try_from(logits.reshape([-1])).map_err(|error: tch::TchError| error.to_string())
    }
}

fn compare(architecture: Architecture) -> verify::Agreement {
    let checkpoint = Checkpoint {
        architecture,
        tensors: random_model::tensors(&architecture, 7),
    };
    let shapes = deshi_train::model::slots(&architecture);
    let named = shapes.into_iter().map(|slot| {
        let tensor =
            Tensor::from_slice(&checkpoint.tensors[&slot.name]).view(slot.shape.as_slice());
        (slot.name, tensor)
    });
    let model = Model::from_named(architecture, named.collect(), Device::Cpu).unwrap();
    let mode = Mode {
        precision: Precision::Int8,
        dropout: 0.0,
    };
    verify::compare(&checkpoint, &mut Stepwise::new(&model, mode)).unwrap()
}

#[test]
fn torch_computes_what_the_reference_computes() {
    // The tensors are small: a second thread would only wait.
    tch::set_num_threads(1);
    for (decoder, activation) in [
        (DecoderKind::Ssru, FeedForwardActivation::Relu),
        (DecoderKind::SelfAttention, FeedForwardActivation::Relu),
        (DecoderKind::SelfAttention, FeedForwardActivation::Swish),
    ] {
        let agreement = compare(Architecture {
            decoder,
            activation,
            ..SMALL
        });
        assert!(agreement.tokens > 50, "{agreement:?}");
        assert!(agreement.ties <= agreement.tokens / 50, "{agreement:?}");
    }
}
