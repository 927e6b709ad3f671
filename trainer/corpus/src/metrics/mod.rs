//! How good a translation is: BLEU and chrF as sacrebleu 2 computes them, of corpora and of
//! sentences, and whether a difference between two systems means anything.
//!
//! Each metric counts first ([`BleuStatistics`], [`ChrfStatistics`]: one a sentence, summed over a
//! corpus) and scores the counts afterwards, so that a test set need not be counted again for each
//! resampling.
//!
//! ```
//! use deshi_corpus::metrics::{ChrfStatistics, paired_bootstrap};
//!
//! let references = ["Das Haus ist rot.", "Wir gehen nach Hause."];
//! let count = |hypotheses: [&str; 2]| -> Vec<ChrfStatistics> {
//!     let pairs = hypotheses.iter().zip(references);
//!     pairs.map(|(hypothesis, reference)| ChrfStatistics::of_sentence(hypothesis, reference)).collect()
//! };
//! let student = count(["Das Haus ist rot.", "Wir gehen heim."]);
//! let baseline = count(["Ein Haus war rot.", "Gehen wir."]);
//! let comparison = paired_bootstrap(&student, &baseline, 1000, 1)?;
//! assert!(comparison.low > 0.0);
//! # Ok::<(), deshi_corpus::Error>(())
//! ```

use std::ops::AddAssign;

use crate::Error;

mod bleu;
mod bootstrap;
mod chrf;
mod ngrams;
mod tokenise_13a;
mod tokeniser;

pub use bleu::{
    BLEU_MAX_ORDER, BleuReference, BleuScore, BleuStatistics, corpus_bleu, sentence_bleu_smoothed,
};
pub use bootstrap::{PairedBootstrap, paired_bootstrap};
pub use chrf::{
    CHRF_MAX_ORDER, ChrfReference, ChrfScore, ChrfStatistics, corpus_chrf, sentence_chrf,
};
pub use tokenise_13a::tokenise_13a;
pub use tokeniser::Tokeniser;

/// The version of sacrebleu that the scores are tested to agree with, and that their signatures name.
pub const SACREBLEU_VERSION: &str = "2.6.0";

/// What a metric counts in each sentence and sums over a corpus.
pub trait CorpusStatistics: Copy + Default + AddAssign {
    /// The metric's score of what was counted, 0 to 100.
    fn score(&self) -> f64;
}

/// One on this side for each one on that side.
fn check_lengths(left: usize, right: usize) -> Result<(), Error> {
    if left == right {
        Ok(())
    } else {
        Err(Error::LengthMismatch { left, right })
    }
}
