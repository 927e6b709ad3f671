//! The result of a call: a code, and a message for the calling thread.

use std::cell::RefCell;
use std::error::Error;
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The result of a call. For every code but `DESHI_STATUS_OK`, `deshi_last_error` has the message.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeshiStatus {
    /// Success.
    Ok = 0,
    /// An argument is invalid: a pointer is null, a text is not valid UTF-8, or a value is out of range.
    Argument = 1,
    /// The model cannot be read, or is not a bundle that runs here.
    Model = 2,
    /// The text cannot be translated.
    Translate = 3,
    /// A defect in deshi. The program can go on, but should close the translator; please report it.
    Panic = 4,
}

/// Why a call failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: DeshiStatus,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self {
            status: DeshiStatus::Argument,
            message: message.into(),
        }
    }

    /// An error with the chain of its causes.
    pub(crate) fn caused(status: DeshiStatus, error: &dyn Error) -> Self {
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
    /// The message of this thread's last call.
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

/// Pointer to the message of this thread's last call. It is valid until the thread's next call.
pub(crate) fn last_error() -> *const std::ffi::c_char {
    LAST_ERROR.with(|last| last.borrow().as_ptr())
}

/// Runs a call's work. An error or a panic becomes a status and the thread's message.
pub(crate) fn guarded(call: impl FnOnce() -> Result<(), Failure>) -> DeshiStatus {
    let result = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
        Err(Failure {
            status: DeshiStatus::Panic,
            message: "a defect in deshi: the call panicked".to_owned(),
        })
    });
    let (status, message) = match result {
        Ok(()) => (DeshiStatus::Ok, String::new()),
        Err(failure) => (failure.status, failure.message),
    };
    // C would read a zero as the message's end.
    let message = CString::new(message.replace('\0', "\u{FFFD}")).expect("no zero is left");
    LAST_ERROR.with(|last| last.replace(message));
    status
}

#[cfg(test)]
pub(crate) fn last_message() -> String {
    LAST_ERROR.with(|last| last.borrow().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_as_a_status() {
        let status = guarded(|| panic!("in a test"));
        assert_eq!(status, DeshiStatus::Panic);
        assert!(last_message().contains("panicked"));
        assert_eq!(guarded(|| Ok(())), DeshiStatus::Ok);
        assert_eq!(last_message(), "");
    }

    #[test]
    fn a_message_with_a_zero_is_whole() {
        let status = guarded(|| Err(Failure::argument("a\0b")));
        assert_eq!(status, DeshiStatus::Argument);
        assert_eq!(last_message(), "a\u{FFFD}b");
    }
}
