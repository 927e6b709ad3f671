//! `deshi serve`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use deshi::{Options, Translator};
use deshi_server::{Limits, Server};

use crate::messages::Messages;
use crate::model::{EngineArgs, Found, all, find};
use crate::usage::usage;

/// How long threads that still translate may take to notice that the program ends.
const END: Duration = Duration::from_secs(1);

/// Programs that know LibreTranslate can use deshi instead: give them this server's address.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deshi serve
  deshi serve --model en-de --model fr-de.deshi --listen 0.0.0.0:5000 --api-keys keys.txt
  curl http://127.0.0.1:5000/translate -d q=\"Good morning.\" -d source=en -d target=de

Stops on SIGTERM and Ctrl-C, once the requests that it has are answered. docs/server.md describes the interface.")]
pub(crate) struct Args {
    /// A model to serve: a name that `deshi models` lists, or a file; may be repeated, one for each pair of languages
    /// [default: all that `deshi models` lists]
    #[arg(
        short,
        long,
        env = "DESHI_MODEL",
        hide_env_values = true,
        value_name = "NAME|FILE"
    )]
    model: Vec<OsString>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Network")]
struct NetworkArgs {
    /// Where to listen; 0.0.0.0 instead of 127.0.0.1 lets other computers in
    #[arg(long, default_value = "127.0.0.1:5000", value_name = "ADDRESS:PORT")]
    listen: String,
    /// A key that clients must give; may be repeated. Other users of this computer can see it: --api-keys hides it
    #[arg(long, value_name = "KEY")]
    api_key: Vec<String>,
    /// A file with a key on each line; empty lines and lines that begin with # are skipped
    #[arg(long, value_name = "FILE")]
    api_keys: Option<PathBuf>,
    /// The address that clients use if a reverse proxy is in front, for links to translated files
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
struct LimitArgs {
    /// Most characters in a request
    #[arg(long, default_value_t = Limits::default().characters, value_name = "N")]
    max_characters: usize,
    /// Most texts in a request
    #[arg(long, default_value_t = Limits::default().texts, value_name = "N")]
    max_texts: usize,
    /// Most bytes in a request without a file
    #[arg(long, default_value_t = Limits::default().body_bytes, value_name = "N")]
    max_bytes: usize,
    /// Most bytes in a request with a file
    #[arg(long, default_value_t = Limits::default().file_bytes, value_name = "N")]
    max_file_bytes: usize,
    /// Most translations that wait for a thread; further ones are refused
    #[arg(long, default_value_t = Limits::default().waiting, value_name = "N")]
    max_waiting: usize,
    /// Most connections; further ones wait
    #[arg(long, default_value_t = Limits::default().connections, value_name = "N")]
    max_connections: usize,
    /// Most seconds from a request to its translation
    #[arg(long, default_value_t = Limits::default().time.as_secs(), value_name = "SECONDS")]
    time_limit: u64,
    /// The same for a file
    #[arg(long, default_value_t = Limits::default().file_time.as_secs(), value_name = "SECONDS")]
    file_time_limit: u64,
    /// Most texts that a client may have translated in a minute [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    texts_per_minute: Option<u32>,
}

impl From<LimitArgs> for Limits {
    fn from(args: LimitArgs) -> Self {
        let mut limits = Self::default();
        limits.characters = args.max_characters;
        limits.texts = args.max_texts;
        limits.body_bytes = args.max_bytes;
        limits.file_bytes = args.max_file_bytes;
        // Room for several of the largest requests.
        limits.received_bytes = limits
            .received_bytes
            .max(args.max_file_bytes.saturating_mul(4))
            .max(args.max_bytes.saturating_mul(4));
        limits.waiting = args.max_waiting;
        limits.connections = args.max_connections;
        limits.time = Duration::from_secs(args.time_limit);
        limits.file_time = Duration::from_secs(args.file_time_limit);
        limits.texts_per_minute = args.texts_per_minute;
        limits
    }
}

/// What is served, where and how.
pub(crate) struct Config {
    models: Models,
    options: Options,
    listen: String,
    server: deshi_server::Config,
}

impl TryFrom<Args> for Config {
    type Error = anyhow::Error;

