//! Where in a text a span can begin: most words cannot, and are not searched.

use super::clues::{Clues, begins_in_the_calendar};
use crate::case::NUMBERED;
use crate::languages::has;

/// Keys that are held while another one is pressed: "Ctrl + C".
const KEYS: &[&str] = &[
    "ctrl", "control", "alt", "shift", "cmd", "command", "win", "super", "meta", "strg", "fn",
];

/// The next place whose word can begin a span; the text's end if no place is left.
pub(super) fn next_candidate(text: &str, mut at: usize, clues: Clues) -> usize {
    for run in text[at..].split_inclusive(char::is_whitespace) {
        if may_begin_a_span(run.trim_end(), clues) {
            return at;
        }
        at += run.len();
    }
    at
}

/// Whether a word can hold the beginning of a span: plain words cannot, and most text is plain words.
fn may_begin_a_span(word: &str, clues: Clues) -> bool {
    let mut before = b' ';
    let mut bytes = word.bytes().peekable();
    while let Some(byte) = bytes.next() {
        let next = bytes.peek().copied();
        let begins = match byte {
            b'0'..=b'9'
            | b'@'
            | b'#'
            | b'/'
            | b'\\'
            | b'{'
            | b'$'
            | b'%'
            | b'<'
            | b'`'
            | b'_'
            | b'&'
            | b'='
            | b'^'
            | b'['
            | b'|'
            | b'+'
            | 0x08
            | 0x1B => true,
            b'.' | b':' | b';' | b'-' => {
                next.is_some_and(|next| !next.is_ascii_whitespace() && next != b'"')
            }
            b'A'..=b'Z' => before.is_ascii_lowercase() || before == b'\'',
            b'!' | b'?' => next.is_some_and(|next| next.is_ascii_lowercase()),
            b'(' => next.is_some_and(|next| next.is_ascii_alphanumeric() || next == b')'),
            b'*' => next == Some(b'.'),
            // Currency signs outside ASCII begin with 0xC2 or 0xE2.
            0xC2 | 0xE2 | 0xE0 => true,
            _ => false,
        };
        if begins {
            return true;
        }
        before = byte;
    }
    // What follows a word makes it one: "x = 5", "AB 123" and "EUR 20", "No. 5", "May 5", "Chapter I".
    let letters = word.trim_end_matches(':');
    let capitals = || letters.bytes().all(|byte| byte.is_ascii_uppercase());
    let number = || {
        matches!(word.len(), 2..=6) && capitals()
            || matches!(word.len(), 2..=5) && word.ends_with('.')
            || begins_in_the_calendar(word.as_bytes())
    };
    let single = || word.len() == 1 && !matches!(word, "a" | "I");
    let digits = word.trim_end_matches(|c: char| c.is_ascii_punctuation());
    let roman = || {
        digits.len() > 1
            && digits
                .bytes()
                .all(|byte| matches!(byte, b'I' | b'V' | b'X'))
    };
    let digits = clues.has_any(Clues::DIGIT);
    digits && number()
        || roman()
        || clues.has_any(Clues::DIGIT | Clues::AMPERSAND) && single()
        || clues.has_any(Clues::ROMAN)
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && has(NUMBERED, word)
        || matches!(letters, "BIC" | "SWIFT")
        || clues.has_any(Clues::PLUS) && has(KEYS, word)
}
