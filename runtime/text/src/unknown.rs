//! Spans of characters that the model does not know: emoji, signs, other scripts.

use std::ops::Range;

use crate::characters::{Characters, emoji_end, is_mark, is_private_use};
use crate::protect::{Span, is_word};

/// The spans so far, and those between them of characters that the model does not know.
pub(crate) fn by_characters(
    text: &str,
    spans: Vec<Span>,
    characters: &Characters<'_>,
) -> Vec<Span> {
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && characters.knows_ascii(byte))
    {
        return spans;
    }
    let mut all = Vec::with_capacity(spans.len());
    let mut start = 0;
    for span in spans {
        unknown_runs(text, start..span.range.start, characters, &mut all);
        start = span.range.end;
        all.push(span);
    }
    unknown_runs(text, start..text.len(), characters, &mut all);
    all
}

/// Runs of emoji, of signs and of letters that the model does not know.
fn unknown_runs(
    text: &str,
    within: Range<usize>,
    characters: &Characters<'_>,
    spans: &mut Vec<Span>,
) {
    let slice = &text[..within.end];
    let mut at = within.start;
    let first = spans.len();
    while let Some(character) = slice[at..].chars().next() {
        let next = at + character.len_utf8();
        let found = if let Some(end) = emoji_end(slice, at) {
            Some(("emoji", at..end))
        } else if is_private_use(character) {
            Some(("private use", at..next))
        } else if character.is_alphabetic() && characters.is_foreign(character) {
            // No further back than the span before it.
            let from = spans[first..]
                .last()
                .map_or(within.start, |last| last.range.end);
            let (start, end) = word_around(slice, at, from);
            Some(("foreign", start..end))
        } else if !character.is_alphabetic() && characters.is_unknown_sign(character) {
            let marks = slice[next..]
                .chars()
                .take_while(|&c| is_mark(c))
                .map(char::len_utf8)
                .sum::<usize>();
            Some(("sign", at..next + marks))
        } else {
            None
        };
        let Some((rule, range)) = found else {
            at = next;
            continue;
        };
        at = range.end;
        // Neighbours are one span; so are foreign words, with what is between them.
        match spans[first..].last_mut() {
            Some(last) if last.range.end >= range.start => {
                last.range.end = range.end;
            }
            Some(last)
                if last.rule == rule
                    && rule == "foreign"
                    && joins(&slice[last.range.end..range.start]) =>
            {
                last.range.end = range.end;
            }
            _ => spans.push(Span {
                range,
                rule,
                target: None,
            }),
        }
    }
}

/// Whether foreign words with this text between them are one run.
fn joins(between: &str) -> bool {
    between.len() <= 4
        && !between.contains(is_word)
        && !between.contains(['.', '!', '?', '(', ')', '"'])
}

/// The word at a place: letters, digits and marks around it.
fn word_around(text: &str, at: usize, from: usize) -> (usize, usize) {
    let inside = |c: char| is_word(c) || is_mark(c);
    let before = &text[from..at];
    let start = before.rfind(|c| !inside(c)).map_or(from, |found| {
        from + found + before[found..].chars().next().map_or(0, char::len_utf8)
    });
    let end = text[at..]
        .find(|c| !inside(c))
        .map_or(text.len(), |found| at + found);
    (start, end)
}
