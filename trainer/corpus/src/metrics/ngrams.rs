//! Counts n-grams: of words for BLEU, of characters for chrF.

/// A sequence with all its n-grams up to an order, sorted for counting the matches with another
/// sequence.
///
/// The positions are sorted once by the elements that follow them. The prefixes of a sorted list
/// are sorted too, so that one order serves every n, and the matches of an order are found by
/// walking two such lists in parallel: no hashing, no copies of n-grams.
#[derive(Clone, Debug)]
pub(crate) struct Ngrams<T> {
    sequence: Vec<T>,
    /// Start of each n-gram, sorted by n-gram.
    starts: Vec<usize>,
}

impl<T: Ord> Ngrams<T> {
    /// Sorts all n-grams of `sequence` with `1 <= n <= max_order`.
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

    /// The number of n-grams of this order, including repeated ones.
    pub(crate) fn count(&self, order: usize) -> u64 {
        (self.len() + 1).saturating_sub(order) as u64
    }

    /// The number of n-grams of this order that both sequences have. One that occurs a times here
    /// and b times there counts `min(a, b)` times (BLEU's "clipped" counts).
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
