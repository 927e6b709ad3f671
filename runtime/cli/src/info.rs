//! `deshi info`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Result;
use deshi::{About, Side, Translator, available_kernels, language_name};
use serde_json::{Value, json};

use crate::model::{Found, Location, Model, ModelArgs};
use crate::usage::usage;

/// Source lengths whose memory is said where none is asked for, beside the model's longest.
const TYPICAL_TOKENS: [usize; 3] = [16, 32, 64];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelArgs,
    /// Print all of it as JSON
    #[arg(long)]
    json: bool,
    /// Say how much working memory sentences of these lengths take: a token is about three quarters of a word
    #[arg(long, value_name = "N", value_delimiter = ',')]
    tokens: Vec<usize>,
}

pub(crate) struct Config {
    model: Model,
    json: bool,
    tokens: Vec<usize>,
}

impl TryFrom<Args> for Config {
    type Error = anyhow::Error;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Self {
            model: args.model.try_into()?,
            json: args.json,
            tokens: args.tokens,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<()> {
    let translator = config.model.open()?;
    let info = Info {
        found: &config.model.found,
        about: translator.about()?,
        memory: working_memory(&translator, &config.tokens)?,
        translator,
    };
    let mut out = io::stdout().lock();
    if config.json {
        writeln!(out, "{:#}", info.json()?)?;
        return Ok(());
    }
    info.print(&mut out)
}

struct Info<'a> {
    found: &'a Found,
    translator: Translator,
    about: About,
    /// Source tokens, and the bytes of working memory for them; empty if they are not known.
    memory: Vec<(usize, usize)>,
}

fn working_memory(translator: &Translator, tokens: &[usize]) -> Result<Vec<(usize, usize)>> {
    let maximum = translator.maximum_positions();
    for &wrong in tokens {
        if !(1..=maximum).contains(&wrong) {
            usage!("--tokens {wrong}: the model takes 1 to {maximum} tokens at once");
        }
    }
    let mut lengths = tokens.to_vec();
    if lengths.is_empty() {
        lengths.extend(
            TYPICAL_TOKENS
                .into_iter()
                .filter(|&tokens| tokens < maximum),
        );
        lengths.push(maximum);
    }
    let bytes = |tokens| Some((tokens, translator.working_bytes(tokens)?));
    Ok(lengths.into_iter().filter_map(bytes).collect())
}

/// Bytes, for people.
pub(crate) fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{:.0} kB", bytes as f64 / 1e3)
    } else {
        format!("{:.1} MB", bytes as f64 / 1e6)
    }
}

/// A count, for people.
fn millions(count: u64) -> String {
    if count < 1_000_000 {
        format!("{:.0} thousand", count as f64 / 1e3)
    } else {
        format!("{:.1} million", count as f64 / 1e6)
    }
}

