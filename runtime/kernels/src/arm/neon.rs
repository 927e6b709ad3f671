//! The set `neon` of 32-bit ARM: only the int8 products, which are most of the work. The f32 operations are
//! those of `plain`: NEON's f32 has neither division nor denormal numbers here, so its bits would differ.

use core::arch::asm;
use std::sync::LazyLock;

use crate::lanes::{Dot, LANES};
use crate::linear_weights::{BLOCK, INPUT_GROUP, OUTPUT_GROUP};
use crate::operations::linear::{self, Product};
use crate::plain::Plain;
use crate::set::kernel_set;

/// The kernels for NEON. A value of this type proves that the CPU has it.
#[derive(Clone, Copy)]
pub(super) struct Neon {
    _proof: (),
}

static INSTANCE: LazyLock<Option<Neon>> = LazyLock::new(|| {
    let vector = std::fs::read("/proc/self/auxv").ok()?;
    has_neon(&vector).then_some(Neon { _proof: () })
});

/// Whether the auxiliary vector of the Linux kernel, pairs of a key and a value, says that the CPU has
/// NEON. (The standard library's own detection is not in stable Rust.) See `getauxval(3)` and Linux'
/// `asm/hwcap.h`.
fn has_neon(vector: &[u8]) -> bool {
    const AT_HWCAP: u32 = 16;
    const HWCAP_NEON: u32 = 1 << 12;
    let (words, _) = vector.as_chunks();
    let (pairs, _) = words.as_chunks();
    pairs
        .iter()
        .map(|pair: &[[u8; 4]; 2]| pair.map(u32::from_ne_bytes))
        .any(|[key, value]| key == AT_HWCAP && value & HWCAP_NEON != 0)
}

impl Neon {
    /// The set, if the CPU can run it.
    pub(super) fn instance() -> Option<&'static Self> {
        INSTANCE.as_ref()
    }

    #[inline(always)]
    fn lanes(self) -> Plain {
        Plain
    }

    #[inline(always)]
    fn linear_rows(self, product: &Product<'_>, y: &mut [f32]) {
        linear::tiles::<_, 2, 1>(self, product, y);
    }
}

kernel_set!(Neon, "neon", safe);

/// Adds the products of four outputs' weights with four inputs to their sums. A product is at most 128 * 127
/// in magnitude, so the sum of two fits an i16.
macro_rules! accumulate {
    ($sums:literal, $weights_low:literal, $weights_high:literal, $inputs:literal) => {
        concat!(
            "vmull.s8 q13, ",
            $weights_low,
            ", ",
            $inputs,
            "\n",
            "vmull.s8 q14, ",
            $weights_high,
            ", ",
            $inputs,
            "\n",
            "vpadd.i16 d30, d26, d27\n",
            "vpadd.i16 d31, d28, d29\n",
            "vpadal.s16 ",
            $sums,
            ", q15\n",
        )
    };
}

impl Neon {
    /// The sums of one row by 16 outputs, over all inputs.
    #[inline(always)]
    fn row(self, inputs: &[[i8; INPUT_GROUP]], blocks: &[[i8; BLOCK]]) -> [i32; OUTPUT_GROUP] {
        let mut sums = [0; OUTPUT_GROUP];
        assert!(!blocks.is_empty() && inputs.len() == blocks.len());
        // SAFETY: a value of the type proves that the CPU has the instructions. The loop reads
        // exactly the given groups of inputs and blocks, at any alignment, and writes 16 sums.
        unsafe {
            asm!(
                ".fpu neon",
                "vmov.i32 q8, #0",
                "vmov.i32 q9, #0",
                "vmov.i32 q10, #0",
                "vmov.i32 q11, #0",
                "2:",
                "vld1.32 {{d24[]}}, [{inputs}]!",
                "vld1.8 {{d0-d3}}, [{blocks}]!",
                "vld1.8 {{d4-d7}}, [{blocks}]!",
                accumulate!("q8", "d0", "d1", "d24"),
                accumulate!("q9", "d2", "d3", "d24"),
                accumulate!("q10", "d4", "d5", "d24"),
                accumulate!("q11", "d6", "d7", "d24"),
                "subs {steps}, {steps}, #1",
                "bne 2b",
                "vst1.32 {{d16-d19}}, [{sums}]!",
                "vst1.32 {{d20-d23}}, [{sums}]",
                inputs = inout(reg) inputs.as_ptr() => _,
                blocks = inout(reg) blocks.as_ptr() => _,
                steps = inout(reg) blocks.len() => _,
                sums = inout(reg) sums.as_mut_ptr() => _,
                out("q0") _, out("q1") _, out("q2") _, out("q3") _,
                out("q8") _, out("q9") _, out("q10") _, out("q11") _,
                out("q12") _, out("q13") _, out("q14") _, out("q15") _,
                options(nostack),
            );
        }
        sums
    }

