//! chrF: the F-score of character n-grams (Popović 2015), as sacrebleu 2 computes it.

use std::fmt;
use std::ops::AddAssign;

use serde::Serialize;

use super::ngrams::Ngrams;
use super::tokeniser::is_space;
use super::{CorpusStatistics, SACREBLEU_VERSION, check_lengths};
use crate::Error;

/// The maximum character n-gram order of chrF (Popović 2015, section 2).
pub const CHRF_MAX_ORDER: usize = 6;

/// The weight of recall relative to precision: chrF2 (Popović 2016, "chrF deconstructed").
const BETA: f64 = 2.0;

/// The counts of chrF for one sentence, or summed over a corpus. Index 0 is for single characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChrfStatistics {
    /// N-grams of the hypothesis, for n = 1 to 6; 0 if the reference is too short for that order.
    pub hypothesis: [u64; CHRF_MAX_ORDER],
    /// N-grams of the reference, for n = 1 to 6.
    pub reference: [u64; CHRF_MAX_ORDER],
    /// N-grams that both have, clipped, for n = 1 to 6.
    pub matches: [u64; CHRF_MAX_ORDER],
}

impl ChrfStatistics {
    /// Counts one sentence against its reference.
    pub fn of_sentence(hypothesis: &str, reference: &str) -> Self {
        ChrfReference::new(reference).statistics(hypothesis)
    }

    /// chrF2: `(1 + b^2) P R / (b^2 P + R)` with b = 2, where P and R are precision and recall
    /// averaged over the orders that both sides have (Popović 2015, section 2; sacrebleu 2.6.0,
    /// `CHRF._compute_f_score` without `eps_smoothing`).
    pub fn corpus_score(&self) -> ChrfScore {
        let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0_f64);
        for order in 0..CHRF_MAX_ORDER {
            let (hypothesis, reference) = (self.hypothesis[order], self.reference[order]);
            if hypothesis > 0 && reference > 0 {
                precision += self.matches[order] as f64 / hypothesis as f64;
                recall += self.matches[order] as f64 / reference as f64;
                orders += 1.0;
            }
        }
        let (precision, recall) = (precision / orders.max(1.0), recall / orders.max(1.0));
        let factor = BETA * BETA;
        let score = if precision + recall > 0.0 {
            (1.0 + factor) * precision * recall / (factor * precision + recall)
        } else {
            0.0
        };
        ChrfScore {
            score: 100.0 * score,
            precision: 100.0 * precision,
            recall: 100.0 * recall,
            statistics: *self,
        }
    }
}

impl AddAssign for ChrfStatistics {
    fn add_assign(&mut self, other: Self) {
        for order in 0..CHRF_MAX_ORDER {
            self.hypothesis[order] += other.hypothesis[order];
            self.reference[order] += other.reference[order];
            self.matches[order] += other.matches[order];
        }
    }
}

impl CorpusStatistics for ChrfStatistics {
    fn score(&self) -> f64 {
        self.corpus_score().score
    }
}

/// A reference for several hypotheses: sorted once.
#[derive(Clone, Debug)]
pub struct ChrfReference {
    ngrams: Ngrams<char>,
}

impl ChrfReference {
    /// Prepares a reference; whitespace is ignored.
    pub fn new(reference: &str) -> Self {
        Self {
            ngrams: character_ngrams(reference),
        }
    }

    /// Counts a hypothesis against this reference.
    pub fn statistics(&self, hypothesis: &str) -> ChrfStatistics {
        let hypothesis = character_ngrams(hypothesis);
        let reference: [u64; CHRF_MAX_ORDER] = std::array::from_fn(|n| self.ngrams.count(n + 1));
        ChrfStatistics {
            // As in sacrebleu, an order longer than the reference is not counted at all.
            hypothesis: std::array::from_fn(|n| match reference[n] {
                0 => 0,
                _ => hypothesis.count(n + 1),
            }),
            reference,
            matches: std::array::from_fn(|n| hypothesis.matches(&self.ngrams, n + 1)),
        }
    }
}

fn character_ngrams(text: &str) -> Ngrams<char> {
    Ngrams::new(
        text.chars().filter(|&c| !is_space(c)).collect(),
        CHRF_MAX_ORDER,
    )
}

/// chrF2 of a corpus. Displayed as sacrebleu's line of text, including its signature.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ChrfScore {
    /// chrF2, 0 to 100.
    pub score: f64,
    /// Precision averaged over the orders, 0 to 100.
    pub precision: f64,
    /// Recall averaged over the orders, 0 to 100.
    pub recall: f64,
    /// The counts that the score was computed from.
    pub statistics: ChrfStatistics,
}

impl ChrfScore {
    /// sacrebleu's signature of the settings, with the version that this code is tested with.
    pub fn signature(&self) -> String {
        format!(
            "nrefs:1|case:mixed|eff:yes|nc:{CHRF_MAX_ORDER}|nw:0|space:no|version:{SACREBLEU_VERSION}"
        )
    }
}

impl fmt::Display for ChrfScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chrF{BETA}|{} = {:.2}", self.signature(), self.score)
    }
}

/// chrF2 of a corpus with one reference per sentence: sacrebleu's `corpus_chrf`.
///
/// ```
/// use deshi_corpus::metrics::corpus_chrf;
///
/// let chrf = corpus_chrf(&["Das ist ein Haus."], &["Dies ist ein Haus."])?;
/// assert_eq!(format!("{:.1}", chrf.score), "77.9");
/// # Ok::<(), deshi_corpus::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::LengthMismatch`] if there is not exactly one reference per hypothesis.
pub fn corpus_chrf<S: AsRef<str>>(hypotheses: &[S], references: &[S]) -> Result<ChrfScore, Error> {
    check_lengths(hypotheses.len(), references.len())?;
    let mut sum = ChrfStatistics::default();
    for (hypothesis, reference) in hypotheses.iter().zip(references) {
        sum += ChrfStatistics::of_sentence(hypothesis.as_ref(), reference.as_ref());
    }
    Ok(sum.corpus_score())
}

/// chrF2 of one sentence in percent: sacrebleu's `sentence_chrf`, the corpus formula on one sentence.
pub fn sentence_chrf(hypothesis: &str, reference: &str) -> f64 {
    ChrfStatistics::of_sentence(hypothesis, reference)
        .corpus_score()
        .score
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        let cases = [
            ("same text", "same  text", 100.0),
            ("", "abc", 0.0),
            ("abc", "", 0.0),
            ("", "", 0.0),
            ("abc", "xyz", 0.0),
            // Only order 1: P = 1/2, R = 1: 5 PR / (4 P + R).
            ("ab", "a", 100.0 * 5.0 * 0.5 / 3.0),
            // Orders 1 and 2: P = (2/3 + 1/2) / 2, R = 1 (the reference has no third order).
            (
                "abc",
                "ab",
                100.0 * 5.0 * (7.0 / 12.0) / (4.0 * 7.0 / 12.0 + 1.0),
            ),
        ];
        for (hypothesis, reference, expected) in cases {
            let score = sentence_chrf(hypothesis, reference);
            assert!(
                (score - expected).abs() < 1e-9,
                "{hypothesis:?}: {score}, not {expected}"
            );
        }
    }
}
