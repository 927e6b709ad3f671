//! chrF (Popovic 2015), as sacrebleu's default: character 6-grams, no words, beta 2, white space left out.

use super::{count_ngrams, matches};

const ORDER: usize = 6;
const BETA: f64 = 2.0;

/// Counts of each order: n-grams of the hypothesis, of the reference, and those in both.
type Statistics = [[usize; 3]; ORDER];

fn statistics(hypothesis: &str, reference: &str) -> Statistics {
    let characters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>();
    let (hypothesis, reference) = (characters(hypothesis), characters(reference));
    std::array::from_fn(|index| {
        let n = index + 1;
        let count = |text: &[char]| (text.len() + 1).saturating_sub(n);
        // An order that the hypothesis is too short for does not count against it, nor for the reference.
        let in_both = matches(&count_ngrams(&hypothesis, n), &count_ngrams(&reference, n));
        let theirs = if count(&hypothesis) > 0 { count(&reference) } else { 0 };
        [count(&hypothesis), theirs, in_both]
    })
}

fn score(statistics: &Statistics) -> f64 {
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0);
    for &[hypothesis, reference, both] in statistics {
        if hypothesis > 0 && reference > 0 {
            precision += both as f64 / hypothesis as f64;
            recall += both as f64 / reference as f64;
            orders += 1;
        }
    }
    if orders == 0 {
        return 0.0;
    }
    let (precision, recall) = (precision / orders as f64, recall / orders as f64);
    if precision + recall == 0.0 {
        return 0.0;
    }
    let factor = BETA * BETA;
    100.0 * (1.0 + factor) * precision * recall / (factor * precision + recall)
}

/// Corpus chrF2, 0 to 100.
///
/// # Panics
/// If there are not as many references as hypotheses.
pub fn corpus_chrf(hypotheses: &[String], references: &[String]) -> f64 {
    assert_eq!(hypotheses.len(), references.len(), "a reference for each hypothesis");
    let mut total = Statistics::default();
    for (hypothesis, reference) in hypotheses.iter().zip(references) {
        for (sums, counts) in total.iter_mut().zip(statistics(hypothesis, reference)) {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }
    score(&total)
}

/// chrF2 of one sentence, 0 to 100.
pub fn sentence_chrf(hypothesis: &str, reference: &str) -> f64 {
    score(&statistics(hypothesis, reference))
}
