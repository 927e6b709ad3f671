//! Quotation marks: which signs of a text are some, what they open and close, and how the target language writes them.

use crate::elements::Element;
use crate::languages::Language;

/// What an atom is in a text in which quotation marks are looked for.
const ATOM: char = '\u{FFFC}';
/// Words that begin with an apostrophe, without it, in small letters.
const CLIPPED: &[&str] = &[
    "tis", "twas", "cause", "em", "n", "til", "till", "bout", "m", "re", "ll", "ve", "d", "t", "s",
    "ere", "kay", "sup", "nuff", "round", "ello",
];

/// A quotation mark of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuotationMark {
    /// Its place in the text, and its length, both in bytes.
    pub(crate) at: usize,
    pub(crate) length: usize,
    pub(crate) opens: bool,
    /// Whether it is of a quotation inside another.
    inner: bool,
    /// Whether it is one of prose, not of a string of code: f("a").
    in_prose: bool,
    single: bool,
    sign: char,
}

impl QuotationMark {
    /// Its form in the target language; none where that of the source stays. `enclosed` says whether the whole text is quoted.
    pub(crate) fn form(&self, target: &Language, enclosed: bool) -> Option<&'static str> {
        let (outer, inner) = target.quotes.filter(|_| self.in_prose)?;
        let (open, close) = if self.inner || enclosed { inner } else { outer };
        Some(if self.opens { open } else { close })
    }

    /// As the source writes it.
    pub(crate) fn sign(&self) -> char {
        self.sign
    }

    /// Whether it is one of ' and `, which models seldom see.
    pub(crate) fn is_single(&self) -> bool {
        self.single
    }
}

/// Whether a character is a double quotation mark of any form.
pub(crate) fn is_double(character: char) -> bool {
    matches!(character, '"' | '„' | '“' | '”' | '‟' | '«' | '»')
}

/// Texts as one, in which each atom (`None`) is one character.
pub(crate) fn flat<'t>(parts: impl Iterator<Item = Option<&'t str>>) -> String {
    let mut flat = String::new();
    for part in parts {
        match part {
            Some(text) => flat.push_str(text),
            None => flat.push(ATOM),
        }
    }
    flat
}

/// The length of an atom in [`flat`].
pub(crate) const ATOM_LENGTH: usize = ATOM.len_utf8();

/// The quotation marks of a text, in order. Apostrophes and the signs of inches and feet are left out.
pub(crate) fn quotation_marks(text: &str) -> Vec<QuotationMark> {
    let may_have = |c: char| is_double(c) || matches!(c, '\'' | '`' | '‚' | '‘' | '’');
    if !text.contains(may_have) {
        return Vec::new();
    }
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let character = |index: usize| characters.get(index).map(|(_, c)| *c);
    let before = |index: usize| index.checked_sub(1).and_then(character);
    let mut marks: Vec<QuotationMark> = Vec::new();
    // The quotations that are open: whether single, and whether of prose.
    let mut open: Vec<(bool, bool)> = Vec::new();
    for (index, &(at, sign)) in characters.iter().enumerate() {
        let single = !is_double(sign);
        if single && !matches!(sign, '\'' | '`' | '‚' | '‘' | '’') {
            continue;
        }
        let (previous, next) = (before(index), character(index + 1));
        let depth = open.iter().rposition(|(other, _)| *other == single);
        let closes = match (single, depth) {
            (false, Some(_)) => sign != '„',
            (true, Some(_)) => closes_single(previous, next),
            // The end of a quotation that began in a sentence before.
            (_, None) => {
                let spoken = next.is_none_or(char::is_whitespace)
                    && sign != '`'
                    && matches!(previous, Some('.' | '!' | '?' | '…' | ','));
                // I am tired", he said.
                spoken || !single && next == Some(',') && previous.is_some_and(char::is_alphabetic)
            }
        };
        let mut mark = QuotationMark {
            at,
            length: sign.len_utf8(),
            opens: !closes,
            inner: false,
            in_prose: true,
            single,
            sign,
        };
        if closes {
            if let Some(depth) = depth {
                mark.in_prose = open[depth].1;
                mark.inner = depth > 0;
                open.truncate(depth);
            }
        } else {
            let opens = match single {
                true => opens_single(&characters, index),
                // 5": inches, a sign before a space.
                false => {
                    !previous.is_some_and(|c| c.is_ascii_digit())
                        && next.is_some_and(|c| {
                            !c.is_whitespace()
                                && !matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')')
                        })
                }
            };
            if !opens {
                continue;
            }
            mark.in_prose = begins_in_prose(&text[..at]);
            mark.inner = !open.is_empty();
            open.push((single, mark.in_prose));
        }
        marks.push(mark);
    }
    marks
}

fn closes_single(previous: Option<char>, next: Option<char>) -> bool {
    previous.is_some_and(|c| !c.is_whitespace()) && next.is_none_or(|c| !c.is_alphanumeric())
}

