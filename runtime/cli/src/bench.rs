//! `deshi bench`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use deshi::Translator;
use serde_json::json;

use crate::endpoint::Endpoint;
use crate::info::megabytes;
use crate::input::Lines;
use crate::model::{Model, ModelArgs};

const SENTENCES: [&str; 4] = [
    "The committee will meet again on Thursday to discuss the proposal.",
    "Where is the nearest railway station?",
    "He said that the new bridge, which took four years to build, would open in the spring.",
    "Thank you very much for your help.",
];
/// How many sentences are translated a round, where no file has them.
const ROUND: usize = 100;

/// Measure speed and memory.
///
/// Each round translates all sentences, first one by one, then in batches. What is printed is the median of the rounds;
/// one round before them warms up.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelArgs,
    /// A file with a sentence on each line [default: a few that are built in]
    #[arg(long, value_name = "FILE")]
    sentences: Option<PathBuf>,
    /// How many rounds to measure
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) struct Config {
    model: Model,
    sentences: Option<Endpoint>,
    rounds: u16,
    json: bool,
}

impl TryFrom<Args> for Config {
    type Error = anyhow::Error;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Self {
            model: args.model.try_into()?,
            sentences: args.sentences.map(Endpoint::source),
            rounds: args.rounds,
            json: args.json,
        })
    }
}

fn sentences(config: &Config) -> Result<Vec<String>> {
    let Some(source) = &config.sentences else {
        let repeated = SENTENCES.iter().cycle().take(ROUND);
        return Ok(repeated.map(|&sentence| sentence.to_owned()).collect());
    };
    let mut sentences = Vec::new();
    let mut lines = Lines::open(source, false)?;
    while let Some(window) = lines.next_window()? {
        sentences.extend(window.into_iter().map(|line| line.text));
    }
    ensure!(!sentences.is_empty(), "{source} has no sentences");
    Ok(sentences)
}

/// One round.
struct Round {
    /// Of each sentence alone.
    latencies: Vec<Duration>,
    batched: Duration,
    /// The translations' tokens.
    tokens: usize,
}

impl Round {
    fn run(translator: &Translator, sentences: &[String]) -> Result<Self> {
        let (mut latencies, mut tokens) = (Vec::with_capacity(sentences.len()), 0);
        for sentence in sentences {
            let started = Instant::now();
            tokens += translator.translate(sentence)?.tokens;
            latencies.push(started.elapsed());
        }
        let started = Instant::now();
        translator.translate_batch(sentences)?;
        Ok(Self {
            latencies,
            batched: started.elapsed(),
            tokens,
        })
    }

    fn one_by_one(&self) -> f64 {
        self.latencies.iter().sum::<Duration>().as_secs_f64()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

pub(crate) fn run(config: &Config) -> Result<()> {
    let sentences = sentences(config)?;
    let started = Instant::now();
    let translator = config.model.open()?;
    let load = started.elapsed();
    let started = Instant::now();
    translator.translate(&sentences[0])?;
    let first = started.elapsed();
    Round::run(&translator, &sentences)?;
    let rounds = (0..config.rounds).map(|_| Round::run(&translator, &sentences));
    let rounds: Vec<Round> = rounds.collect::<Result<_>>()?;

    let words: usize = sentences
        .iter()
        .map(|sentence| sentence.split_whitespace().count())
        .sum();
    let count = sentences.len() as f64;
    let mut latencies: Vec<_> = rounds
        .iter()
        .flat_map(|round| round.latencies.iter().copied())
        .collect();
    latencies.sort_unstable();
    let quantile =
        |hundredths: usize| milliseconds(latencies[(latencies.len() - 1) * hundredths / 100]);
    let one_by_one = median(rounds.iter().map(Round::one_by_one).collect());
    let batched = median(
        rounds
            .iter()
            .map(|round| round.batched.as_secs_f64())
            .collect(),
    );
    let memory = peak_memory_bytes();

    let mut out = io::stdout().lock();
    if config.json {
        let all = json!({
            "model": config.model.found.name,
            "executor": translator.engine().to_string(),
            "kernels": translator.kernels(),
            "threads": translator.threads(),
            "rounds": config.rounds,
            "sentences": sentences.len(),
            "source_words": words,
            "target_tokens": rounds[0].tokens,
            "load_ms": milliseconds(load),
            "first_sentence_ms": milliseconds(first),
            "latency_median_ms": quantile(50),
            "latency_p99_ms": quantile(99),
            "source_words_per_second": words as f64 / one_by_one,
            "sentences_per_second": count / one_by_one,
            "sentences_per_second_batched": count / batched,
            "sentences_per_second_batched_rounds":
                rounds.iter().map(|round| count / round.batched.as_secs_f64()).collect::<Vec<_>>(),
            "peak_memory_bytes": memory,
        });
        writeln!(out, "{all:#}")?;
        return Ok(());
    }
    let mut row = |label: &str, value: String| writeln!(out, "{label:17}{value}");
    row("model", config.model.found.to_string())?;
    row(
        "executor",
        format!("{}, kernels {}", translator.engine(), translator.kernels()),
    )?;
    row("load", format!("{:.2} ms", milliseconds(load)))?;
    row("first sentence", format!("{:.2} ms", milliseconds(first)))?;
    row(
        "sentences",
        format!(
            "{} ({words} words), {} rounds",
            sentences.len(),
            config.rounds
        ),
    )?;
    row(
        "a sentence",
        format!(
            "median {:.2} ms, 99 of 100 within {:.2} ms",
            quantile(50),
            quantile(99)
        ),
    )?;
    row("words/s", format!("{:.0}", words as f64 / one_by_one))?;
    row(
        "sentences/s",
        format!(
            "{:.0} one by one, {:.0} in batches on {} threads",
            count / one_by_one,
            count / batched,
            translator.threads()
        ),
    )?;
    if let Some(bytes) = memory {
        row("peak memory", megabytes(bytes))?;
    }
    Ok(())
}

/// The most resident memory so far, where the system says it (Linux).
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
