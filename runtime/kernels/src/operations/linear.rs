//! The int8 linear layer: exact products in i32, and one f32 scale an output and a row.

use crate::lanes::{Arithmetic, Dot, Lanes};
use crate::weights::BLOCK;
use crate::{Activation, INPUT_GROUP, LinearWeights, OUTPUT_GROUP};

/// What a linear layer multiplies.
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
/// stay in registers. The rows are shared out evenly, as tiles of few rows cost the most per row.
#[inline(always)]
pub(crate) fn tiles<D: Dot, const ROWS: usize, const GROUPS: usize>(
    dot: D,
    product: &Product<'_>,
    y: &mut [f32],
) {
    const { assert!(ROWS <= 6) };
    let mut row = 0;
    let mut tiles_left = product.rows.div_ceil(ROWS);
    while row < product.rows {
        let rows = (product.rows - row).div_ceil(tiles_left);
        // A tile wider than ROWS is never asked for, and not compiled.
        match rows {
            6 if ROWS >= 6 => tiles_of_rows::<D, 6, GROUPS>(dot, product, row, y),
            5 if ROWS >= 5 => tiles_of_rows::<D, 5, GROUPS>(dot, product, row, y),
            4 if ROWS >= 4 => tiles_of_rows::<D, 4, GROUPS>(dot, product, row, y),
            3 if ROWS >= 3 => tiles_of_rows::<D, 3, GROUPS>(dot, product, row, y),
            2 if ROWS >= 2 => tiles_of_rows::<D, 2, GROUPS>(dot, product, row, y),
            _ => tiles_of_rows::<D, 1, GROUPS>(dot, product, row, y),
        }
        row += rows;
        tiles_left -= 1;
    }
}

/// `ROWS` rows, from `row` on, by all outputs.
#[inline(always)]
pub(crate) fn tiles_of_rows<D: Dot, const ROWS: usize, const GROUPS: usize>(
    dot: D,
    product: &Product<'_>,
    row: usize,
    y: &mut [f32],
) {
    let mut row_sums = [0; ROWS];
    if D::ROW_SUMS {
        let inputs = product.weights.inputs();
        for (index, sum) in row_sums.iter_mut().enumerate() {
            let row = &product.quantised[(row + index) * inputs..][..inputs];
            *sum = row.iter().map(|&value| i32::from(value)).sum();
        }
    }
    let groups = product.weights.outputs() / OUTPUT_GROUP;
    let mut group = 0;
    while group + GROUPS <= groups {
        tile::<D, ROWS, GROUPS>(dot, product, row, &row_sums, group, y);
        group += GROUPS;
    }
    while group < groups {
        tile::<D, ROWS, 1>(dot, product, row, &row_sums, group, y);
        group += 1;
    }
}

#[inline(always)]
fn tile<D: Dot, const ROWS: usize, const GROUPS: usize>(
    dot: D,
    product: &Product<'_>,
    row: usize,
    row_sums: &[i32; ROWS],
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
    for step in 0..steps {
        let mut weights = [dot.weights(&blocks_of[0][step]); GROUPS];
        for index in 1..GROUPS {
            weights[index] = dot.weights(&blocks_of[index][step]);
        }
        for index in 0..ROWS {
            let activations = dot.activations(&quads_of[index][step]);
            for group in 0..GROUPS {
                dot.accumulate(&mut sums[index][group], weights[group], activations);
            }
        }
    }

    #[expect(
        clippy::needless_range_loop,
        reason = "the index goes through two dimensions at once"
    )]
    for offset in 0..GROUPS {
        let mut sums_of_rows = [dot.zero(); ROWS];
        for index in 0..ROWS {
            sums_of_rows[index] = sums[index][offset];
        }
        finish(dot, product, row, row_sums, group + offset, sums_of_rows, y);
    }
}

/// Scales the sums of `ROWS` rows and 16 outputs, adds the bias, and stores.
#[inline(always)]
fn finish<D: Dot, const ROWS: usize>(
    dot: D,
    product: &Product<'_>,
    row: usize,
    row_sums: &[i32; ROWS],
    group: usize,
    sums: [D::Accumulator; ROWS],
    y: &mut [f32],
) {
    let lanes = dot.lanes();
    let weights = product.weights;
    let groups = weights.outputs() / OUTPUT_GROUP;
    let weight_sums = &weights.sums().as_chunks().0[group];
    let weight_scales = lanes.load(&weights.scales().as_chunks().0[group]);
    let bias = lanes.load(&weights.bias().as_chunks().0[group]);
    let floor = lanes.splat(0.0);
    let scales: &[f32; ROWS] = product.scales[row..].first_chunk().expect("scales: [rows]");
    let y = &mut y.as_chunks_mut().0[row * groups + group..];
    for index in 0..ROWS {
        let sum = dot.finish(sums[index], weight_sums, row_sums[index]);
        let scale = lanes.mul(lanes.splat(scales[index]), weight_scales);
        let mut result = lanes.add(lanes.mul(sum, scale), bias);
        if product.activation == Activation::Relu {
            result = lanes.max(result, floor);
        }
        lanes.store(result, &mut y[index * groups]);
    }
}
