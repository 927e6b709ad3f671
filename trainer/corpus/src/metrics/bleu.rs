//! BLEU: corpus BLEU as in sacrebleu 2, and smoothed sentence BLEU for Seq-Inter.

use std::fmt;
use std::ops::AddAssign;

use serde::Serialize;

use super::ngrams::Ngrams;
use super::{CorpusStatistics, SACREBLEU_VERSION, Tokeniser, check_lengths};
use crate::Error;

/// The maximum n-gram order of BLEU (Papineni et al. 2002, section 2.3).
pub const BLEU_MAX_ORDER: usize = 4;

/// The counts of BLEU for one sentence, or summed over a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BleuStatistics {
    /// Length of the hypothesis, in words of the tokeniser.
    pub hypothesis_len: u64,
    /// Length of the reference, in words of the tokeniser.
    pub reference_len: u64,
    /// N-grams of the hypothesis that are also in the reference, for n = 1 to 4, clipped.
    pub correct: [u64; BLEU_MAX_ORDER],
    /// N-grams of the hypothesis, for n = 1 to 4.
    pub total: [u64; BLEU_MAX_ORDER],
}

impl BleuStatistics {
    /// Counts one sentence against its reference.
    pub fn of_sentence(hypothesis: &str, reference: &str, tokeniser: Tokeniser) -> Self {
        BleuReference::new(reference, tokeniser).statistics(hypothesis)
    }

    /// BLEU in percent with `exp` smoothing, always over all four orders: sacrebleu's `corpus_bleu`
    /// (2.6.0, `BLEU.compute_bleu`). An order with no match counts 1/2, then 1/4, ... matches (Chen
    /// and Cherry 2014, method 3). A corpus without any match, or without any 4-gram, scores 0.
    pub fn corpus_score(&self, tokeniser: Tokeniser) -> BleuScore {
        let precisions = self.corpus_precisions();
        let brevity_penalty = self.corpus_brevity_penalty();
        let score = if precisions.contains(&0.0) {
            0.0
        } else {
            let mean = precisions.iter().map(|p| p.ln()).sum::<f64>() / BLEU_MAX_ORDER as f64;
            brevity_penalty * mean.exp()
        };
        BleuScore {
            score,
            precisions,
            brevity_penalty,
            statistics: *self,
            tokeniser,
        }
    }

    /// Precision in percent of each order; from the first order without n-grams on, 0.
    fn corpus_precisions(&self) -> [f64; BLEU_MAX_ORDER] {
        let mut precisions = [0.0; BLEU_MAX_ORDER];
        if self.correct == [0; BLEU_MAX_ORDER] {
            return precisions;
        }
        let mut matches_without_match = 1.0;
        for (precision, (&correct, &total)) in precisions
            .iter_mut()
            .zip(self.correct.iter().zip(&self.total))
        {
            if total == 0 {
                break;
            }
            let matches = if correct == 0 {
                matches_without_match /= 2.0;
                matches_without_match
            } else {
                correct as f64
            };
            *precision = 100.0 * matches / total as f64;
        }
        precisions
    }

    /// `exp(1 - r / c)` if the hypothesis is shorter (Papineni et al. 2002, section 2.2.2).
    fn corpus_brevity_penalty(&self) -> f64 {
        match self.hypothesis_len {
            0 if self.reference_len > 0 => 0.0,
            len if len < self.reference_len => (1.0 - self.reference_len as f64 / len as f64).exp(),
            _ => 1.0,
        }
    }