/// Whether the sign at `index` opens a quotation in single marks: it has its end, or the text begins with it.
fn opens_single(characters: &[(usize, char)], index: usize) -> bool {
    let previous = index.checked_sub(1).map(|before| characters[before].1);
    let Some(next) = characters.get(index + 1).map(|(_, c)| *c) else {
        return false;
    };
    let begins = previous.is_none_or(|c| {
        c.is_whitespace()
            || is_double(c)
            || matches!(c, '(' | '[' | '{' | '–' | '—' | '-' | '/' | '>')
    });
    if !begins || next.is_whitespace() {
        return false;
    }
    let rest = &characters[index + 1..];
    let word: String = rest
        .iter()
        .map(|(_, c)| c.to_ascii_lowercase())
        .take_while(|c| c.is_alphanumeric())
        .collect();
    let years = word.strip_suffix('s').unwrap_or(&word);
    let decade = years.len() == 2 && years.bytes().all(|c| c.is_ascii_digit());
    if decade || CLIPPED.contains(&&*word) {
        return false;
    }
    let mut ends = (1..rest.len()).filter(|&at| {
        matches!(rest[at].1, '\'' | '’' | '‘')
            && closes_single(Some(rest[at - 1].1), rest.get(at + 1).map(|(_, c)| *c))
    });
    // Or it is the first of several sentences: He said: 'I know. I go.'
    let introduced = || {
        let before = characters[..index].iter().rev().map(|(_, c)| *c);
        let mut before = before.skip_while(|c| c.is_whitespace());
        before.next().is_none_or(|c| matches!(c, ':' | ','))
    };
    ends.next().is_some() || next.is_uppercase() && introduced()
}

/// Whether a quotation that begins behind a text is one of prose, not a string of code.
fn begins_in_prose(before: &str) -> bool {
    let before = before.strip_suffix('(').unwrap_or(before);
    if before.trim_end().ends_with('=') {
        return false;
    }
    let last = before.chars().next_back();
    last.is_none_or(|c| {
        c.is_whitespace() || is_double(c) || matches!(c, '–' | '—' | '-' | '/' | '>' | '\'' | ATOM)
    })
}

/// Which ends of a sentence are quotation marks around all of it: also one alone, where the sentence is one of several within
/// them.
pub(crate) fn enclosing(elements: &[Element]) -> (bool, bool) {
    let text = flat(elements.iter().map(Element::text));
    let marks = quotation_marks(&text);
    let begins = |mark: &QuotationMark| mark.opens && mark.at == 0;
    let ends = |mark: &QuotationMark| !mark.opens && mark.at + mark.length == text.len();
    match marks[..] {
        [first, .., last] if begins(&first) && ends(&last) => {
            // "Yes" and "no": the first ends before the last.
            let mut depth = 0;
            let whole = marks[..marks.len() - 1].iter().all(|mark| {
                depth += if mark.opens { 1 } else { -1 };
                depth > 0
            });
            (whole, whole)
        }
        [only] => {
            let at_end = only.at + only.length == text.len() && only.at > 0;
            (only.at == 0, at_end)
        }
        _ => (false, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::language;

    fn written(text: &str) -> String {
        let german = language("de");
        let (mut out, mut end) = (String::new(), 0);
        for mark in quotation_marks(text) {
            out += &text[end..mark.at];
            end = mark.at + mark.length;
            out += mark.form(german, false).unwrap_or(&text[mark.at..end]);
        }
        out + &text[end..]
    }

    #[test]
    fn quotation_marks_are_told_from_apostrophes() {
        for (text, expected) in [
            ("Open the 'File' menu.", "Open the „File“ menu."),
            ("I can't find 'Tom's list'.", "I can't find „Tom's list“."),
            (
                "'Hello,' she said. 'It's me.'",
                "„Hello,“ she said. „It's me.“",
            ),
            (
                "He said, \"She told me, 'I'm off,' and left.\"",
                "He said, „She told me, ‚I'm off,‘ and left.“",
            ),
            ("`file' is not a directory", "„file“ is not a directory"),
            (
                "Rock 'n' roll in the '90s, 'tis the dogs' bowl",
                "Rock 'n' roll in the '90s, 'tis the dogs' bowl",
            ),
            ("5' 10\" and 3\"", "5' 10\" and 3\""),
            ("Use f(\"a\") or (\"b\").", "Use f(\"a\") or („b“)."),
            ("Am I \"in\", \"out\" or both?", "Am I „in“, „out“ or both?"),
            ("'How are you?", "„How are you?"),
            ("He said: 'I don't know.", "He said: „I don't know."),
            (
                "In '08 the girls' team, and I 'm late",
                "In '08 the girls' team, and I 'm late",
            ),
            ("$x = 'abc';", "$x = 'abc';"),
            (
                "The \u{FFFC}\" bolt, 1\u{FFFC}\" x 55\" wide",
                "The \u{FFFC}\" bolt, 1\u{FFFC}\" x 55\" wide",
            ),
            ("I am fine.'", "I am fine.“"),
            ("Sit down,\" she said.", "Sit down,“ she said."),
            ("Sit down\", she said.", "Sit down“, she said."),
            ("Sit down!' he said. 'Now.'", "Sit down!“ he said. „Now.“"),
            ("das Menü \"Tools“", "das Menü „Tools“"),
            (
                "Cannot find '\u{FFFC}' in '\u{FFFC}'",
                "Cannot find „\u{FFFC}“ in „\u{FFFC}“",
            ),
        ] {
            assert_eq!(written(text), expected);
        }
    }
}
