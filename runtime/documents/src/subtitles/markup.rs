//! Tags within subtitles: `<i>`, `<v Name>`, `{\an8}`.
//!
//! Tags at the ends of a line stay at the ends of that line. Those within it are marks of the segment. While a translation
//! is divided among lines, each mark is one character of the last private plane, which counts as zero columns.

use super::Syntax;
use crate::lines::{Line, trim};
use deshi_text::segment::{Part, Segment};
use std::ops::Range;

/// The first of the characters that stand for marks: three for each number.
const FIRST_MARK: u32 = 0x10_0000;
/// How many marks a segment may have at most.
const MAX_MARKS: usize = 1000;

/// A line of a cue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) line: Line,
    /// Tags and white space that stay before and after its text.
    pub(crate) before: Range<usize>,
    pub(crate) after: Range<usize>,
}

impl Row {
    fn text(&self) -> Range<usize> {
        self.before.end..self.after.start
    }
}

/// What the marks of a segment stand for: the bytes of their tags.
pub(crate) struct Marked {
    /// A start tag and its end tag, or a tag that stands alone, by number.
    tags: Vec<(Range<usize>, Option<Range<usize>>)>,
    syntax: Syntax,
}

/// The tags of a line, as offsets in the file.
fn tags(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut tags = Vec::new();
    let mut at = range.start;
    while let Some(begin) = text[at..range.end].find(['<', '{']).map(|begin| at + begin) {
        let rest = &text[begin..range.end];
        let is_tag = match rest.as_bytes() {
            [b'<', b'/', next, ..] | [b'<', next, ..] => next.is_ascii_alphanumeric(),
            [b'{', b'\\', ..] => true,
            _ => false,
        };
        if !is_tag {
            at = begin + 1;
            continue;
        }
        // Without its end it is text, and so is the rest of the line.
        let Some(end) = rest.find(if rest.starts_with('<') { '>' } else { '}' }) else {
            break;
        };
        tags.push(begin..begin + end + 1);
        at = begin + end + 1;
    }
    tags
}

/// A line's text without its tags.
pub(crate) fn bare(line: &str) -> String {
    let mut bare = String::with_capacity(line.len());
    let mut copied = 0;
    for tag in tags(line, 0..line.len()) {
        bare.push_str(&line[copied..tag.start]);
        copied = tag.end;
    }
    bare.push_str(&line[copied..]);
    bare.trim().to_owned()
}

/// Lines with the tags that stay at their ends: those that stand alone, and pairs around whole lines.
pub(crate) fn rows(text: &str, lines: &[Line]) -> Vec<Row> {
    let mut names = Vec::new();
    let mut rows: Vec<Row> = lines
        .iter()
        .map(|&line| row(text, line, &mut names))
        .collect();
    // Start tags at the beginnings of lines without an end tag at the end of one are marks like the others. A
    // voice or a class may do without.
    if names.iter().any(|name| !matches!(*name, "v" | "c")) {
        for row in &mut rows {
            let own = |range: Range<usize>| {
                let is_own = |tag: &Range<usize>| name(&text[tag.clone()]).is_some();
                tags(text, range).into_iter().filter(is_own)
            };
            let first = own(row.before.clone()).next();
            let last = own(row.after.clone()).next_back();
            row.before.end = first.map_or(row.before.end, |tag| tag.start);
            row.after.start = last.map_or(row.after.start, |tag| tag.end);
        }
    }
    rows
}

