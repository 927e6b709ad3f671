//! Strings of programs: the lines of a message, and the branches of ICU's plurals, as texts of their own.

use crate::plain::{plain, text_of};
use deshi_text::segment::Segment;
use std::ops::Range;

/// How many levels of ICU arguments are taken apart.
const MAX_DEPTH: usize = 8;

/// A string as what is kept and what is translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Kept(String),
    /// The index of the segment.
    Segment(usize),
}

/// What a string holds besides text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    /// Lines.
    Lines,
    /// Lines, and [ICU message format](https://unicode-org.github.io/icu/userguide/format_parse/messages/) for plurals.
    Icu,
}

/// Takes a string apart; its segments go to the end of `segments`.
pub(crate) fn split(text: &str, message: Message, segments: &mut Vec<Segment>) -> Vec<Piece> {
    let mut texts = Vec::new();
    match message {
        Message::Lines => texts.push(0..text.len()),
        Message::Icu => icu_texts(text, 0..text.len(), 0, &mut texts),
    }
    let mut pieces = Vec::new();
    let mut copied = 0;
    let lines = texts.into_iter().flat_map(|range| lines(text, range));
    for range in lines {
        let line = &text[range.clone()];
        if !line.chars().any(char::is_alphabetic) {
            continue;
        }
        if copied < range.start {
            pieces.push(Piece::Kept(text[copied..range.start].to_owned()));
        }
        pieces.push(Piece::Segment(segments.len()));
        segments.push(plain(line));
        copied = range.end;
    }
    if copied < text.len() {
        pieces.push(Piece::Kept(text[copied..].to_owned()));
    }
    pieces
}

/// The string with `segments` in their places.
pub(crate) fn join(pieces: &[Piece], segments: &[Segment]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Kept(text) => text.clone(),
            Piece::Segment(index) => text_of(&segments[*index]),
        })
        .collect()
}

/// Whether a segment of the string has changed.
pub(crate) fn is_changed(pieces: &[Piece], source: &[Segment], translated: &[Segment]) -> bool {
    pieces.iter().any(|piece| match piece {
        Piece::Kept(_) => false,
        Piece::Segment(index) => source[*index] != translated[*index],
    })
}

/// The lines of a part of `text`, without the white space around them.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    text[range.clone()]
        .split_inclusive('\n')
        .scan(range.start, |start, line| {
            let begin = *start;
            *start += line.len();
            let indent = line.len() - line.trim_start().len();
            Some(begin + indent.min(line.trim_end().len())..begin + line.trim_end().len())
        })
}

/// The texts of an ICU message: the message itself, or, where it has a plural or a choice, the text around that, and
/// each branch.
fn icu_texts(text: &str, range: Range<usize>, depth: usize, texts: &mut Vec<Range<usize>>) {
    let mut start = range.start;
    let mut at = range.start;
    while depth < MAX_DEPTH && at < range.end {
        let Some(open) = text[at..range.end].find('{').map(|open| at + open) else {
            break;
        };
        let Some(close) = closing(text, open, range.end) else {
            break;
        };
        if let Some(branches) = branches(text, open + 1..close) {
            texts.push(start..open);
            for branch in branches {
                icu_texts(text, branch, depth + 1, texts);
            }
            start = close + 1;
        }
        at = close + 1;
    }
    texts.push(start..range.end);
}

/// The brace that closes the one at `open`.
fn closing(text: &str, open: usize, end: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.as_bytes()[..end].iter().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The branches of an argument such as `count, plural, =0{none} other{many}`.
fn branches(text: &str, argument: Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut parts = text[argument.clone()].splitn(3, ',');
    let (name, kind, rest) = (parts.next()?, parts.next()?, parts.next()?);
    if !matches!(kind.trim(), "plural" | "select" | "selectordinal") {
        return None;
    }
    let mut at = argument.start + name.len() + kind.len() + 2;
    debug_assert_eq!(&text[at..argument.end], rest);
    let mut branches = Vec::new();
    while let Some(open) = text[at..argument.end].find('{').map(|open| at + open) {
        let close = closing(text, open, argument.end)?;
        branches.push(open + 1..close);
        at = close + 1;
    }
    Some(branches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, message: Message) -> Vec<String> {
        let mut segments = Vec::new();
        let pieces = split(text, message, &mut segments);
        assert_eq!(join(&pieces, &segments), text);
        segments.iter().map(text_of).collect()
    }

    #[test]
    fn lines_are_texts() {
        assert_eq!(
            texts("\n  Usage: x\n\n\t-a  all \r\n42\nEnd.", Message::Lines),
            ["Usage: x", "-a  all", "End."]
        );
        assert!(texts(" \n 1.5 \n", Message::Lines).is_empty());
    }

    #[test]
    fn branches_are_texts() {
        let text =
            "You have {count, plural, =0{no mail} one{{count} letter} other{{count} letters}}.";
        assert_eq!(
            texts(text, Message::Icu),
            ["You have", "no mail", "{count} letter", "{count} letters"]
        );
        let text = "{g, select, male{He wrote {n, plural, one{a book} other{books}}} other{They}}";
        assert_eq!(
            texts(text, Message::Icu),
            ["He wrote", "a book", "books", "They"]
        );
    }

    #[test]
    fn other_braces_are_text() {
        for text in [
            "Hello {name}, {{count}} new",
            "a {b",
            "a } b",
            "{n, number, integer} items",
            "{n, plural, one{a",
        ] {
            assert_eq!(texts(text, Message::Icu), [text]);
        }
        let deep = "{a, select, b{x".repeat(5000) + &"}}".repeat(5000);
        assert!(texts(&deep, Message::Icu).len() <= 2 * MAX_DEPTH + 2);
    }
}
