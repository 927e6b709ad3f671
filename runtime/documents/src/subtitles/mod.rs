//! Subtitles: SubRip (`.srt`) and WebVTT (`.vtt`).
//!
//! A sentence that goes on over several lines and cues is one segment. Its translation is divided among them again, in
//! proportion to the lengths that they had. Numbers, times, settings and notes stay as they are.

mod cues;
mod markup;

use crate::lines::Line;
use crate::{Content, Error, Parsed, wrap};
use cues::Cue;
use deshi_text::segment::Segment;
use markup::{Marked, Row};
use std::io::Write;
use std::ops::Range;

/// The two kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    Srt,
    Vtt,
}

/// How many cues at most are joined to a sentence.
const MAX_JOINED: usize = 8;

/// Of this many cues in a hundred at least must end as sentences do; otherwise the file does without full stops, and they say
/// nothing.
const ENDED_PERCENT: usize = 20;

struct Subtitles {
    text: String,
    /// One for each segment.
    utterances: Vec<Utterance>,
}

/// Lines that hold one text, over one or more cues.
struct Utterance {
    /// The lines of each cue, with what stands before and after their text.
    cues: Vec<Vec<Row>>,
    marked: Marked,
}

pub(crate) fn parse(text: String, syntax: Syntax) -> Result<Parsed, Error> {
    let cues = cues::read(&text, syntax)?;
    let groups = utterances(&text, &cues);
    let mut segments = Vec::new();
    let mut utterances = Vec::new();
    for group in groups {
        let cues: Vec<Vec<Row>> = group
            .into_iter()
            .map(|lines| markup::rows(&text, &lines))
            .collect();
        let rows: Vec<&Row> = cues.iter().flatten().collect();
        if let Some((marked, segment)) = markup::segment(&text, &rows, syntax) {
            segments.push(segment);
            utterances.push(Utterance { cues, marked });
        }
    }
    Ok(Parsed {
        segments,
        content: Box::new(Subtitles { text, utterances }),
    })
}

/// The lines that belong together: those of each speaker, joined over the borders of cues where a sentence goes on.
fn utterances(text: &str, cues: &[Cue]) -> Vec<Vec<Vec<Line>>> {
    let bare = |line: &Line| markup::bare(&text[line.range()]);
    let ended = cues
        .iter()
        .filter(|cue| ends_sentence(&bare(&cue.lines[cue.lines.len() - 1])))
        .count();
    let has_stops = ended * 100 >= cues.len() * ENDED_PERCENT;
    let mut groups: Vec<Vec<Vec<Line>>> = Vec::new();
    for cue in cues {
        for (index, &line) in cue.lines.iter().enumerate() {
            let this = bare(&line);
            let starts_anew = this.starts_with(['-', '–', '—', '♪', '[', '(', '#', '*', '>']);
            let last = groups.last_mut().filter(|_| !starts_anew);
            let Some(group) = last else {
                groups.push(vec![vec![line]]);
                continue;
            };
            let before = bare(&group[group.len() - 1][group[group.len() - 1].len() - 1]);
            if index > 0 {
                // A description such as `(laughs)` is a line of its own.
                let is_closed =
                    before.ends_with([')', ']', '♪']) && before.starts_with(['(', '[', '♪', '-']);
                if is_closed {
                    groups.push(vec![vec![line]]);
                } else {
                    group.last_mut().expect("a group has a cue").push(line);
                }
            } else {
                let goes_on = !ends_sentence(&before)
                    && (has_stops || this.starts_with(char::is_lowercase) || before.ends_with(','));
                if goes_on && group.len() < MAX_JOINED {
                    group.push(vec![line]);
                } else {
                    groups.push(vec![vec![line]]);
                }
            }
        }
    }
    groups
}

/// Whether a line ends as sentences do.
fn ends_sentence(line: &str) -> bool {
    let line = line.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '”' | '’' | '“' | '»' | '«' | '*')
    });
    line.ends_with([
        '.', '!', '?', '…', ':', ';', '♪', ')', ']', '—', '。', '！', '？',
    ])
}

impl Content for Subtitles {
    fn write(
        &self,
        source: &[Segment],
        translated: &[Segment],
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut copied: usize = 0;
        for (index, utterance) in self.utterances.iter().enumerate() {
            if source[index] == translated[index] {
                continue;
            }
            for (range, lines) in utterance.divided(&self.text, &translated[index]) {
                out.write_all(self.text[copied..range.start].as_bytes())?;
                out.write_all(lines.as_bytes())?;
                copied = range.end;
            }
        }
        Ok(out.write_all(self.text[copied..].as_bytes())?)
    }
}

impl Utterance {
    /// Its translation divided among its cues, and that of each cue among its lines, with the bytes that they replace.
    fn divided(&self, text: &str, translated: &Segment) -> Vec<(Range<usize>, String)> {
        let flat = self.marked.flatten(translated);
        let widths = |rows: &[Row]| -> Vec<usize> {
            rows.iter()
                .map(|row| wrap::width(&markup::bare(&text[row.line.range()])))
                .collect()
        };
        let shares: Vec<usize> = self
            .cues
            .iter()
            .map(|rows| widths(rows).iter().sum())
            .collect();
        let mut open = Vec::new();
        let parts = wrap::split(&flat, &shares);
        let mut written = Vec::new();
        for (rows, part) in self.cues.iter().zip(parts) {
            let part = self.marked.closed_in(&part, &mut open);
            let lines = wrap::split(&part, &widths(rows));
            let line_end = &text[rows[0].line.end..rows[0].line.next];
            let line_end = if line_end.is_empty() { "\n" } else { line_end };
            let mut joined = String::new();
            for (row, line) in rows.iter().zip(&lines) {
                let line = self.marked.unflatten(text, line);
                let (before, after) = (&text[row.before.clone()], &text[row.after.clone()]);
                if line.is_empty() && before.trim().is_empty() && after.trim().is_empty() {
                    continue;
                }
                if !joined.is_empty() {
                    joined.push_str(line_end);
                }
                joined.push_str(&format!("{before}{line}{after}"));
            }
            let (first, last) = (rows[0].line, rows[rows.len() - 1].line);
            written.push((first.start..last.end, joined));
        }
        written
    }
}
