//! Shared by the measurements: the measured models, and a sentence translated by one of them.
//!
//! `cargo bench -p deshi-benches` measures kernels and sentences. `peers/compare.py` measures other
//! engines, and deshi with this crate's programs `time-deshi` and `read-bundle`.

#![forbid(unsafe_code)]

mod layer;
mod model;
mod sentence;

use deshi_kernels::KernelSet;

pub use layer::{Layer, quantised};
pub use model::{CARRIED_MODEL, Model, TINY, carried, shape};
pub use sentence::{Sentence, SentenceTime};

/// The kernel set that `DESHI_KERNELS` selects, or the best one.
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
