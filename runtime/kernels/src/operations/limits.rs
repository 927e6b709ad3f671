//! Upper limits of a machine, for measurements: the loops that the kernels are compared with.

use core::hint::black_box;

use crate::lanes::{Dot, LANES, Lanes};

/// Steps of activations that the loops repeat: few enough to stay in the L1 cache.
const ACTIVATIONS: usize = 64;

/// `steps` steps of a linear layer's tile with its weights in registers. Returns the number of int8
/// multiply-adds.
#[inline(always)]
pub(crate) fn products<D: Dot, const ROWS: usize, const GROUPS: usize>(
    dot: D,
    steps: usize,
) -> u64 {
    let quads = black_box([[[3i8; 4]; ACTIVATIONS]; ROWS]);
    let blocks = black_box([[5i8; 64]; GROUPS]);
    let mut weights = [dot.weights(&blocks[0]); GROUPS];
    for (weights, block) in weights.iter_mut().zip(&blocks) {
        *weights = dot.weights(block);
    }
    let mut sums = [[dot.zero(); GROUPS]; ROWS];
    for step in 0..steps {
        for row in 0..ROWS {
            let activations = dot.activations(&quads[row][step % ACTIVATIONS]);
            for group in 0..GROUPS {
                dot.accumulate(&mut sums[row][group], weights[group], activations);
            }
        }
    }
    black_box(sums);
    (steps * ROWS * GROUPS * 64) as u64
}

/// `steps` steps of f32 multiplications, each followed by an addition, not fused, as in every kernel.
/// Returns the number of such pairs.
#[inline(always)]
pub(crate) fn multiply_adds<L: Lanes>(lanes: L, steps: usize) -> u64 {
    const SUMS: usize = 6;
    let numbers = black_box([0.5f32; ACTIVATIONS]);
    let factors = black_box([[1.0f32; LANES]; SUMS]);
    let mut sums = [lanes.splat(0.0); SUMS];
    for step in 0..steps {
        let number = lanes.splat(numbers[step % ACTIVATIONS]);
        for (sum, factor) in sums.iter_mut().zip(&factors) {
            *sum = lanes.add(*sum, lanes.mul(number, lanes.load(factor)));
        }
    }
    black_box(sums);
    (steps * SUMS * LANES) as u64
}

/// The greatest number of a slice: limited only by the speed of memory.
#[inline(always)]
pub(crate) fn reading<L: Lanes>(lanes: L, numbers: &[f32]) -> f32 {
    const STREAMS: usize = 4;
    let (blocks, _) = numbers.as_chunks::<LANES>();
    let (blocks, _) = blocks.as_chunks::<STREAMS>();
    let mut greatest = [lanes.splat(f32::NEG_INFINITY); STREAMS];
    for blocks in blocks {
        for (greatest, block) in greatest.iter_mut().zip(blocks) {
            *greatest = lanes.max(lanes.load(block), *greatest);
        }
    }
    let mut all = greatest[0];
    for greatest in greatest {
        all = lanes.max(greatest, all);
    }
    lanes.greatest(all)
}
