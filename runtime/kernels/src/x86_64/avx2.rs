//! The set `avx2`: 16 lanes are two registers; int8 products go through `vpmaddubsw`.

use core::arch::x86_64::*;

use super::avx_vnni::AvxVnni;
use super::{cpu_has, intrinsics};
use crate::arithmetic::Arithmetic;
use crate::lanes::{Dot, LANES, Lanes};
use crate::operations::linear::{self, Product};
use crate::set::kernel_set;

/// The kernels for AVX2. A value of this type proves that the CPU has AVX2.
#[derive(Clone, Copy)]
pub(super) struct Avx2 {
    _proof: (),
}

static INSTANCE: Avx2 = Avx2 { _proof: () };

impl Avx2 {
    /// The set, if the CPU can run it.
    pub(super) fn instance() -> Option<&'static Self> {
        cpu_has!("avx2").then_some(&INSTANCE)
    }

    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }

    #[inline(always)]
    fn linear_rows(self, product: &Product<'_>, y: &mut [f32]) {
        match product.rows {
            1 => linear::tiles::<_, 1, 2>(self, product, y),
            _ => linear::tiles::<_, 4, 1>(self, product, y),
        }
    }
}

impl From<AvxVnni> for Avx2 {
    /// A CPU with the set `avx-vnni` has AVX2.
    #[inline(always)]
    fn from(_proof: AvxVnni) -> Self {
        Self { _proof: () }
    }
}

kernel_set!(Avx2, "avx2", "avx2");

/// Lanes 0 to 7, and 8 to 15.
pub(super) type Halves = (__m256, __m256);

impl Arithmetic for Avx2 {
    type Vector = Halves;

    #[inline(always)]
    fn splat(self, value: f32) -> Halves {
        let half = intrinsics!(_mm256_set1_ps(value));
        (half, half)
    }
    #[inline(always)]
    fn add(self, a: Halves, b: Halves) -> Halves {
        intrinsics!((_mm256_add_ps(a.0, b.0), _mm256_add_ps(a.1, b.1)))
    }
    #[inline(always)]
    fn sub(self, a: Halves, b: Halves) -> Halves {
        intrinsics!((_mm256_sub_ps(a.0, b.0), _mm256_sub_ps(a.1, b.1)))
    }
    #[inline(always)]
    fn mul(self, a: Halves, b: Halves) -> Halves {
        intrinsics!((_mm256_mul_ps(a.0, b.0), _mm256_mul_ps(a.1, b.1)))
    }
    #[inline(always)]
    fn div(self, a: Halves, b: Halves) -> Halves {
        intrinsics!((_mm256_div_ps(a.0, b.0), _mm256_div_ps(a.1, b.1)))
    }
    #[inline(always)]
    fn max(self, a: Halves, b: Halves) -> Halves {
        // `vmaxps` returns its second operand unless the first is greater.
        intrinsics!((_mm256_max_ps(a.0, b.0), _mm256_max_ps(a.1, b.1)))
    }
    #[inline(always)]
    fn min(self, a: Halves, b: Halves) -> Halves {
        intrinsics!((_mm256_min_ps(a.0, b.0), _mm256_min_ps(a.1, b.1)))
    }
    #[inline(always)]
    fn power_of_two(self, shifted: Halves) -> Halves {
        let half = |shifted| {
            intrinsics!({
                let biased = _mm256_add_epi32(_mm256_castps_si256(shifted), _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
            })
        };
        (half(shifted.0), half(shifted.1))
    }
}

impl Lanes for Avx2 {
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Halves {
        let from = from.as_ptr();
        intrinsics!((_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))))
    }
    #[inline(always)]
    fn store(self, vector: Halves, to: &mut [f32; LANES]) {
        let to = to.as_mut_ptr();
        intrinsics!({
            _mm256_storeu_ps(to, vector.0);
            _mm256_storeu_ps(to.add(8), vector.1);
        })
    }
    #[inline(always)]
    fn abs(self, vector: Halves) -> Halves {
        intrinsics!({
            let sign = _mm256_set1_ps(-0.0);
            (
                _mm256_andnot_ps(sign, vector.0),
                _mm256_andnot_ps(sign, vector.1),
            )
        })
    }
    #[inline(always)]
    fn sum(self, vector: Halves) -> f32 {
        intrinsics!({
            let eight = _mm256_add_ps(vector.0, vector.1);
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
    fn greatest(self, vector: Halves) -> f32 {
        intrinsics!({
            let eight = _mm256_max_ps(vector.0, vector.1);
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
    fn first_or(self, vector: Halves, count: usize, other: Halves) -> Halves {
        intrinsics!({
            let lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            let low = _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32), lane);
            let high = _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32 - 8), lane);
            (
                _mm256_blendv_ps(other.0, vector.0, _mm256_castsi256_ps(low)),
                _mm256_blendv_ps(other.1, vector.1, _mm256_castsi256_ps(high)),
            )
        })
    }
    #[inline(always)]
    fn any_equal(self, a: Halves, b: Halves) -> bool {
        intrinsics!({
            let low = _mm256_cmp_ps::<_CMP_EQ_OQ>(a.0, b.0);
            let high = _mm256_cmp_ps::<_CMP_EQ_OQ>(a.1, b.1);
            _mm256_movemask_ps(_mm256_or_ps(low, high)) != 0
        })
    }
    #[inline(always)]
    fn store_rounded(self, vector: Halves, to: &mut [i8; LANES]) {
        intrinsics!({
            let (low, high) = (_mm256_cvtps_epi32(vector.0), _mm256_cvtps_epi32(vector.1));
            // Packing works within each half of a register; 0, 2, 1, 3 restores the order of the
            // quarters.
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(low, high));
            let (low, high) = (
                _mm256_castsi256_si128(words),
                _mm256_extracti128_si256::<1>(words),
            );
            _mm_storeu_si128(to.as_mut_ptr().cast(), _mm_packs_epi16(low, high));
        })
    }
}

