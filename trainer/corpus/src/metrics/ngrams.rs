//! Counting n-grams: what BLEU does over words and chrF over characters.

/// A sequence together with all its n-grams up to an order, arranged for counting the matches with
/// another sequence.
///
/// The places of the sequence are sorted once by what follows them. Since a prefix of a sorted
/// list's entries is sorted as well, that one order serves every n, and the matches of an order
/// are found by walking two such lists side by side: no hashing, no copies of n-grams.
#[derive(Clone, Debug)]
pub(crate) struct Ngrams<T> {
    sequence: Vec<T>,
    /// Start of each n-gram, in the order of the n-grams themselves.
    starts: Vec<usize>,
}

impl<T: Ord> Ngrams<T> {
    /// Arranges all n-grams of `sequence` with `1 <= n <= max_order`.
    pub(crate) fn new(sequence: Vec<T>, max_order: usize) -> Self {
        let gram = |start: usize| &sequence[start..sequence.len().min(start + max_order)];
        let mut starts: Vec<usize> = (0..sequence.len()).collect();
        starts.sort_unstable_by(|&a, &b| gram(a).cmp(gram(b)));
        Self { sequence, starts }
    }

    /// Length of the sequence.
    pub(crate) fn len(&self) -> usize {
        self.sequence.len()
    }

    /// How many n-grams of this order the sequence has, repeated ones included.
    pub(crate) fn count(&self, order: usize) -> u64 {
        (self.len() + 1).saturating_sub(order) as u64
    }

    /// How many n-grams of this order both sequences have; one that stands a times here and b times
    /// there counts `min(a, b)` times ("clipped" in BLEU's terms).
    pub(crate) fn matches(&self, other: &Self, order: usize) -> u64 {
        let mut ours = self.sorted(order).peekable();
        let mut theirs = other.sorted(order).peekable();
        let mut matches = 0;
        while let (Some(our), Some(their)) = (ours.peek(), theirs.peek()) {
            match our.cmp(their) {
                std::cmp::Ordering::Less => drop(ours.next()),
                std::cmp::Ordering::Greater => drop(theirs.next()),
                std::cmp::Ordering::Equal => {
                    matches += 1;
                    ours.next();
                    theirs.next();
                }
            }
        }
        matches
    }

    /// The n-grams of one order, sorted.
    fn sorted(&self, order: usize) -> impl Iterator<Item = &[T]> {
        self.starts
            .iter()
            .filter_map(move |&start| self.sequence.get(start..start + order))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn counted(text: &[char], order: usize) -> HashMap<&[char], u64> {
        let mut counts = HashMap::new();
        for gram in text.windows(order) {
            *counts.entry(gram).or_default() += 1;
        }
        counts
    }

    #[test]
    fn matches_are_those_of_two_hash_maps() {
        let texts = [
            "",
            "a",
            "ab",
            "abab",
            "aaaa",
            "aaaaaaa",
            "banana",
            "ananas",
            "日本語日本",
        ];
        for (a, b) in texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b))) {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let (x, y) = (Ngrams::new(a.clone(), 4), Ngrams::new(b.clone(), 4));
            for order in 1..=4 {
                let theirs = counted(&b, order);
                let expected: u64 = counted(&a, order)
                    .iter()
                    .map(|(gram, &count)| count.min(theirs.get(gram).copied().unwrap_or(0)))
                    .sum();
                assert_eq!(x.matches(&y, order), expected, "{a:?} {b:?} order {order}");
                assert_eq!(x.count(order), a.windows(order).count() as u64);
            }
        }
    }
}
