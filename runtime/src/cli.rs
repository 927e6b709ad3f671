//! The command line: arguments as parsed, as validated, and the runs.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use deshi::{ExecutorKind, Translator};
use deshi_core::memory::working_bytes;
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Machine translation on the device.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 success, 1 failure, 2 wrong usage.\n\
    DESHI_MODEL: the default bundle. DESHI_KERNELS: the kernel set to run (see `deshi info`)."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Translate texts, or standard input line by line.
    Translate {
        /// Texts; each is translated to a line.
        text: Vec<String>,
        #[command(flatten)]
        model: ModelArgs,
        /// Read lines from this file.
        #[arg(short, long, conflicts_with = "text")]
        input: Option<PathBuf>,
        /// Write to this file.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// Write a JSON object a line: source, translation, source_tokens and tokens (lists of ids in the
        /// vocabulary, without the ends of sentences), log_probability, milliseconds (from reading to
        /// writing), truncated.
        #[arg(long)]
        jsonl: bool,
        #[command(flatten)]
        batch: BatchArgs,
    },
    /// Say what the bundle is.
    Info {
        #[command(flatten)]
        model: ModelArgs,
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Say the working memory for sources of so many tokens, the end included.
        #[arg(long, value_name = "N", value_delimiter = ',')]
        tokens: Vec<usize>,
    },
    /// Measure speed and memory.
    Bench {
        #[command(flatten)]
        model: ModelArgs,
        /// Sentences, one a line.
        #[arg(long)]
        sentences: Option<PathBuf>,
        #[command(flatten)]
        batch: BatchArgs,
    },
}

/// How many lines are translated at once. The translations are the same.
#[derive(Debug, Clone, Copy, clap::Args)]
struct BatchArgs {
    /// Threads [default: as many as the machine runs at once]
    #[arg(short, long)]
    threads: Option<NonZeroUsize>,
    /// Sentences side by side in a thread, 64 at most [default: 8]
    #[arg(long)]
    batch_sentences: Option<NonZeroUsize>,
}

#[derive(Debug, clap::Args)]
struct ModelArgs {
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

/// [`ExecutorKind`], as the command line names it.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Executor {
    /// The kernels, called directly: the fastest, in the least memory
    #[default]
    Native,
    /// The bundle's ONNX graphs, by the engine tract
    #[cfg(feature = "tract")]
    Tract,
}

impl From<Executor> for ExecutorKind {
    fn from(executor: Executor) -> Self {
        match executor {
            Executor::Native => Self::Native,
            #[cfg(feature = "tract")]
            Executor::Tract => Self::Tract,
        }
    }
}

/// The arguments, with the bundle found.
pub(crate) struct Config {
    command: Command,
    model: PathBuf,
    executor: ExecutorKind,
    no_shortlist: bool,
}

impl TryFrom<Args> for Config {
    type Error = Box<dyn Error>;

    fn try_from(args: Args) -> Result<Self> {
        let (Command::Translate { model, .. }
        | Command::Info { model, .. }
        | Command::Bench { model, .. }) = &args.command;
        let executor = model.executor.into();
        let no_shortlist = model.no_shortlist;
        let model = match &model.model {
            Some(path) => path.clone(),
            None => default_model()?,
        };
        Ok(Self {
            command: args.command,
            model,
            executor,
            no_shortlist,
        })
    }
}

const DEFAULT_NAME: &str = "en-de.deshi";

fn default_model() -> Result<PathBuf> {
    let beside = std::env::current_exe()
        .ok()
        .map(|path| path.with_file_name(DEFAULT_NAME));
    let carried = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models")
        .join(DEFAULT_NAME);
    let places = [Some(carried), beside];
    places.into_iter().flatten().find(|path| path.is_file()).ok_or_else(|| {
        format!("no model: give --model BUNDLE, set DESHI_MODEL, or put {DEFAULT_NAME} next to the program").into()
    })
}

pub(crate) fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

