//! `deshi translate`: the work as a whole, and its results.

mod args;
mod config;
mod document;
mod guess;
mod kind;
mod lines;
mod report;
mod resources;
mod resume;
mod scope;
mod style;

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};

pub(crate) use args::Args;
pub(crate) use config::Config;

use crate::args::quoted;
use crate::endpoint::Endpoint;
use crate::input::Line;
use crate::messages::Messages;
use crate::output::Output;
use config::{Job, Work};
use kind::Kind;
use report::Report;
use style::Style;

pub(crate) fn run(config: &Config, messages: Messages) -> Result<()> {
    let started = Instant::now();
    let translator = config.model.open()?;
    messages.detail(format_args!(
        "model {}; {} on {} threads, kernels {}; ready after {:.1} ms",
        config.model.found,
        translator.engine(),
        translator.threads(),
        translator.kernels(),
        started.elapsed().as_secs_f64() * 1e3
    ));
    let style = Style {
        layer: config.resources.layer(&translator)?,
        translator: &translator,
        json: config.json,
        raw: config.raw,
        check: config.check,
        messages,
    };
    match &config.work {
        Work::Texts { texts, output } => translate_texts(&style, texts, output),
        Work::Jobs(jobs) => run_jobs(&style, config, jobs),
    }
}

fn translate_texts(style: &Style<'_>, texts: &[String], destination: &Endpoint) -> Result<()> {
    for text in texts {
        if Path::new(text).is_file() {
            style.messages.warn(format_args!(
                "{text} is translated as a text; to translate the file: deshi translate -i {}",
                quoted(text)
            ));
        }
    }
    let mut output = Output::create(destination)?;
    let mut report = Report::new("command line", "text");
    let lines: Vec<Line> = texts.iter().map(|text| Line::whole(text)).collect();
    let translated = style.translate(&lines, false, &mut report)?;
    if !style.prints_doubts_only(destination) {
        for line in &translated.lines {
            output.write_text(line)?;
        }
    }
    output.finish()?;
    style.print_doubts(&translated.doubts)?;
    style.print_summary(&report);
    Ok(())
}

/// Runs every job, also after one that failed.
fn run_jobs(style: &Style<'_>, config: &Config, jobs: &[Job]) -> Result<()> {
    if let Some(folder) = &config.output_folder {
        let made = fs::create_dir_all(folder);
        made.with_context(|| format!("{}: cannot make the folder", folder.display()))?;
    }
    if let [job] = jobs {
        return run_job(style, config, job);
    }
    let mut failed = 0;
    for job in jobs {
        if let Err(error) = run_job(style, config, job) {
            Messages::error(&error);
            failed += 1;
        }
    }
    if failed > 0 {
        bail!("{failed} of {} files were not translated", jobs.len());
    }
    Ok(())
}

fn run_job(style: &Style<'_>, config: &Config, job: &Job) -> Result<()> {
    if job.source.is_terminal() {
        style.messages.warn(
            "reading from the terminal: type a text and press Enter; Ctrl-D ends (deshi translate --help says more)",
        );
    }
    match job.kind {
        Kind::Lines => lines::run(style, config, job, false),
        Kind::JsonLines => lines::run(style, config, job, true),
        Kind::Document(format) => document::run(style, config, job, format),
    }
}
