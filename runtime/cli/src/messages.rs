//! What is said on standard error. Results go to standard output and never through here.

use std::fmt::Display;

/// How much is said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Messages {
    quiet: bool,
    verbose: bool,
}

impl Messages {
    pub(crate) fn new(quiet: bool, verbose: bool) -> Self {
        Self { quiet, verbose }
    }

    /// Whether progress may be shown.
    pub(crate) fn progress(self) -> bool {
        !self.quiet
    }

    /// Whether each line's details are wanted.
    pub(crate) fn verbose(self) -> bool {
        self.verbose
    }

    /// Says what ended the run, or a part of it.
    pub(crate) fn error(error: &anyhow::Error) {
        eprintln!("deshi: {error:#}");
    }

    /// Says what a user should know though the run goes on; silent with `--quiet`.
    pub(crate) fn warn(self, message: impl Display) {
        if !self.quiet {
            eprintln!("deshi: {message}");
        }
    }

    /// Says what only `--verbose` asks for.
    pub(crate) fn detail(self, message: impl Display) {
        if self.verbose {
            eprintln!("deshi: {message}");
        }
    }
}
