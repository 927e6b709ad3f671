//! The set `plain`: safe, portable Rust. It runs everywhere, and defines the bits of every other
//! set.

use crate::arithmetic::{Arithmetic, Scalar};
use crate::lanes::{Dot, LANES, Lanes};
use crate::math;
use crate::operations::linear::{self, Product};
use crate::set::kernel_set;

/// The kernels in portable Rust.
#[derive(Clone, Copy)]
pub(crate) struct Plain;

impl Plain {
    /// The set, which every CPU can run.
    pub(crate) fn instance() -> &'static Self {
        &Self
    }

    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }

    #[inline(always)]
    fn linear_rows(self, product: &Product<'_>, y: &mut [f32]) {
        linear::tiles::<_, 1, 1>(self, product, y);
    }
}

kernel_set!(Plain, "plain", safe);

#[inline(always)]
fn map(a: [f32; LANES], b: [f32; LANES], f: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut result = [0.0; LANES];
    for lane in 0..LANES {
        result[lane] = f(a[lane], b[lane]);
    }
    result
}

impl Arithmetic for Plain {
    type Vector = [f32; LANES];

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        [value; LANES]
    }
    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(a, b, |a, b| Scalar.max(a, b))
    }
    #[inline(always)]
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(a, b, |a, b| Scalar.min(a, b))
    }
    #[inline(always)]
    fn power_of_two(self, shifted: Self::Vector) -> Self::Vector {
        shifted.map(|shifted| Scalar.power_of_two(shifted))
    }
}

impl Lanes for Plain {
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::Vector {
        *from
    }
    #[inline(always)]
    fn store(self, vector: Self::Vector, to: &mut [f32; LANES]) {
        *to = vector;
    }
    #[inline(always)]
    fn abs(self, vector: Self::Vector) -> Self::Vector {
        vector.map(f32::abs)
    }
    #[inline(always)]
    fn sum(self, mut vector: Self::Vector) -> f32 {
        for width in [8, 4, 2, 1] {
            for lane in 0..width {
                vector[lane] += vector[lane + width];
            }
        }
        vector[0]
    }
    #[inline(always)]
    fn greatest(self, vector: Self::Vector) -> f32 {
        vector
            .into_iter()
            .fold(f32::NEG_INFINITY, |greatest, lane| {
                Scalar.max(lane, greatest)
            })
    }
    #[inline(always)]
    fn first_or(self, vector: Self::Vector, count: usize, other: Self::Vector) -> Self::Vector {
        let mut result = other;
        for lane in 0..LANES {
            if lane < count {
                result[lane] = vector[lane];
            }
        }
        result
    }
    #[inline(always)]
    fn any_equal(self, a: Self::Vector, b: Self::Vector) -> bool {
        (0..LANES).any(|lane| a[lane] == b[lane])
    }
    #[inline(always)]
    fn store_rounded(self, vector: Self::Vector, to: &mut [i8; LANES]) {
        *to = vector.map(|value| (value + math::ROUNDING).to_bits() as i8);
    }
    #[inline(always)]
    fn exp(self, x: Self::Vector) -> Self::Vector {
        x.map(|x| math::exp_of(Scalar, x))
    }
}

impl Dot for Plain {
    type Lanes = Self;
    type Accumulator = [i32; 16];
    type Weights<'w> = &'w [i8; 64];
    type Activations = [i32; 4];

    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }
    #[inline(always)]
    fn zero(self) -> [i32; 16] {
        [0; 16]
    }
    #[inline(always)]
    fn weights(self, block: &[i8; 64]) -> &[i8; 64] {
        block
    }
    #[inline(always)]
    fn activations(self, quad: &[i8; 4]) -> [i32; 4] {
        quad.map(i32::from)
    }
    #[inline(always)]
    fn accumulate(self, sums: &mut [i32; 16], weights: &[i8; 64], activations: [i32; 4]) {
        let [a, b, c, d] = activations;
        for (sum, quad) in sums.iter_mut().zip(weights.as_chunks().0) {
            let [w, x, y, z] = quad.map(i32::from);
            *sum += w * a + x * b + y * c + z * d;
        }
    }
    #[inline(always)]
    fn finish(self, sums: [i32; 16], _weight_sums: &[i32; 16]) -> [f32; LANES] {
        sums.map(|sum| sum as f32)
    }
}
