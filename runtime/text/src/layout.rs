//! The layout of a text, which is copied: line ends, indentation, bullets, numbering, tabs, and white space between
//! sentences.

use std::borrow::Cow;
use std::ops::Range;

use crate::languages::{Language, has};
use crate::normalize::is_separator;
use crate::protect::Span;
use crate::sentences;

/// Signs that begin a list's entry when white space follows.
const BULLETS: &[char] = &[
    '-', '*', '+', '•', '‣', '◦', '▪', '▫', '·', '–', '—', '○', '●', '■', '□', '▶', '►', '→', '✓',
    '✔', '✗', '✘', '☐', '☑', '☒', '»', '>', '|',
];
/// Spaces in a row that set columns apart.
const COLUMN_SPACES: usize = 3;
/// How many bullets, numbers and the like a line can begin with.
const NESTED: usize = 6;

/// The lines of a text, each with its end.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive([
        '\n', '\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}',
    ])
}

/// The sentences of a line. Everything between them is layout.
pub(crate) fn sentences(line: &str, spans: &[Span], language: &Language) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut first = 0;
    for cell in cells(line, spans) {
        let start = cell.start + prefix(&line[cell.clone()], language);
        let content = &line[start..cell.end];
        // The spans of this cell, with their places in its content.
        while spans.get(first).is_some_and(|span| span.range.end <= start) {
            first += 1;
        }
        let inside: Vec<Span> = spans[first..]
            .iter()
            .take_while(|span| span.range.start < cell.end)
            .map(|span| Span {
                range: span.range.start.max(start) - start..span.range.end.min(cell.end) - start,
                rule: span.rule,
                target: None,
            })
            .collect();
        let sentences = sentences::split(content, &inside, language);
        all.extend(
            sentences
                .into_iter()
                .map(|range| range.start + start..range.end + start),
        );
    }
    all
}

/// A translation with the wide gaps between words of its source: behind the same punctuation, or else at about the same
/// word. Models see one space.
pub(crate) fn with_gaps<'t, 's>(
    source: &str,
    translation: &'t str,
    spans: impl Iterator<Item = &'s str>,
) -> Cow<'t, str> {
    if !source.contains("  ") || translation.contains("  ") {
        return Cow::Borrowed(translation);
    }
    // Spans stay as they are.
    let kept: Vec<Range<usize>> = spans
        .filter(|span| span.contains(' '))
        .flat_map(|span| translation.match_indices(span))
        .map(|(at, span)| at..at + span.len())
        .collect();
    let places: Vec<usize> = translation
        .match_indices(' ')
        .map(|(at, _)| at)
        .filter(|at| !kept.iter().any(|span| span.contains(at)))
        .collect();
    let count = source.split_whitespace().count().max(2) - 1;
    // For each space of the translation, how many more there are.
    let mut more = vec![0; places.len()];
    let (mut at, mut words) = (0, 0);
    while let Some(start) = source[at..].find(' ').map(|start| at + start) {
        let rest = source[start..].trim_start_matches(' ');
        let width = source.len() - rest.len() - start;
        words += 1;
        if width > 1 {
            let before = source[..start].chars().next_back();
            let place = before
                .filter(|sign| [',', ';', ':', '.', '!', '?'].contains(sign))
                .and_then(|sign| {
                    let behind = |text: &str, end: usize| text[..end].ends_with(sign);
                    let earlier = source[..start]
                        .match_indices(' ')
                        .filter(|(at, _)| behind(source, *at))
                        .count();
                    let mut same = places
                        .iter()
                        .enumerate()
                        .filter(|(_, at)| behind(translation, **at));
                    same.nth(earlier).map(|(index, _)| index)
                })
                .or_else(|| {
                    let last = places.len().checked_sub(1)?;
                    Some(((words - 1) * places.len() / count).min(last))
                });
            if let Some(place) = place {
                more[place] += width - 1;
            }
        }
        at = start + width;
    }
    let mut out = String::with_capacity(translation.len() + 8);
    let mut end = 0;
    for (place, more) in places.into_iter().zip(more) {
        out.push_str(&translation[end..place]);
        out.extend(std::iter::repeat_n(' ', more));
        end = place;
    }
    Cow::Owned(out + &translation[end..])
}