    fn try_from(args: Args) -> Result<Self> {
        let mut server = deshi_server::Config::default();
        if let Some(threads) = args.engine.threads {
            server.workers = threads;
        }
        server.api_keys.extend(args.network.api_key);
        if let Some(path) = &args.network.api_keys {
            let file = fs::read_to_string(path).with_context(|| path.display().to_string())?;
            server.api_keys.extend(keys(&file));
            if server.api_keys.is_empty() {
                bail!("{} has no key: everyone would be served", path.display());
            }
        }
        if server.api_keys.contains("") {
            usage!("--api-key: a key cannot be empty");
        }
        server.public_url = args.network.public_url;
        server.limits = args.limits.into();
        Ok(Self {
            models: models(args.model)?,
            // Each translation runs on one thread, and several of them at once.
            options: Options::try_from(args.engine)?.threads(1)?,
            listen: args.network.listen,
            server,
        })
    }
}

fn keys(file: &str) -> impl Iterator<Item = String> {
    let lines = file.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
}

/// Which models to serve.
enum Models {
    Asked(Vec<Found>),
    /// All that are found, as far as they can be used.
    Found(Vec<Found>),
}

fn models(asked: Vec<OsString>) -> Result<Models> {
    let asked = asked.into_iter().filter(|model| !model.is_empty());
    let asked: Vec<_> = asked
        .map(|model| find(Some(model.into())))
        .collect::<Result<_>>()?;
    if !asked.is_empty() {
        return Ok(Models::Asked(asked));
    }
    let found = all();
    if found.is_empty() {
        // It says where models are looked for.
        find(None)?;
    }
    Ok(Models::Found(found))
}

impl Models {
    /// Loads them. Of those that were found, the first of each pair of languages.
    fn open(&self, options: &Options, messages: Messages) -> Result<Vec<Translator>> {
        let found = match self {
            Self::Asked(asked) => return asked.iter().map(|model| model.open(options)).collect(),
            Self::Found(found) => found,
        };
        let mut models: Vec<Translator> = Vec::new();
        let pair = |model: &Translator| {
            let languages = [model.source_language(), model.target_language()];
            languages.map(str::to_owned)
        };
        for model in found {
            match model.open(options) {
                Ok(model) if models.iter().all(|known| pair(known) != pair(&model)) => {
                    models.push(model);
                }
                Ok(_) => {}
                Err(error) => messages.warn(format_args!("not served: {error:#}")),
            }
        }
        Ok(models)
    }
}

pub(crate) fn run(config: Config, messages: Messages) -> Result<()> {
    let models = config.models.open(&config.options, messages)?;
    let mut server = config.server;
    if messages.verbose() {
        server.log = Some(Arc::new(move |access: deshi_server::Access| {
            let milliseconds = access.time.as_secs_f64() * 1e3;
            messages.detail(format_args!(
                "{} {} {milliseconds:.1} ms",
                access.endpoint, access.status
            ));
        }));
    }
    let server =
        Server::new(models, server).context("give one model for each pair with --model")?;
    let listener = TcpListener::bind(&config.listen)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    let listener = listener.with_context(|| format!("cannot listen on {}", config.listen))?;
    let pairs: Vec<_> = (server.pairs())
        .map(|(source, target)| format!("{source} to {target}"))
        .collect();
    let address = listener.local_addr()?;
    messages.warn(format_args!(
        "http://{address} translates {} on {} threads",
        pairs.join(", "),
        server.config().workers
    ));
    if !address.ip().is_loopback() && server.config().api_keys.is_empty() {
        messages.warn("other computers can use it without a key; --api-keys asks for one");
    }
    // One thread for the sockets; each translation has its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        server.serve(listener, stop_signal()?).await;
        Ok(())
    });
    runtime.shutdown_timeout(END);
    served
}

/// Ready on SIGTERM or Ctrl-C.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(std::future::poll_fn(move |context| {
        let interrupted = interrupt.poll_recv(context).is_ready();
        match interrupted || terminate.poll_recv(context).is_ready() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    }))
}

/// Ready on Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without the signal, the server goes on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
