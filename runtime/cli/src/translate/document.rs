//! Documents: their text is translated, everything else stays as it is.

use std::io::{self, IsTerminal};

use anyhow::{Context, Result};
use deshi_documents::{Document, Format};

use crate::endpoint::Endpoint;
use crate::output::Output;
use crate::progress::Progress;

use super::config::{Config, Job};
use super::report::Report;
use super::style::Style;

/// Enough that sentences of like length meet in a batch, few enough that progress shows.
const SEGMENTS_AT_ONCE: usize = 256;

/// Translates one input.
pub(super) fn run(style: &Style<'_>, config: &Config, job: &Job, format: Format) -> Result<()> {
    let name = job.source.to_string();
    let mut settings = config.documents.clone();
    settings.target_language = Some(style.translator.target_language().to_owned());
    let document = Document::parse(format, job.source.read()?, &settings);
    let document = document.with_context(|| name.clone())?;
    let mut output = Output::create(&job.destination)?;
    let segments = document.segments();
    let to_terminal = job.destination == Endpoint::StandardOutput && io::stdout().is_terminal();
    let whole = Some(segments.len() as u64);
    let mut progress = Progress::new(&name, whole, style.messages.progress(), to_terminal);
    let mut report = Report::new(&name, "segment");
    let mut translated = Vec::with_capacity(segments.len());
    for segments in segments.chunks(SEGMENTS_AT_ONCE) {
        let results = style
            .translator
            .translate_segments_with(&style.layer, segments);
        let results = results
            .inspect_err(|_| progress.finish())
            .map_err(|error| report.place(error))?;
        let before = report.sentences;
        for result in results {
            let doubts = report.add(&result.translated);
            progress.suspend(|| style.print_doubts(&doubts))?;
            translated.push(result.segment);
        }
        progress.add(segments.len() as u64, (report.sentences - before) as u64);
    }
    progress.finish();
    if !style.prints_doubts_only(&job.destination) {
        let written = document.write(&translated, &mut output);
        written.with_context(|| format!("{name}, written to {}", job.destination))?;
    }
    output.finish()?;
    style.print_summary(&report);
    Ok(())
}
