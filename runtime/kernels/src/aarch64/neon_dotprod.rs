//! The set `neon-dotprod`: as `neon`, with the `sdot` of ARMv8.2 (Cortex-A55 and A76 and later).

use core::arch::aarch64::*;
use core::arch::asm;

use super::intrinsics;
use super::neon::{Neon, Quarters, broadcast, load_block, to_float};
use crate::lanes::Dot;
use crate::operations::linear::{self, Product};
use crate::set::kernel_set;

/// The kernels for NEON with dot product. A value of this type proves that the CPU has it.
#[derive(Clone, Copy)]
pub(super) struct NeonDotprod {
    _proof: (),
}

static INSTANCE: NeonDotprod = NeonDotprod { _proof: () };

impl NeonDotprod {
    /// The set, if the CPU can run it.
    pub(super) fn instance() -> Option<&'static Self> {
        #[cfg(feature = "std")]
        let has = std::arch::is_aarch64_feature_detected!("dotprod");
        #[cfg(not(feature = "std"))]
        let has = cfg!(target_feature = "dotprod");
        has.then_some(&INSTANCE)
    }

    #[inline(always)]
    fn lanes(self) -> Neon {
        Neon
    }

    #[inline(always)]
    fn linear_rows(self, product: &Product<'_>, y: &mut [f32]) {
        match product.rows {
            1 => linear::tiles::<_, 1, 4>(self, product, y),
            2..4 => linear::tiles::<_, 3, 2>(self, product, y),
            _ => linear::tiles::<_, 5, 1>(self, product, y),
        }
    }
}

kernel_set!(NeonDotprod, "neon-dotprod", "dotprod");

impl Dot for NeonDotprod {
    type Lanes = Neon;
    type Accumulator = [int32x4_t; 4];
    type Weights<'w> = [int8x16_t; 4];
    type Activations = int8x16_t;

    #[inline(always)]
    fn lanes(self) -> Neon {
        Neon
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
    #[inline(always)]
    fn accumulate(
        self,
        sums: &mut Self::Accumulator,
        weights: [int8x16_t; 4],
        activations: int8x16_t,
    ) {
        for (sums, weights) in sums.iter_mut().zip(weights) {
            // The intrinsic, `vdotq_s32`, is not in stable Rust.
            // SAFETY: a value of the type proves that the CPU has the instruction, which changes
            // only its destination register.
            unsafe {
                asm!(
                    ".arch_extension dotprod",
                    "sdot {sums:v}.4s, {weights:v}.16b, {activations:v}.16b",
                    sums = inout(vreg) *sums,
                    weights = in(vreg) weights,
                    activations = in(vreg) activations,
                    options(pure, nomem, nostack, preserves_flags),
                );
            }
        }
    }
    #[inline(always)]
    fn finish(self, sums: Self::Accumulator, _weight_sums: &[i32; 16]) -> Quarters {
        to_float(sums)
    }
}
