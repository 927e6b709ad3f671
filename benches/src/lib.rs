//! What the measurements share: the models that are measured, and a sentence through one of them.
//!
//! `cargo bench -p deshi-benches` measures kernels and sentences; `peers/compare.py` other engines, with
//! the programs `time-deshi` and `read-bundle` of this crate on deshi's side.

#![forbid(unsafe_code)]

mod layer;
mod model;
mod sentence;

use deshi_kernels::KernelSet;

pub use layer::{Layer, quantised};
pub use model::{CARRIED_BUNDLE, Model, TINY, carried, shape};
pub use sentence::{Sentence, SentenceTime};

/// The kernel set that `DESHI_KERNELS` names, or the best.
///
/// # Panics
/// If this CPU cannot run it.
pub fn kernels() -> &'static dyn KernelSet {
    match std::env::var("DESHI_KERNELS") {
        Ok(name) => deshi_kernels::by_name(&name)
            .unwrap_or_else(|| panic!("this CPU cannot run the kernel set {name:?}")),
        Err(_) => deshi_kernels::best(),
    }
}
