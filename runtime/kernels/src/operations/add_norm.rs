//! Residual sum and layer normalisation.

use crate::lanes::{LANES, Lanes};

use crate::math;

/// Added to the variance.
const EPSILON: f32 = 1e-6;

#[inline(always)]
pub(crate) fn add_norm<L: Lanes>(
    lanes: L,
    x: &[f32],
    y: &[f32],
    gamma: &[f32],
    beta: &[f32],
    out: &mut [f32],
) {
    let columns = gamma.len();
    let rows = x.chunks_exact(columns).zip(y.chunks_exact(columns));
    for ((x, y), out) in rows.zip(out.chunks_exact_mut(columns)) {
        let mean = add(lanes, x, y, out) / columns as f32;
        let variance = sum_of_squares(lanes, out, mean) / columns as f32;
        let reciprocal = 1.0 / math::square_root(variance + EPSILON);
        normalise(lanes, out, mean, reciprocal, gamma, beta);
    }
}

/// Writes `z = x + y`, and returns its sum.
#[inline(always)]
fn add<L: Lanes>(lanes: L, x: &[f32], y: &[f32], z: &mut [f32]) -> f32 {
    let mut sum = lanes.splat(0.0);
    let (x, x_tail) = x.as_chunks::<LANES>();
    let (y, y_tail) = y.as_chunks::<LANES>();
    let (z, z_tail) = z.as_chunks_mut::<LANES>();
    for ((x, y), z) in x.iter().zip(y).zip(z) {
        let added = lanes.add(lanes.load(x), lanes.load(y));
        lanes.store(added, z);
        sum = lanes.add(sum, added);
    }
    if !x_tail.is_empty() {
        let added = lanes.add(lanes.load_partial(x_tail), lanes.load_partial(y_tail));
        lanes.store_partial(added, z_tail);
        sum = lanes.add(sum, added);
    }
    lanes.sum(sum)
}

#[inline(always)]
fn sum_of_squares<L: Lanes>(lanes: L, z: &[f32], mean: f32) -> f32 {
    let mean = lanes.splat(mean);
    let mut sum = lanes.splat(0.0);
    let (z, tail) = z.as_chunks::<LANES>();
    for z in z {
        let centred = lanes.sub(lanes.load(z), mean);
        sum = lanes.add(sum, lanes.mul(centred, centred));
    }
    if !tail.is_empty() {
        let centred = lanes.sub(lanes.load_partial(tail), mean);
        sum = lanes.add(
            sum,
            lanes.first_or(lanes.mul(centred, centred), tail.len(), lanes.splat(0.0)),
        );
    }
    lanes.sum(sum)
}

#[inline(always)]
fn normalise<L: Lanes>(
    lanes: L,
    z: &mut [f32],
    mean: f32,
    reciprocal: f32,
    gamma: &[f32],
    beta: &[f32],
) {
    let (mean, reciprocal) = (lanes.splat(mean), lanes.splat(reciprocal));
    let (z, z_tail) = z.as_chunks_mut::<LANES>();
    let (gamma, gamma_tail) = gamma.as_chunks::<LANES>();
    let (beta, beta_tail) = beta.as_chunks::<LANES>();
    for ((z, gamma), beta) in z.iter_mut().zip(gamma).zip(beta) {
        let scaled = lanes.mul(lanes.sub(lanes.load(z), mean), reciprocal);
        let result = lanes.add(lanes.mul(scaled, lanes.load(gamma)), lanes.load(beta));
        lanes.store(result, z);
    }
    if !z_tail.is_empty() {
        let scaled = lanes.mul(lanes.sub(lanes.load_partial(z_tail), mean), reciprocal);
        let gamma = lanes.load_partial(gamma_tail);
        let result = lanes.add(lanes.mul(scaled, gamma), lanes.load_partial(beta_tail));
        lanes.store_partial(result, z_tail);
    }
}
