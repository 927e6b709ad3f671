//! The command `deshi-export`: see `deshi-export --help`.

mod command;
mod sign;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use command::checkpoint::{self, CheckpointArgs};
use command::hf::{self, HfArgs};
use command::marian::{self, MarianArgs};
use command::onnx::{self, OnnxArgs};
use deshi_export::ExportError;

/// Makes a bundle, NAME.deshi, from a trained student and its vocabulary.
///
/// Quantises the weights to int8, writes the ONNX graphs, checks the kernels against a slow reference, and packs.
/// The output is written completely, or not at all.
///
/// `marian`, `hf` and `onnx` make bundles of other people's models.
///
/// `deshi-export keygen` makes keys, and `deshi-export sign` signs a bundle, for `deshi --verify`.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 the file is written, 1 it is not, 2 wrong usage."
)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    checkpoint: Option<CheckpointArgs>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Marian(Box<MarianArgs>),
    Hf(Box<HfArgs>),
    Onnx(Box<OnnxArgs>),
    /// Sign a bundle: writes BUNDLE.minisig beside it
    Sign(sign::Args),
    /// Make a key pair to sign with
    Keygen(sign::KeygenArgs),
}

fn run(args: Args) -> Result<(), ExportError> {
    match (args.command, args.checkpoint) {
        (Some(Command::Marian(args)), _) => marian::run(&(*args).try_into()?),
        (Some(Command::Hf(args)), _) => hf::run(&(*args).try_into()?),
        (Some(Command::Onnx(args)), _) => onnx::run(&(*args).try_into()?),
        (Some(Command::Sign(args)), _) => sign::sign(&args),
        (Some(Command::Keygen(args)), _) => sign::keygen(&args),
        (None, Some(args)) => checkpoint::run(&args.try_into()?),
        (None, None) => unreachable!("clap requires a checkpoint where there is no subcommand"),
    }
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("deshi-export: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprint!(": {error}");
                cause = error.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}
