//! Reproducible pseudo-random numbers for random models, samples and tests. Not for secrets.

/// A linear congruential generator (Knuth's MMIX); only the high bits are used.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator with a seed. The same seed gives the same numbers.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 32 bits.
    pub const fn bits(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    /// The next number in `0..end`.
    pub const fn below(&mut self, end: usize) -> usize {
        ((self.bits() as u64 * end as u64) >> 32) as usize
    }

    /// The next number within -1 and 1.
    pub const fn number(&mut self) -> f32 {
        (self.bits() >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_and_stay_within_their_bounds() {
        let mut random = Random::new(1);
        let mut seen = [0; 10];
        let mut sum = 0.0;
        for _ in 0..10_000 {
            seen[random.below(10)] += 1;
            let number = random.number();
            assert!((-1.0..1.0).contains(&number));
            sum += number;
        }
        assert!(
            seen.iter().all(|count| (800..1200).contains(count)),
            "{seen:?}"
        );
        assert!(sum.abs() < 300.0, "{sum}");
    }
}