impl Info<'_> {
    fn json(&self) -> Result<Value> {
        let translator = &self.translator;
        let memory: BTreeMap<_, _> = self.memory.iter().copied().collect();
        let file = match &self.found.location {
            Location::Carried(_) => Value::Null,
            Location::File(path) => path.display().to_string().into(),
        };
        Ok(json!({
            "name": self.about.name,
            "source_language": translator.source_language(),
            "target_language": translator.target_language(),
            "file": file,
            "bytes": self.found.bytes(),
            "about": self.about,
            "architecture": translator.architecture(),
            "executor": translator.engine().to_string(),
            "kernels": translator.kernels(),
            "available_kernels": available_kernels().collect::<Vec<_>>(),
            "shortlist": translator.has_shortlist(),
            "working_memory_bytes": memory,
        }))
    }

    fn print(&self, out: &mut impl Write) -> Result<()> {
        let translator = &self.translator;
        writeln!(
            out,
            "{}: {} to {}",
            self.about.name,
            language_name(translator.source_language()),
            language_name(translator.target_language())
        )?;
        let mut row = |label: &str, value: &str| writeln!(out, "  {label:15}{value}");
        row("where", &self.found.location.to_string())?;
        if let Some(bytes) = self.found.bytes() {
            row("size", &megabytes(bytes))?;
        }
        for (label, value) in [("made", &self.about.date), ("licence", &self.about.licence)] {
            if !value.is_empty() {
                row(label, value)?;
            }
        }
        row("parameters", &millions(self.about.parameters))?;
        let mut pieces = format!("{} pieces of words", translator.vocabulary_size());
        if let Some(architecture) = translator.architecture() {
            row(
                "layers",
                &format!(
                    "{} in the encoder, {} in the decoder, {} wide, {} heads, {} inside",
                    architecture.encoder_layers,
                    architecture.decoder_layers,
                    architecture.d_model,
                    architecture.n_heads,
                    architecture.d_ff
                ),
            )?;
            pieces = if architecture.has_split_vocabularies() {
                format!(
                    "{} pieces of words in the source, {} in the target",
                    architecture.embedded_ids(Side::Source),
                    architecture.embedded_ids(Side::Target)
                )
            } else {
                format!("{} pieces of words", architecture.vocabulary_size)
            };
        }
        row("vocabulary", &pieces)?;
        row(
            "longest",
            &format!("{} tokens at once", translator.maximum_positions()),
        )?;
        row(
            "shortlist",
            if translator.has_shortlist() {
                "yes"
            } else {
                "no"
            },
        )?;
        row(
            "engine",
            &format!("{} ({})", translator.engine(), translator.engine_reason()),
        )?;
        let kernels: Vec<_> = available_kernels().collect();
        row(
            "kernels",
            &match translator.architecture() {
                Some(_) => format!("{} (of {})", translator.kernels(), kernels.join(", ")),
                None => "tract's own".to_owned(),
            },
        )?;
        self.print_scores(out)?;
        self.print_memory(out)?;
        if !self.about.licences.is_empty() {
            writeln!(out, "\nMade from")?;
        }
        for licence in &self.about.licences {
            writeln!(
                out,
                "  {} ({}), {}",
                licence.set, licence.licence, licence.attribution
            )?;
        }
        Ok(())
    }

    /// A row for each test set and system, a column for each metric.
    fn print_scores(&self, out: &mut impl Write) -> Result<()> {
        let scores = &self.about.scores;
        if scores.is_empty() {
            return Ok(());
        }
        let mut metrics: Vec<&str> = Vec::new();
        let mut rows: Vec<(&str, &str)> = Vec::new();
        for score in scores {
            if !metrics.contains(&score.metric.as_str()) {
                metrics.push(&score.metric);
            }
            let row = (score.test_set.as_str(), score.system.as_str());
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        // Test sets together, in the order in which they first come.
        let first = |test_set: &str| scores.iter().position(|score| score.test_set == test_set);
        rows.sort_by_key(|&(test_set, _)| first(test_set));
        let width =
            |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.chars().count()).max();
        let sets = width(&mut rows.iter().map(|row| row.0)).unwrap_or(0);
        let systems = width(&mut rows.iter().map(|row| row.1)).unwrap_or(0);
        write!(
            out,
            "\nScores (higher is better)\n  {:sets$}  {:systems$}",
            "", ""
        )?;
        for metric in &metrics {
            write!(out, "  {metric:>6}")?;
        }
        writeln!(out)?;
        for (test_set, system) in rows {
            write!(out, "  {test_set:sets$}  {system:systems$}")?;
            for metric in &metrics {
                let mut found = scores.iter();
                let found = found.find(|score| {
                    (&*score.test_set, &*score.system, &*score.metric)
                        == (test_set, system, *metric)
                });
                let value = found.map_or(String::new(), |score| format!("{:.1}", score.value));
                write!(out, "  {value:>6}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn print_memory(&self, out: &mut impl Write) -> Result<()> {
        if self.memory.is_empty() {
            writeln!(
                out,
                "\nWorking memory: as much as tract takes for the graphs"
            )?;
            return Ok(());
        }
        writeln!(out, "\nWorking memory, beside the model")?;
        for &(tokens, bytes) in &self.memory {
            writeln!(
                out,
                "  {:>9}  for a sentence of {tokens} tokens",
                megabytes(bytes as u64)
            )?;
        }
        Ok(())
    }
}
