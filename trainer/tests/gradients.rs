//! Gradients against finite differences: of every tensor of a model, through every operation.

use deshi_core::random_model::SMALL;
use deshi_core::{Architecture, DecoderKind, FeedForwardActivation};
use deshi_corpus::examples::Example;
use deshi_train::batch::Batch;
use deshi_train::interpreter::{Mode, Precision};
use deshi_train::loss::{LossConfig, Rows, loss};
use deshi_train::model::Model;
use tch::{Device, no_grad};

fn batch() -> Batch {
    let examples: Vec<Example> = (1..7u16)
        .map(|length| Example {
            source: (0..length).map(|at| 262 + at * 3).chain([0]).collect(),
            target: (0..length + 1).map(|at| 290 - at * 2).chain([0]).collect(),
        })
        .collect();
    Batch::new(&examples, Device::Cpu)
}

#[test]
fn every_tensors_gradient_is_the_slope_of_the_loss() {
    tch::set_num_threads(1);
    let nll = LossConfig::default();
    let word_kd = LossConfig {
        word_kd: 0.5,
        ..nll.clone()
    };
    let word_kd_of_some = LossConfig {
        word_kd_top: 4,
        ..word_kd.clone()
    };
    for (decoder, activation, config) in [
        (DecoderKind::Ssru, FeedForwardActivation::Relu, nll.clone()),
        (
            DecoderKind::SelfAttention,
            FeedForwardActivation::Relu,
            nll.clone(),
        ),
        (DecoderKind::Ssru, FeedForwardActivation::Swish, nll),
        (DecoderKind::Ssru, FeedForwardActivation::Relu, word_kd),
        (
            DecoderKind::Ssru,
            FeedForwardActivation::Relu,
            word_kd_of_some,
        ),
    ] {
        let architecture = Architecture {
            decoder,
            activation,
            ..SMALL
        };
        let case = format!("{decoder:?}, {activation:?}, {config:?}");
        let model = Model::random(architecture, Device::Cpu, 11);
        let teacher = Model::random(architecture, Device::Cpu, 12);
        let batch = batch();
        let mode = Mode::inference(Precision::F32);
        let value = || {
            let rows = Rows::of(&model, mode, &batch);
            let teacher = no_grad(|| Rows::of(&teacher, mode, &batch));
            let teacher = (config.word_kd > 0.0).then_some(&teacher);
            loss(&config, &rows, teacher, &batch.targets)
        };
        let gradient = model.gradient(&value().surrogate);
        for slot in model.slots() {
            let range = |flat: &tch::Tensor| flat.narrow(0, slot.offset, slot.elements());
            let slope = range(&gradient).norm().double_value(&[]);
            assert!(slope > 1e-6, "{case} {}: the gradient is zero", slot.name);
            // A step along the gradient that changes the loss by some thousandths: far above the rounding of f32, and
            // little enough to be straight.
            let step = (0.002 / slope).min(0.1);
            let direction = range(&gradient) / slope;
            let moved = |by: f64| {
                no_grad(|| {
                    let mut weights = range(&model.flat);
                    let before = weights.copy();
                    weights += &direction * by;
                    let value = value().value.double_value(&[]);
                    weights.copy_(&before);
                    value
                })
            };
            let difference = (moved(step) - moved(-step)) / (2.0 * step);
            assert!(
                (difference / slope - 1.0).abs() < 0.05,
                "{case} {}: slope {difference}, gradient {slope}",
                slot.name
            );
        }
    }
}
