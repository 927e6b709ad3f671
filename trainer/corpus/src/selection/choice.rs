//! Chooses the target from a list of hypotheses.

use serde::{Deserialize, Serialize};

use crate::{
    metrics::{BleuReference, ChrfReference, Tokeniser},
    nbest::Hypothesis,
};

/// How the target of a source sentence is chosen from the teacher's n-best list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Method {
    /// The best hypothesis: the mode of the teacher's distribution, `y_hat = argmax q(y | s)` over the beam
    /// (Kim and Rush 2016, section 3.2, Seq-KD).
    SequenceKd,
    /// The hypothesis nearest to the reference, `y_tilde = argmax sim(y, t)` over the beam (Kim and Rush
    /// 2016, section 3.3, Seq-Inter). Among equally near ones, the better ranked wins; without a
    /// reference, the best hypothesis.
    SequenceInterpolation {
        /// The measure of nearness.
        similarity: Similarity,
    },
}

/// How near a hypothesis is to the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// Smoothed sentence BLEU, as in the paper, over the words of a tokeniser
    /// ([`sentence_bleu_smoothed`](crate::metrics::sentence_bleu_smoothed)).
    Bleu(Tokeniser),
    /// Sentence chrF, as in Bergamot's pipeline: works alike for every language
    /// ([`sentence_chrf`](crate::metrics::sentence_chrf)).
    Chrf,
}

impl Method {
    /// The index of the hypothesis to take. A blank reference counts as no reference.
    ///
    /// ```
    /// use deshi_corpus::{nbest::Hypothesis, selection::{Method, Similarity}};
    ///
    /// let hypothesis = |text: &str| Hypothesis { log_probability: -1.0, score: -0.5, text: text.into() };
    /// let list = [hypothesis("Wie geht es dir?"), hypothesis("Wie geht's?")];
    /// let method = Method::SequenceInterpolation { similarity: Similarity::Chrf };
    /// assert_eq!(method.choose(&list, Some("Na, wie geht's?")), 1);
    /// assert_eq!(method.choose(&list, None), 0);
    /// assert_eq!(Method::SequenceKd.choose(&list, Some("Na, wie geht's?")), 0);
    /// ```
    #[must_use]
    pub fn choose(&self, hypotheses: &[Hypothesis], reference: Option<&str>) -> usize {
        let reference = reference.filter(|reference| !reference.trim().is_empty());
        match (self, reference) {
            (Self::SequenceKd, _) | (Self::SequenceInterpolation { .. }, None) => 0,
            (Self::SequenceInterpolation { similarity }, Some(reference)) => match similarity {
                Similarity::Bleu(tokeniser) => {
                    let reference = BleuReference::new(reference, *tokeniser);
                    first_best(hypotheses, |text| {
                        reference.statistics(text).sentence_score_smoothed()
                    })
                }
                Similarity::Chrf => {
                    let reference = ChrfReference::new(reference);
                    first_best(hypotheses, |text| {
                        reference.statistics(text).corpus_score().score
                    })
                }
            },
        }
    }
}

/// The index of the first hypothesis with the highest similarity.
fn first_best(hypotheses: &[Hypothesis], similarity: impl Fn(&str) -> f64) -> usize {
    let (mut best, mut highest) = (0, f64::NEG_INFINITY);
    for (place, hypothesis) in hypotheses.iter().enumerate() {
        let similarity = similarity(&hypothesis.text);
        if similarity > highest {
            (best, highest) = (place, similarity);
        }
    }
    best
}
