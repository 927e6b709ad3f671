//! What the trainer does with text before and after the network: cleaning corpora ([`prepare`]), learning
//! a vocabulary from them ([`vocabulary`]), choosing among the teacher's translations ([`nbest`],
//! [`selection`]), listing what each token may become ([`shortlist`]) and measuring translations ([`metrics`]). No libtorch here, so that it builds and tests in seconds.
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
pub mod augment;
mod error;
pub mod files;
pub mod metrics;
pub mod nbest;
pub mod prepare;
pub mod selection;
pub mod shortlist;
pub mod vocabulary;

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
