//! The set `avx-vnni`: as `avx2`, with the 256-bit `vpdpbusd` of CPUs without AVX-512.

use core::arch::x86_64::*;

use super::avx2::{Avx2, Halves};
use super::{cpu_has, intrinsics};
use crate::lanes::Dot;
use crate::operations::linear::{self, Product};
use crate::set::kernel_set;

/// The kernels for AVX2 with AVX-VNNI. A value of this type proves that the CPU has both.
#[derive(Clone, Copy)]
pub(super) struct AvxVnni {
    _proof: (),
}

static INSTANCE: AvxVnni = AvxVnni { _proof: () };

impl AvxVnni {
    /// The set, if the CPU can run it.
    pub(super) fn instance() -> Option<&'static Self> {
        cpu_has!("avx2", "avxvnni").then_some(&INSTANCE)
    }

    #[inline(always)]
    fn lanes(self) -> Avx2 {
        self.into()
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

kernel_set!(AvxVnni, "avx-vnni", "avx2,avxvnni");

/// `vpdpbusd` multiplies unsigned by signed bytes: 128 is added to the activations, and 128 times the
/// sum of an output's weights is subtracted at the end.
impl Dot for AvxVnni {
    type Lanes = Avx2;
    type Accumulator = (__m256i, __m256i);
    type Weights<'w> = (__m256i, __m256i);
    type Activations = __m256i;

    #[inline(always)]
    fn lanes(self) -> Avx2 {
        self.into()
    }
    #[inline(always)]
    fn zero(self) -> Self::Accumulator {
        let zero = intrinsics!(_mm256_setzero_si256());
        (zero, zero)
    }
    #[inline(always)]
    fn weights(self, block: &[i8; 64]) -> Self::Weights<'_> {
        let block = block.as_ptr().cast::<__m256i>();
        intrinsics!((_mm256_loadu_si256(block), _mm256_loadu_si256(block.add(1))))
    }
    #[inline(always)]
    fn activations(self, quad: &[i8; 4]) -> __m256i {
        intrinsics!({
            let quad = _mm256_set1_epi32(i32::from_ne_bytes(quad.map(|value| value as u8)));
            _mm256_xor_si256(quad, _mm256_set1_epi8(-128))
        })
    }
    #[inline(always)]
    fn accumulate(
        self,
        sums: &mut Self::Accumulator,
        weights: Self::Weights<'_>,
        activations: __m256i,
    ) {
        intrinsics!({
            sums.0 = _mm256_dpbusd_avx_epi32(sums.0, activations, weights.0);
            sums.1 = _mm256_dpbusd_avx_epi32(sums.1, activations, weights.1);
        })
    }
    #[inline(always)]
    fn finish(self, sums: Self::Accumulator, weight_sums: &[i32; 16]) -> Halves {
        let weight_sums = weight_sums.as_ptr().cast::<__m256i>();
        let half = |sums, weight_sums| {
            intrinsics!({
                let offset = _mm256_slli_epi32::<7>(_mm256_loadu_si256(weight_sums));
                _mm256_cvtepi32_ps(_mm256_sub_epi32(sums, offset))
            })
        };
        (
            half(sums.0, weight_sums),
            half(sums.1, intrinsics!(weight_sums.add(1))),
        )
    }
}
