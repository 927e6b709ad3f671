//! A linear layer that owns its weights.

use deshi_core::quantization::quantise_linear;
use deshi_core::random_model::numbers;
use deshi_core::weights::ALIGNMENT_BYTES;
use deshi_kernels::{KernelSet, LinearWeights};

/// A random linear layer.
pub struct Layer {
    inputs: usize,
    outputs: usize,
    blocked: Vec<i8>,
    start: usize,
    scales: Vec<f32>,
    sums: Vec<i32>,
    bias: Vec<f32>,
}

impl Layer {
    /// A layer with random weights, which start at a multiple of a cache line.
    pub fn random(inputs: usize, outputs: usize) -> Self {
        let weight: Vec<f32> = numbers(1).take(inputs * outputs).collect();
        let mut blocked = vec![0; weight.len() + ALIGNMENT_BYTES];
        let start = blocked.as_ptr().align_offset(ALIGNMENT_BYTES);
        let (mut scales, mut sums) = (vec![0.0; outputs], vec![0; outputs]);
        let aligned = &mut blocked[start..][..weight.len()];
        quantise_linear(inputs, &weight, aligned, &mut scales, &mut sums);
        Self {
            inputs,
            outputs,
            blocked,
            start,
            scales,
            sums,
            bias: numbers(2).take(outputs).collect(),
        }
    }

    /// Its weights.
    pub fn weights(&self) -> LinearWeights<'_> {
        LinearWeights::new(
            self.inputs,
            self.outputs,
            &self.blocked[self.start..][..self.inputs * self.outputs],
            &self.scales,
            &self.sums,
            &self.bias,
        )
        .expect("the buffers were made for these shapes")
    }
}

/// Quantises rows of activations; returns them with their scales.
///
/// # Shapes
/// `x: [rows, columns]` -> `[rows, columns]`, `[rows]`
pub fn quantised(set: &dyn KernelSet, x: &[f32], columns: usize) -> (Vec<i8>, Vec<f32>) {
    let (mut rows, mut scales) = (vec![0; x.len()], vec![0.0; x.len() / columns]);
    set.quantise_rows(x, columns, &mut rows, &mut scales);
    (rows, scales)
}
