//! Which model to run, and how.

mod find;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::builder::RangedU64ValueParser;
use deshi::{EngineKind, MAXIMUM_BATCH_SENTENCES, MAXIMUM_THREADS, Options, Translator};

#[cfg(all(feature = "server", not(target_family = "wasm")))]
pub(crate) use find::find;
pub(crate) use find::{Found, Location, all, folders};

use crate::usage::Usage;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// The model: a name that `deshi models` lists, or a file
    #[arg(
        short,
        long,
        env = "DESHI_MODEL",
        hide_env_values = true,
        value_name = "NAME|FILE"
    )]
    model: Option<OsString>,
    #[command(flatten)]
    engine: EngineArgs,
}

/// How models are run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct EngineArgs {
    /// What computes the translation; the result is the same
    #[arg(long, value_enum, default_value_t)]
    executor: Executor,
    /// The processor instructions to use, one of those that `deshi info` lists; the result is the same [default: the
    /// fastest]
    #[arg(
        long,
        env = "DESHI_KERNELS",
        hide_env_values = true,
        value_name = "NAME"
    )]
    kernels: Option<String>,
    /// Consider every word of the vocabulary at each step: slower, and some translations differ
    #[arg(long)]
    no_shortlist: bool,
    /// How many processor threads to use [default: as many as the computer has]
    #[arg(short, long, value_parser = up_to(MAXIMUM_THREADS), value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// How many sentences each thread translates side by side; more need more memory
    #[arg(long, value_parser = up_to(MAXIMUM_BATCH_SENTENCES), value_name = "N")]
    batch_sentences: Option<usize>,
    #[command(flatten)]
    verify: VerifyArgs,
}

/// Whose models are accepted.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// Refuse a model's file unless it was signed with this key (`deshi-export sign`); the signature FILE.minisig lies
    /// beside the model. The model inside the program needs none
    #[cfg(feature = "verify")]
    #[arg(
        long,
        env = "DESHI_VERIFY",
        hide_env_values = true,
        value_name = "PUBLIC.key"
    )]
    verify: Option<PathBuf>,
}

impl VerifyArgs {
    /// The same options, with the key.
    #[cfg(feature = "verify")]
    pub(crate) fn apply(self, options: Options) -> Result<Options> {
        // A variable that is set to nothing counts as not set.
        let Some(path) = self.verify.filter(|path| !path.as_os_str().is_empty()) else {
            return Ok(options);
        };
        let key = deshi::PublicKey::open(path).context("--verify (or DESHI_VERIFY)")?;
        Ok(options.verify(key))
    }

    /// Without signatures in this build, a variable that asks for them must not be ignored.
    #[cfg(not(feature = "verify"))]
    pub(crate) fn apply(self, options: Options) -> Result<Options> {
        let asked = std::env::var_os("DESHI_VERIFY").is_some_and(|value| !value.is_empty());
        anyhow::ensure!(
            !asked,
            "DESHI_VERIFY is set, but this build cannot verify signatures: use one with the feature verify"
        );
        Ok(options)
    }
}

impl ModelArgs {
    /// The options that decide what the translation is, beside the model.
    pub(crate) fn choices(&self) -> String {
        format!("no-shortlist {}", self.engine.no_shortlist)
    }
}

fn up_to(maximum: usize) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=maximum as u64)
}

/// [`EngineKind`], as the command line names it.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Executor {
    /// The fastest that can run the model
    #[default]
    Auto,
    /// deshi's own, in the least memory
    Native,
    /// The ONNX engine tract, in a build with the feature `tract`
    Tract,
}

impl From<Executor> for EngineKind {
    fn from(executor: Executor) -> Self {
        match executor {
            Executor::Auto => Self::Auto,
            Executor::Native => Self::Native,
            Executor::Tract => Self::Tract,
        }
    }
}

/// A model that was found, and how to run it.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) found: Found,
    pub(crate) options: Options,
}

impl TryFrom<EngineArgs> for Options {
    type Error = anyhow::Error;

    fn try_from(args: EngineArgs) -> Result<Self> {
        let mut options = Self::new()
            .engine(args.executor.into())
            .shortlist(!args.no_shortlist);
        // A variable that is set to nothing counts as not set.
        if let Some(name) = args.kernels.filter(|name| !name.is_empty()) {
            options = options
                .kernels(&name)
                .map_err(|error| Usage::refused("--kernels (or DESHI_KERNELS)", &error))?;
        }
        if let Some(threads) = args.threads {
            options = options.threads(threads)?;
        }
        if let Some(sentences) = args.batch_sentences {
            options = options.batch_sentences(sentences)?;
        }
        args.verify.apply(options)
    }
}

impl TryFrom<ModelArgs> for Model {
    type Error = anyhow::Error;

    fn try_from(args: ModelArgs) -> Result<Self> {
        let asked = args.model.filter(|model| !model.is_empty());
        Ok(Self {
            options: args.engine.try_into()?,
            found: find::find(asked.map(PathBuf::from))?,
        })
    }
}

impl Model {
    pub(crate) fn open(&self) -> Result<Translator> {
        self.found.open(&self.options)
    }
}

/// The model that runs where none is asked for, in a few words.
pub(crate) fn default_description() -> String {
    find_default().map_or_else(|| "none found".to_owned(), |found| found.to_string())
}

/// The model that runs where none is asked for.
pub(crate) fn find_default() -> Option<Found> {
    find::find(None).ok()
}
