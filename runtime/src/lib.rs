//! Machine translation on the device: a model (one bundle file) translates texts.
//!
//! ```no_run
//! let translator = deshi::Translator::open("en-de.deshi")?;
//! println!("{}", translator.translate("Good morning. How are you?")?.text);
//! # Ok::<(), deshi::Error>(())
//! ```
//!
//! [`Options`] say how the model is loaded and run. The text layer ([`text`]) splits a text into sentences,
//! protects what must not change, and flags what a reader should check; an engine ([`EngineKind`]) runs the
//! model on the sentences. The programs in `examples/` show one sentence, a batch, threads, and how much memory
//! a model takes.
//!
//! The library prints nothing, reads no environment variable, and never panics because of its input.

#![forbid(unsafe_code)]

mod batches;
#[cfg(feature = "carried-model")]
mod carried;
mod engine;
mod error;
mod language_names;
mod loaded;
mod model_translation;
mod options;
mod shard;
#[cfg(feature = "verify")]
mod signature;
mod split;
mod text_model;
mod threads;
mod translator;

#[cfg(feature = "carried-model")]
pub use carried::carried_model;
pub use deshi_core::architecture::ArchitectureError;
pub use deshi_core::bundle::{About, BundleError, Licence, Score};
pub use deshi_core::shortlist::ShortlistError;
pub use deshi_core::vocabulary::VocabularyError;
pub use deshi_core::weights::WeightsError;
pub use deshi_core::{
    Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions, Side, TargetEmbedding,
    Token,
};
pub use deshi_text as text;
pub use deshi_text::segment::{Part, Segment};
pub use deshi_text::{
    Flags, Glossary, Layer, Note, OnForeign, OnLowConfidence, Translated as Translation,
    TranslatedSegment, TranslatedSentence, TranslationMemory,
};
pub use engine::EngineReason;
pub use error::Error;
pub use language_names::language_name;
pub use model_translation::ModelTranslation;
pub use options::{
    EngineKind, MAXIMUM_BATCH_SENTENCES, MAXIMUM_THREADS, Options, available_kernels,
};
pub use shard::{Shard, ShardError};
#[cfg(feature = "verify")]
pub use signature::{PublicKey, SignatureError};
pub use translator::Translator;