    /// The sums of two rows by 16 outputs, over all inputs; each weight is loaded once for both
    /// rows.
    #[inline(always)]
    fn two_rows(
        self,
        inputs: [&[[i8; INPUT_GROUP]]; 2],
        blocks: &[[i8; BLOCK]],
    ) -> [[i32; OUTPUT_GROUP]; 2] {
        let mut sums = [[0; OUTPUT_GROUP]; 2];
        assert!(!blocks.is_empty() && inputs.iter().all(|row| row.len() == blocks.len()));
        // SAFETY: as for one row, with the inputs and sums of two rows.
        unsafe {
            asm!(
                ".fpu neon",
                "vmov.i32 q4, #0",
                "vmov.i32 q5, #0",
                "vmov.i32 q6, #0",
                "vmov.i32 q7, #0",
                "vmov.i32 q8, #0",
                "vmov.i32 q9, #0",
                "vmov.i32 q10, #0",
                "vmov.i32 q11, #0",
                "2:",
                "vld1.32 {{d24[]}}, [{first}]!",
                "vld1.32 {{d25[]}}, [{second}]!",
                "vld1.8 {{d0-d3}}, [{blocks}]!",
                "vld1.8 {{d4-d7}}, [{blocks}]!",
                accumulate!("q4", "d0", "d1", "d24"),
                accumulate!("q8", "d0", "d1", "d25"),
                accumulate!("q5", "d2", "d3", "d24"),
                accumulate!("q9", "d2", "d3", "d25"),
                accumulate!("q6", "d4", "d5", "d24"),
                accumulate!("q10", "d4", "d5", "d25"),
                accumulate!("q7", "d6", "d7", "d24"),
                accumulate!("q11", "d6", "d7", "d25"),
                "subs {steps}, {steps}, #1",
                "bne 2b",
                "vst1.32 {{d8-d11}}, [{sums}]!",
                "vst1.32 {{d12-d15}}, [{sums}]!",
                "vst1.32 {{d16-d19}}, [{sums}]!",
                "vst1.32 {{d20-d23}}, [{sums}]",
                first = inout(reg) inputs[0].as_ptr() => _,
                second = inout(reg) inputs[1].as_ptr() => _,
                blocks = inout(reg) blocks.as_ptr() => _,
                steps = inout(reg) blocks.len() => _,
                sums = inout(reg) sums.as_mut_ptr() => _,
                out("q0") _, out("q1") _, out("q2") _, out("q3") _,
                out("q4") _, out("q5") _, out("q6") _, out("q7") _,
                out("q8") _, out("q9") _, out("q10") _, out("q11") _,
                out("q12") _, out("q13") _, out("q14") _, out("q15") _,
                options(nostack),
            );
        }
        sums
    }
}

impl Dot for Neon {
    type Lanes = Plain;
    type Accumulator = [i32; OUTPUT_GROUP];
    type Weights<'w> = &'w [i8; BLOCK];
    type Activations = [i8; INPUT_GROUP];

    #[inline(always)]
    fn lanes(self) -> Plain {
        Plain
    }
    #[inline(always)]
    fn zero(self) -> Self::Accumulator {
        [0; OUTPUT_GROUP]
    }
    #[inline(always)]
    fn weights(self, block: &[i8; BLOCK]) -> &[i8; BLOCK] {
        block
    }
    #[inline(always)]
    fn activations(self, quad: &[i8; INPUT_GROUP]) -> [i8; INPUT_GROUP] {
        *quad
    }
    #[inline(always)]
    fn accumulate(
        self,
        sums: &mut Self::Accumulator,
        weights: &[i8; BLOCK],
        activations: [i8; INPUT_GROUP],
    ) {
        let products = self.row(&[activations], &[*weights]);
        for (sum, product) in sums.iter_mut().zip(products) {
            *sum += product;
        }
    }
    /// Stable Rust has no type for a NEON register here, so the sums stay in registers only within one
    /// piece of assembly.
    #[inline(always)]
    fn tile<const ROWS: usize, const GROUPS: usize>(
        self,
        rows: &[&[[i8; INPUT_GROUP]]; ROWS],
        groups: &[&[[i8; BLOCK]]; GROUPS],
        sums: &mut [[Self::Accumulator; GROUPS]; ROWS],
    ) {
        for (group, blocks) in groups.iter().enumerate() {
            let (pairs, last) = rows.as_chunks();
            for (pair, sums) in pairs.iter().zip(sums.as_chunks_mut().0) {
                let [first, second]: &mut [_; 2] = sums;
                [first[group], second[group]] = self.two_rows(*pair, blocks);
            }
            if let [row] = last {
                sums[ROWS - 1][group] = self.row(row, blocks);
            }
        }
    }
    #[inline(always)]
    fn finish(self, sums: Self::Accumulator, _weight_sums: &[i32; 16]) -> [f32; LANES] {
        sums.map(|sum| sum as f32)
    }
}
