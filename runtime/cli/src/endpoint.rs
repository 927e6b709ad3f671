//! [`Endpoint`]: where text comes from, or where it goes.

use std::fmt;
use std::path::{Path, PathBuf};

/// A file, or a standard stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    StandardInput,
    StandardOutput,
    File(PathBuf),
}

impl Endpoint {
    /// The file of that name; `-` is standard input.
    pub(crate) fn source(path: PathBuf) -> Self {
        match path.as_os_str() == "-" {
            true => Self::StandardInput,
            false => Self::File(path),
        }
    }

    /// The file of that name; `-` is standard output.
    pub(crate) fn destination(path: PathBuf) -> Self {
        match path.as_os_str() == "-" {
            true => Self::StandardOutput,
            false => Self::File(path),
        }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::StandardInput | Self::StandardOutput => None,
            Self::File(path) => Some(path),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardInput => f.write_str("standard input"),
            Self::StandardOutput => f.write_str("standard output"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}
