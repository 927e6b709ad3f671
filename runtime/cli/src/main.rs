//! The command `deshi`: arguments as parsed ([`args`]), as validated (each subcommand's `Config`), and the runs.

#![forbid(unsafe_code)]

mod args;
mod bench;
mod completions;
mod endpoint;
mod info;
mod input;
mod json;
mod man;
mod messages;
mod model;
mod models;
mod output;
mod progress;
#[cfg(all(feature = "server", not(target_family = "wasm")))]
mod serve;
mod translate;
mod usage;
mod version;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;

use args::{Args, Command};
use messages::Messages;

fn main() -> ExitCode {
    let args = match args::parse(std::env::args_os().collect()) {
        Ok(args) => args,
        // Found out only where it is asked for: it looks for models.
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            // Whoever reads only the first line closes the pipe.
            let _ = writeln!(io::stdout(), "deshi {}", version::long());
            return ExitCode::SUCCESS;
        }
        Err(error) => error.exit(),
    };
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output has seen enough, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            Messages::error(&error);
            if error.is::<usage::Usage>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(args: Args) -> Result<()> {
    let messages = Messages::new(args.quiet, args.verbose);
    match args.command {
        Command::Translate(args) => translate::run(&translate::Config::try_from(*args)?, messages),
        Command::Info(args) => info::run(&info::Config::try_from(args)?),
        Command::Bench(args) => bench::run(&bench::Config::try_from(args)?),
        #[cfg(all(feature = "server", not(target_family = "wasm")))]
        Command::Serve(args) => serve::run(serve::Config::try_from(*args)?, messages),
        Command::Models(args) => models::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(&args),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