pub(crate) fn run(config: Config) -> Result<()> {
    let started = Instant::now();
    let mut translator = Translator::open(&config.model)?.with_executor(config.executor)?;
    if config.no_shortlist {
        translator = translator.without_shortlist();
    }
    let load = started.elapsed();
    match config.command {
        Command::Translate {
            text,
            input,
            output,
            jsonl,
            batch,
            ..
        } => {
            let translator = batch.apply(translator);
            let mut output: Box<dyn Write> = match output {
                Some(path) => Box::new(BufWriter::new(create(&path)?)),
                None => Box::new(BufWriter::new(io::stdout())),
            };
            if !text.is_empty() {
                return translate(&translator, &text, jsonl, &mut output);
            }
            let input: Box<dyn Read> = match input {
                Some(path) => Box::new(open(&path)?),
                None => Box::new(io::stdin()),
            };
            for_each_window(input, |lines| {
                translate(&translator, lines, jsonl, &mut output)
            })
        }
        Command::Info { json, tokens, .. } => info(&translator, json, &tokens),
        Command::Bench {
            sentences, batch, ..
        } => bench(&batch.apply(translator), load, sentences.as_deref()),
    }
}

impl BatchArgs {
    fn apply(self, mut translator: Translator) -> Translator {
        if let Some(threads) = self.threads {
            translator = translator.with_threads(threads.get());
        }
        match self.batch_sentences {
            Some(sentences) => translator.with_batch_sentences(sentences.get()),
            None => translator,
        }
    }
}

fn named<T>(path: &Path, result: io::Result<T>) -> Result<T> {
    result.map_err(|error| format!("{}: {error}", path.display()).into())
}

fn open(path: &Path) -> Result<File> {
    named(path, File::open(path))
}

fn create(path: &Path) -> Result<File> {
    named(path, File::create(path))
}

/// Bytes that are read at once, and so about how much text is translated at once.
const WINDOW_BYTES: usize = 1 << 15;

/// Calls `each` for the lines that are there without waiting, again and again: who waits for a line's
/// translation before sending the next line gets it. U+FFFD stands for what is no UTF-8.
fn for_each_window(input: impl Read, mut each: impl FnMut(&[String]) -> Result<()>) -> Result<()> {
    let mut reader = BufReader::with_capacity(WINDOW_BYTES, input);
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        lines.push(text.strip_suffix('\n').unwrap_or(&text).to_owned());
        line.clear();
        if !reader.buffer().contains(&b'\n') {
            each(&lines)?;
            lines.clear();
        }
    }
    Ok(())
}

