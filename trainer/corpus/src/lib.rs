//! What the trainer does with text, before and after the network. There is no libtorch here, so that it builds and tests in
//! seconds.
//!
//! | module | what it does |
//! |---|---|
//! | [`prepare`] | cleans corpora into shuffled shards |
//! | [`vocabulary`], [`agreement`] | learns the joint vocabulary; compares it with `tokenizers` |
//! | [`segment`], [`examples`], [`epoch`] | text to tokens, pairs to examples, examples to an epoch's batches |
//! | [`augment`] | changes pairs to what people type and what the runtime passes on |
//! | [`nbest`], [`selection`] | the teacher's translations, and the choice among them |
//! | [`shortlist`], [`word_alignment`] | what each token may become; which words and phrases correspond |
//! | [`metrics`] | BLEU, chrF, bootstrap |
//! | [`files`] | files that appear whole or not at all |
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

/// How far a step is, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, in a few words.
    pub stage: &'static str,
    /// Lines done in this stage.
    pub lines: u64,
}

/// Lines between two reports of progress.
const PROGRESS_LINES: u64 = 10_000;
