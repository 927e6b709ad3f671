//! The command `deshi`: arguments as parsed ([`args`]), as validated (each subcommand's `Config`), and the runs.

#![forbid(unsafe_code)]

mod args;
mod bench;
mod info;
mod lines;
mod model;
mod translate;

use std::error::Error;
use std::io;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("deshi: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Translate(args) => translate::run(&translate::Config::try_from(args)?),
        Command::Info(args) => info::run(&info::Config::try_from(args)?),
        Command::Bench(args) => bench::run(&bench::Config::try_from(args)?),
    }
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
