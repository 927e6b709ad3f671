//! Quantises f32 weights to symmetric int8, one scale per output, in the kernels' blocked layout;
//! and back.
//!
//! The kernels quantise activations at run time, with the formula of
//! [`deshi_kernels::KernelSet::quantise_rows`]. Weights use the same formula, row by row.

#[cfg(feature = "alloc")]
use deshi_kernels::LinearWeights;
use deshi_kernels::{INPUT_GROUP, OUTPUT_GROUP};

/// A smaller maximum is replaced by this one, so that a row of zeros has a finite scale.
const SMALLEST_MAXIMUM: f32 = 1e-20;

/// `maximum / 127` for the largest magnitude of a row: the value of one int8 step.
pub fn scale(row: &[f32]) -> f32 {
    maximum(row) * (1.0 / 127.0)
}

fn maximum(row: &[f32]) -> f32 {
    row.iter()
        .fold(SMALLEST_MAXIMUM, |most, x| most.max(x.abs()))
}

/// Quantises one row: `round_half_to_even(x * (127 / maximum))`.
pub fn quantise_row(row: &[f32], mut put: impl FnMut(usize, i8)) {
    let inverse = 127.0 / maximum(row);
    for (index, &x) in row.iter().enumerate() {
        put(index, round_half_to_even(x * inverse) as i8);
    }
}

/// Rounds to the nearest whole number, halves to the even one. For magnitudes below 2^22.
fn round_half_to_even(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 * 2^23: adding it leaves no fraction bits
    (x + MAGIC) - MAGIC
}

/// The index of the weight of `output` and `input` in the blocked layout `[outputs/16][inputs/4][16][4]`.
pub const fn blocked_index(inputs: usize, output: usize, input: usize) -> usize {
    (output / OUTPUT_GROUP) * OUTPUT_GROUP * inputs
        + (input / INPUT_GROUP) * OUTPUT_GROUP * INPUT_GROUP
        + (output % OUTPUT_GROUP) * INPUT_GROUP
        + input % INPUT_GROUP
}

/// Quantises the weights of a linear layer.
///
/// # Shapes
/// `weight: [outputs, inputs]`, `blocked: [outputs * inputs]`, `scales: [outputs]`, `sums: [outputs]`
///
/// # Panics
/// If the shapes do not fit.
pub fn quantise_linear(
    inputs: usize,
    weight: &[f32],
    blocked: &mut [i8],
    scales: &mut [f32],
    sums: &mut [i32],
) {
    assert_eq!(
        weight.len(),
        blocked.len(),
        "weight and blocked must have the same length"
    );
    assert_eq!(
        weight.len(),
        scales.len() * inputs,
        "scales must have one element per output"
    );
    for (output, row) in weight.chunks_exact(inputs).enumerate() {
        scales[output] = scale(row);
        let mut sum = 0;
        quantise_row(row, |input, value| {
            blocked[blocked_index(inputs, output, input)] = value;
            sum += i32::from(value);
        });
        sums[output] = sum;
    }
}

/// Puts weights that are int8 already into the kernels' layout.
///
/// # Shapes
/// `weight: [outputs, inputs]`, `blocked: [outputs * inputs]`, `sums: [outputs]`
///
/// # Panics
/// If the shapes do not fit.
pub fn arrange_linear(inputs: usize, weight: &[i8], blocked: &mut [i8], sums: &mut [i32]) {
    assert_eq!(
        weight.len(),
        blocked.len(),
        "weight and blocked hold the same weights"
    );
    assert_eq!(weight.len(), sums.len() * inputs, "a sum for each output");
    for (output, row) in weight.chunks_exact(inputs).enumerate() {
        for (input, &value) in row.iter().enumerate() {
            blocked[blocked_index(inputs, output, input)] = value;
        }
        sums[output] = row.iter().map(|&value| i32::from(value)).sum();
    }
}

/// The values of a linear layer's int8 weights: within half a step of the original ones.
///
/// # Shapes
/// The weights: `[outputs, inputs]`
#[cfg(feature = "alloc")]
pub fn dequantise_linear(layer: &LinearWeights<'_>) -> alloc::vec::Vec<f32> {
    let mut row = alloc::vec![0; layer.inputs()];
    let mut weight = alloc::vec::Vec::with_capacity(layer.outputs() * layer.inputs());
    for (output, scale) in layer.scales().iter().enumerate() {
        layer.row(output, &mut row);
        weight.extend(row.iter().map(|&value| f32::from(value) * scale));
    }
    weight
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn weights_and_activations_follow_one_formula() {
        let row: Vec<f32> = (0..64u32)
            .map(|i| ((i * 37 % 64) as f32 - 31.5) * 0.013)
            .collect();
        let (mut blocked, mut scales, mut sums) = (vec![0i8; 64 * 16], vec![0.0; 16], vec![0; 16]);
        let weight: Vec<f32> = (0..16).flat_map(|_| row.clone()).collect();
        quantise_linear(64, &weight, &mut blocked, &mut scales, &mut sums);

        let (mut quantised, mut row_scale) = ([0i8; 64], [0.0f32]);
        deshi_kernels::best().quantise_rows(&row, 64, &mut quantised, &mut row_scale);
        assert_eq!(scales[3], row_scale[0]);
        for (input, &value) in quantised.iter().enumerate() {
            assert_eq!(blocked[blocked_index(64, 3, input)], value);
        }
        assert_eq!(
            sums[3],
            quantised.iter().map(|&q| i32::from(q)).sum::<i32>()
        );
    }
}
