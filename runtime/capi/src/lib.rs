//! deshi behind a C interface: `include/deshi.h`, which cbindgen writes from this crate.
//!
//! | module | what it holds |
//! |---|---|
//! | `boundary` | the functions that C calls: the crate's only unsafe code |
//! | `status` | turns errors and panics into codes and messages |
//! | `options`, `translation` | what C sets and reads, in safe Rust |
//! | this one | the calls that load and translate, in safe Rust |
//!
//! Code that C calls gets raw pointers, and so needs `unsafe`; only this crate and the kernels have any. Here
//! it does three things with a pointer: it checks it for null, borrows it for the call, and frees objects that
//! it allocated.

#![deny(unsafe_code)]

use std::path::Path;
use std::str;

use deshi::Translator;

#[allow(unsafe_code, reason = "C calls it")]
mod boundary;
mod options;
mod status;
mod translation;

pub use boundary::*;
pub use options::DeshiOptions;
pub use status::DeshiStatus;
pub use translation::*;

use status::Failure;

/// A model in memory. Several threads may translate with it at once.
#[derive(Debug)]
pub struct DeshiTranslator(Translator);

fn utf8<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, Failure> {
    str::from_utf8(bytes)
        .map_err(|error| Failure::argument(format!("{name} is not valid UTF-8: {error}")))
}

fn model(translator: Result<Translator, deshi::Error>) -> Result<DeshiTranslator, Failure> {
    translator
        .map(DeshiTranslator)
        .map_err(|error| Failure::caused(DeshiStatus::Model, &error))
}

fn open(path: &str, options: Option<&DeshiOptions>) -> Result<DeshiTranslator, Failure> {
    let path = Path::new(path);
    model(match options {
        Some(options) => options.0.open(path),
        None => Translator::open(path),
    })
}

fn open_memory(bytes: &[u8], options: Option<&DeshiOptions>) -> Result<DeshiTranslator, Failure> {
    model(match options {
        Some(options) => options.0.from_bytes(bytes),
        None => Translator::from_bytes(bytes),
    })
}

fn translate(
    translator: &DeshiTranslator,
    texts: &[&str],
) -> Result<Vec<DeshiTranslation>, Failure> {
    let translations = translator.0.translate_batch(texts);
    let translations =
        translations.map_err(|error| Failure::caused(DeshiStatus::Translate, &error))?;
    Ok(translations
        .into_iter()
        .map(DeshiTranslation::from)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{guarded, last_message};

    #[test]
    fn a_missing_model_is_named() {
        let status = guarded(|| open("no/such.deshi", None).map(drop));
        assert_eq!(status, DeshiStatus::Model);
        assert!(
            last_message().contains("no/such.deshi"),
            "{}",
            last_message()
        );
    }

    #[test]
    fn invalid_text_is_an_error_that_says_where() {
        let failure = utf8(b"ab\xFF", "text").unwrap_err();
        assert_eq!(failure.status, DeshiStatus::Argument);
        let expected = "text is not valid UTF-8: invalid utf-8 sequence of 1 bytes from index 2";
        assert_eq!(failure.message, expected);
    }
}