/// Rows of one sign that set cells apart: the dots of a table of contents, "Name: ____", and those around a title, as in
/// "--- Title ---". A row of hyphens between words is a dash, and stars beside a word belong to it.
fn leaders(line: &str, spans: &[Span]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    let mut spans = spans.iter().peekable();
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let sign = rest.chars().next().unwrap_or(' ');
        let length = rest.len() - rest.trim_start_matches(sign).len();
        let range = at..at + length;
        at = range.end;
        while spans
            .next_if(|span| span.range.end <= range.start)
            .is_some()
        {}
        if spans
            .peek()
            .is_some_and(|span| span.range.start < range.end)
        {
            continue;
        }
        let (before, after) = (&line[..range.start], &line[range.end..]);
        let at_edge = before.trim().is_empty() || after.trim().is_empty();
        let apart = |text: &str, neighbour: Option<char>| {
            text.trim().is_empty() || neighbour.is_some_and(char::is_whitespace)
        };
        let apart = apart(before, before.chars().next_back()) && apart(after, after.chars().next());
        let is_leader = match sign {
            '.' => length >= 4,
            '…' => length >= 2 * '…'.len_utf8(),
            '_' => length >= 3 && (apart || length >= 4),
            '-' | '=' | '~' => at_edge && (length >= 3 && apart || length >= 4),
            '*' | '–' | '—' | '·' => at_edge && apart && length >= 3 * sign.len_utf8(),
            _ => false,
        };
        if is_leader {
            all.push(range);
        }
    }
    all
}

/// The cells of a line: what tabs, control characters, bars, wide gaps and leaders set apart.
fn cells(line: &str, spans: &[Span]) -> Vec<Range<usize>> {
    let leaders = leaders(line, spans);
    let mut leaders = leaders.iter().peekable();
    let ends_cell = |gap: &Range<usize>| {
        gap.len() >= COLUMN_SPACES
            || line[gap.clone()]
                .contains(|c: char| matches!(c, '\t' | '\n' | '\r' | '|') || is_separator(c))
    };
    // "| one | two |"
    let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let is_bar =
        |at: usize| space(line[..at].chars().next_back()) && space(line[at + 1..].chars().next());
    let mut cells = Vec::new();
    let mut start = 0;
    let mut spans = spans.iter().peekable();
    let mut gap = 0..0;
    for (at, character) in line.char_indices() {
        while spans.next_if(|span| span.range.end <= at).is_some() {}
        let span = spans.peek().filter(|span| span.range.start <= at);
        let next = at + character.len_utf8();
        while leaders.next_if(|leader| leader.end <= at).is_some() {}
        let in_leader = leaders.peek().is_some_and(|leader| leader.start <= at);
        let separates = match character {
            '|' => is_bar(at) && span.is_none_or(|span| span.range.len() == 1),
            _ if in_leader => true,
            _ => span.is_none() && (character.is_whitespace() || is_separator(character)),
        };
        if !separates {
            if gap.end == at && ends_cell(&gap) {
                cells.push(start..gap.start);
                start = gap.end;
            }
            gap = next..next;
        } else {
            if gap.end != at {
                gap = at..at;
            }
            gap.end = next;
        }
    }
    let end = match gap.end == line.len() && ends_cell(&gap) {
        true => gap.start.max(start),
        false => line.len(),
    };
    cells.push(start..end);
    cells
}

/// How many bytes of a cell's beginning are indentation, bullets and numbering.
fn prefix(cell: &str, language: &Language) -> usize {
    let mut at = 0;
    for _ in 0..NESTED {
        let rest = &cell[at..];
        let trimmed = rest.trim_start();
        at = cell.len() - trimmed.len();
        let Some(length) = label(trimmed) else {
            break;
        };
        let after = &trimmed[length..];
        // "*Terms apply.": a note's star.
        if trimmed.starts_with('*')
            && after.starts_with(char::is_alphabetic)
            && !after.contains('*')
        {
            return at + length;
        }
        let content = after.trim_start();
        // "3. Oktober": a date begins here, not a list.
        let word_end = content
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(content.len());
        let is_date = language.ordinals && has(language.months, &content[..word_end]);
        if content.is_empty() || content.len() == after.len() || is_date {
            break;
        }
        at += length;
    }
    at
}

