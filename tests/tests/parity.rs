//! The native executor's logits on every kernel set, compared with the reference's. (tract gives the native
//! executor's bits: `executors.rs`. The trainer's torch has the same comparison: `trainer/tests/parity.rs`.)

use deshi_core::Architecture;
use deshi_core::random_model::{self, SMALL};
use deshi_export::{Checkpoint, verify};

/// Another architecture: one layer each, one head, and sizes that are not a multiple of a vector.
const NARROW: Architecture = Architecture {
    encoder_layers: 1,
    decoder_layers: 1,
    d_model: 16,
    d_ff: 112,
    n_heads: 1,
    ..SMALL
};

fn random(architecture: Architecture, seed: u64) -> Checkpoint {
    Checkpoint {
        architecture,
        tensors: random_model::tensors(&architecture, seed),
    }
}

#[test]
fn every_kernel_set_computes_what_the_reference_computes() {
    for (seed, architecture) in [(7, SMALL), (8, NARROW)] {
        let checkpoint = random(architecture, seed);
        let file = random_model::weights(&architecture, seed).unwrap();
        for kernels in deshi_kernels::available() {
            let agreement = verify::compare_native(&checkpoint, &file, kernels).unwrap();
            assert!(agreement.tokens > 50, "{agreement:?}");
            assert!(agreement.ties <= agreement.tokens / 50, "{agreement:?}");
        }
    }
}

#[test]
fn another_model_is_told_apart() {
    let file = random_model::weights(&SMALL, 7).unwrap();
    let another = random(SMALL, 9);
    let error = verify::compare_native(&another, &file, deshi_kernels::best()).unwrap_err();
    assert!(error.to_string().contains("disagrees"), "{error}");
}
