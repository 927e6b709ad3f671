//! BLEU and chrF of a corpus, as sacrebleu 2 computes them by default, and of single sentences for selection.

mod bleu;
mod chrf;
mod tokenise_13a;

pub use bleu::{Bleu, corpus_bleu, sentence_bleu_smoothed};
pub use chrf::{corpus_chrf, sentence_chrf};
pub use tokenise_13a::tokenise_13a;

/// The n-grams of a sequence, counted.
fn count_ngrams<T: std::hash::Hash + Eq>(items: &[T], n: usize) -> std::collections::HashMap<&[T], usize> {
    let mut counts = std::collections::HashMap::new();
    for gram in items.windows(n) {
        *counts.entry(gram).or_default() += 1;
    }
    counts
}

/// How many n-grams of the hypothesis stand in the reference, each at most as often as there.
fn matches<T: std::hash::Hash + Eq>(
    hypothesis: &std::collections::HashMap<&[T], usize>,
    reference: &std::collections::HashMap<&[T], usize>,
) -> usize {
    hypothesis.iter().map(|(gram, &count)| count.min(reference.get(gram).copied().unwrap_or(0))).sum()
}
