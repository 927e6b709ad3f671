//! The set `simd128` of WebAssembly: 16 lanes are four vectors.
//!
//! An engine refuses a module whose instructions it lacks, so nothing is detected: the set is there
//! when the crate is compiled with `-Ctarget-feature=+simd128`.

use core::arch::wasm32::*;

use crate::arithmetic::Arithmetic;
use crate::lanes::{Dot, LANES, Lanes};
use crate::operations::linear::{self, Product};
use crate::set::{KernelSet, kernel_set};

/// The sets that this engine can run, best first.
pub(crate) fn sets() -> [Option<&'static dyn KernelSet>; 1] {
    [Some(&Simd128)]
}

/// The kernels for simd128.
#[derive(Clone, Copy)]
struct Simd128;

impl Simd128 {
    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }

    #[inline(always)]
    fn linear_rows(self, product: &Product<'_>, y: &mut [f32]) {
        linear::tiles::<_, 2, 1>(self, product, y);
    }
}

kernel_set!(Simd128, "simd128", safe);

/// Lanes 0 to 3, 4 to 7, 8 to 11, 12 to 15.
type Quarters = [v128; 4];

#[inline(always)]
fn quarters(a: Quarters, b: Quarters, operation: impl Fn(v128, v128) -> v128) -> Quarters {
    [
        operation(a[0], b[0]),
        operation(a[1], b[1]),
        operation(a[2], b[2]),
        operation(a[3], b[3]),
    ]
}

/// `a` if `a > b`, else `b`.
#[inline(always)]
fn greater(a: v128, b: v128) -> v128 {
    // `pmax(x, y)` is `y` if `x < y`, else `x`.
    f32x4_pmax(b, a)
}

impl Arithmetic for Simd128 {
    type Vector = Quarters;

    #[inline(always)]
    fn splat(self, value: f32) -> Quarters {
        [f32x4_splat(value); 4]
    }
    #[inline(always)]
    fn add(self, a: Quarters, b: Quarters) -> Quarters {
        quarters(a, b, |a, b| f32x4_add(a, b))
    }
    #[inline(always)]
    fn sub(self, a: Quarters, b: Quarters) -> Quarters {
        quarters(a, b, |a, b| f32x4_sub(a, b))
    }
    #[inline(always)]
    fn mul(self, a: Quarters, b: Quarters) -> Quarters {
        quarters(a, b, |a, b| f32x4_mul(a, b))
    }
    #[inline(always)]
    fn div(self, a: Quarters, b: Quarters) -> Quarters {
        quarters(a, b, |a, b| f32x4_div(a, b))
    }
    #[inline(always)]
    fn max(self, a: Quarters, b: Quarters) -> Quarters {
        quarters(a, b, |a, b| greater(a, b))
    }
    #[inline(always)]
    fn min(self, a: Quarters, b: Quarters) -> Quarters {
        // `pmin(x, y)` is `y` if `y < x`, else `x`.
        quarters(a, b, |a, b| f32x4_pmin(b, a))
    }
    #[inline(always)]
    fn power_of_two(self, shifted: Quarters) -> Quarters {
        shifted.map(|shifted| i32x4_shl(i32x4_add(shifted, i32x4_splat(127)), 23))
    }
}

