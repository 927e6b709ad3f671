//! Seeded inputs, and the comparison of bits.

/// Marsaglia's xorshift64*. The tests have their own generator, because the checksum in `everywhere.rs`, the
/// same on every target, depends on its sequence.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        ((self.bits() >> 33) % bound as u64) as usize
    }

    /// Within -1 and 1.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    pub fn floats(&mut self, count: usize, magnitude: f32) -> Vec<f32> {
        (0..count).map(|_| self.unit() * magnitude).collect()
    }

    /// Within -127 and 127.
    pub fn bytes(&mut self, count: usize) -> Vec<i8> {
        (0..count)
            .map(|_| (self.below(255) as i32 - 127) as i8)
            .collect()
    }
}

/// Floats that often go wrong.
pub const EXTREMES: [f32; 22] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    2.5,
    127.0,
    -127.0,
    1e-45,
    -1e-45,
    1e-40,
    f32::MIN_POSITIVE,
    1e-20,
    -1e-20,
    1e20,
    -1e20,
    1e30,
    88.5,
    -87.5,
    -1e30,
];

pub const NOT_FINITE: [f32; 3] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];

#[track_caller]
pub fn same_bits(set: &str, case: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "{set}: {case}");
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        let same = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
        assert!(
            same,
            "{set}: {case}: element {index} is {got:e}, not {expected:e}"
        );
    }
}
