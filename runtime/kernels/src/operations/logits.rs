//! Reductions of a row of logits: the best one, and the sum of the exponentials.

use crate::lanes::{LANES, Lanes};

#[inline(always)]
pub(crate) fn argmax<L: Lanes>(lanes: L, logits: &[f32]) -> (usize, f32) {
    let highest = highest(lanes, logits);
    if highest == f32::NEG_INFINITY {
        return (0, highest);
    }
    let (blocks, tail) = logits.as_chunks::<LANES>();
    let wanted = lanes.splat(highest);
    let mut block = 0;
    while block < blocks.len() && !lanes.any_equal(lanes.load(&blocks[block]), wanted) {
        block += 1;
    }
    let candidates = if block < blocks.len() {
        &blocks[block]
    } else {
        tail
    };
    for (lane, logit) in candidates.iter().enumerate() {
        if *logit == highest {
            return (block * LANES + lane, *logit);
        }
    }
    (0, highest)
}

/// The highest logit, or minus infinity.
#[inline(always)]
fn highest<L: Lanes>(lanes: L, logits: &[f32]) -> f32 {
    let (blocks, tail) = logits.as_chunks::<LANES>();
    let mut highest = lanes.splat(f32::NEG_INFINITY);
    for block in blocks {
        highest = lanes.max(lanes.load(block), highest);
    }
    let mut highest = lanes.greatest(highest);
    for logit in tail {
        if *logit > highest {
            highest = *logit;
        }
    }
    highest
}

#[inline(always)]
pub(crate) fn sum_exp<L: Lanes>(lanes: L, logits: &[f32], max: f32) -> f32 {
    let (blocks, tail) = logits.as_chunks::<LANES>();
    let max = lanes.splat(max);
    let mut sum = lanes.splat(0.0);
    for block in blocks {
        sum = lanes.add(sum, lanes.exp(lanes.sub(lanes.load(block), max)));
    }
    if !tail.is_empty() {
        let powers = lanes.exp(lanes.sub(lanes.load_partial(tail), max));
        sum = lanes.add(sum, lanes.first_or(powers, tail.len(), lanes.splat(0.0)));
    }
    lanes.sum(sum)
}