    /// Smoothed BLEU of one sentence in percent, the similarity of Seq-Inter (Kim and Rush 2016,
    /// section 3.3).
    ///
    /// `exp(1 - max(1, r / c))` times the fourth root of the product of the precisions. An order with no
    /// match counts 1/2, then 1/4, then 1/8 ... matches (Chen and Cherry 2014, method 3). An order
    /// longer than the hypothesis has precision 1, so that an exact copy scores 100 at any length. The
    /// paper counts the model's tokens; this function counts the tokeniser's. An empty hypothesis scores
    /// 0.
    pub fn sentence_score_smoothed(&self) -> f64 {
        if self.hypothesis_len == 0 {
            return 0.0;
        }
        let mut matches_without_match = 1.0;
        let mut product = 1.0;
        for (&correct, &total) in self
            .correct
            .iter()
            .zip(&self.total)
            .filter(|(_, t)| **t > 0)
        {
            let matches = if correct == 0 {
                matches_without_match *= 0.5;
                matches_without_match
            } else {
                correct as f64
            };
            product *= matches / total as f64;
        }
        let ratio = self.reference_len as f64 / self.hypothesis_len as f64;
        let brevity_penalty = (1.0 - ratio.max(1.0)).exp();
        100.0 * product.powf(1.0 / BLEU_MAX_ORDER as f64) * brevity_penalty
    }
}

impl AddAssign for BleuStatistics {
    fn add_assign(&mut self, other: Self) {
        self.hypothesis_len += other.hypothesis_len;
        self.reference_len += other.reference_len;
        for order in 0..BLEU_MAX_ORDER {
            self.correct[order] += other.correct[order];
            self.total[order] += other.total[order];
        }
    }
}

impl CorpusStatistics for BleuStatistics {
    fn score(&self) -> f64 {
        // The score does not depend on the tokeniser's name.
        self.corpus_score(Tokeniser::default()).score
    }
}

/// A reference for several hypotheses: split and sorted once.
#[derive(Clone, Debug)]
pub struct BleuReference {
    ngrams: Ngrams<String>,
    tokeniser: Tokeniser,
}

impl BleuReference {
    /// Splits a reference.
    pub fn new(reference: &str, tokeniser: Tokeniser) -> Self {
        let ngrams = Ngrams::new(tokeniser.tokenise(reference), BLEU_MAX_ORDER);
        Self { ngrams, tokeniser }
    }

    /// Counts a hypothesis against this reference.
    pub fn statistics(&self, hypothesis: &str) -> BleuStatistics {
        let hypothesis = Ngrams::new(self.tokeniser.tokenise(hypothesis), BLEU_MAX_ORDER);
        BleuStatistics {
            hypothesis_len: hypothesis.len() as u64,
            reference_len: self.ngrams.len() as u64,
            correct: std::array::from_fn(|n| hypothesis.matches(&self.ngrams, n + 1)),
            total: std::array::from_fn(|n| hypothesis.count(n + 1)),
        }
    }
}

/// BLEU of a corpus. Displayed as sacrebleu's line of text, including its signature.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BleuScore {
    /// BLEU, 0 to 100.
    pub score: f64,
    /// Precision of n = 1 to 4, 0 to 100, smoothed.
    pub precisions: [f64; BLEU_MAX_ORDER],
    /// Factor for hypotheses shorter than their references, 0 to 1.
    pub brevity_penalty: f64,
    /// The counts that the score was computed from.
    pub statistics: BleuStatistics,
    /// How the sentences were split.
    pub tokeniser: Tokeniser,
}

impl BleuScore {
    /// sacrebleu's signature of the settings, with the version that this code is tested with.
    pub fn signature(&self) -> String {
        let tokeniser = self.tokeniser;
        format!("nrefs:1|case:mixed|eff:no|tok:{tokeniser}|smooth:exp|version:{SACREBLEU_VERSION}")
    }
}

impl fmt::Display for BleuScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p1, p2, p3, p4] = self.precisions;
        let (hypothesis_len, reference_len) = (
            self.statistics.hypothesis_len,
            self.statistics.reference_len,
        );
        let ratio = if reference_len == 0 {
            0.0
        } else {
            hypothesis_len as f64 / reference_len as f64
        };
        write!(
            f,
            "BLEU|{} = {:.2} {p1:.1}/{p2:.1}/{p3:.1}/{p4:.1} (BP = {:.3} ratio = {ratio:.3} \
             hyp_len = {hypothesis_len} ref_len = {reference_len})",
            self.signature(),
            self.score,
            self.brevity_penalty,
        )
    }
}

