//! Escaped quotation marks, as in the strings of programs: "Couldn\'t load". The model sees them without the backslash.

use std::borrow::Cow;

/// Which quotation marks a text escapes. It escapes a mark only if each one in it has a backslash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Escapes {
    single: bool,
    double: bool,
}

impl Escapes {
    pub(crate) fn of(text: &str) -> Self {
        let escapes = |sign: char| {
            let mut found = text.match_indices(sign).peekable();
            found.peek().is_some() && found.all(|(at, _)| text[..at].ends_with('\\'))
        };
        match text.contains('\\') {
            true => Self {
                single: escapes('\''),
                double: escapes('"'),
            },
            false => Self::default(),
        }
    }

    /// A part of the text as the model sees it.
    pub(crate) fn undo<'t>(self, text: Cow<'t, str>) -> Cow<'t, str> {
        match (self.single, self.double) {
            (false, false) => text,
            (true, false) => Cow::Owned(text.replace("\\'", "'")),
            (false, true) => Cow::Owned(text.replace("\\\"", "\"")),
            (true, true) => Cow::Owned(text.replace("\\'", "'").replace("\\\"", "\"")),
        }
    }

    /// A translation with its quotation marks escaped; none where it stays.
    pub(crate) fn redo(self, translation: &str) -> Option<String> {
        if self == Self::default() {
            return None;
        }
        let mut out = String::with_capacity(translation.len() + 8);
        let mut before = ' ';
        for sign in translation.chars() {
            let escapes = sign == '\'' && self.single || sign == '"' && self.double;
            if escapes && before != '\\' {
                out.push('\\');
            }
            out.push(sign);
            before = sign;
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_is_escaped_again() {
        for (text, seen, translation, expected) in [
            (r"It\'s on", "It's on", "Ist's an", r"Ist\'s an"),
            (
                r#"a \"b\""#,
                r#"a "b""#,
                r#"c "b" <x=\"y\">"#,
                r#"c \"b\" <x=\"y\">"#,
            ),
            (r"It's \'on\'", r"It's \'on\'", "Ist's", "Ist's"),
            ("It's", "It's", "Ist's", "Ist's"),
            (r"a\nb", r"a\nb", "c'", "c'"),
        ] {
            let escapes = Escapes::of(text);
            assert_eq!(escapes.undo(Cow::Borrowed(text)), seen);
            let redone = escapes.redo(translation);
            assert_eq!(redone.as_deref().unwrap_or(translation), expected);
        }
    }
}
