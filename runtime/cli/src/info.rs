//! `deshi info`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use deshi::{Translator, available_kernels};
use serde_json::json;

use crate::Result;
use crate::model::{Model, ModelArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelArgs,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Say the working memory for sources of so many tokens, the end included.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    tokens: Vec<usize>,
}

pub(crate) struct Config {
    model: Model,
    json: bool,
    tokens: Vec<usize>,
}

impl TryFrom<Args> for Config {
    type Error = Box<dyn std::error::Error>;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Self {
            model: args.model.try_into()?,
            json: args.json,
            tokens: args.tokens,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<()> {
    let translator = config.model.open(&config.model.options()?)?;
    info(&translator, config.json, &config.tokens)
}

/// Source tokens and the bytes of working memory for them: of the lengths that are asked for, or of some typical ones.
fn working_memory(translator: &Translator, tokens: &[usize]) -> Result<Vec<(usize, usize)>> {
    let maximum = translator.architecture().maximum_positions;
    if let Some(wrong) = tokens.iter().find(|tokens| !(1..=maximum).contains(tokens)) {
        return Err(format!("--tokens {wrong}: the model takes 1 to {maximum}").into());
    }
    let typical = [16, 32, 64, maximum];
    let lengths = if tokens.is_empty() { &typical } else { tokens };
    let possible = lengths.iter().filter(|&&tokens| tokens <= maximum);
    Ok(possible
        .map(|&tokens| (tokens, translator.working_bytes(tokens)))
        .collect())
}

fn info(translator: &Translator, json: bool, tokens: &[usize]) -> Result<()> {
    let about = translator.about()?;
    let (source, target) = (translator.source_language(), translator.target_language());
    let architecture = translator.architecture();
    let memory = working_memory(translator, tokens)?;
    let available: Vec<_> = available_kernels().collect();
    let mut out = io::stdout().lock();
    if json {
        let all = json!({
            "manifest": {
                "architecture": architecture, "source_language": source, "target_language": target,
            },
            "about": about,
            "kernels": translator.kernels(), "available_kernels": available,
            "shortlist": translator.has_shortlist(),
            "working_memory_bytes": memory.iter().map(|(tokens, bytes)| (tokens.to_string(), bytes))
                .collect::<BTreeMap<_, _>>(),
        });
        writeln!(out, "{all:#}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{}: {source} to {target}, {} parameters",
        about.name, about.parameters
    )?;
    writeln!(out, "{architecture:?}")?;
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
    let candidate = architecture.d_model + 3 * size_of::<f32>();
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
