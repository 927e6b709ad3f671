//! No-break spaces beside numbers and signs. The text layer translates with plain spaces; here, those beside the same number or sign are
//! set back: "42&nbsp;years" is "42&nbsp;Jahre".

use deshi_text::segment::{Part, Segment};
use std::borrow::Cow;

/// The spaces that do not break lines: of a word's width, and narrow.
const NO_BREAK: [char; 2] = ['\u{a0}', '\u{202f}'];

/// The translation with the no-break spaces of the source that stand beside a number or sign which it has too.
pub(crate) fn keep<'t>(source: &Segment, translated: &'t Segment) -> Cow<'t, Segment> {
    let source = flat(source);
    if !source.contains(NO_BREAK) || source == flat(translated) {
        return Cow::Borrowed(translated);
    }
    let text = flat(translated);
    // The places of plain spaces that become others.
    let mut changes: Vec<(usize, char)> = Vec::new();
    // How far the translation was searched for each side, so that of two equal numbers each has its own space.
    let mut searched = 0;
    for (at, space) in source.match_indices(NO_BREAK) {
        let character = space.chars().next().expect("a space is a character");
        let before = last_token(&source[..at]);
        let behind = first_token(&source[at + space.len()..]);
        let found = spaces(&text, searched).find(|&place| {
            (is_fixed(before) && is_same(last_token(&text[..place]), before))
                || (is_fixed(behind) && is_same(first_token(&text[place + 1..]), behind))
        });
        if let Some(place) = found {
            changes.push((place, character));
            searched = place + 1;
        }
    }
    if changes.is_empty() {
        return Cow::Borrowed(translated);
    }
    let mut changed = translated.clone();
    let mut start = 0;
    for part in &mut changed.parts {
        let Part::Text(part) = part else { continue };
        let end = start + part.len();
        for &(place, character) in changes.iter().rev() {
            if (start..end).contains(&place) {
                let at = place - start;
                part.replace_range(at..at + 1, character.encode_utf8(&mut [0; 4]));
            }
        }
        start = end;
    }
    Cow::Owned(changed)
}

fn flat(segment: &Segment) -> String {
    crate::plain::text_of(segment)
}

fn spaces(text: &str, from: usize) -> impl Iterator<Item = usize> {
    text[from..]
        .match_indices(' ')
        .map(move |(at, _)| from + at)
}

fn last_token(text: &str) -> &str {
    text.rsplit(char::is_whitespace).next().unwrap_or_default()
}

fn first_token(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or_default()
}

/// Whether a token comes out of the translation as it is: a number, or a sign such as `©` or `§`.
fn is_fixed(token: &str) -> bool {
    let has_digit = token.contains(|c: char| c.is_ascii_digit());
    let is_sign = matches!(
        token,
        "©" | "®" | "§" | "№" | "%" | "€" | "$" | "£" | "°C" | "°F"
    );
    has_digit || is_sign
}

/// Whether two tokens are the same but for the signs of punctuation: "1.5" and "1,5", "(5" and "5".
fn is_same(one: &str, other: &str) -> bool {
    let letters = |token: &str| -> String {
        token
            .chars()
            .filter(|c| c.is_alphanumeric() || (!c.is_ascii_punctuation() && !c.is_whitespace()))
            .collect()
    };
    let (one, other) = (letters(one), letters(other));
    !one.is_empty() && one == other
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::plain;

    #[test]
    fn spaces_beside_numbers_stay() {
        for (source, translated, expected) in [
            ("42\u{a0}years", "42 Jahre", "42\u{a0}Jahre"),
            ("©\u{a0}2024 Acme", "© 2024 Acme", "©\u{a0}2024 Acme"),
            (
                "see Figure\u{a0}3 below",
                "siehe Abbildung 3 unten",
                "siehe Abbildung\u{a0}3 unten",
            ),
            (
                "1.5\u{202f}km or 3 km",
                "1,5 km oder 3 km",
                "1,5\u{202f}km oder 3 km",
            ),
            ("5 and 5\u{a0}km", "5 und 5 km", "5\u{a0}und 5 km"),
            ("to\u{a0}the house", "zum Haus", "zum Haus"),
            (
                "42\u{a0}years",
                "zweiundvierzig Jahre",
                "zweiundvierzig Jahre",
            ),
            ("42 years", "42 Jahre", "42 Jahre"),
        ] {
            let translated = plain(translated);
            let kept = keep(&plain(source), &translated);
            assert_eq!(flat(&kept), expected, "{source}");
        }
    }

    #[test]
    fn marks_do_not_matter() {
        let text = |text: &str| Part::Text(text.into());
        let translated = Segment {
            parts: vec![text("In 5"), Part::Open(0), text(" Jahren"), Part::Close(0)],
        };
        let kept = keep(&plain("In 5\u{a0}years"), &translated);
        assert_eq!(kept.parts[2], text("\u{a0}Jahren"));
    }
}
