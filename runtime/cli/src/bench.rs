//! `deshi bench`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use deshi::Translator;

use crate::Result;
use crate::lines::{for_each_window, open};
use crate::model::{BatchArgs, Model, ModelArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelArgs,
    /// Sentences, one a line.
    #[arg(long)]
    sentences: Option<PathBuf>,
    #[command(flatten)]
    batch: BatchArgs,
}

pub(crate) struct Config {
    model: Model,
    sentences: Option<PathBuf>,
    batch: BatchArgs,
}

impl TryFrom<Args> for Config {
    type Error = Box<dyn std::error::Error>;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Self {
            model: args.model.try_into()?,
            sentences: args.sentences,
            batch: args.batch,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<()> {
    let options = config.batch.apply(config.model.options()?)?;
    let started = Instant::now();
    let translator = config.model.open(&options)?;
    let load = started.elapsed();
    bench(&translator, load, config.sentences.as_deref())
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
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
        tokens += translator.translate_raw(line)?.tokens.len();
        times.push(started.elapsed());
        words += line.split_whitespace().count();
    }
    let first = *times.first().ok_or("bench: no sentences")?;
    let total: Duration = times.iter().sum();
    let started = Instant::now();
    translator.translate_raw_batch(&lines)?;
    let batched = started.elapsed();
    times.sort_unstable();
    let quantile = |hundredths: usize| milliseconds(times[(times.len() - 1) * hundredths / 100]);
    let mut out = io::stdout().lock();
    writeln!(out, "executor         {}", translator.engine())?;
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
