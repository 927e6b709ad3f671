//! Numbers that are the same each time.

/// A linear congruential generator (Knuth's MMIX), of which the high bits are used.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts anywhere.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 32 bits.
    pub fn bits(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        ((u64::from(self.bits()) * end as u64) >> 32) as usize
    }

    /// A number within -1 and 1.
    pub fn number(&mut self) -> f32 {
        (self.bits() >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}
