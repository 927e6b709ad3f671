//! Which model to run, and how.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use deshi::{EngineKind, Options, Translator};

use crate::Result;

#[derive(Debug, clap::Args)]
pub(crate) struct ModelArgs {
    /// The bundle.
    #[arg(short, long, env = "DESHI_MODEL")]
    model: Option<PathBuf>,
    /// What runs the model. The words are the same.
    #[arg(long, value_enum, default_value_t)]
    executor: Executor,
    /// Choose each token among the whole vocabulary, not among a sentence's candidates.
    #[arg(long)]
    no_shortlist: bool,
}

/// [`EngineKind`], as the command line names it.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Executor {
    /// The kernels, called directly: the fastest, in the least memory
    #[default]
    Native,
    /// The bundle's ONNX graphs, by the engine tract
    #[cfg(feature = "tract")]
    Tract,
}

impl From<Executor> for EngineKind {
    fn from(executor: Executor) -> Self {
        match executor {
            Executor::Native => Self::Native,
            #[cfg(feature = "tract")]
            Executor::Tract => Self::Tract,
        }
    }
}

/// How many lines are translated at once. The translations are the same.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct BatchArgs {
    /// Threads [default: as many as the machine runs at once]
    #[arg(short, long)]
    threads: Option<NonZeroUsize>,
    /// Sentences side by side in a thread, 64 at most [default: 8]
    #[arg(long)]
    batch_sentences: Option<NonZeroUsize>,
}

impl BatchArgs {
    pub(crate) fn apply(self, mut options: Options) -> Result<Options> {
        if let Some(threads) = self.threads {
            options = options.threads(threads.get())?;
        }
        if let Some(sentences) = self.batch_sentences {
            options = options.batch_sentences(sentences.get())?;
        }
        Ok(options)
    }
}

/// A bundle that was found, and what runs it.
#[derive(Debug)]
pub(crate) struct Model {
    path: PathBuf,
    executor: EngineKind,
    shortlist: bool,
}

impl TryFrom<ModelArgs> for Model {
    type Error = Box<dyn std::error::Error>;

    fn try_from(args: ModelArgs) -> Result<Self> {
        Ok(Self {
            path: args.model.map_or_else(default_model, Ok)?,
            executor: args.executor.into(),
            shortlist: !args.no_shortlist,
        })
    }
}

impl Model {
    /// The options that the arguments and `DESHI_KERNELS` ask for.
    pub(crate) fn options(&self) -> Result<Options> {
        let options = Options::new()
            .engine(self.executor)
            .shortlist(self.shortlist);
        Ok(match std::env::var("DESHI_KERNELS") {
            Ok(name) => options.kernels(&name)?,
            Err(_) => options,
        })
    }

    pub(crate) fn open(&self, options: &Options) -> Result<Translator> {
        Ok(options.open(&self.path)?)
    }
}

const DEFAULT_NAME: &str = "en-de.deshi";

fn default_model() -> Result<PathBuf> {
    let beside = std::env::current_exe()
        .ok()
        .map(|path| path.with_file_name(DEFAULT_NAME));
    let carried = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../models")
        .join(DEFAULT_NAME);
    let places = [Some(carried), beside];
    places.into_iter().flatten().find(|path| path.is_file()).ok_or_else(|| {
        format!("no model: give --model BUNDLE, set DESHI_MODEL, or put {DEFAULT_NAME} next to the program").into()
    })
}
