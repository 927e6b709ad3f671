//! `deshi models`.

use std::io::{self, Write};

use anyhow::Result;
use deshi::{Options, language_name};
use serde_json::{Value, json};

use crate::info::megabytes;
use crate::model::{Found, Location, VerifyArgs, all, find_default, folders};

/// Models are looked for in the folders at the end of the list, and inside the program. Of two with one name the first
/// is used.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    verify: VerifyArgs,
}

/// What is listed of a model.
struct Row {
    found: Found,
    used: bool,
    about: Result<(String, String)>,
}

fn rows(options: &Options) -> Vec<Row> {
    let default = find_default();
    let models = all();
    let mut rows: Vec<Row> = Vec::new();
    for found in models {
        let hidden = rows.iter().any(|row| row.found.name == found.name);
        let translator = found.open(options);
        let languages = |translator: deshi::Translator| {
            (
                translator.source_language().to_owned(),
                translator.target_language().to_owned(),
            )
        };
        rows.push(Row {
            used: !hidden && default.as_ref().is_some_and(|default| *default == found),
            about: translator.map(languages),
            found,
        });
    }
    rows
}

pub(crate) fn run(args: Args) -> Result<()> {
    let rows = rows(&args.verify.apply(Options::new())?);
    let mut out = io::stdout().lock();
    if args.json {
        let models: Vec<_> = rows.iter().map(Row::json).collect();
        let folders: Vec<_> = folders()
            .iter()
            .map(|folder| folder.display().to_string())
            .collect();
        writeln!(out, "{:#}", json!({"models": models, "folders": folders}))?;
        return Ok(());
    }
    let width = rows
        .iter()
        .map(|row| row.found.name.chars().count())
        .max()
        .unwrap_or(0);
    for row in &rows {
        let mark = if row.used { '*' } else { ' ' };
        let languages = match &row.about {
            Ok((source, target)) => {
                format!("{} to {}", language_name(source), language_name(target))
            }
            Err(error) => format!("cannot be used: {}", error.root_cause()),
        };
        let size = row.found.bytes().map(megabytes).unwrap_or_default();
        writeln!(
            out,
            "{mark} {:width$}  {languages}  {size}  {}",
            row.found.name, row.found.location
        )?;
    }
    if rows.is_empty() {
        writeln!(out, "no model was found")?;
    } else if rows.iter().any(|row| row.used) {
        writeln!(out, "\n* runs where --model is not given.")?;
    }
    writeln!(out, "Folders with models:")?;
    for folder in folders() {
        writeln!(out, "  {}", folder.display())?;
    }
    Ok(())
}

impl Row {
    fn json(&self) -> Value {
        let mut fields = json!({"name": self.found.name, "default": self.used});
        match &self.about {
            Ok((source, target)) => {
                fields["source_language"] = source.as_str().into();
                fields["target_language"] = target.as_str().into();
            }
            Err(error) => fields["error"] = format!("{error:#}").into(),
        }
        fields["bytes"] = self.found.bytes().into();
        fields["file"] = match &self.found.location {
            Location::Carried(_) => Value::Null,
            Location::File(path) => path.display().to_string().into(),
        };
        fields
    }
}
