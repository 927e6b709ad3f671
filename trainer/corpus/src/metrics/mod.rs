//! Quality of translations: BLEU and chrF as in sacrebleu 2, of corpora and sentences, and the
//! significance of a difference between two systems.
//!
//! Each metric first counts ([`BleuStatistics`], [`ChrfStatistics`]: one per sentence, summed over
//! a corpus) and then computes a score from the counts, so that resampling need not count again.
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

/// The version of sacrebleu that the scores are tested against, and that their signatures name.
pub const SACREBLEU_VERSION: &str = "2.6.0";

/// A metric's counts for a sentence, which can be summed over a corpus.
pub trait CorpusStatistics: Copy + Default + AddAssign {
    /// The metric's score for these counts, 0 to 100.
    fn score(&self) -> f64;
}

/// Checks that two lists have the same length.
fn check_lengths(left: usize, right: usize) -> Result<(), Error> {
    if left == right {
        Ok(())
    } else {
        Err(Error::LengthMismatch { left, right })
    }
}
