//! Checkpoints of random numbers, read and refused.

use std::collections::HashMap;

use deshi_core::Architecture;
use deshi_core::random_model::{self, SMALL};
use deshi_export::{Checkpoint, checkpoint};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

/// Names and shapes of tensors.
type Shapes = Vec<(String, Vec<usize>)>;

/// The trainer's file, of random numbers; `change` may spoil it.
fn checkpoint_file(architecture: Architecture, change: impl Fn(&mut Shapes)) -> Vec<u8> {
    let mut shapes = checkpoint::shapes(&architecture);
    change(&mut shapes);
    let random = random_model::tensors(&architecture, 7);
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape)| {
            // A tensor that no layer has is one of zeros.
            let zeros = vec![0.0; shape.iter().product()];
            let numbers = random.get(&name).unwrap_or(&zeros);
            let bytes = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (
            name.clone(),
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    let description =
        serde_json::json!({ "architecture": architecture, "progress": { "step": 1 } });
    let metadata = HashMap::from([(checkpoint::DESCRIPTION.to_owned(), description.to_string())]);
    safetensors::serialize(views, Some(metadata)).unwrap()
}

#[test]
fn what_is_written_is_read() {
    let checkpoint = Checkpoint::parse(&checkpoint_file(SMALL, |_| {})).unwrap();
    assert_eq!(checkpoint.architecture, SMALL);
    assert_eq!(checkpoint.tensors, random_model::tensors(&SMALL, 7));
}

#[test]
fn a_checkpoint_that_does_not_fit_its_architecture_is_refused() {
    let refused = |change: &dyn Fn(&mut Shapes)| {
        Checkpoint::parse(&checkpoint_file(SMALL, change))
            .unwrap_err()
            .to_string()
    };
    assert!(
        refused(&|shapes| drop(shapes.remove(1))).contains("encoder.0.self_in.bias is missing")
    );
    assert!(refused(&|shapes| shapes.push(("more".into(), vec![1]))).contains("no tensor more"));
    let message = refused(&|shapes| shapes[0].1 = vec![48, 144]);
    assert!(
        message.contains("[48, 144], but must be F32 [144, 48]"),
        "{message}"
    );
    assert!(Checkpoint::parse(b"nothing").is_err());
}
