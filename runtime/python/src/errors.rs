//! Errors to exceptions: a wrong argument is a `ValueError`, a file that cannot be read or written an `OSError`, the rest
//! `deshi.Error`.

use std::error::Error as StdError;
use std::io;

use pyo3::exceptions::{PyException, PyOSError, PyValueError};
use pyo3::{PyErr, create_exception};

create_exception!(
    deshi,
    Error,
    PyException,
    "A model or a document that cannot be used, or a text that was not translated."
);

/// An error with its causes.
fn message(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// An error of the library.
pub(crate) fn library(error: deshi::Error) -> PyErr {
    match &error {
        deshi::Error::Read { path, source } => system(source, &path.display().to_string()),
        deshi::Error::OutOfRange { .. } | deshi::Error::Kernels { .. } => {
            PyValueError::new_err(message(&error))
        }
        _ => Error::new_err(message(&error)),
    }
}

/// An error of a document.
pub(crate) fn document(error: deshi_documents::Error) -> PyErr {
    match &error {
        deshi_documents::Error::UnknownFormat { .. }
        | deshi_documents::Error::UnknownFile { .. } => PyValueError::new_err(message(&error)),
        _ => Error::new_err(message(&error)),
    }
}

/// An error in a glossary or a memory.
pub(crate) fn argument(error: &dyn StdError, what: &str) -> PyErr {
    PyValueError::new_err(format!("{what}: {}", message(error)))
}

/// The exception that Python has for the system's error, such as `FileNotFoundError`.
pub(crate) fn system(error: &io::Error, path: &str) -> PyErr {
    match error.raw_os_error() {
        // OSError itself chooses the class.
        Some(code) => PyOSError::new_err((code, error.to_string(), path.to_owned())),
        // By the error's kind.
        None => io::Error::new(error.kind(), format!("{path}: {error}")).into(),
    }
}
