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

/// How long the screen may be empty within a sentence, in milliseconds. Editors chain cues of one sentence that are less than half a
/// second apart; where people speak slowly, the gaps are longer.
const MAX_GAP_MS: u64 = 1500;

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
    let mut shown_until = 0;
    for cue in cues {
        // Of two cues that are shown together or in another order, neither goes on with the other.
        let in_time =
            cue.times_ms.start >= shown_until && cue.times_ms.start - shown_until <= MAX_GAP_MS;
        shown_until = cue.times_ms.end.max(cue.times_ms.start);
        for (index, &line) in cue.lines.iter().enumerate() {
            let this = bare(&line);
            let last = groups.last_mut().filter(|_| !starts_anew(&this));
            let Some(group) = last else {
                groups.push(vec![vec![line]]);
                continue;
            };
            let before = bare(&group[group.len() - 1][group[group.len() - 1].len() - 1]);
            let is_joined = if index > 0 {
                // A description such as `(laughs)` is a line of its own.
                let is_closed =
                    before.ends_with([')', ']', '♪']) && before.starts_with(['(', '[', '♪', '-']);
                !(is_closed || is_broken_off(&before) || is_title(&before) && is_title(&this))
            } else {
                in_time && group.len() < MAX_JOINED && goes_on(&before, &this, has_stops)
            };
            match group.last_mut() {
                Some(rows) if is_joined && index > 0 => rows.push(line),
                _ if is_joined => group.push(vec![line]),
                _ => groups.push(vec![vec![line]]),
            }
        }
    }
    groups
}

/// Whether a line is another speaker's, a description, or sung.
fn starts_anew(line: &str) -> bool {
    line.starts_with(['-', '–', '—', '♪', '[', '(', '#', '*', '>'])
}

/// Whether a sentence goes on from a cue's last line to the next cue's first. A capital may be a name's, so there the words before
/// it decide.
fn goes_on(before: &str, this: &str, has_stops: bool) -> bool {
    // "I was going" "...to the shop."
    let this = this
        .trim_start_matches(['.', '…', '"', '“', '„', '\''])
        .trim_start();
    let first = this.split(|c: char| !c.is_alphanumeric()).next();
    let small = this.starts_with(char::is_lowercase) || (has_stops && first == Some("I"));
    let last = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let waits = before.ends_with(',') || (has_stops && GO_ON.contains(&last));
    !ends_sentence(before) && !is_broken_off(before) && (small || waits)
}

/// Words of English and German that no sentence ends with, in small letters: something comes after them, whatever its first
/// letter.
const GO_ON: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "because", "but", "by", "for", "from", "his", "if", "in",
    "into", "is", "like", "my", "named", "of", "on", "or", "our", "than", "that", "the", "their",
    "to", "was", "were", "when", "where", "which", "while", "who", "whose", "with", "your", //
    "aber", "als", "auf", "aus", "bei", "das", "dass", "dein", "dem", "den", "der", "des", "die",
    "diese", "diesem", "diesen", "dieser", "ein", "eine", "einem", "einen", "einer", "für",
    "heißt", "ihr", "ihre", "im", "ist", "mein", "meine", "meinem", "meinen", "meiner", "mit",
    "nach", "oder", "ohne", "sein", "seine", "seinem", "seinen", "seiner", "sind", "und", "unser",
    "unsere", "vom", "von", "war", "weil", "wenn", "wie", "zum", "zur",
];

/// Whether a line is broken off: another speaker interrupts.
fn is_broken_off(line: &str) -> bool {
    let line = line.trim_end_matches(is_closing);
    line.ends_with("--") || line.ends_with(['–', '—'])
}

/// Whether a line is a title or a credit: of several words, all but the short ones begin with a capital.
fn is_title(line: &str) -> bool {
    let is_capital = |word: &str| word.chars().count() <= 3 || word.starts_with(char::is_uppercase);
    let words = || line.split_whitespace();
    !ends_sentence(line)
        && !line.ends_with(',')
        && words().count() > 1
        && line.starts_with(char::is_uppercase)
        && words().any(|word| word.chars().count() > 3)
        && words().all(is_capital)
}

