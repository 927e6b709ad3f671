//! The int8 linear layer: exact products in i32, and one f32 scale per output and per row.

use crate::arithmetic::Arithmetic;
use crate::lanes::{Dot, Lanes};
use crate::linear_weights::{Activation, BLOCK, INPUT_GROUP, LinearWeights, OUTPUT_GROUP};

/// The input of a linear layer, and its weights.
///
/// # Shapes
/// `quantised: [rows, inputs]`, `scales: [rows]`
pub(crate) struct Product<'a> {
    pub(crate) rows: usize,
    pub(crate) quantised: &'a [i8],
    pub(crate) scales: &'a [f32],
    pub(crate) weights: &'a LinearWeights<'a>,
    pub(crate) activation: Activation,
}

/// All rows by all outputs, in tiles of at most `ROWS` rows by `GROUPS` groups of 16 outputs, whose sums
/// stay in registers. A tile's weights are used for every row before the next weights are read, so each
/// weight is fetched from memory once; the activations are small and stay in cache.
#[inline(always)]
pub(crate) fn tiles<D: Dot, const ROWS: usize, const GROUPS: usize>(
    dot: D,
    product: &Product<'_>,
    y: &mut [f32],
) {
    let groups = product.weights.outputs() / OUTPUT_GROUP;
    let mut group = 0;
    while group + GROUPS <= groups {
        tiles_of_groups::<D, ROWS, GROUPS>(dot, product, group, y);
        group += GROUPS;
    }
    while group < groups {
        tiles_of_groups::<D, ROWS, 1>(dot, product, group, y);
        group += 1;
    }
}

/// All rows by `GROUPS` groups of outputs, from `group` on. The rows are divided evenly, because tiles
/// with few rows cost the most per row.
#[inline(always)]
fn tiles_of_groups<D: Dot, const ROWS: usize, const GROUPS: usize>(
    dot: D,
    product: &Product<'_>,
    group: usize,
    y: &mut [f32],
) {
    const { assert!(ROWS <= 6) };
    let mut row = 0;
    let mut tiles_left = product.rows.div_ceil(ROWS);
    while row < product.rows {
        let rows = (product.rows - row).div_ceil(tiles_left);
        // No tile has more than ROWS rows, so the larger arms are not compiled.
        match rows {
            6 if ROWS >= 6 => tile::<D, 6, GROUPS>(dot, product, row, group, y),
            5 if ROWS >= 5 => tile::<D, 5, GROUPS>(dot, product, row, group, y),
            4 if ROWS >= 4 => tile::<D, 4, GROUPS>(dot, product, row, group, y),
            3 if ROWS >= 3 => tile::<D, 3, GROUPS>(dot, product, row, group, y),
            2 if ROWS >= 2 => tile::<D, 2, GROUPS>(dot, product, row, group, y),
            _ => tile::<D, 1, GROUPS>(dot, product, row, group, y),
        }
        row += rows;
        tiles_left -= 1;
    }
}

#[inline(always)]
fn tile<D: Dot, const ROWS: usize, const GROUPS: usize>(
    dot: D,
    product: &Product<'_>,
    row: usize,
    group: usize,
    y: &mut [f32],
) {
    let steps = product.weights.inputs() / INPUT_GROUP;
    let (blocks, _) = product.weights.blocked().as_chunks::<BLOCK>();
    let (quads, _) = product.quantised.as_chunks::<INPUT_GROUP>();

    let mut blocks_of: [&[[i8; BLOCK]]; GROUPS] = [&[]; GROUPS];
    for (index, blocks_of) in blocks_of.iter_mut().enumerate() {
        *blocks_of = &blocks[(group + index) * steps..][..steps];
    }
    let mut quads_of: [&[[i8; INPUT_GROUP]]; ROWS] = [&[]; ROWS];
    for (index, quads_of) in quads_of.iter_mut().enumerate() {
        *quads_of = &quads[(row + index) * steps..][..steps];
    }

    let mut sums = [[dot.zero(); GROUPS]; ROWS];
    dot.tile(&quads_of, &blocks_of, &mut sums);

    // Unrolled by hand: in a loop the sums would go through the stack.
    const { assert!(GROUPS <= 4) };
    finish::<D, ROWS, GROUPS, 0>(dot, product, row, group, &sums, y);
    if GROUPS > 1 {
        finish::<D, ROWS, GROUPS, 1>(dot, product, row, group, &sums, y);
    }
    if GROUPS > 2 {
        finish::<D, ROWS, GROUPS, 2>(dot, product, row, group, &sums, y);
    }
    if GROUPS > 3 {
        finish::<D, ROWS, GROUPS, 3>(dot, product, row, group, &sums, y);
    }
}

/// Scales the sums of `ROWS` rows and one group of 16 outputs, adds the bias, and stores.
#[inline(always)]
fn finish<D: Dot, const ROWS: usize, const GROUPS: usize, const OFFSET: usize>(
    dot: D,
    product: &Product<'_>,
    row: usize,
    group: usize,
    sums: &[[D::Accumulator; GROUPS]; ROWS],
    y: &mut [f32],
) {
    let lanes = dot.lanes();
    let (weights, group) = (product.weights, group + OFFSET);
    let groups = weights.outputs() / OUTPUT_GROUP;
    let weight_sums = &weights.sums().as_chunks().0[group];
    let weight_scales = lanes.load(&weights.scales().as_chunks().0[group]);
    let bias = lanes.load(&weights.bias().as_chunks().0[group]);
    let floor = lanes.splat(0.0);
    let scales: &[f32; ROWS] = product.scales[row..].first_chunk().expect("scales: [rows]");
    let y = &mut y.as_chunks_mut().0[row * groups + group..][..(ROWS - 1) * groups + 1];
    for index in 0..ROWS {
        let sum = dot.finish(sums[index][OFFSET % GROUPS], weight_sums);
        let scale = lanes.mul(lanes.splat(scales[index]), weight_scales);
        let mut result = lanes.add(lanes.mul(sum, scale), bias);
        if product.activation == Activation::Relu {
            result = lanes.max(result, floor);
        }
        lanes.store(result, &mut y[index * groups]);
    }
}
