//! Machine translation on the device: a bundle in, translations out.
//!
//! ```no_run
//! let translator = deshi::Translator::open("en-de.deshi")?;
//! println!("{}", translator.translate("Good morning.")?.text);
//! # Ok::<(), deshi::Error>(())
//! ```

#![forbid(unsafe_code)]

mod error;
mod file;
mod native;
mod plan;
mod split;
mod translator;

pub use deshi_core::bundle::{About, Manifest};
pub use error::Error;
pub use translator::{ExecutorKind, Translation, Translator};
