//! Plain text, by lines or by hard-wrapped paragraphs.

use crate::lines::{Line, lines, trim};
use crate::template::{Slot, Template};
use crate::{Content, Error, Parsed, Settings, wrap};
use deshi_text::paragraphs::going_on;
use deshi_text::segment::{Part, Segment};
use std::collections::HashSet;
use std::io::Write;

pub(crate) fn parse(text: String, settings: &Settings) -> Parsed {
    if settings.paragraphs {
        paragraphs(text)
    } else {
        let slots = lines(&text)
            .map(|line| trim(&text, line.range()))
            .filter(|range| !range.is_empty())
            .map(|range| (Slot::new(range.clone(), verbatim), plain(&text[range])))
            .collect();
        Template::parsed(text, slots)
    }
}

/// Plain text needs no escapes.
pub(crate) fn verbatim(text: &str, out: &mut String) {
    out.push_str(text);
}

/// A segment of text alone.
pub(crate) fn plain(text: impl Into<String>) -> Segment {
    Segment {
        parts: vec![Part::Text(text.into())],
    }
}

/// The text of a segment without its marks.
pub(crate) fn text_of(segment: &Segment) -> String {
    let texts = segment.parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// A hard-wrapped text: its paragraphs are wrapped again.
struct Wrapped {
    text: String,
    paragraphs: Vec<Paragraph>,
}

/// Lines that follow each other.
struct Paragraph {
    lines: Vec<Line>,
    /// The lengths of what precedes the text on the first line and on the others: indentation, quote signs, a bullet.
    prefixes: [usize; 2],
}

fn paragraphs(text: String) -> Parsed {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut open = false;
    let contents: Vec<&str> = lines(&text)
        .map(|line| unquoted(&text[line.range()]))
        .collect();
    let going_on = going_on(&contents);
    for (index, line) in lines(&text).enumerate() {
        open &= index > 0 && going_on[index - 1];
        let (quote, bullet) = prefix(&text[line.range()]);
        if trim(&text, line.start + quote + bullet..line.end).is_empty() {
            open = false;
            continue;
        }
        match paragraphs.last_mut() {
            Some(last) if open && last.continues(&text, line, quote, bullet) => {
                if last.lines.len() == 1 {
                    last.prefixes[1] = quote;
                }
                last.lines.push(line);
            }
            _ => paragraphs.push(Paragraph {
                lines: vec![line],
                prefixes: [quote + bullet; 2],
            }),
        }
        open = true;
    }
    let known = known_words(&text);
    let segments = paragraphs
        .iter()
        .map(|paragraph| plain(paragraph.joined(&text, &known)));
    Parsed {
        segments: segments.collect(),
        content: Box::new(Wrapped { text, paragraphs }),
    }
}

/// A line without its indentation and quote signs.
fn unquoted(line: &str) -> &str {
    line.trim_start_matches(|c: char| c == '>' || c.is_whitespace())
}

/// The length of a line's indentation and quote signs (`> `), and of a bullet or number after it.
fn prefix(line: &str) -> (usize, usize) {
    let quote = line.len() - unquoted(line).len();
    let rest = &line[quote..];
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let sign = match digits {
        0 => rest
            .chars()
            .next()
            .filter(|c| "-*+•–·".contains(*c))
            .map_or(0, char::len_utf8),
        1..=3 if rest[digits..].starts_with(['.', ')']) => digits + 1,
        _ => 0,
    };
    let after = &rest[sign..];
    let space = after.len() - after.trim_start().len();
    if sign > 0 && space > 0 && space < after.len() {
        (quote, sign + space)
    } else {
        (quote, 0)
    }
}

impl Paragraph {
    /// Whether `line` goes on with this paragraph: it has no bullet, and what precedes its text is what precedes
    /// the second line's. The first line may be indented differently.
    fn continues(&self, text: &str, line: Line, quote: usize, bullet: usize) -> bool {
        let signs =
            |line: Line, length: usize| text[line.start..line.start + length].matches('>').count();
        let same = match self.lines.get(1) {
            Some(second) => {
                text[second.start..second.start + self.prefixes[1]]
                    == text[line.start..line.start + quote]
            }
            None => signs(self.lines[0], self.prefixes[0]) == signs(line, quote),
        };
        bullet == 0 && same
    }

    fn prefix_len(&self, index: usize) -> usize {
        self.prefixes[index.min(1)]
    }

    /// Its lines as one text. A word that is divided by a hyphen at a line's end is joined without the hyphen, unless the
    /// document has the word with its hyphen elsewhere.
    fn joined(&self, text: &str, known: &HashSet<&str>) -> String {
        let mut joined = String::new();
        for (index, line) in self.lines.iter().enumerate() {
            let part = text[line.start + self.prefix_len(index)..line.end].trim();
            let is_divided = joined.ends_with('-')
                && joined[..joined.len() - 1].ends_with(char::is_alphabetic)
                && part.starts_with(char::is_lowercase);
            if is_divided {
                let first = joined
                    .rsplit(char::is_whitespace)
                    .next()
                    .unwrap_or_default();
                let second = part.split(char::is_whitespace).next().unwrap_or_default();
                let whole = format!("{first}{second}");
                if !known.contains(whole.trim_matches(|c: char| !c.is_alphanumeric())) {
                    joined.pop();
                }
            } else if index > 0 {
                joined.push(' ');
            }
            joined.push_str(part);
        }
        joined
    }
}

/// The words with a hyphen inside.
fn known_words(text: &str) -> HashSet<&str> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.contains('-'))
        .collect()
}

