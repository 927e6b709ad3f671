//! What the tests that span crates share: models, sentences, random numbers.

#![forbid(unsafe_code)]

pub mod bundles;
pub mod models;
pub mod random;
pub mod texts;

use deshi::{ExecutorKind, Translator};
pub use texts::SENTENCES;

/// Every executor.
pub const EXECUTORS: [ExecutorKind; 2] = [ExecutorKind::Native, ExecutorKind::Tract];

/// A bundle's model in every way that this CPU can run it.
///
/// # Panics
/// If the bundle is not one.
pub fn every_way(bundle: &[u8]) -> Vec<Translator> {
    let mut translators = Vec::new();
    for executor in EXECUTORS {
        for kernels in deshi_kernels::available() {
            let translator = Translator::from_bytes(bundle).expect("the bundle is one");
            let translator = translator.with_kernels(kernels).with_executor(executor);
            translators.push(translator.expect("its graphs are the architecture's"));
        }
    }
    translators
}

/// What runs a translator's model, for messages.
pub fn name(translator: &Translator) -> String {
    format!("{:?} on {}", translator.executor(), translator.kernels())
}
