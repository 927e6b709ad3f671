//! The order of an epoch's examples, and its batches.

use deshi_core::batching;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// How many examples are sorted by length at a time, at least. Sorting parts of an epoch, not all of it, gives different
/// batches in every epoch.
const SORTED_TOGETHER: usize = 20_000;
/// Batches that are sorted together, at least: of a few large ones, each would mix short and long sentences, and be padding.
const BATCHES_TOGETHER: usize = 50;

/// The batches of an epoch: lists of indices into the examples, each of at most `tokens` padded tokens per
/// side, in an order that depends only on the seed and the epoch. `lengths` are each example's source and
/// target lengths.
#[must_use]
pub fn batches(
    lengths: &[(usize, usize)],
    tokens: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ epoch.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.shuffle(&mut random);
    let mut all = Vec::new();
    let longer = |&(source, target): &(usize, usize)| source.max(target);
    let sum: usize = lengths.iter().map(longer).sum();
    let in_a_batch = tokens * lengths.len() / sum.max(1);
    for part in order.chunks_mut(SORTED_TOGETHER.max(BATCHES_TOGETHER * in_a_batch)) {
        part.sort_by_key(|&index| (lengths[index].1, lengths[index].0));
        let longer_sides = part.iter().map(|&index| longer(&lengths[index]));
        let cut = batching::batches(longer_sides, tokens, usize::MAX);
        all.extend(cut.map(|range| part[range].to_vec()));
    }
    all.shuffle(&mut random);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths() -> Vec<(usize, usize)> {
        (0..50_000)
            .map(|at| (1 + at * 7 % 29, 1 + at * 11 % 31))
            .collect()
    }

    #[test]
    fn an_epoch_has_every_example_once_in_batches_that_fit() {
        let lengths = lengths();
        let all = batches(&lengths, 500, 1, 0);
        let mut seen: Vec<usize> = all.iter().flatten().copied().collect();
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..lengths.len()));
        let mut padding = 0;
        for batch in &all {
            let longest = |side: fn(&(usize, usize)) -> usize| {
                batch
                    .iter()
                    .map(|&index| side(&lengths[index]))
                    .max()
                    .unwrap()
            };
            let (source, target) = (longest(|pair| pair.0), longest(|pair| pair.1));
            assert!(batch.len() * source.max(target) <= 500);
            padding += batch
                .iter()
                .map(|&index| target - lengths[index].1)
                .sum::<usize>();
        }
        // Sorting by the target's length leaves hardly any padding.
        assert!(padding < lengths.len() / 20, "{padding}");
    }

    #[test]
    fn the_order_depends_on_seed_and_epoch_alone() {
        let lengths = lengths();
        let first = batches(&lengths, 500, 1, 0);
        assert_eq!(first, batches(&lengths, 500, 1, 0));
        assert_ne!(first, batches(&lengths, 500, 1, 1));
        assert_ne!(first, batches(&lengths, 500, 2, 0));
    }
}