fn translate(
    translator: &Translator,
    texts: &[String],
    jsonl: bool,
    out: &mut dyn Write,
) -> Result<()> {
    let started = Instant::now();
    let translations = translator.translate_batch(texts)?;
    let milliseconds = milliseconds(started.elapsed());
    for (text, translation) in texts.iter().zip(translations) {
        if jsonl {
            let line = json!({
                "source": text,
                "translation": translation.text,
                "source_tokens": translation.source_tokens,
                "tokens": translation.tokens,
                "log_probability": translation.log_probability,
                "milliseconds": milliseconds,
                "truncated": translation.truncated,
            });
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{}", translation.text.replace(char::is_control, " "))?;
        }
    }
    Ok(out.flush()?)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Source tokens and the bytes of working memory for them: of the lengths that are asked for, or of some typical ones.
fn working_memory(translator: &Translator, tokens: &[usize]) -> Result<Vec<(usize, usize)>> {
    let architecture = &translator.manifest().architecture;
    let maximum = architecture.maximum_positions;
    if let Some(wrong) = tokens.iter().find(|tokens| !(1..=maximum).contains(tokens)) {
        return Err(format!("--tokens {wrong}: the model takes 1 to {maximum}").into());
    }
    let typical = [16, 32, 64, maximum];
    let lengths = if tokens.is_empty() { &typical } else { tokens };
    let possible = lengths.iter().filter(|&&tokens| tokens <= maximum);
    Ok(possible
        .map(|&tokens| (tokens, working_bytes(architecture, tokens)))
        .collect())
}

fn info(translator: &Translator, json: bool, tokens: &[usize]) -> Result<()> {
    let (manifest, about) = (translator.manifest(), translator.about()?);
    let memory = working_memory(translator, tokens)?;
    let available: Vec<_> = deshi_kernels::available().map(|set| set.name()).collect();
    let mut out = io::stdout().lock();
    if json {
        let all = json!({
            "manifest": manifest, "about": about,
            "kernels": translator.kernels(), "available_kernels": available,
            "shortlist": translator.has_shortlist(),
            "working_memory_bytes": memory.iter().map(|(tokens, bytes)| (tokens.to_string(), bytes))
                .collect::<BTreeMap<_, _>>(),
        });
        writeln!(out, "{all:#}")?;
        return Ok(());
    }
    let (source, target) = (&manifest.source_language, &manifest.target_language);
    writeln!(
        out,
        "{}: {source} to {target}, {} parameters",
        about.name, about.parameters
    )?;
    writeln!(out, "{:?}", manifest.architecture)?;
    writeln!(
        out,
        "kernels: {} (of {})",
        translator.kernels(),
        available.join(", ")
    )?;
    let shortlist = if translator.has_shortlist() {
        "with"
    } else {
        "without"
    };
    writeln!(out, "{shortlist} a lexical shortlist")?;
    // A row of the output layer, gathered: weights, scale, sum and bias.
    let candidate = manifest.architecture.d_model + 3 * size_of::<f32>();
    for (tokens, bytes) in memory {
        writeln!(
            out,
            "working memory: {bytes} bytes for {tokens} source tokens, and {candidate} for each candidate of the shortlist"
        )?;
    }
    for score in &about.scores {
        writeln!(
            out,
            "{} {} ({}): {}",
            score.test_set, score.metric, score.system, score.value
        )?;
    }
    for licence in &about.licences {
        writeln!(
            out,
            "data: {}, {}, {}",
            licence.set, licence.licence, licence.attribution
        )?;
    }
    Ok(())
}

const SENTENCES: [&str; 4] = [
    "The committee will meet again on Thursday to discuss the proposal.",
    "Where is the nearest railway station?",
    "He said that the new bridge, which took four years to build, would open in the spring.",
    "Thank you very much for your help.",
];

fn bench(translator: &Translator, load: Duration, sentences: Option<&Path>) -> Result<()> {
    let mut lines: Vec<String> = Vec::new();
    match sentences {
        Some(path) => for_each_window(open(path)?, |window| {
            lines.extend_from_slice(window);
            Ok(())
        })?,
        None => lines.extend(
            SENTENCES
                .iter()
                .cycle()
                .take(100)
                .map(|&line| line.to_owned()),
        ),
    }
    let (mut times, mut words, mut tokens) = (Vec::new(), 0, 0);
    for line in &lines {
        let started = Instant::now();
        tokens += translator.translate(line)?.tokens.len();
        times.push(started.elapsed());
        words += line.split_whitespace().count();
    }
    let first = *times.first().ok_or("bench: no sentences")?;
    let total: Duration = times.iter().sum();
    let started = Instant::now();
    translator.translate_batch(&lines)?;
    let batched = started.elapsed();
    times.sort_unstable();
    let quantile = |hundredths: usize| milliseconds(times[(times.len() - 1) * hundredths / 100]);
    let mut out = io::stdout().lock();
    writeln!(out, "executor         {:?}", translator.executor())?;
    writeln!(out, "kernels          {}", translator.kernels())?;
    writeln!(out, "load             {:.2} ms", milliseconds(load))?;
    writeln!(out, "first sentence   {:.2} ms", milliseconds(first))?;
    writeln!(
        out,
        "sentences        {} ({words} words, {tokens} target tokens)",
        lines.len()
    )?;
    writeln!(
        out,
        "source words/s   {:.0}",
        words as f64 / total.as_secs_f64()
    )?;
    writeln!(
        out,
        "latency          median {:.2} ms, p99 {:.2} ms",
        quantile(50),
        quantile(99)
    )?;
    let rate = |time: Duration| lines.len() as f64 / time.as_secs_f64();
    writeln!(
        out,
        "sentences/s      {:.0} one by one, {:.0} in batches on {} threads",
        rate(total),
        rate(batched),
        translator.threads()
    )?;
    if let Some(peak) = peak_memory() {
        writeln!(out, "peak memory      {peak}")?;
    }
    Ok(())
}

/// The greatest resident memory so far, as Linux says it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