/// BLEU of a corpus with one reference per sentence: sacrebleu's `corpus_bleu`.
///
/// ```
/// use deshi_corpus::metrics::{Tokeniser, corpus_bleu};
///
/// let hypotheses = ["The cat sat on the mat.", "It was late."];
/// let references = ["The cat sat on a mat.", "It was late."];
/// let bleu = corpus_bleu(&hypotheses, &references, Tokeniser::Mteval13a)?;
/// assert_eq!(format!("{:.1}", bleu.score), "63.4");
/// # Ok::<(), deshi_corpus::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::LengthMismatch`] if there is not exactly one reference per hypothesis.
pub fn corpus_bleu<S: AsRef<str>>(
    hypotheses: &[S],
    references: &[S],
    tokeniser: Tokeniser,
) -> Result<BleuScore, Error> {
    check_lengths(hypotheses.len(), references.len())?;
    let mut sum = BleuStatistics::default();
    for (hypothesis, reference) in hypotheses.iter().zip(references) {
        sum += BleuStatistics::of_sentence(hypothesis.as_ref(), reference.as_ref(), tokeniser);
    }
    Ok(sum.corpus_score(tokeniser))
}

/// Smoothed BLEU of one sentence in percent: [`BleuStatistics::sentence_score_smoothed`].
pub fn sentence_bleu_smoothed(hypothesis: &str, reference: &str, tokeniser: Tokeniser) -> f64 {
    BleuStatistics::of_sentence(hypothesis, reference, tokeniser).sentence_score_smoothed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothed_sentence_scores_by_hand() {
        let cases = [
            // Identical, and shorter than an order.
            ("a b c d e", "a b c d e", 100.0),
            ("a", "a", 100.0),
            // No match in any order: 1/2, 1/4, 1/8, 1/16 of 4, 3, 2, 1 n-grams.
            (
                "a b c d",
                "w x y z",
                100.0 * (0.5 / 4.0 * 0.25 / 3.0 * 0.125 / 2.0 * 0.0625_f64).powf(0.25),
            ),
            // Precisions 3/4, 2/3, 1/2 and half a match of one.
            (
                "a b c x",
                "a b c d",
                100.0 * (3.0 / 4.0 * 2.0 / 3.0 / 2.0 * 0.5_f64).powf(0.25),
            ),
            // All n-grams match, but half the length: exp(1 - 2); orders 3 and 4 do not exist.
            ("a b", "a b c d", 100.0 * (-1.0_f64).exp()),
            // A hypothesis that is too long costs only precision.
            (
                "a b c d e f g h",
                "a b c d",
                100.0 * (4.0 / 8.0 * 3.0 / 7.0 * 2.0 / 6.0 / 5.0_f64).powf(0.25),
            ),
            ("", "a b", 0.0),
            ("", "", 0.0),
        ];
        for (hypothesis, reference, expected) in cases {
            let score = sentence_bleu_smoothed(hypothesis, reference, Tokeniser::Mteval13a);
            assert!(
                (score - expected).abs() < 1e-9,
                "{hypothesis:?}: {score}, not {expected}"
            );
        }
    }

    #[test]
    fn sentences_sum_to_their_corpus() {
        let pairs = [("a b c d e", "a b c d f"), ("x y", "x y z"), ("", "q")];
        let mut sum = BleuStatistics::default();
        for (hypothesis, reference) in pairs {
            sum += BleuStatistics::of_sentence(hypothesis, reference, Tokeniser::Mteval13a);
        }
        assert_eq!((sum.hypothesis_len, sum.reference_len), (7, 9));
        assert_eq!((sum.correct, sum.total), ([6, 4, 2, 1], [7, 5, 3, 2]));
    }

    #[test]
    fn references_must_be_as_many() {
        let error = corpus_bleu(&["a"], &["a", "b"], Tokeniser::Char).unwrap_err();
        assert!(
            matches!(error, Error::LengthMismatch { left: 1, right: 2 }),
            "{error}"
        );
    }
}