impl Lanes for Simd128 {
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Quarters {
        let from = from.as_ptr().cast::<v128>();
        // SAFETY: the reference is to four vectors' bytes; loads may be of any alignment.
        unsafe {
            [
                v128_load(from),
                v128_load(from.add(1)),
                v128_load(from.add(2)),
                v128_load(from.add(3)),
            ]
        }
    }
    #[inline(always)]
    fn store(self, vector: Quarters, to: &mut [f32; LANES]) {
        let to = to.as_mut_ptr().cast::<v128>();
        // SAFETY: the reference is to four vectors' bytes; stores may be of any alignment.
        unsafe {
            v128_store(to, vector[0]);
            v128_store(to.add(1), vector[1]);
            v128_store(to.add(2), vector[2]);
            v128_store(to.add(3), vector[3]);
        }
    }
    #[inline(always)]
    fn abs(self, vector: Quarters) -> Quarters {
        vector.map(|vector| f32x4_abs(vector))
    }
    #[inline(always)]
    fn sum(self, vector: Quarters) -> f32 {
        let [a, b, c, d] = vector;
        let four = f32x4_add(f32x4_add(a, c), f32x4_add(b, d));
        let two = f32x4_add(four, i32x4_shuffle::<2, 3, 2, 3>(four, four));
        f32x4_extract_lane::<0>(two) + f32x4_extract_lane::<1>(two)
    }
    #[inline(always)]
    fn greatest(self, vector: Quarters) -> f32 {
        let [a, b, c, d] = vector;
        let four = greater(greater(a, c), greater(b, d));
        let two = greater(four, i32x4_shuffle::<2, 3, 2, 3>(four, four));
        let one = greater(two, i32x4_shuffle::<1, 1, 1, 1>(two, two));
        f32x4_extract_lane::<0>(one)
    }
    #[inline(always)]
    fn first_or(self, vector: Quarters, count: usize, other: Quarters) -> Quarters {
        let count = i32x4_splat(count as i32);
        let quarter = |index: usize| {
            let lanes = i32x4_add(i32x4(0, 1, 2, 3), i32x4_splat(4 * index as i32));
            v128_bitselect(vector[index], other[index], i32x4_lt(lanes, count))
        };
        [quarter(0), quarter(1), quarter(2), quarter(3)]
    }
    #[inline(always)]
    fn any_equal(self, a: Quarters, b: Quarters) -> bool {
        let equal = quarters(a, b, |a, b| f32x4_eq(a, b));
        v128_any_true(v128_or(
            v128_or(equal[0], equal[1]),
            v128_or(equal[2], equal[3]),
        ))
    }
    #[inline(always)]
    fn store_rounded(self, vector: Quarters, to: &mut [i8; LANES]) {
        let [a, b, c, d] = vector.map(|vector| i32x4_trunc_sat_f32x4(f32x4_nearest(vector)));
        let bytes = i8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d));
        // SAFETY: the reference is to a vector's bytes; stores may be of any alignment.
        unsafe { v128_store(to.as_mut_ptr().cast(), bytes) }
    }
}

impl Dot for Simd128 {
    type Lanes = Self;
    /// For each vector of 4 outputs by 4 inputs: the sums of inputs 0 and 1, and of inputs 2 and 3,
    /// side by side, for outputs 0 and 1, then outputs 2 and 3.
    type Accumulator = [v128; 8];
    type Weights<'w> = [v128; 4];
    type Activations = v128;

    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }
    #[inline(always)]
    fn zero(self) -> [v128; 8] {
        [i32x4_splat(0); 8]
    }
    #[inline(always)]
    fn weights(self, block: &[i8; 64]) -> [v128; 4] {
        let block = block.as_ptr().cast::<v128>();
        // SAFETY: the reference is to four vectors' bytes; loads may be of any alignment.
        unsafe {
            [
                v128_load(block),
                v128_load(block.add(1)),
                v128_load(block.add(2)),
                v128_load(block.add(3)),
            ]
        }
    }
    /// The same 4 inputs twice, as i16.
    #[inline(always)]
    fn activations(self, quad: &[i8; 4]) -> v128 {
        let quad = i32::from_ne_bytes(quad.map(|value| value as u8));
        i16x8_extend_low_i8x16(i32x4_splat(quad))
    }
    #[inline(always)]
    fn accumulate(self, sums: &mut [v128; 8], weights: [v128; 4], activations: v128) {
        for (index, weights) in weights.into_iter().enumerate() {
            let low = i32x4_dot_i16x8(i16x8_extend_low_i8x16(weights), activations);
            let high = i32x4_dot_i16x8(i16x8_extend_high_i8x16(weights), activations);
            sums[2 * index] = i32x4_add(sums[2 * index], low);
            sums[2 * index + 1] = i32x4_add(sums[2 * index + 1], high);
        }
    }
    #[inline(always)]
    fn finish(self, sums: [v128; 8], _weight_sums: &[i32; 16]) -> Quarters {
        let quarter = |low, high| {
            let even = i32x4_shuffle::<0, 2, 4, 6>(low, high);
            let odd = i32x4_shuffle::<1, 3, 5, 7>(low, high);
            f32x4_convert_i32x4(i32x4_add(even, odd))
        };
        [
            quarter(sums[0], sums[1]),
            quarter(sums[2], sums[3]),
            quarter(sums[4], sums[5]),
            quarter(sums[6], sums[7]),
        ]
    }
}