fn is_closing(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | '”' | '’' | '“' | '»' | '«' | '*')
}

/// Whether a line ends as sentences do.
fn ends_sentence(line: &str) -> bool {
    line.trim_end_matches(is_closing).ends_with([
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

    /// Each cue with the seconds at which it begins; each is shown for one.
    fn timed(cues: &[(u32, &str)]) -> Vec<String> {
        let time = |seconds: u32| format!("{:02}:{:02}", seconds / 60, seconds % 60);
        let cue = |&(at, text): &(u32, &str)| {
            format!("1\n{},000 --> {},000\n{text}\n\n", time(at), time(at + 1))
        };
        let text: String = cues.iter().map(cue).collect();
        document(&text)
            .segments()
            .iter()
            .map(crate::plain::text_of)
            .collect()
    }

    #[test]
    fn only_what_goes_on_soon_is_joined() {
        for (cues, expected) in [
            // A gap of eleven seconds; a capital.
            (
                &[
                    (9, "Music by John Smith"),
                    (21, "Good morning, everyone."),
                    (23, "Go."),
                ][..],
                &["Music by John Smith", "Good morning, everyone.", "Go."][..],
            ),
            (
                &[(1, "the house"), (4, "on the hill.")],
                &["the house", "on the hill."],
            ),
            (
                &[(1, "the house"), (3, "on the hill.")],
                &["the house on the hill."],
            ),
            (
                &[(1, "Two years later"), (2, "Where is he?")],
                &["Two years later", "Where is he?"],
            ),
            (
                &[(1, "LONDON, 1940"), (2, "Where is he?")],
                &["LONDON, 1940", "Where is he?"],
            ),
            // Broken off.
            (
                &[
                    (1, "\"I have a dream\"--"),
                    (3, "Wait, I-- I-I can't."),
                    (5, "You mean--"),
                    (6, "yes, I do."),
                ],
                &[
                    "\"I have a dream\"--",
                    "Wait, I-- I-I can't.",
                    "You mean--",
                    "yes, I do.",
                ],
            ),
            (
                &[(1, "You mean--\nYes, I do.")],
                &["You mean--", "Yes, I do."],
            ),
            // Something comes after an article, a conjunction and a comma.
            (
                &[(1, "This is my friend from the"), (2, "United States.")],
                &["This is my friend from the United States."],
            ),
            (
                &[(1, "I know, Tom,"), (2, "You said so.")],
                &["I know, Tom, You said so."],
            ),
            (
                &[(1, "When I was young"), (2, "I'd sing.")],
                &["When I was young I'd sing."],
            ),
            (
                &[(1, "I was going"), (2, "...to the shop.")],
                &["I was going ...to the shop."],
            ),
            (
                &[(1, "The war is over..."), (2, "...and we won.")],
                &["The war is over...", "...and we won."],
            ),
            (
                &[(1, "♪ I love you ♪"), (2, "♪ And you ♪")],
                &["♪ I love you ♪", "♪ And you ♪"],
            ),
            // Credits.
            (
                &[(1, "Subtitles by Ann Lee\nSync by John Smith")],
                &["Subtitles by Ann Lee", "Sync by John Smith"],
            ),
            (&[(1, "I live in\nNew York.")], &["I live in New York."]),
            // Two at once.
            (
                &[(1, "the house"), (1, "on the hill.")],
                &["the house", "on the hill."],
            ),
        ] {
            assert_eq!(timed(cues), expected, "{cues:?}");
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
            (
                &["{\\i1}Far away{\\i0}", "in a land."],
                &["Far away in a land."],
            ),
            (&["{\\an8}{\\i1}Far{\\i0} away{\\r}"], &["(0Far0) away"]),
            (
                &["{\\i1}Far away", "in a land.{\\i0}"],
                &["(0Far away in a land.0)"],
            ),
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
