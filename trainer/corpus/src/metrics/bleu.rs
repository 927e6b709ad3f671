//! BLEU (Papineni et al. 2002).

use super::{count_ngrams, matches, tokenise_13a};

const ORDER: usize = 4;

/// BLEU of a corpus, and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Bleu {
    /// 0 to 100.
    pub score: f64,
    /// Of each n-gram order, 0 to 100, smoothed.
    pub precisions: [f64; ORDER],
    /// At most 1.
    pub brevity_penalty: f64,
    /// Tokens of the hypotheses.
    pub hypothesis_tokens: usize,
    /// Tokens of the references.
    pub reference_tokens: usize,
}

impl Bleu {
    /// What sacrebleu calls this configuration.
    pub const SIGNATURE: &str = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp";
}

/// The numbers that BLEU is computed from: they add up over sentences.
#[derive(Debug, Clone, Copy, Default)]
struct Statistics {
    correct: [usize; ORDER],
    total: [usize; ORDER],
    hypothesis_tokens: usize,
    reference_tokens: usize,
}

impl Statistics {
    fn add<T: std::hash::Hash + Eq>(&mut self, hypothesis: &[T], reference: &[T]) {
        self.hypothesis_tokens += hypothesis.len();
        self.reference_tokens += reference.len();
        for n in 1..=ORDER {
            self.total[n - 1] += (hypothesis.len() + 1).saturating_sub(n);
            self.correct[n - 1] += matches(&count_ngrams(hypothesis, n), &count_ngrams(reference, n));
        }
    }
}

/// Corpus BLEU as sacrebleu's default: 13a tokens, mixed case, exponential smoothing, one reference.
///
/// # Panics
/// If there are not as many references as hypotheses.
pub fn corpus_bleu(hypotheses: &[String], references: &[String]) -> Bleu {
    assert_eq!(hypotheses.len(), references.len(), "a reference for each hypothesis");
    let mut statistics = Statistics::default();
    for (hypothesis, reference) in hypotheses.iter().zip(references) {
        statistics.add(&tokenise_13a(hypothesis.trim_end()), &tokenise_13a(reference.trim_end()));
    }
    let Statistics { correct, total, hypothesis_tokens, reference_tokens } = statistics;
    let mut precisions = [0.0; ORDER];
    let mut smoothing = 1.0;
    for n in 0..ORDER {
        if total[n] == 0 {
            break;
        }
        precisions[n] = if correct[n] == 0 {
            smoothing *= 2.0;
            100.0 / (smoothing * total[n] as f64)
        } else {
            100.0 * correct[n] as f64 / total[n] as f64
        };
    }
    let brevity_penalty = brevity(hypothesis_tokens, reference_tokens);
    let nothing_right = correct.iter().all(|&count| count == 0);
    let score = if nothing_right || precisions.contains(&0.0) {
        0.0
    } else {
        brevity_penalty * (precisions.iter().map(|p| p.ln()).sum::<f64>() / ORDER as f64).exp()
    };
    Bleu { score, precisions, brevity_penalty, hypothesis_tokens, reference_tokens }
}

fn brevity(hypothesis: usize, reference: usize) -> f64 {
    if hypothesis == 0 {
        return 0.0;
    }
    (1.0 - (reference as f64 / hypothesis as f64).max(1.0)).exp()
}

/// Sentence BLEU with the smoothing of Kim and Rush's code (Chen and Cherry 2014, method 3): an order with no
/// match counts 1/2, the next such order 1/4, then 1/8. 0 to 1.
pub fn sentence_bleu_smoothed(hypothesis: &str, reference: &str) -> f64 {
    let mut statistics = Statistics::default();
    statistics.add(&tokenise_13a(hypothesis), &tokenise_13a(reference));
    let mut smoothing = 1.0;
    let mut log_sum = 0.0;
    for (&correct, &total) in statistics.correct.iter().zip(&statistics.total) {
        if total == 0 {
            continue;
        }
        let matched = if correct == 0 {
            smoothing /= 2.0;
            smoothing
        } else {
            correct as f64
        };
        log_sum += (matched / total as f64).ln();
    }
    brevity(statistics.hypothesis_tokens, statistics.reference_tokens) * (log_sum / ORDER as f64).exp()
}