/// A line with the tags at its ends. `names`: the tags that began at the beginning of this line or one before, and have not
/// ended.
fn row<'a>(text: &'a str, line: Line, names: &mut Vec<&'a str>) -> Row {
    let range = line.range();
    let mut inner = trim(text, range.clone());
    let tags = tags(text, inner.clone());
    for tag in &tags {
        let name = name(&text[tag.clone()]);
        if tag.start != inner.start || matches!(name, Some(Tag::End(_))) {
            break;
        }
        if let Some(Tag::Start(name)) = name {
            names.push(name);
        }
        inner = trim(text, tag.end..inner.end);
    }
    // What stands alone at the end stays there.
    while let Some(tag) = tags.iter().rev().find(|tag| tag.end == inner.end)
        && tag.start > inner.start
        && text[tag.clone()].starts_with('{')
        && name(&text[tag.clone()]).is_none()
    {
        inner = trim(text, inner.start..tag.start);
    }
    // The end tags at the end; only as many of them as end what began at the beginning of a line.
    let mut ends = Vec::new();
    let mut end = inner.end;
    for tag in tags.iter().rev() {
        let Some(Tag::End(name)) = name(&text[tag.clone()]) else {
            break;
        };
        if tag.start < inner.start || !text[tag.end..end].trim().is_empty() {
            break;
        }
        ends.push((name, tag.start));
        end = tag.start;
    }
    let ended = (1..=ends.len().min(names.len())).rev().find(|&count| {
        ends[..count]
            .iter()
            .map(|(name, _)| name)
            .eq(&names[names.len() - count..])
    });
    if let Some(count) = ended {
        names.truncate(names.len() - count);
        inner = trim(text, inner.start..ends[count - 1].1);
    }
    // A dash says that another speaks.
    let part = &text[inner.clone()];
    let dash = part.len()
        - part
            .trim_start_matches(['-', '–', '—', '>'])
            .trim_start()
            .len();
    if dash < part.len() {
        inner.start += dash;
    }
    Row {
        line,
        before: range.start..inner.start,
        after: inner.end..range.end,
    }
}

/// A tag by its name.
#[derive(Debug, PartialEq, Eq)]
enum Tag<'a> {
    Start(&'a str),
    End(&'a str),
}

/// The name of a tag; `None` for those without an end tag.
fn name(tag: &str) -> Option<Tag<'_>> {
    // `{\i1}` and `{\i0}`.
    if let Some(code) = tag
        .strip_prefix("{\\")
        .and_then(|tag| tag.strip_suffix('}'))
    {
        return match code.as_bytes() {
            [b'b' | b'i' | b's' | b'u', b'1'] => Some(Tag::Start(&code[..1])),
            [b'b' | b'i' | b's' | b'u', b'0'] => Some(Tag::End(&code[..1])),
            _ => None,
        };
    }
    let inner = tag.strip_prefix('<')?.strip_suffix('>')?;
    let word = |text: &'_ str| {
        text.find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(text.len())
    };
    if let Some(rest) = inner.strip_prefix('/') {
        return Some(Tag::End(&rest[..word(rest)]));
    }
    // A time within a cue of WebVTT.
    let is_time = inner.starts_with(|c: char| c.is_ascii_digit());
    (!is_time && !inner.ends_with('/')).then(|| Tag::Start(&inner[..word(inner)]))
}

/// The text of lines as a segment; none where there is nothing to translate.
pub(crate) fn segment(text: &str, rows: &[&Row], syntax: Syntax) -> Option<(Marked, Segment)> {
    let mut marked = Marked {
        tags: Vec::new(),
        syntax,
    };
    let mut parts: Vec<Part> = Vec::new();
    // The start tags that wait for their end tags: index in `parts`, name.
    let mut open: Vec<(usize, &str)> = Vec::new();
    for row in rows {
        if !parts.is_empty() {
            push_text(&mut parts, " ");
        }
        let range = row.text();
        let mut copied = range.start;
        for tag in tags(text, range.clone()) {
            push_text(&mut parts, &decode(&text[copied..tag.start], syntax));
            copied = tag.end;
            let number = marked.tags.len() as u32;
            let found = match name(&text[tag.clone()]) {
                Some(Tag::Start(name)) => {
                    open.push((parts.len(), name));
                    None
                }
                Some(Tag::End(name)) => open.iter().rposition(|(_, open)| *open == name),
                None => None,
            };
            let Some(found) = found else {
                marked.tags.push((tag, None));
                parts.push(Part::Single(number));
                continue;
            };
            let (start, _) = open[found];
            open.truncate(found);
            let Part::Single(number) = parts[start] else {
                unreachable!("a start tag stands alone until its end tag comes");
            };
            parts[start] = Part::Open(number);
            marked.tags[number as usize].1 = Some(tag);
            parts.push(Part::Close(number));
        }
        push_text(&mut parts, &decode(&text[copied..range.end], syntax));
    }
    let mut texts = parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text),
        _ => None,
    });
    let has_marks_in_text = texts.clone().any(|text| text.contains(is_mark));
    let has_words = texts.any(|text| text.chars().any(char::is_alphabetic));
    let is_usable = has_words && !has_marks_in_text && marked.tags.len() <= MAX_MARKS;
    is_usable.then_some((marked, Segment { parts }))
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Text(before)) => before.push_str(text),
        _ => parts.push(Part::Text(text.into())),
    }
}

