//! The vector operations of an instruction set. Every operation is written once in terms of them.

use crate::arithmetic::Arithmetic;
use crate::linear_weights::{BLOCK, INPUT_GROUP};
use crate::math;

/// How many blocks ahead weights are prefetched: a tile of four groups of a student's `d_model`.
const AHEAD: usize = 256;

/// Lanes in which a row is summed: element `i` goes to lane `i % LANES`.
pub const LANES: usize = 16;

/// Vectors of [`LANES`] f32.
pub(crate) trait Lanes: Arithmetic {
    fn load(self, from: &[f32; LANES]) -> Self::Vector;
    fn store(self, vector: Self::Vector, to: &mut [f32; LANES]);
    fn abs(self, vector: Self::Vector) -> Self::Vector;
    /// The sum of the lanes, by halves: lane `j` adds `j + 8`, then `j + 4`, `j + 2`, `j + 1`.
    fn sum(self, vector: Self::Vector) -> f32;
    /// The greatest lane. No lane may be NaN.
    fn greatest(self, vector: Self::Vector) -> f32;
    /// The first `count` lanes of `vector`, and the remaining lanes of `other`.
    fn first_or(self, vector: Self::Vector, count: usize, other: Self::Vector) -> Self::Vector;
    /// Whether any lane equals its counterpart.
    fn any_equal(self, a: Self::Vector, b: Self::Vector) -> bool;
    /// Stores each lane's nearest integer, half to even; the lanes are within ±127.5.
    fn store_rounded(self, vector: Self::Vector, to: &mut [i8; LANES]);

    /// `e^x` of each lane: [`math::exp`].
    #[inline(always)]
    fn exp(self, x: Self::Vector) -> Self::Vector {
        math::exp_of(self, x)
    }

    /// Loads at most [`LANES`] elements into the first lanes, and zero into the others.
    #[inline(always)]
    fn load_partial(self, from: &[f32]) -> Self::Vector {
        let mut lanes = [0.0; LANES];
        lanes[..from.len()].copy_from_slice(from);
        self.load(&lanes)
    }

    /// Stores the first lanes into at most [`LANES`] elements.
    #[inline(always)]
    fn store_partial(self, vector: Self::Vector, to: &mut [f32]) {
        let mut lanes = [0.0; LANES];
        self.store(vector, &mut lanes);
        to.copy_from_slice(&lanes[..to.len()]);
    }
}

/// Products of int8 weights and int8 activations, summed in i32 for 16 outputs at once.
pub(crate) trait Dot: Copy {
    type Lanes: Lanes;
    /// The sums of 16 outputs.
    type Accumulator: Copy;
    /// 16 outputs by 4 inputs.
    type Weights<'w>: Copy;
    /// 4 inputs, against every output.
    type Activations: Copy;

    fn lanes(self) -> Self::Lanes;
    fn zero(self) -> Self::Accumulator;
    /// Prefetches weights. The address may be past the end.
    #[inline(always)]
    fn prefetch(self, _block: *const [i8; 64]) {}
    fn weights<'w>(self, block: &'w [i8; 64]) -> Self::Weights<'w>;
    fn activations(self, quad: &[i8; 4]) -> Self::Activations;
    /// Adds the products of 4 inputs to the sums.
    fn accumulate(
        self,
        sums: &mut Self::Accumulator,
        weights: Self::Weights<'_>,
        activations: Self::Activations,
    );
    /// Overwrites `sums` with the sums of a tile: rows of activations by groups of outputs, over all inputs.
    ///
    /// (With arguments and result by value, RISC-V took a tenth more instructions: `targets/smoke --measure riscv64`.)
    #[inline(always)]
    fn tile<const ROWS: usize, const GROUPS: usize>(
        self,
        rows: &[&[[i8; INPUT_GROUP]]; ROWS],
        groups: &[&[[i8; BLOCK]]; GROUPS],
        sums: &mut [[Self::Accumulator; GROUPS]; ROWS],
    ) {
        for step in 0..groups[0].len() {
            // With one row, the loop already waits for memory, and a prefetch would slow it down.
            if ROWS > 1 {
                for blocks in groups {
                    self.prefetch(blocks.as_ptr().wrapping_add(step + AHEAD));
                }
            }
            let mut weights = [self.weights(&groups[0][step]); GROUPS];
            for index in 1..GROUPS {
                weights[index] = self.weights(&groups[index][step]);
            }
            for index in 0..ROWS {
                let activations = self.activations(&rows[index][step]);
                for offset in 0..GROUPS {
                    self.accumulate(&mut sums[index][offset], weights[offset], activations);
                }
            }
        }
    }
    /// The sums as f32. `weight_sums` holds the sum of each output's weights over the inputs.
    fn finish(
        self,
        sums: Self::Accumulator,
        weight_sums: &[i32; 16],
    ) -> <Self::Lanes as Arithmetic>::Vector;
}
