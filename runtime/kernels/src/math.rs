//! The elementary functions, each written once, over any width of vector.

use crate::arithmetic::{Arithmetic, Scalar};

/// `1.5 * 2^23`. Added to a number within ±2^22, it rounds that number to the nearest integer, half
/// to even, and leaves the integer in the low bits of the sum.
pub(crate) const ROUNDING: f32 = 12_582_912.0;

/// `ln 2` in two parts; the first has so few bits that `n * LN_2_HIGH` is exact (Cephes, `expf.c`).
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// Polynomial of `(e^r - 1 - r) / r^2` on ±(ln 2)/2, highest power first (Cephes, `expf.c`).
const EXP: [f32; 6] = [
    1.987_569_1e-4,
    1.398_199_9e-3,
    8.333_452e-3,
    4.166_579_6e-2,
    1.666_666_5e-1,
    5e-1,
];

/// `e^x`, with `x` clamped to `-87..=88`, so that the result is neither zero nor infinite. NaN counts
/// as -87. The relative error is at most 2e-7.
pub fn exp(x: f32) -> f32 {
    exp_of(Scalar, x)
}

/// `1 / (1 + e^-x)`.
pub fn sigmoid(x: f32) -> f32 {
    sigmoid_from(Scalar, exp(0.0 - x))
}

/// The natural logarithm, the same bits on every target.
pub fn ln(x: f32) -> f32 {
    libm::logf(x)
}

/// The square root, correctly rounded.
pub(crate) fn square_root(x: f32) -> f32 {
    libm::sqrtf(x)
}

#[inline(always)]
pub(crate) fn exp_of<A: Arithmetic>(a: A, x: A::Vector) -> A::Vector {
    let x = a.min(a.max(x, a.splat(-87.0)), a.splat(88.0));
    let shifted = a.add(
        a.mul(x, a.splat(core::f32::consts::LOG2_E)),
        a.splat(ROUNDING),
    );
    let n = a.sub(shifted, a.splat(ROUNDING));
    let r = a.sub(
        a.sub(x, a.mul(n, a.splat(LN_2_HIGH))),
        a.mul(n, a.splat(LN_2_LOW)),
    );
    let mut polynomial = a.splat(EXP[0]);
    for coefficient in &EXP[1..] {
        polynomial = a.add(a.mul(polynomial, r), a.splat(*coefficient));
    }
    let power = a.add(a.add(a.mul(a.mul(polynomial, r), r), r), a.splat(1.0));
    a.mul(power, a.power_of_two(shifted))
}

/// The sigmoid of each lane.
#[inline(always)]
pub(crate) fn sigmoid_from<A: Arithmetic>(a: A, exp_of_negated: A::Vector) -> A::Vector {
    a.div(a.splat(1.0), a.add(a.splat(1.0), exp_of_negated))
}
