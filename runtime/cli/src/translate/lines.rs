//! Line by line: text files, JSON lines, and what other programs send.

use std::io::{self, IsTerminal};

use anyhow::Result;

use crate::endpoint::Endpoint;
use crate::input::{Line, Lines};
use crate::output::Output;
use crate::progress::Progress;

use super::config::{Config, Job};
use super::guess::Guess;
use super::report::Report;
use super::resume::Part;
use super::style::Style;

/// Enough that sentences of like length meet in a batch, few enough that progress shows.
const LINES_AT_ONCE: usize = 256;

/// Translates one input.
pub(super) fn run(style: &Style<'_>, config: &Config, job: &Job, json_lines: bool) -> Result<()> {
    let (mut lines, name) = match config.shard {
        None => (
            Lines::open(&job.source, config.lossy)?,
            job.source.to_string(),
        ),
        Some(shard) => (
            Lines::open_shard(&job.source, shard, config.lossy)?,
            format!("{}, shard {shard}", job.source),
        ),
    };
    let mut part = None;
    if config.resume {
        part = Part::open(job, config)?;
    }
    let mut skip = part.as_ref().map_or(0, |part| part.lines);
    if skip > 0 {
        style
            .messages
            .warn(format_args!("{name}: {skip} lines were done before"));
    }
    let mut output = match &mut part {
        Some(part) => Output::part(&job.destination, part.take_file()),
        None => Output::create(&job.destination)?,
    };
    let to_terminal = job.destination == Endpoint::StandardOutput && io::stdout().is_terminal();
    let mut progress = Progress::new(&name, lines.bytes, style.messages.progress(), to_terminal);
    let mut report = Report::new(&name, "line");
    let mut guess = Guess::default();
    let is_guessed = !(json_lines || config.has_format);
    while let Some(mut window) = lines.next_window()? {
        let bytes = |lines: &[Line]| lines.iter().map(Line::bytes).sum::<u64>();
        let mut lines_of_window = window.iter().filter(|_| is_guessed);
        if let Some(format) = lines_of_window.find_map(|line| guess.add(&line.text)) {
            style.messages.warn(format_args!(
                "{name} looks like {format}, and is translated as plain text, with its markup: give --format {format}, \
                 or --format txt if it is plain text"
            ));
        }
        let done = window.len().min(skip);
        skip -= done;
        progress.skip(bytes(&window[..done]));
        window.drain(..done);
        report.units += done;
        for window in window.chunks(LINES_AT_ONCE) {
            let translated = style.translate(window, json_lines, &mut report);
            let translated = translated.inspect_err(|_| progress.finish())?;
            if !style.prints_doubts_only(&job.destination) {
                for line in &translated.lines {
                    output.write_text(line)?;
                }
            }
            // Whoever waits for the answer to a line gets it; what is in a part is not lost.
            output.hand_on()?;
            progress.suspend(|| style.print_doubts(&translated.doubts))?;
            progress.add(bytes(window), window.len() as u64);
        }
    }
    progress.finish();
    if lines.utf16 && !style.json && job.destination.path().is_some() {
        style
            .messages
            .warn(format_args!("{name} is UTF-16; its translation is UTF-8"));
    }
    output.finish()?;
    if let Some(part) = part {
        part.finish(&job.destination)?;
    }
    style.print_summary(&report);
    Ok(())
}
