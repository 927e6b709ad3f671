//! Documents: their text is translated, everything else stays as it is.

use std::io::{self, IsTerminal};
use std::time::Instant;

use anyhow::{Context, Result};
use deshi_documents::{Document, Error, Format, Settings};

use crate::endpoint::Endpoint;
use crate::output::Output;
use crate::progress::Progress;

use super::config::{Config, Job};
use super::guess::wrong_times;
use super::report::Report;
use super::style::Style;

/// Enough that sentences of like length meet in a batch, few enough that progress shows.
const SEGMENTS_AT_ONCE: usize = 256;

/// Translates one input.
pub(super) fn run(style: &Style<'_>, config: &Config, job: &Job, format: Format) -> Result<()> {
    let name = job.source.to_string();
    let mut settings = config.documents.clone();
    settings.target_language = Some(style.translator.target_language().to_owned());
    if config.heeds_source_language {
        settings.source_language = Some(style.translator.source_language().to_owned());
    }
    let bytes = job.source.read()?;
    let wrong_times = match format {
        Format::Srt | Format::Vtt => wrong_times(&String::from_utf8_lossy(&bytes)),
        _ => Vec::new(),
    };
    let document = Document::parse(format, bytes, &settings);
    let document = document.map_err(|error| with_hint(error, &name))?;
    say_what_is_missing(style, &name, &document, &settings, &wrong_times);
    let mut output = Output::create(&job.destination)?;
    let segments = document.segments();
    let to_terminal = job.destination == Endpoint::StandardOutput && io::stdout().is_terminal();
    let whole = Some(segments.len() as u64);
    let mut progress = Progress::new(&name, whole, style.messages.progress(), to_terminal);
    let mut report = Report::new(&name, "segment");
    let mut translated = Vec::with_capacity(segments.len());
    let mut described = Vec::new();
    for segments in segments.chunks(SEGMENTS_AT_ONCE) {
        let started = Instant::now();
        let results = style
            .translator
            .translate_segments_with(&style.layer, segments);
        let results = results
            .inspect_err(|_| progress.finish())
            .map_err(|error| report.place(error))?;
        let before = report.sentences;
        let mut translations = Vec::with_capacity(results.len());
        for result in results {
            let doubts = report.add(&result.translated);
            progress.suspend(|| style.print_doubts(&doubts))?;
            translated.push(result.segment);
            translations.push(result.translated);
        }
        if style.json {
            let milliseconds = started.elapsed().as_secs_f64() * 1e3;
            described.extend(style.describe(segments, translations, milliseconds));
        }
        progress.add(segments.len() as u64, (report.sentences - before) as u64);
    }
    progress.finish();
    if style.prints_doubts_only(&job.destination) {
        // The doubts are the result.
    } else if style.json {
        for line in &described {
            output.write_text(line)?;
        }
    } else {
        let written = document.write(&translated, &mut output);
        written.with_context(|| format!("{name}, written to {}", job.destination))?;
    }
    output.finish()?;
    let code_values = document.code_values();
    if code_values > 0 {
        style.messages.warn(format_args!(
            "{name}: {code_values} strings stay as they are: they look like code. --json-keys chooses the strings"
        ));
    }
    style.print_summary(&report);
    Ok(())
}

/// The error, with the option that lets such a file be translated all the same.
fn with_hint(error: Error, name: &str) -> anyhow::Error {
    let hint = match &error {
        Error::TargetLanguage { .. } => {
            "To translate all of it anew, in place of these translations, give --retranslate"
        }
        Error::SourceLanguage { .. } => "To translate it all the same, give --on-foreign translate",
        _ => return anyhow::Error::from(error).context(name.to_owned()),
    };
    anyhow::anyhow!("{name}: {error}. {hint}")
}

/// Says where a file has nothing to translate that should have, and which subtitles could not be read.
fn say_what_is_missing(
    style: &Style<'_>,
    name: &str,
    document: &Document,
    settings: &Settings,
    wrong_times: &[usize],
) {
    let found = document.segments().len();
    match document.format() {
        Format::Srt | Format::Vtt => {
            style
                .messages
                .detail(format_args!("{name}: {found} subtitles with text"));
            if let Some(line) = wrong_times.first() {
                style.messages.warn(format_args!(
                    "{name}: {} lines of times have another arrow than \"-->\", the first in line {line}; their subtitles are \
                     not read, {found} are",
                    wrong_times.len()
                ));
            } else if found == 0 {
                style
                    .messages
                    .warn(format_args!("{name}: no subtitle with text was found"));
            }
        }
        Format::Json if found == 0 && !settings.json_keys.is_empty() => {
            style.messages.warn(format_args!(
                "{name}: nothing is translated, since no string has a key like {}. Keys are written with those around them, \
                 such as menu.file.open; * stands for any characters",
                settings.json_keys.join(" or ")
            ));
        }
        _ => {}
    }
}