fn is_mark(character: char) -> bool {
    u32::from(character) >= FIRST_MARK
}

/// The named characters of WebVTT.
const NAMED: [(&str, &str); 6] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&nbsp;", "\u{a0}"),
    ("&lrm;", "\u{200e}"),
    ("&rlm;", "\u{200f}"),
    // The last, so that its result is not decoded again.
    ("&amp;", "&"),
];

fn decode(text: &str, syntax: Syntax) -> String {
    let mut text = text.to_owned();
    if syntax == Syntax::Vtt && text.contains('&') {
        for (name, character) in NAMED {
            text = text.replace(name, character);
        }
    }
    text
}

impl Marked {
    /// A translation as one text, in which each mark is a character.
    pub(crate) fn flatten(&self, translated: &Segment) -> String {
        let mut flat = String::new();
        for part in &translated.parts {
            let (number, kind) = match part {
                Part::Text(text) => {
                    flat.extend(text.chars().filter(|&character| !is_mark(character)));
                    continue;
                }
                Part::Open(number) => (number, 0),
                Part::Close(number) => (number, 1),
                Part::Single(number) => (number, 2),
            };
            flat.extend(char::from_u32(FIRST_MARK + 3 * number + kind));
        }
        flat
    }

    /// A cue's part of a text: pairs that are open at its end are closed there, and opened again in the next.
    pub(crate) fn closed_in(&self, part: &str, open: &mut Vec<u32>) -> String {
        let character = |number: u32, kind| char::from_u32(FIRST_MARK + 3 * number + kind);
        let mut closed: String = open
            .iter()
            .filter_map(|&number| character(number, 0))
            .collect();
        closed.push_str(part);
        for mark in part.chars().filter(|&character| is_mark(character)) {
            let code = u32::from(mark) - FIRST_MARK;
            match code % 3 {
                0 => open.push(code / 3),
                1 => open.retain(|&number| number != code / 3),
                _ => {}
            }
        }
        closed.extend(open.iter().rev().filter_map(|&number| character(number, 1)));
        closed
    }

    /// A part of the text with the tags in the place of the characters for marks.
    pub(crate) fn unflatten(&self, text: &str, flat: &str) -> String {
        let mut written = String::new();
        for character in flat.chars() {
            if is_mark(character) {
                let code = u32::from(character) - FIRST_MARK;
                let (start, end) = &self.tags[(code / 3) as usize];
                let tag = if code % 3 == 1 {
                    end.as_ref().unwrap_or(start)
                } else {
                    start
                };
                written.push_str(&text[tag.clone()]);
                continue;
            }
            match character {
                '&' if self.syntax == Syntax::Vtt => written.push_str("&amp;"),
                '<' if self.syntax == Syntax::Vtt => written.push_str("&lt;"),
                '>' if self.syntax == Syntax::Vtt => written.push_str("&gt;"),
                _ => written.push(character),
            }
        }
        written
    }
}
