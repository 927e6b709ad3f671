//! Quantisation of activations: symmetric int8, one scale per row.

use crate::lanes::{LANES, Lanes};

/// A smaller maximum is replaced by this one, to keep `127 / maximum` finite.
const SMALLEST_MAXIMUM: f32 = 1e-20;

#[inline(always)]
pub(crate) fn quantise_rows<L: Lanes>(
    lanes: L,
    x: &[f32],
    columns: usize,
    quantised: &mut [i8],
    scales: &mut [f32],
) {
    let rows = x
        .chunks_exact(columns)
        .zip(quantised.chunks_exact_mut(columns));
    for ((x, quantised), scale) in rows.zip(scales) {
        let maximum = greatest_magnitude(lanes, x);
        *scale = maximum * (1.0 / 127.0);
        let inverse = lanes.splat(127.0 / maximum);

        let (blocks, tail) = x.as_chunks::<LANES>();
        let (quantised_blocks, quantised_tail) = quantised.as_chunks_mut::<LANES>();
        for (block, quantised) in blocks.iter().zip(quantised_blocks) {
            lanes.store_rounded(scaled(lanes, lanes.load(block), inverse), quantised);
        }
        if !tail.is_empty() {
            let mut last = [0; LANES];
            lanes.store_rounded(scaled(lanes, lanes.load_partial(tail), inverse), &mut last);
            quantised_tail.copy_from_slice(&last[..tail.len()]);
        }
    }
}

/// Clamps to ±127; NaN becomes -127.
#[inline(always)]
fn scaled<L: Lanes>(lanes: L, x: L::Vector, inverse: L::Vector) -> L::Vector {
    lanes.max(lanes.mul(x, inverse), lanes.splat(-127.0))
}

#[inline(always)]
fn greatest_magnitude<L: Lanes>(lanes: L, x: &[f32]) -> f32 {
    let (blocks, tail) = x.as_chunks::<LANES>();
    let mut maximum = lanes.splat(SMALLEST_MAXIMUM);
    for block in blocks {
        maximum = lanes.max(lanes.abs(lanes.load(block)), maximum);
    }
    if !tail.is_empty() {
        maximum = lanes.max(lanes.abs(lanes.load_partial(tail)), maximum);
    }
    lanes.greatest(maximum)
}
