//! Clues: what a text must have for a rule to match in it. Compiling all rules takes longer than a short translation, so
//! that only those are compiled which a text has clues for.

use std::ops::BitOr;

/// A set of clues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clues(u32);

impl Clues {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const DIGIT: Self = Self(1);
    /// A letter, then a digit.
    pub(crate) const LETTER_DIGIT: Self = Self(1 << 1);
    /// A digit, then a letter.
    pub(crate) const DIGIT_LETTER: Self = Self(1 << 2);
    /// A digit, a space and a digit.
    pub(crate) const SPACED_DIGITS: Self = Self(1 << 3);
    /// A full stop and a digit, with or without a space between them.
    pub(crate) const STOP_DIGIT: Self = Self(1 << 4);
    /// A full stop that no space follows.
    pub(crate) const DOT: Self = Self(1 << 5);
    /// A colon or semicolon that no space follows.
    pub(crate) const COLON: Self = Self(1 << 6);
    /// A bracket that no space follows.
    pub(crate) const PAREN: Self = Self(1 << 7);
    /// ! or ? before a small letter.
    pub(crate) const BANG: Self = Self(1 << 8);
    /// / or \.
    pub(crate) const SLASH: Self = Self(1 << 9);
    pub(crate) const AT: Self = Self(1 << 10);
    pub(crate) const HASH: Self = Self(1 << 11);
    /// A sign of markup, code or money: < > & [ ] { } ` $ % |.
    pub(crate) const MARKUP: Self = Self(1 << 12);
    /// _ or ^.
    pub(crate) const LOW_OR_HIGH_LINE: Self = Self(1 << 13);
    pub(crate) const EQUALS: Self = Self(1 << 14);
    pub(crate) const PLUS: Self = Self(1 << 15);
    /// A hyphen or minus.
    pub(crate) const DASH: Self = Self(1 << 16);
    pub(crate) const APOSTROPHE: Self = Self(1 << 17);
    /// A capital behind a small letter or an apostrophe.
    pub(crate) const INNER_CAPITAL: Self = Self(1 << 18);
    /// Two capitals.
    pub(crate) const CAPITALS: Self = Self(1 << 19);
    /// The beginning of a Roman number behind a space.
    pub(crate) const ROMAN: Self = Self(1 << 20);
    /// The beginning of a month's or a weekday's name.
    pub(crate) const CALENDAR: Self = Self(1 << 21);
    /// An escape or a backspace.
    pub(crate) const CONTROL: Self = Self(1 << 22);
    /// A character that is not ASCII.
    pub(crate) const NOT_ASCII: Self = Self(1 << 23);
    /// A quotation mark, single or double.
    pub(crate) const QUOTE: Self = Self(1 << 25);
    /// An ampersand between spaces.
    pub(crate) const AMPERSAND: Self = Self(1 << 24);

    /// The clues of a text.
    pub(crate) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut all = Self::NONE;
        let mut before = 0_u8;
        for (at, &byte) in bytes.iter().enumerate() {
            let next = bytes.get(at + 1).copied().unwrap_or(b' ');
            let joined = !next.is_ascii_whitespace();
            let after_next = || bytes.get(at + 2).copied().unwrap_or(b' ');
            let clue = match byte {
                b'0'..=b'9' => {
                    let letter = match before.is_ascii_alphabetic() {
                        true => Self::LETTER_DIGIT,
                        false => Self::NONE,
                    };
                    let next = match next {
                        b' ' if after_next().is_ascii_digit() => Self::SPACED_DIGITS,
                        _ if next.is_ascii_alphabetic() => Self::DIGIT_LETTER,
                        _ => Self::NONE,
                    };
                    Self::DIGIT | letter | next
                }
                b'.' => {
                    let digit = next.is_ascii_digit()
                        || next == b' ' && after_next().is_ascii_digit()
                        || !next.is_ascii();
                    let stop = if digit { Self::STOP_DIGIT } else { Self::NONE };
                    stop | if joined { Self::DOT } else { Self::NONE }
                }
                b':' | b';' if joined => Self::COLON,
                b'(' if joined => Self::PAREN,
                b'!' | b'?' if next.is_ascii_lowercase() => Self::BANG,
                b'/' | b'\\' => Self::SLASH,
                b'@' => Self::AT,
                b'#' => Self::HASH,
                b'&' if before == b' ' && next == b' ' => Self::MARKUP | Self::AMPERSAND,
                b'<' | b'>' | b'&' | b'[' | b']' | b'{' | b'}' | b'`' | b'$' | b'%' | b'|' => {
                    Self::MARKUP
                }
                b'_' | b'^' => Self::LOW_OR_HIGH_LINE,
                b'=' => Self::EQUALS,
                b'+' => Self::PLUS,
                b'-' => Self::DASH,
                b'\'' => Self::APOSTROPHE | Self::QUOTE,
                b'"' => Self::QUOTE,
                b'A'..=b'Z' => {
                    let inner = before.is_ascii_lowercase() || matches!(before, b'\'' | 0x80..);
                    let inner = if inner {
                        Self::INNER_CAPITAL
                    } else {
                        Self::NONE
                    };
                    let two = next.is_ascii_uppercase();
                    let two = if two { Self::CAPITALS } else { Self::NONE };
                    let roman = before == b' ' && matches!(byte, b'I' | b'V' | b'X');
                    let roman = if roman { Self::ROMAN } else { Self::NONE };
                    let calendar = begins_in_the_calendar(&bytes[at..]);
                    let calendar = if calendar { Self::CALENDAR } else { Self::NONE };
                    inner | two | roman | calendar
                }
                0x1B | 0x08 => Self::CONTROL,
                0x80.. => Self::NOT_ASCII,
                _ => Self::NONE,
            };
            all = all | clue;
            before = byte;
        }
        all
    }

    /// Whether a clue of `others` is among these.
    pub(crate) const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether each clue of `others` is among these.
    pub(crate) const fn has_all(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Both sets, where `|` cannot be called.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOr for Clues {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

/// What the months and the days of the week of English begin with.
const MONTHS_AND_DAYS: &[&[u8; 3]] = &[
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
    b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC",
    b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun", b"MON", b"TUE", b"WED", b"THU", b"FRI",
    b"SAT", b"SUN",
];

/// Whether a word begins as a month or a day of the week does.
pub(super) fn begins_in_the_calendar(word: &[u8]) -> bool {
    word.first_chunk()
        .is_some_and(|first| MONTHS_AND_DAYS.contains(&first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_its_clues() {
        type C = Clues;
        for (text, clues) in [
            ("Hello there, you.", C::NONE),
            ("It costs 5 dollars.", C::DIGIT),
            ("v2 at 3pm", C::DIGIT | C::LETTER_DIGIT | C::DIGIT_LETTER),
            (
                "p. 12 of 030 55",
                C::DIGIT | C::STOP_DIGIT | C::SPACED_DIGITS,
            ),
            ("a.b c:d (e", C::DOT | C::COLON | C::PAREN),
            (
                "tom & jerry's eMail?",
                C::AMPERSAND | C::MARKUP | C::QUOTE | C::APOSTROPHE | C::INNER_CAPITAL,
            ),
            ("MONDAY in May", C::CAPITALS | C::CALENDAR),
            ("Henry I", C::ROMAN),
            ("é", C::NOT_ASCII),
        ] {
            assert_eq!(Clues::of(text), clues, "{text}");
        }
    }
}
