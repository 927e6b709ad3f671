//! What is said on standard error. Results go to standard output and never through here.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes to standard error. A closed standard error does not end the run.
fn say(message: impl Display) {
    let _ = writeln!(io::stderr(), "deshi: {message}");
}

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
        say(format_args!("{error:#}"));
    }

    /// Says what a user should know though the run goes on; silent with `--quiet`.
    pub(crate) fn warn(self, message: impl Display) {
        if !self.quiet {
            say(message);
        }
    }

    /// Says what only `--verbose` asks for.
    pub(crate) fn detail(self, message: impl Display) {
        if self.verbose {
            say(message);
        }
    }
}
