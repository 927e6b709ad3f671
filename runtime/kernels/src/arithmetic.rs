//! Arithmetic whose results are the same bits on every CPU, over any width of vector.

/// Vectors of f32, of any width, and the operations whose results are the same bits on every CPU.
///
/// A value of such a type proves that the CPU has the instructions. (After rten-simd's `Isa`.)
pub(crate) trait Arithmetic: Copy {
    type Vector: Copy;

    fn splat(self, value: f32) -> Self::Vector;
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a` if `a > b`, else `b`; `b` if either is NaN.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a` if `a < b`, else `b`; `b` if either is NaN.
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The power `2^n`, given `n + math::ROUNDING`, for an integer `n` in `-126..=127`.
    fn power_of_two(self, shifted: Self::Vector) -> Self::Vector;
}

/// One f32 at a time.
#[derive(Clone, Copy)]
pub(crate) struct Scalar;

impl Arithmetic for Scalar {
    type Vector = f32;

    #[inline(always)]
    fn splat(self, value: f32) -> f32 {
        value
    }
    #[inline(always)]
    fn add(self, a: f32, b: f32) -> f32 {
        a + b
    }
    #[inline(always)]
    fn sub(self, a: f32, b: f32) -> f32 {
        a - b
    }
    #[inline(always)]
    fn mul(self, a: f32, b: f32) -> f32 {
        a * b
    }
    #[inline(always)]
    fn div(self, a: f32, b: f32) -> f32 {
        a / b
    }
    #[inline(always)]
    fn max(self, a: f32, b: f32) -> f32 {
        if a > b { a } else { b }
    }
    #[inline(always)]
    fn min(self, a: f32, b: f32) -> f32 {
        if a < b { a } else { b }
    }
    #[inline(always)]
    fn power_of_two(self, shifted: f32) -> f32 {
        // The low 9 bits of ROUNDING are 0, so the low bits of the sum are n; 127 is the exponent's
        // bias.
        f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
    }
}
