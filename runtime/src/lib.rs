//! Machine translation on the device: a bundle in, translations out.
//!
//! ```no_run
//! let translator = deshi::Translator::open("en-de.deshi")?;
//! println!("{}", translator.translate("Good morning.")?.text);
//! # Ok::<(), deshi::Error>(())
//! ```
//!
//! What runs the model is an [`ExecutorKind`]: direct calls of the kernels, or tract over the bundle's ONNX graphs
//! (feature `tract`, on by default). The words are the same.

#![forbid(unsafe_code)]

mod error;
mod native;
mod plan;
mod split;
#[cfg(feature = "tract")]
mod tract;
mod translator;
mod weights;

pub use deshi_core::bundle::{About, Manifest};
pub use error::Error;
#[cfg(feature = "tract")]
pub use tract::GraphError;
pub use translator::{ExecutorKind, Translation, Translator};
