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

/// The least percentage of cues that must end like sentences. In a file with fewer, full stops are not used to find the ends of
/// sentences.
const ENDED_PERCENT: usize = 20;

struct Subtitles {
    text: String,
    /// One for each segment.
    utterances: Vec<Utterance>,
}

/// Lines that hold one text, over one or more cues.
struct Utterance {
    /// The lines of each cue, with what precedes and follows their text.
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
                out.write_all(&self.text.as_bytes()[copied..range.start])?;
                out.write_all(lines.as_bytes())?;
                copied = range.end;
            }
        }
        Ok(out.write_all(&self.text.as_bytes()[copied..])?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Document, Format, Settings};
    use deshi_text::segment::Part;

    fn cues(texts: &[&str]) -> String {
        let cue = |(index, text): (usize, &&str)| {
            format!("{index}\n00:0{index} --> 00:0{index}\n{text}\n\n")
        };
        texts.iter().enumerate().map(cue).collect()
    }

    fn document(text: &str) -> Document {
        Document::parse(Format::Srt, text.into(), &Settings::default()).unwrap()
    }

    fn shown(texts: &[&str]) -> Vec<String> {
        let show = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Open(number) => format!("({number}"),
            Part::Close(number) => format!("{number})"),
            Part::Single(number) => format!("[{number}]"),
        };
        let document = document(&cues(texts));
        document
            .segments()
            .iter()
            .map(|segment| segment.parts.iter().map(show).collect())
            .collect()
    }

    #[test]
    fn sentences_go_on_over_cues() {
        for (texts, expected) in [
            (&["One\ntwo", "three."][..], &["One two three."][..]),
            (&["One.", "Two"], &["One.", "Two"]),
            (&["- One?\n- Two", "- Three."], &["One?", "Two", "Three."]),
            (&["One \"two.\"", "three."], &["One \"two.\"", "three."]),
            (
                &["(laughs)\nOne", "[bang]\nTwo", "♪ La la ♪"],
                &["(laughs)", "One", "[bang]", "Two", "♪ La la ♪"],
            ),
            // The file does not use full stops.
            (
                &[
                    "Come here",
                    "Go there",
                    "And",
                    "then",
                    "stop",
                    "It is",
                    "late",
                ],
                &["Come here", "Go there", "And then stop", "It is late"],
            ),
        ] {
            let expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(shown(texts), expected, "{texts:?}");
        }
    }

    #[test]
    fn tags_at_the_ends_stay_and_others_are_marks() {
        for (texts, expected) in [
            (&["<i>One\ntwo.</i>"][..], &["One two."][..]),
            (&["<i>One</i> two."], &["(0One0) two."]),
            (&["<i>One</i>\n<i>two.</i>"], &["One two."]),
            (&["{\\an8}One <b>two</b>."], &["One (0two0)."]),
            (&["One</i> two <b."], &["One[0] two <b."]),
        ] {
            let expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(shown(texts), expected, "{texts:?}");
        }
    }

    #[test]
    fn translations_are_divided_as_the_lines_were() {
        let text = cues(&["<i>One two</i>\nthree <b>four</b>", "five six."]);
        let document = document(&text);
        let text_part = |text: &str| Part::Text(text.into());
        assert_eq!(
            shown(&["<i>One two</i>\nthree <b>four</b>", "five six."]),
            ["One two three (0four0) five six."]
        );
        let translated = Segment {
            parts: vec![
                text_part("eins zwei drei vier fünf "),
                Part::Open(0),
                text_part("sechs sieben acht"),
                Part::Close(0),
                text_part(" neun."),
            ],
        };
        let mut out = Vec::new();
        document.write(&[translated], &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            cues(&[
                "<i>eins zwei drei</i>\nvier fünf <b>sechs</b>",
                "<b>sieben acht</b> neun."
            ])
        );
    }

    #[test]
    fn a_short_translation_leaves_no_empty_lines() {
        let document = document(&cues(&["One two\nthree four."]));
        let mut out = Vec::new();
        document
            .write(&[crate::plain::plain("Eins.")], &mut out)
            .unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), cues(&["Eins."]));
    }
}
