//! The command `deshi`.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Config::try_from(cli::Args::parse()).and_then(cli::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if cli::is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut message = format!("deshi: {error}");
            let mut source = error.source();
            while let Some(error) = source {
                message += &format!(": {error}");
                source = error.source();
            }
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
