//! The set `neon`: 16 lanes are four registers; int8 products are widening multiplications.

use core::arch::aarch64::*;

use super::intrinsics;
use crate::arithmetic::Arithmetic;
use crate::lanes::{Dot, LANES, Lanes};
use crate::operations::linear::{self, Product};
use crate::set::kernel_set;

/// The kernels for NEON.
#[derive(Clone, Copy)]
pub(super) struct Neon;

impl Neon {
    /// The set, which every CPU of the target can run.
    pub(super) fn instance() -> &'static Self {
        &Self
    }

    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }

    #[inline(always)]
    fn linear_rows(self, product: &Product<'_>, y: &mut [f32]) {
        linear::tiles::<_, 4, 1>(self, product, y);
    }
}

kernel_set!(Neon, "neon", safe);

/// Lanes 0 to 3, 4 to 7, 8 to 11, 12 to 15.
pub(super) type Quarters = [float32x4_t; 4];

/// Applies an operation to each of the four pairs of registers.
macro_rules! quarters {
    ($operation:expr, $a:expr, $b:expr) => {{
        let (a, b) = ($a, $b);
        let operation = $operation;
        [
            operation(a[0], b[0]),
            operation(a[1], b[1]),
            operation(a[2], b[2]),
            operation(a[3], b[3]),
        ]
    }};
}

#[inline(always)]
fn greater(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    intrinsics!(vbslq_f32(vcgtq_f32(a, b), a, b))
}

#[inline(always)]
fn smaller(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    intrinsics!(vbslq_f32(vcltq_f32(a, b), a, b))
}

impl Arithmetic for Neon {
    type Vector = Quarters;

    #[inline(always)]
    fn splat(self, value: f32) -> Quarters {
        [intrinsics!(vdupq_n_f32(value)); 4]
    }
    #[inline(always)]
    fn add(self, a: Quarters, b: Quarters) -> Quarters {
        quarters!(|a, b| intrinsics!(vaddq_f32(a, b)), a, b)
    }
    #[inline(always)]
    fn sub(self, a: Quarters, b: Quarters) -> Quarters {
        quarters!(|a, b| intrinsics!(vsubq_f32(a, b)), a, b)
    }
    #[inline(always)]
    fn mul(self, a: Quarters, b: Quarters) -> Quarters {
        quarters!(|a, b| intrinsics!(vmulq_f32(a, b)), a, b)
    }
    #[inline(always)]
    fn div(self, a: Quarters, b: Quarters) -> Quarters {
        quarters!(|a, b| intrinsics!(vdivq_f32(a, b)), a, b)
    }
    #[inline(always)]
    fn max(self, a: Quarters, b: Quarters) -> Quarters {
        quarters!(greater, a, b)
    }
    #[inline(always)]
    fn min(self, a: Quarters, b: Quarters) -> Quarters {
        quarters!(smaller, a, b)
    }
    #[inline(always)]
    fn power_of_two(self, shifted: Quarters) -> Quarters {
        let quarter = |shifted| {
            intrinsics!({
                let biased = vaddq_u32(vreinterpretq_u32_f32(shifted), vdupq_n_u32(127));
                vreinterpretq_f32_u32(vshlq_n_u32::<23>(biased))
            })
        };
        [
            quarter(shifted[0]),
            quarter(shifted[1]),
            quarter(shifted[2]),
            quarter(shifted[3]),
        ]
    }
}

