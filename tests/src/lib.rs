//! Shared by the tests across crates: models, sentences, random numbers.

#![forbid(unsafe_code)]

pub mod bundles;
pub mod models;
pub mod random;
pub mod texts;

use deshi::{EngineKind, Options, Translator, available_kernels};
pub use texts::SENTENCES;

/// Every engine.
pub const ENGINES: [EngineKind; 2] = [EngineKind::Native, EngineKind::Tract];

/// A bundle's model on every engine and kernel set that this CPU can run.
///
/// # Panics
/// If the bundle cannot be loaded.
pub fn every_way(bundle: &[u8]) -> Vec<Translator> {
    every_way_with(bundle, &Options::new())
}

/// The same with further options.
///
/// # Panics
/// If the bundle cannot be loaded.
pub fn every_way_with(bundle: &[u8], options: &Options) -> Vec<Translator> {
    let mut translators = Vec::new();
    for engine in ENGINES {
        for kernels in available_kernels() {
            let options = options.clone().engine(engine).kernels(kernels);
            let options = options.expect("the kernel set is available");
            translators.push(
                options
                    .from_bytes(bundle)
                    .expect("the bundle can be loaded"),
            );
        }
    }
    translators
}

/// The engine and kernel set of a translator, for messages.
pub fn name(translator: &Translator) -> String {
    format!("{} on {}", translator.engine(), translator.kernels())
}