/// The length of a bullet, a number or the like that a text begins with.
fn label(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if BULLETS.contains(&first) {
        // "> > >" is three bullets; "---" is not a bullet.
        return Some(first.len_utf8());
    }
    if first == '#' {
        let signs = text.len() - text.trim_start_matches('#').len();
        return (signs <= 6).then_some(signs);
    }
    if let Some(checkbox) = ["[ ]", "[x]", "[X]"]
        .iter()
        .find(|checkbox| text.starts_with(**checkbox))
    {
        return Some(checkbox.len());
    }
    let opened = usize::from(first == '(');
    let rest = &text[opened..];
    let digits = rest.len()
        - rest
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
            .len();
    let numbered = rest.starts_with(|c: char| c.is_ascii_digit()) && digits <= 8;
    let length = if numbered {
        digits
    } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        rest.find(|c: char| !matches!(c, 'i' | 'v' | 'x' | 'I' | 'V' | 'X'))
            .filter(|&roman| roman > 0)
            .unwrap_or(1)
    } else {
        return None;
    };
    let end = rest[length..].chars().next();
    // "a. Open", "iv. Results": not an initial, which is a capital.
    let lettered = rest[..length].bytes().all(|byte| byte.is_ascii_lowercase());
    let begins = rest[length..]
        .strip_prefix(". ")
        .and_then(|rest| rest.chars().next());
    if lettered && opened == 0 && begins.is_some_and(char::is_uppercase) {
        return Some(length + 1);
    }
    if numbered && rest[..length].ends_with('.') && opened == 0 {
        // "1." and "2.3.", of at most three digits each.
        let short = rest[..length].split('.').all(|part| part.len() <= 3);
        return short.then_some(length);
    }
    (end == Some(')')).then_some(opened + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::language;

    #[test]
    fn wide_gaps_are_kept() {
        for (source, translation, expected) in [
            (
                "Note:  it is late.",
                "Hinweis: es ist spät.",
                "Hinweis:  es ist spät.",
            ),
            (
                "Yes, no,  maybe.",
                "Ja, nein, vielleicht.",
                "Ja, nein,  vielleicht.",
            ),
            ("one  two three", "eins zwei drei", "eins  zwei drei"),
            (
                "one two  three",
                "eins zwei drei vier",
                "eins zwei  drei vier",
            ),
            ("one two", "eins zwei", "eins zwei"),
            ("one  two", "eins", "eins"),
            ("a  b  c", "x y", "x   y"),
            ("a  d e", "d e f", "d e  f"),
            ("a  d e", "d e", "d e"),
        ] {
            assert_eq!(
                with_gaps(source, translation, ["d e"].into_iter()),
                expected
            );
        }
    }

    #[test]
    fn layout_is_set_apart() {
        let en = language("en");
        let de = language("de");
        for (language, line, expected) in [
            (en, "  Hello there.  ", "  [Hello there.]  "),
            (en, "- An entry", "- [An entry]"),
            (en, "  * [x] Done\r\n", "  * [x] [Done]\r\n"),
            (en, "1. First", "1. [First]"),
            (en, "2.3. Deep", "2.3. [Deep]"),
            (en, "(a) One b) two", "(a) [One b) two]"),
            (en, "iv) Fourth", "iv) [Fourth]"),
            (en, "## Heading", "## [Heading]"),
            (en, "> > Quoted text.", "> > [Quoted text.]"),
            (en, "Name\tAge\tTown\n", "[Name]\t[Age]\t[Town]\n"),
            (en, "Name:     Anna", "[Name:]     [Anna]"),
            (en, "One.  Two.   Three.", "[One.]  [Two.]   [Three.]"),
            (en, "Yes.\0No.\u{7}", "[Yes.]\0[No.]\u{7}"),
            (en, "\u{1}a\u{1F} b \u{9D}c", "\u{1}[a]\u{1F} [b] \u{9D}[c]"),
            (en, "It\u{92}s so.\u{7F}", "[It\u{92}s so.]\u{7F}"),
            (
                en,
                "\u{FEFF}Yes.\u{200B}No.\u{200E} So?",
                "[\u{FEFF}Yes.]\u{200B}[No.\u{200E}] [So?]",
            ),
            (
                en,
                "Mr.\u{200B}Smith co\u{AD}op.",
                "[Mr.\u{200B}Smith co\u{AD}op.]",
            ),
            (en, "| Name | Age |\n", "| [Name] | [Age] |\n"),
            (en, "Home | About us", "[Home] | [About us]"),
            (en, "a|b || c", "[a|b || c]"),
            (en, "|---|---|", "[|---|---|]"),
            (
                en,
                "*Terms apply. *One* word.",
                "[*Terms apply.] [*One* word.]",
            ),
            (en, "*Terms apply.", "*[Terms apply.]"),
            (en, "", ""),
            (en, " \t\n", " \t\n"),
            (de, "3. Oktober ist frei.", "[3. Oktober ist frei.]"),
            (de, "3. Kapitel", "3. [Kapitel]"),
            (en, "Plan B. It works.", "[Plan B.] [It works.]"),
            (en, "I) am", "I) [am]"),
            (en, "a. Open the lid", "a. [Open the lid]"),
            (en, "iv. Results", "iv. [Results]"),
            (en, "A. Smith came.", "[A. Smith came.]"),
            (en, "Contents ........ 5", "[Contents] ........ [5]"),
            (en, "--- Good morning ---\n", "--- [Good morning] ---\n"),
            (en, "Name: ____ Age: ___", "[Name:] ____ [Age:] ___"),
            (en, "Hmm... well -- yes", "[Hmm... well -- yes]"),
            (en, "What the f*** is it?", "[What the f*** is it?]"),
            (en, "This ***very*** one", "[This ***very*** one]"),
            (en, "***Very*** good", "[***Very*** good]"),
            (
                en,
                "He came --- tired --- and",
                "[He came --- tired --- and]",
            ),
            (
                en,
                "-----Original Message-----",
                "-----[Original Message]-----",
            ),
            (en, "*** NOTICE ***", "*** [NOTICE] ***"),
        ] {
            let (mut out, mut end) = (String::new(), 0);
            for range in sentences(line, &[], language) {
                out += &format!("{}[{}]", &line[end..range.start], &line[range.clone()]);
                end = range.end;
            }
            assert_eq!(out + &line[end..], expected);
        }
    }
}
