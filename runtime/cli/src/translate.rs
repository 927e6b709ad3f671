//! `deshi translate`.

use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;
use std::time::Instant;

use deshi::Translator;
use serde_json::json;

use crate::Result;
use crate::bench::milliseconds;
use crate::lines::{create, for_each_window, open};
use crate::model::{BatchArgs, Model, ModelArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
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
}

pub(crate) struct Config {
    text: Vec<String>,
    model: Model,
    input: Option<PathBuf>,
    output: Option<PathBuf>,
    jsonl: bool,
    batch: BatchArgs,
}

impl TryFrom<Args> for Config {
    type Error = Box<dyn std::error::Error>;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Self {
            text: args.text,
            model: args.model.try_into()?,
            input: args.input,
            output: args.output,
            jsonl: args.jsonl,
            batch: args.batch,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<()> {
    let options = config.batch.apply(config.model.options()?)?;
    let translator = config.model.open(&options)?;
    let mut output: Box<dyn Write> = match &config.output {
        Some(path) => Box::new(BufWriter::new(create(path)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    };
    if !config.text.is_empty() {
        return translate(&translator, &config.text, config.jsonl, &mut output);
    }
    let input: Box<dyn Read> = match &config.input {
        Some(path) => Box::new(open(path)?),
        None => Box::new(io::stdin()),
    };
    for_each_window(input, |lines| {
        translate(&translator, lines, config.jsonl, &mut output)
    })
}

fn translate(
    translator: &Translator,
    texts: &[String],
    jsonl: bool,
    out: &mut dyn Write,
) -> Result<()> {
    let started = Instant::now();
    let translations = translator.translate_raw_batch(texts)?;
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
