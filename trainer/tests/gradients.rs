//! Gradients against finite differences: of every tensor of a model, through every operation.

use deshi_core::random_model::SMALL;
use deshi_core::{Architecture, DecoderKind};
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
    for decoder in [DecoderKind::Ssru, DecoderKind::SelfAttention] {
        let architecture = Architecture { decoder, ..SMALL };
        let model = Model::random(architecture, Device::Cpu, 11);
        let batch = batch();
        let config = LossConfig::default();
        let value = || {
            let rows = Rows::of(&model, Mode::inference(Precision::F32), &batch);
            loss(&config, &rows, None, &batch.targets)
        };
        let gradient = model.gradient(&value().surrogate);
        for slot in model.slots() {
            let range = |flat: &tch::Tensor| flat.narrow(0, slot.offset, slot.elements());
            let slope = range(&gradient).norm().double_value(&[]);
            assert!(
                slope > 1e-6,
                "{decoder:?} {}: the gradient is zero",
                slot.name
            );
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
                "{decoder:?} {}: slope {difference}, gradient {slope}",
                slot.name
            );
        }
    }
}
