//! `deshi-export` without a subcommand: a checkpoint of deshi's trainer.

use std::path::{Path, PathBuf};

use clap::Args;
use deshi_export::{Checkpoint, ExportError, Options, export};
use serde::de::DeserializeOwned;

use super::{AboutArgs, read, report, write_bundle};

/// Its group names a member, because clap leaves the members of a group with flattened arguments unnamed, and would never find
/// these arguments given.
#[derive(Debug, Args)]
#[group(args = ["checkpoint"])]
pub struct CheckpointArgs {
    /// The trainer's model.safetensors
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
    #[command(flatten)]
    about: AboutArgs,
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
pub struct Config {
    checkpoint: Checkpoint,
    vocabulary: Vec<u8>,
    output: PathBuf,
    options: Options,
}

fn read_list<T: DeserializeOwned>(
    path: Option<&Path>,
    what: &'static str,
) -> Result<Vec<T>, ExportError> {
    let Some(path) = path else { return Ok(vec![]) };
    serde_json::from_slice(&read(path)?).map_err(|source| ExportError::Json { what, source })
}

impl TryFrom<CheckpointArgs> for Config {
    type Error = ExportError;

    fn try_from(args: CheckpointArgs) -> Result<Self, ExportError> {
        let mut options = (args.about).options(args.source, args.target, &args.output);
        options.card = match &args.card {
            Some(path) => String::from_utf8_lossy(&read(path)?).into_owned(),
            None => format!("# {}\n", options.name),
        };
        options.shortlist = args.shortlist.as_deref().map_or(Ok(vec![]), read)?;
        options.scores = read_list(args.scores.as_deref(), "the scores")?;
        options.licences = read_list(args.licences.as_deref(), "the licences")?;
        Ok(Self {
            checkpoint: Checkpoint::parse(&read(&args.checkpoint)?)
                .map_err(ExportError::Checkpoint)?,
            vocabulary: read(&args.vocabulary)?,
            output: args.output,
            options,
        })
    }
}

/// Exports.
pub fn run(config: &Config) -> Result<(), ExportError> {
    let (bundle, agreement) = export(&config.checkpoint, &config.vocabulary, &config.options)?;
    write_bundle(&config.output, &bundle)?;
    report(&config.output, &bundle, &agreement);
    Ok(())
}
