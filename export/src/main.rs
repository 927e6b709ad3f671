//! The command `deshi-export`: see `deshi-export --help`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod sign;

use clap::{Parser, Subcommand};
use deshi_checkpoint::write_whole;
use deshi_export::{Checkpoint, ExportError, Options, export};
use serde::de::DeserializeOwned;

/// Makes a bundle, NAME.deshi, of a trained student and its vocabulary.
///
/// Quantises the weights to int8, writes the ONNX graphs, checks the kernels against a slow reference, and packs.
/// The output appears whole, or not at all.
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
    export: Option<ExportArgs>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign a bundle: writes BUNDLE.minisig beside it
    Sign(sign::Args),
    /// Make a key pair to sign with
    Keygen(sign::KeygenArgs),
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// The trainer's model.safetensors; its decoder must be an SSRU
    checkpoint: PathBuf,
    /// The vocabulary that the model was trained with
    vocabulary: PathBuf,
    /// Where the bundle goes
    #[arg(short, long, value_name = "OUT.deshi")]
    output: PathBuf,
    /// The language that the model reads, such as en
    #[arg(long)]
    source: String,
    /// The language that it writes
    #[arg(long)]
    target: String,
    /// The model's name
    #[arg(long)]
    name: String,
    /// The shortlist that `deshi-train shortlist` made [default: no shortlist]
    #[arg(long, value_name = "FILE")]
    shortlist: Option<PathBuf>,
    /// The model's card, in Markdown
    #[arg(long, value_name = "CARD.md")]
    card: Option<PathBuf>,
    /// Its scores: a JSON list of {"test_set", "metric", "system", "value"}
    #[arg(long, value_name = "scores.json")]
    scores: Option<PathBuf>,
    /// Its training sets: a JSON list of {"set", "licence", "attribution"}
    #[arg(long, value_name = "licences.json")]
    licences: Option<PathBuf>,
}

/// What is to be done, with every file read.
struct Config {
    checkpoint: Checkpoint,
    vocabulary: Vec<u8>,
    output: PathBuf,
    options: Options,
}

fn read(path: &Path) -> Result<Vec<u8>, ExportError> {
    std::fs::read(path).map_err(|source| ExportError::File {
        path: path.to_owned(),
        source,
    })
}

fn read_list<T: DeserializeOwned>(
    path: Option<&Path>,
    what: &'static str,
) -> Result<Vec<T>, ExportError> {
    let Some(path) = path else { return Ok(vec![]) };
    serde_json::from_slice(&read(path)?).map_err(|source| ExportError::Json { what, source })
}

impl TryFrom<ExportArgs> for Config {
    type Error = ExportError;

    fn try_from(args: ExportArgs) -> Result<Self, ExportError> {
        let card = match &args.card {
            Some(path) => String::from_utf8_lossy(&read(path)?).into_owned(),
            None => format!("# {}\n", args.name),
        };
        Ok(Self {
            checkpoint: Checkpoint::parse(&read(&args.checkpoint)?)
                .map_err(ExportError::Checkpoint)?,
            vocabulary: read(&args.vocabulary)?,
            output: args.output,
            options: Options {
                source_language: args.source,
                target_language: args.target,
                name: args.name,
                shortlist: args.shortlist.as_deref().map_or(Ok(vec![]), read)?,
                card,
                scores: read_list(args.scores.as_deref(), "the scores")?,
                licences: read_list(args.licences.as_deref(), "the licences")?,
            },
        })
    }
}

fn run(config: &Config) -> Result<(), ExportError> {
    let (bundle, agreement) = export(&config.checkpoint, &config.vocabulary, &config.options)?;
    write_whole(&config.output, |out| out.write_all(&bundle)).map_err(|source| {
        ExportError::File {
            path: config.output.clone(),
            source,
        }
    })?;
    eprintln!(
        "{}: {} bytes; {} tokens verified, {} ties, logits within {:.1e}",
        config.output.display(),
        bundle.len(),
        agreement.tokens,
        agreement.ties,
        agreement.largest_difference,
    );
    Ok(())
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match (args.command, args.export) {
        (Some(Command::Sign(args)), _) => sign::sign(&args),
        (Some(Command::Keygen(args)), _) => sign::keygen(&args),
        (None, Some(args)) => Config::try_from(args).and_then(|config| run(&config)),
        (None, None) => unreachable!("without a subcommand, clap requires the checkpoint"),
    };
    match result {
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
