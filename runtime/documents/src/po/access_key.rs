//! Access keys of menus and buttons: the letter that `&` (Qt, Windows) or `_` (GTK) precedes. The sign is left out of
//! the text to translate, and set before a letter of the translation.

/// A message's access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AccessKey {
    sign: char,
    letter: char,
    /// Where the sign is in the source, in bytes.
    at: usize,
}

impl AccessKey {
    /// A text's access key, and the text without its sign.
    pub(super) fn take(text: &str) -> Option<(Self, String)> {
        let (at, sign) = text.char_indices().find(|(_, c)| matches!(c, '&' | '_'))?;
        let rest = &text[at + 1..];
        let letter = rest.chars().next().filter(|c| c.is_alphanumeric())?;
        let before = text[..at].chars().next_back();
        let begins_word = before.is_none_or(|c| !c.is_alphanumeric());
        // "E&xit", but neither "AT&T" nor "user_name".
        let fits = begins_word || sign == '&' && letter.is_lowercase();
        let is_entity = || {
            let name = rest.split(|c: char| !c.is_ascii_alphanumeric()).next();
            rest[name.map_or(0, str::len)..].starts_with(';')
        };
        if !fits || rest.contains(['&', '_']) || sign == '&' && is_entity() {
            return None;
        }
        let key = Self { sign, letter, at };
        Some((key, format!("{}{rest}", &text[..at])))
    }

    /// A translation with the sign: before the letter of the source if it has that letter, best at the source's place or where
    /// a word begins, and otherwise before its first letter.
    pub(super) fn set(&self, translation: &str) -> String {
        let is_letter =
            |c: char| c == self.letter || c.to_lowercase().eq(self.letter.to_lowercase());
        let begins_word = |at: usize| {
            let before = translation[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric())
        };
        let letters = || {
            translation
                .char_indices()
                .filter(|(_, c)| c.is_alphanumeric())
        };
        let place = letters()
            .find(|&(at, c)| at == self.at && c == self.letter)
            .or_else(|| letters().find(|&(at, c)| is_letter(c) && begins_word(at)))
            .or_else(|| letters().find(|&(_, c)| is_letter(c)))
            .or_else(|| letters().next());
        let Some((at, _)) = place else {
            return translation.to_owned();
        };
        let (before, after) = translation.split_at(at);
        format!("{before}{}{after}", self.sign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_keys_are_set_again() {
        for (source, without, translation, expected) in [
            (
                "&Open file...",
                "Open file...",
                "Datei öffnen …",
                "&Datei öffnen …",
            ),
            ("_Save", "Save", "Speichern", "_Speichern"),
            ("E&xit", "Exit", "Beenden", "&Beenden"),
            ("E&xit", "Exit", "Exit", "E&xit"),
            ("Save &As", "Save As", "Speichern als", "Speichern &als"),
            ("Save &As", "Save As", "Save As", "Save &As"),
            ("&View", "View", "…", "…"),
        ] {
            let (key, text) = AccessKey::take(source).expect(source);
            assert_eq!(text, without);
            assert_eq!(key.set(translation), expected);
        }
        for text in [
            "AT&T",
            "R & D",
            "R&D",
            "user_name",
            "__init__",
            "Tom &amp; Jerry",
            "&a and &b",
            "100 %",
            "&",
        ] {
            assert_eq!(AccessKey::take(text), None, "{text}");
        }
    }
}