impl Lanes for Neon {
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Quarters {
        let from = from.as_ptr();
        intrinsics!([
            vld1q_f32(from),
            vld1q_f32(from.add(4)),
            vld1q_f32(from.add(8)),
            vld1q_f32(from.add(12)),
        ])
    }
    #[inline(always)]
    fn store(self, vector: Quarters, to: &mut [f32; LANES]) {
        let to = to.as_mut_ptr();
        intrinsics!({
            vst1q_f32(to, vector[0]);
            vst1q_f32(to.add(4), vector[1]);
            vst1q_f32(to.add(8), vector[2]);
            vst1q_f32(to.add(12), vector[3]);
        })
    }
    #[inline(always)]
    fn abs(self, vector: Quarters) -> Quarters {
        let [a, b, c, d] = vector;
        intrinsics!([vabsq_f32(a), vabsq_f32(b), vabsq_f32(c), vabsq_f32(d)])
    }
    #[inline(always)]
    fn sum(self, vector: Quarters) -> f32 {
        let [a, b, c, d] = vector;
        intrinsics!({
            let four = vaddq_f32(vaddq_f32(a, c), vaddq_f32(b, d));
            let two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
            vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
        })
    }
    #[inline(always)]
    fn greatest(self, vector: Quarters) -> f32 {
        let [a, b, c, d] = vector;
        intrinsics!(vmaxvq_f32(greater(greater(a, c), greater(b, d))))
    }
    #[inline(always)]
    fn first_or(self, vector: Quarters, count: usize, other: Quarters) -> Quarters {
        const INDICES: [u32; LANES] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        let count = intrinsics!(vdupq_n_u32(count as u32));
        let quarter = |index: usize| {
            let indices = &INDICES[4 * index..][..4];
            intrinsics!({
                let kept = vcltq_u32(vld1q_u32(indices.as_ptr()), count);
                vbslq_f32(kept, vector[index], other[index])
            })
        };
        [quarter(0), quarter(1), quarter(2), quarter(3)]
    }
    #[inline(always)]
    fn any_equal(self, a: Quarters, b: Quarters) -> bool {
        let equal = quarters!(|a, b| intrinsics!(vceqq_f32(a, b)), a, b);
        intrinsics!({
            let any = vorrq_u32(vorrq_u32(equal[0], equal[1]), vorrq_u32(equal[2], equal[3]));
            vmaxvq_u32(any) != 0
        })
    }
    #[inline(always)]
    fn store_rounded(self, vector: Quarters, to: &mut [i8; LANES]) {
        let [a, b, c, d] = vector;
        let halfwords = |a, b| {
            intrinsics!(vcombine_s16(
                vmovn_s32(vcvtnq_s32_f32(a)),
                vmovn_s32(vcvtnq_s32_f32(b))
            ))
        };
        let (low, high) = (halfwords(a, b), halfwords(c, d));
        intrinsics!(vst1q_s8(
            to.as_mut_ptr(),
            vcombine_s8(vmovn_s16(low), vmovn_s16(high))
        ))
    }
}

/// 16 outputs by 4 inputs: four outputs a register.
#[inline(always)]
pub(super) fn load_block(block: &[i8; 64]) -> [int8x16_t; 4] {
    let block = block.as_ptr();
    intrinsics!([
        vld1q_s8(block),
        vld1q_s8(block.add(16)),
        vld1q_s8(block.add(32)),
        vld1q_s8(block.add(48)),
    ])
}

/// Four times the same 4 inputs.
#[inline(always)]
pub(super) fn broadcast(quad: &[i8; 4]) -> int8x16_t {
    let quad = i32::from_ne_bytes(quad.map(|value| value as u8));
    intrinsics!(vreinterpretq_s8_s32(vdupq_n_s32(quad)))
}

#[inline(always)]
pub(super) fn to_float(sums: [int32x4_t; 4]) -> Quarters {
    let [a, b, c, d] = sums;
    intrinsics!([
        vcvtq_f32_s32(a),
        vcvtq_f32_s32(b),
        vcvtq_f32_s32(c),
        vcvtq_f32_s32(d)
    ])
}

impl Dot for Neon {
    type Lanes = Self;
    type Accumulator = [int32x4_t; 4];
    type Weights<'w> = [int8x16_t; 4];
    type Activations = int8x16_t;

    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }
    #[inline(always)]
    fn zero(self) -> Self::Accumulator {
        [intrinsics!(vdupq_n_s32(0)); 4]
    }
    #[inline(always)]
    fn weights(self, block: &[i8; 64]) -> [int8x16_t; 4] {
        load_block(block)
    }
    #[inline(always)]
    fn activations(self, quad: &[i8; 4]) -> int8x16_t {
        broadcast(quad)
    }
    /// A product is at most 128 * 127 in magnitude, so the sum of two fits an i16.
    #[inline(always)]
    fn accumulate(
        self,
        sums: &mut Self::Accumulator,
        weights: [int8x16_t; 4],
        activations: int8x16_t,
    ) {
        for (sums, weights) in sums.iter_mut().zip(weights) {
            intrinsics!({
                let low = vmull_s8(vget_low_s8(weights), vget_low_s8(activations));
                let high = vmull_high_s8(weights, activations);
                *sums = vpadalq_s16(*sums, vpaddq_s16(low, high));
            })
        }
    }
    #[inline(always)]
    fn finish(self, sums: Self::Accumulator, _weight_sums: &[i32; 16]) -> Quarters {
        to_float(sums)
    }
}
