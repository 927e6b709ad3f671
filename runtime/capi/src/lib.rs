//! deshi behind a C interface: `include/deshi.h`, which cbindgen writes from this crate.
//!
//! | module | what it holds |
//! |---|---|
//! | `boundary` | the functions that C calls: the crate's only unsafe code |
//! | this one | what they do, in safe Rust: results to codes and messages, panics to an error |
//!
//! Code that C calls gets raw pointers and cannot be without `unsafe`, so this crate stands, with the kernels, outside
//! the rule that no other code is unsafe. What it does with them is: check for null, borrow for the call, and give back
//! what it handed out.

#![deny(unsafe_code)]

use std::cell::RefCell;
use std::error::Error;
use std::ffi::{CStr, CString};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use deshi::Translator;

#[allow(unsafe_code, reason = "C calls it")]
mod boundary;

pub use boundary::{deshi_close, deshi_last_error, deshi_open, deshi_string_free, deshi_translate};

/// How a call ended. Of each but `DESHI_STATUS_OK`, `deshi_last_error` has the message.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeshiStatus {
    /// As it should.
    Ok = 0,
    /// A pointer is null, or a text is no UTF-8.
    Argument = 1,
    /// The model cannot be read, or is no bundle that runs here.
    Model = 2,
    /// The model cannot translate.
    Translate = 3,
    /// A defect of deshi's: it is safe to go on, but best to close the translator and report it.
    Panic = 4,
}

/// A model in memory. Several threads may translate with one at once.
#[derive(Debug)]
pub struct DeshiTranslator(Translator);

/// Why a call failed.
#[derive(Debug)]
struct Failure {
    status: DeshiStatus,
    message: String,
}

impl Failure {
    fn argument(message: impl Into<String>) -> Self {
        Self {
            status: DeshiStatus::Argument,
            message: message.into(),
        }
    }

    /// The error with all that caused it.
    fn caused(status: DeshiStatus, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            message += &format!(": {error}");
            source = error.source();
        }
        Self { status, message }
    }
}

thread_local! {
    /// The message of the thread's last call.
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

/// A text as C has it. Where there is a zero in it, C would see its end: the text has none.
fn c_string(text: String) -> CString {
    CString::new(text.replace('\0', "\u{FFFD}")).expect("no zero is left")
}

/// Does a call's work. What fails, and what panics, becomes a status and the thread's message.
fn guarded(call: impl FnOnce() -> Result<(), Failure>) -> DeshiStatus {
    let result = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
        Err(Failure {
            status: DeshiStatus::Panic,
            message: "a defect of deshi: the call panicked".to_owned(),
        })
    });
    let (status, message) = match result {
        Ok(()) => (DeshiStatus::Ok, String::new()),
        Err(failure) => (failure.status, failure.message),
    };
    LAST_ERROR.with(|last| last.replace(c_string(message)));
    status
}

fn text<'a>(text: &'a CStr, name: &str) -> Result<&'a str, Failure> {
    text.to_str()
        .map_err(|error| Failure::argument(format!("{name} is no UTF-8: {error}")))
}

fn open(path: &CStr) -> Result<DeshiTranslator, Failure> {
    Translator::open(Path::new(text(path, "path")?))
        .map(DeshiTranslator)
        .map_err(|error| Failure::caused(DeshiStatus::Model, &error))
}

fn translate(translator: &DeshiTranslator, source: &CStr) -> Result<CString, Failure> {
    let translation = translator.0.translate(text(source, "text")?);
    translation
        .map(|translation| c_string(translation.text))
        .map_err(|error| Failure::caused(DeshiStatus::Translate, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_message() -> String {
        LAST_ERROR.with(|last| last.borrow().to_string_lossy().into_owned())
    }

    #[test]
    fn a_panic_ends_as_a_status() {
        let status = guarded(|| panic!("in a test"));
        assert_eq!(status, DeshiStatus::Panic);
        assert!(last_message().contains("panicked"));
        assert_eq!(guarded(|| Ok(())), DeshiStatus::Ok);
        assert_eq!(last_message(), "");
    }

    #[test]
    fn a_missing_model_is_named() {
        let status = guarded(|| open(c"no/such.deshi").map(drop));
        assert_eq!(status, DeshiStatus::Model);
        assert!(
            last_message().contains("no/such.deshi"),
            "{}",
            last_message()
        );
    }

    #[test]
    fn zeros_and_broken_text_are_no_trouble() {
        assert_eq!(c_string("a\0b".to_owned()).as_c_str(), c"a\u{FFFD}b");
        assert_eq!(
            text(c"\xFF", "text").unwrap_err().status,
            DeshiStatus::Argument
        );
    }
}
