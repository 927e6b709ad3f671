//! The trainer's text processing, before and after the network. It does not need libtorch, so it builds and
//! tests in seconds.
//!
//! | module | what it does |
//! |---|---|
//! | [`prepare`] | cleans corpora into shuffled shards |
//! | [`vocabulary`], [`agreement`] | learns the joint vocabulary; compares it with `tokenizers` |
//! | [`segment`], [`examples`], [`epoch`] | split text into tokens, pairs into examples, an epoch into batches |
//! | [`augment`] | changes pairs to look like typed text and the runtime's input |
//! | [`nbest`], [`selection`] | the teacher's translations, and how to select from them |
//! | [`shortlist`], [`word_alignment`] | candidates for each token; aligned words and phrases |
//! | [`metrics`] | BLEU, chrF, bootstrap |
//! | [`files`] | reads lines, writes files atomically |
//!
//! ```no_run
//! use deshi_corpus::{prepare, vocabulary};
//!
//! # fn main() -> Result<(), deshi_corpus::Error> {
//! # let (prepare_config, vocabulary_config): (prepare::PrepareConfig, vocabulary::VocabularyConfig) = todo!();
//! let report = prepare::run(&prepare_config, "runs/prepared".as_ref(), &mut |_| ())?;
//! eprintln!("{} pairs kept", report.pairs.kept);
//! vocabulary::run(&vocabulary_config, "runs/prepared".as_ref(), "runs/vocabulary".as_ref(), &mut |_| ())?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

pub mod agreement;
mod alignment;
pub mod augment;
pub mod epoch;
mod error;
pub mod examples;
pub mod files;
pub mod metrics;
pub mod nbest;
pub mod prepare;
pub mod segment;
pub mod selection;
pub mod shortlist;
pub mod vocabulary;
pub mod word_alignment;

pub use error::Error;

/// A step's progress, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The name of the stage, in a few words.
    pub stage: &'static str,
    /// Lines done in this stage.
    pub lines: u64,
}

/// Lines between two reports of progress.
const PROGRESS_LINES: u64 = 10_000;