/// The weights of outputs 0 to 7 and of 8 to 15, and their magnitudes.
#[derive(Clone, Copy)]
pub(super) struct SignedWeights {
    weights: (__m256i, __m256i),
    magnitudes: (__m256i, __m256i),
}

impl Dot for Avx2 {
    type Lanes = Self;
    type Accumulator = (__m256i, __m256i);
    type Weights<'w> = SignedWeights;
    type Activations = __m256i;

    #[inline(always)]
    fn lanes(self) -> Self {
        self
    }
    #[inline(always)]
    fn zero(self) -> Self::Accumulator {
        let zero = intrinsics!(_mm256_setzero_si256());
        (zero, zero)
    }
    #[inline(always)]
    fn weights(self, block: &[i8; 64]) -> SignedWeights {
        let block = block.as_ptr().cast::<__m256i>();
        intrinsics!({
            let weights = (_mm256_loadu_si256(block), _mm256_loadu_si256(block.add(1)));
            let magnitudes = (_mm256_abs_epi8(weights.0), _mm256_abs_epi8(weights.1));
            SignedWeights {
                weights,
                magnitudes,
            }
        })
    }
    #[inline(always)]
    fn activations(self, quad: &[i8; 4]) -> __m256i {
        intrinsics!(_mm256_set1_epi32(i32::from_ne_bytes(
            quad.map(|value| value as u8)
        )))
    }
    /// `vpmaddubsw` multiplies unsigned by signed bytes and saturates the sum of two products at
    /// 32767. The unsigned factor is the weight's magnitude (at most 128), the signed one is the
    /// activation with the weight's sign (at most 127), so the sum is exact.
    #[inline(always)]
    fn accumulate(
        self,
        sums: &mut Self::Accumulator,
        weights: SignedWeights,
        activations: __m256i,
    ) {
        let add = |sums: &mut __m256i, weights, magnitudes| {
            intrinsics!({
                let signed = _mm256_sign_epi8(activations, weights);
                let pairs = _mm256_maddubs_epi16(magnitudes, signed);
                let quads = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
                *sums = _mm256_add_epi32(*sums, quads);
            })
        };
        add(&mut sums.0, weights.weights.0, weights.magnitudes.0);
        add(&mut sums.1, weights.weights.1, weights.magnitudes.1);
    }
    #[inline(always)]
    fn finish(self, sums: Self::Accumulator, _weight_sums: &[i32; 16]) -> Halves {
        intrinsics!((_mm256_cvtepi32_ps(sums.0), _mm256_cvtepi32_ps(sums.1)))
    }
}
