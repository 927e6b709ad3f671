//! The set `avx512-vnni`: 16 lanes are one register; int8 products go through `vpdpbusd`.

use core::arch::x86_64::*;

use super::{cpu_has, intrinsics};
use crate::arithmetic::Arithmetic;
use crate::lanes::{Dot, LANES, Lanes};
use crate::operations::linear::{self, Product};
use crate::set::kernel_set;

/// The kernels for AVX-512 F, BW, VL and VNNI. A value of this type proves that the CPU has them.
#[derive(Clone, Copy)]
pub(super) struct Avx512Vnni {
    _proof: (),
}

static INSTANCE: Avx512Vnni = Avx512Vnni { _proof: () };

impl Avx512Vnni {
    /// The set, if the CPU can run it.
    pub(super) fn instance() -> Option<&'static Self> {
        cpu_has!("avx512f", "avx512bw", "avx512vl", "avx512vnni").then_some(&INSTANCE)
    }

    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }

    #[inline(always)]
    fn linear_rows(self, product: &Product<'_>, y: &mut [f32]) {
        if product.rows == 1 {
            linear::tiles::<_, 1, 4>(self, product, y);
        } else {
            // With six rows the compiler does not keep every sum in a register.
            linear::tiles::<_, 5, 4>(self, product, y);
        }
    }
}

kernel_set!(
    Avx512Vnni,
    "avx512-vnni",
    "avx512f,avx512bw,avx512vl,avx512vnni"
);

impl Arithmetic for Avx512Vnni {
    type Vector = __m512;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        intrinsics!(_mm512_set1_ps(value))
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        intrinsics!(_mm512_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        intrinsics!(_mm512_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        intrinsics!(_mm512_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        intrinsics!(_mm512_div_ps(a, b))
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        // `vmaxps` returns its second operand unless the first is greater.
        intrinsics!(_mm512_max_ps(a, b))
    }
    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        intrinsics!(_mm512_min_ps(a, b))
    }
    #[inline(always)]
    fn power_of_two(self, shifted: __m512) -> __m512 {
        intrinsics!({
            let biased = _mm512_add_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(127));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(biased))
        })
    }
}

/// The mask of the first `count` lanes.
#[inline(always)]
fn first(count: usize) -> __mmask16 {
    debug_assert!(count <= LANES);
    ((1u32 << count) - 1) as __mmask16
}

impl Lanes for Avx512Vnni {
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> __m512 {
        intrinsics!(_mm512_loadu_ps(from.as_ptr()))
    }
    #[inline(always)]
    fn store(self, vector: __m512, to: &mut [f32; LANES]) {
        intrinsics!(_mm512_storeu_ps(to.as_mut_ptr(), vector))
    }
    #[inline(always)]
    fn load_partial(self, from: &[f32]) -> __m512 {
        assert!(from.len() <= LANES);
        intrinsics!(_mm512_maskz_loadu_ps(first(from.len()), from.as_ptr()))
    }
    #[inline(always)]
    fn store_partial(self, vector: __m512, to: &mut [f32]) {
        assert!(to.len() <= LANES);
        intrinsics!(_mm512_mask_storeu_ps(
            to.as_mut_ptr(),
            first(to.len()),
            vector
        ))
    }
    #[inline(always)]
    fn first_or(self, vector: __m512, count: usize, other: __m512) -> __m512 {
        intrinsics!(_mm512_mask_mov_ps(other, first(count), vector))
    }
    #[inline(always)]
    fn abs(self, vector: __m512) -> __m512 {
        intrinsics!(_mm512_abs_ps(vector))
    }
    #[inline(always)]
    fn sum(self, vector: __m512) -> f32 {
        intrinsics!({
            let eight = _mm256_add_ps(_mm512_castps512_ps256(vector), high_half(vector));
            let (low, high) = (
                _mm256_castps256_ps128(eight),
                _mm256_extractf128_ps::<1>(eight),
            );
            let four = _mm_add_ps(low, high);
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        })
    }
    #[inline(always)]
    fn greatest(self, vector: __m512) -> f32 {
        intrinsics!({
            let eight = _mm256_max_ps(_mm512_castps512_ps256(vector), high_half(vector));
            let (low, high) = (
                _mm256_castps256_ps128(eight),
                _mm256_extractf128_ps::<1>(eight),
            );
            let four = _mm_max_ps(low, high);
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
        })
    }
    #[inline(always)]
    fn any_equal(self, a: __m512, b: __m512) -> bool {
        intrinsics!(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b)) != 0
    }
    #[inline(always)]
    fn store_rounded(self, vector: __m512, to: &mut [i8; LANES]) {
        intrinsics!({
            let bytes = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(vector));
            _mm_storeu_si128(to.as_mut_ptr().cast(), bytes)
        })
    }
}

/// Lanes 8 to 15.
#[inline]
#[target_feature(enable = "avx512f")]
fn high_half(vector: __m512) -> __m256 {
    _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(vector)))
}

/// `vpdpbusd` multiplies unsigned by signed bytes: 128 is added to the activations, and 128 times the sum
/// of an output's weights is subtracted at the end. The weights, far more numerous, need no change.
impl Dot for Avx512Vnni {
    type Lanes = Self;
    type Accumulator = __m512i;
    type Weights<'w> = __m512i;
    type Activations = __m512i;

    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }
    #[inline(always)]
    fn zero(self) -> __m512i {
        intrinsics!(_mm512_setzero_si512())
    }
    #[inline(always)]
    fn prefetch(self, block: *const [i8; 64]) {
        // A prefetch is harmless at any address.
        intrinsics!(_mm_prefetch::<_MM_HINT_T0>(block.cast()))
    }
    #[inline(always)]
    fn weights(self, block: &[i8; 64]) -> __m512i {
        intrinsics!(_mm512_loadu_si512(block.as_ptr().cast()))
    }
    #[inline(always)]
    fn activations(self, quad: &[i8; 4]) -> __m512i {
        intrinsics!({
            let quad = _mm512_set1_epi32(i32::from_ne_bytes(quad.map(|value| value as u8)));
            _mm512_xor_si512(quad, _mm512_set1_epi8(-128))
        })
    }
    #[inline(always)]
    fn accumulate(self, sums: &mut __m512i, weights: __m512i, activations: __m512i) {
        *sums = intrinsics!(_mm512_dpbusd_epi32(*sums, activations, weights));
    }
    #[inline(always)]
    fn finish(self, sums: __m512i, weight_sums: &[i32; 16]) -> __m512 {
        intrinsics!({
            let offset = _mm512_slli_epi32::<7>(_mm512_loadu_si512(weight_sums.as_ptr().cast()));
            _mm512_cvtepi32_ps(_mm512_sub_epi32(sums, offset))
        })
    }
}
