//! The arguments, as parsed.

use clap::{Parser, Subcommand};

use crate::{bench, info, translate};

/// Machine translation on the device.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 success, 1 failure, 2 wrong usage.\n\
    DESHI_MODEL: the default bundle. DESHI_KERNELS: the kernel set to run (see `deshi info`)."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Translate texts, or standard input line by line.
    Translate(translate::Args),
    /// Say what the bundle is.
    Info(info::Args),
    /// Measure speed and memory.
    Bench(bench::Args),
}