impl Content for Wrapped {
    fn write(
        &self,
        source: &[Segment],
        translated: &[Segment],
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let text = self.text.as_str();
        let mut copied = 0;
        for (index, paragraph) in self.paragraphs.iter().enumerate() {
            if source[index] == translated[index] {
                continue;
            }
            let (first, last) = (
                paragraph.lines[0],
                paragraph.lines[paragraph.lines.len() - 1],
            );
            out.write_all(&text.as_bytes()[copied..first.start])?;
            // As wide as the widest line was; a single line stays one.
            let columns = match paragraph.lines.len() {
                1 => usize::MAX,
                _ => {
                    let widths = paragraph.lines.iter().enumerate().map(|(index, line)| {
                        wrap::width(
                            text[line.start + paragraph.prefix_len(index)..line.end].trim_end(),
                        )
                    });
                    widths.max().unwrap_or(0)
                }
            };
            let line_end = &text[first.end..first.next];
            let lines = wrap::fill(&text_of(&translated[index]), columns, |word| {
                prefix(&format!("{word} x")) != (0, 0)
            });
            for (index, line) in lines.iter().enumerate() {
                let model = paragraph.lines[index.min(1).min(paragraph.lines.len() - 1)];
                let before = &text[model.start..model.start + paragraph.prefix_len(index)];
                let end = if index == 0 { "" } else { line_end };
                out.write_all(format!("{end}{before}{line}").as_bytes())?;
            }
            copied = last.end;
        }
        Ok(out.write_all(&text.as_bytes()[copied..])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Document, Format};

    fn document(text: &str, paragraphs: bool) -> Document {
        let settings = Settings {
            paragraphs,
            ..Settings::default()
        };
        Document::parse(Format::Text, text.as_bytes().to_vec(), &settings).unwrap()
    }

    fn texts(document: &Document) -> Vec<String> {
        document.segments().iter().map(text_of).collect()
    }

    fn written(document: &Document, translate: impl Fn(String) -> String) -> String {
        let translated: Vec<_> = texts(document)
            .into_iter()
            .map(|text| plain(translate(text)))
            .collect();
        let mut out = Vec::new();
        document.write(&translated, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const LETTER: &str = "\u{feff}Dear Ms Brown,\r\n\r\n  we have com-\r\npleted the well-\r\nknown work.\r\n\r\n\
        - One item\r\n  on two lines\r\n- Another\r\n\r\n> They wrote\r\n> this well-known text.\r\n   \r\nYours";

    #[test]
    fn each_line_is_a_text() {
        let text = "\u{feff}  One.\tTwo.  \r\n\n \t\r\nThree.\rFour.";
        let document = document(text, false);
        assert_eq!(texts(&document), ["One.\tTwo.", "Three.", "Four."]);
        assert_eq!(written(&document, |text| text), text);
        assert_eq!(
            written(&document, |text| text.to_uppercase()),
            "\u{feff}  ONE.\tTWO.  \r\n\n \t\r\nTHREE.\rFOUR."
        );
    }

    #[test]
    fn hard_wrapped_lines_are_joined() {
        let document = document(LETTER, true);
        assert_eq!(
            texts(&document),
            [
                "Dear Ms Brown,",
                "we have completed the well-known work.",
                "One item on two lines",
                "Another",
                "They wrote this well-known text.",
                "Yours"
            ]
        );
        assert_eq!(written(&document, |text| text), LETTER);
    }

    /// The rules are the text layer's; signs of quotes do not count.
    #[test]
    fn lines_of_their_own_stay_apart() {
        for text in [
            "Name: Tom Smith\nAge: 42\nCity: London\n",
            "> INTRODUCTION\n> This is the first\n",
            "    code = 1\n    more = 2\n",
        ] {
            let document = document(text, true);
            assert_eq!(texts(&document).len(), text.lines().count(), "{text}");
            assert_eq!(
                written(&document, |text| text.to_lowercase()),
                text.to_lowercase()
            );
        }
    }

    #[test]
    fn paragraphs_are_wrapped_as_they_were() {
        let written = written(&document(LETTER, true), |text| format!("{text} ").repeat(2));
        assert_eq!(
            written,
            "\u{feff}Dear Ms Brown, Dear Ms Brown,\r\n\r\n  we have\r\ncompleted the\r\nwell-known work.\r\n\
             we have\r\ncompleted the\r\nwell-known work.\r\n\r\n- One item on\r\n  two lines\r\n  One item on\r\n\
             \x20 two lines\r\n- Another Another\r\n\r\n> They wrote this\r\n> well-known text. They\r\n\
             > wrote this well-known\r\n> text.\r\n   \r\nYours Yours"
        );
    }
}
