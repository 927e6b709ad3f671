//! Mistakes on the command line that only show once arguments are seen together.

use std::fmt;

/// Wrong usage: it has an exit code of its own.
#[derive(Debug)]
pub(crate) struct Usage(String);

impl Usage {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// A value that the library refused, under the name that the option has on the command line.
    pub(crate) fn refused(option: &str, error: &deshi::Error) -> Self {
        Self(match error {
            deshi::Error::OutOfRange {
                minimum, maximum, ..
            } => format!("{option} must be {minimum} to {maximum}"),
            other => format!("{option}: {other}"),
        })
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Returns a [`Usage`] error.
macro_rules! usage {
    ($($message:tt)*) => {
        return Err($crate::usage::Usage::new(format!($($message)*)).into())
    };
}
pub(crate) use usage;
