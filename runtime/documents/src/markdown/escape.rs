//! Markdown's escapes: text that is written so that it is read as text.

/// Escapes text so that it is read as text.
pub(super) fn escape_text(text: &str, out: &mut String) {
    escape(text, false, false, out);
}

/// The same between marks.
pub(super) fn escape_text_with_marks(text: &str, out: &mut String) {
    escape(text, false, true, out);
}

/// The same within a table's cell.
pub(super) fn escape_cell(text: &str, out: &mut String) {
    escape(text, true, false, out);
}

pub(super) fn escape_cell_with_marks(text: &str, out: &mut String) {
    escape(text, true, true, out);
}

fn escape(text: &str, is_cell: bool, has_marks: bool, out: &mut String) {
    let is_double = |sign: char| has_marks || text.matches(sign).nth(1).is_some();
    let (stars, tildes, dollars) = (is_double('*'), is_double('~'), is_double('$'));
    let mut in_address = false;
    let mut before = out.chars().next_back().unwrap_or('\n');
    let mut at_start = starts_block(out);
    for (at, character) in text.char_indices() {
        let rest = &text[at + character.len_utf8()..];
        let next = rest.chars().next().unwrap_or(' ');
        if before.is_whitespace() {
            let word = text[at..]
                .split(char::is_whitespace)
                .next()
                .unwrap_or_default();
            in_address = word.contains("://");
        }
        // Marks may precede and follow the text.
        let at_end = at == 0 || rest.is_empty();
        let stands_alone = !at_end && before.is_whitespace() && next.is_whitespace();
        let is_markup = match character {
            _ if at_start && begins_block(character, rest) => true,
            '\\' => next.is_ascii_punctuation() || rest.is_empty(),
            '`' | '[' => true,
            '|' => is_cell,
            '*' => stars && !in_address && !stands_alone,
            '_' => {
                let is_within_word = before.is_alphanumeric() && next.is_alphanumeric();
                !(in_address || stands_alone || is_within_word)
            }
            '~' => {
                // As in `H~2~O`: a single one does not begin or end anything within a word.
                let is_within_word = before.is_alphanumeric() && next.is_alphanumeric();
                tildes && !in_address && !is_within_word
            }
            '$' => dollars && !in_address,
            '<' => next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'),
            '&' => {
                let end = rest
                    .bytes()
                    .take(33)
                    .position(|byte| !byte.is_ascii_alphanumeric() && byte != b'#');
                end.is_some_and(|end| end > 0 && rest.as_bytes()[end] == b';')
            }
            _ => false,
        };
        // The digits of `1.` cannot be escaped, only the sign after them.
        if is_markup {
            out.push('\\');
        }
        match character {
            '\n' | '\r' => out.push(' '),
            _ => out.push(character),
        }
        at_start &= is_sign_of_block(character);
        before = character;
    }
}

/// An exclamation mark before a link would make it an image.
pub(super) fn guard(out: &mut String, mark: &str) {
    if mark.starts_with('[') && out.ends_with('!') && !out.ends_with("\\!") {
        out.truncate(out.len() - 1);
        out.push_str("\\!");
    }
}

/// Whether what is written next may be at the beginning of a block: only signs of blocks are before it on its line.
fn starts_block(out: &str) -> bool {
    let line = out.trim_end_matches(is_sign_of_block);
    line.is_empty() || line.ends_with(['\n', '\r', '\u{feff}'])
}

fn is_sign_of_block(character: char) -> bool {
    " \t>-+*.)|:".contains(character) || character.is_ascii_digit()
}

/// Whether a sign begins a block with `rest` after it.
fn begins_block(character: char, rest: &str) -> bool {
    let next = rest.chars().next().unwrap_or(' ');
    match character {
        '#' => {
            let after = rest.trim_start_matches('#').chars().next().unwrap_or(' ');
            after.is_whitespace()
        }
        '-' | '+' | '*' | ':' => next.is_whitespace() || next == character,
        '>' | '=' => true,
        '~' => rest.starts_with("~~"),
        '.' | ')' => next.is_whitespace(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::parse;
    use crate::plain::text_of;

    fn escaped(text: &str, before: &str) -> String {
        let mut out = before.to_owned();
        escape_text(text, &mut out);
        out[before.len()..].to_owned()
    }

    #[test]
    fn text_that_would_be_markup_is_escaped() {
        for (text, before, expected) in [
            ("a * b * c, a_b_c _d_", "x", "a * b * c, a_b_c \\_d\\_"),
            (
                "**a** ~~b~~ `c` [d](e)",
                "x",
                "\\*\\*a\\*\\* \\~\\~b\\~\\~ \\`c\\` \\[d](e)",
            ),
            ("5 < 6 <b> &amp; & &x", "x", "5 < 6 \\<b> \\&amp; & &x"),
            ("C:\\a \\* \\", "x", "C:\\a \\\\* \\\\"),
            (
                "https://e.org/~a_/*b*?$x=$y a*b*",
                "",
                "https://e.org/~a_/*b*?$x=$y a\\*b\\*",
            ),
            ("1. a", "", "1\\. a"),
            ("1. a", "x\n> - ", "1\\. a"),
            ("1. a", "x ", "1. a"),
            ("# a", "x\n", "\\# a"),
            ("#a - b", "\n", "#a - b"),
            ("- a", "\n", "\\- a"),
            ("+1", "\n", "+1"),
            ("> a", "\n", "\\> a"),
            ("--- a", "\n", "\\-\\-\\- a"),
            ("a\nb", "", "a b"),
        ] {
            assert_eq!(escaped(text, before), expected, "{text}");
        }
        let mut cell = String::new();
        escape_cell("a | b", &mut cell);
        assert_eq!(cell, "a \\| b");
    }

    /// What is escaped is read again as the same text.
    #[test]
    fn escaped_text_is_read_as_text() {
        for text in [
            "a *b* _c_ `d` [e](f) <g> &amp; \\* ~~h~~ $i$ |",
            "# a",
            "- a",
            "1) a",
            "> a",
            "=== a",
            "*a",
            "***",
            "a: b",
            "~~~ a",
            "[x]: y",
            "![a](b)",
            "[^1]: a",
            ": a",
            "+ a",
            "<!-- a -->",
        ] {
            let mut source = String::new();
            escape_text(text, &mut source);
            let parsed = parse(source.clone());
            let texts: Vec<String> = parsed.segments.iter().map(text_of).collect();
            assert_eq!(
                texts.concat(),
                if text == "***" { "" } else { text },
                "{source}"
            );
        }
    }
}
