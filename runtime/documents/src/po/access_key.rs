//! Access keys of menus and buttons: the letter that `&` (Qt, Windows) or `_` (GTK) precedes. The sign is left out of
//! the text to translate, and set before a letter of the translation. A suffix such as `(&O)`, which some languages use
//! instead, stays a suffix. What stands behind a tab is the shortcut, and has no access key.

/// The access keys of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AccessKeys {
    within: Option<AccessKey>,
    /// With the white space before it.
    suffix: Option<String>,
}

/// A sign before a letter of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AccessKey {
    sign: char,
    letter: char,
    /// Where the sign is in the source, in bytes.
    at: usize,
}

impl AccessKeys {
    /// A text's access keys, and the text without them.
    pub(super) fn take(text: &str) -> (Self, String) {
        let (label, shortcut) = text.split_at(text.find('\t').unwrap_or(text.len()));
        let (label, suffix) = take_suffix(label);
        let (within, label) = match AccessKey::take(&label) {
            Some((key, label)) => (Some(key), label),
            None => (None, label),
        };
        (Self { within, suffix }, label + shortcut)
    }

    /// A translation with the access keys.
    pub(super) fn set(&self, translation: &str) -> String {
        let end = translation.find('\t').unwrap_or(translation.len());
        let (label, shortcut) = translation.split_at(end);
        let mut label = match &self.within {
            Some(key) => key.set(label),
            None => label.to_owned(),
        };
        if let Some(suffix) = &self.suffix {
            label.insert_str(text_end(&label), suffix);
        }
        label + shortcut
    }
}

/// A label without its suffix `(&O)`, and the suffix.
fn take_suffix(label: &str) -> (String, Option<String>) {
    let found = label.rfind('(').and_then(|open| {
        let mut inside = label[open + 1..].chars();
        let (sign, letter, close) = (inside.next()?, inside.next()?, inside.next()?);
        let is_key = matches!(sign, '&' | '_') && letter.is_alphanumeric() && close == ')';
        (is_key && text_end(inside.as_str()) == 0).then(|| {
            let start = label[..open].trim_end().len();
            start..label.len() - inside.as_str().len()
        })
    });
    match found.filter(|range| range.start > 0) {
        Some(range) => {
            let without = format!("{}{}", &label[..range.start], &label[range.end..]);
            (without, Some(label[range].to_owned()))
        }
        None => (label.to_owned(), None),
    }
}

/// The end of a label's text, before its colon or its dots.
fn text_end(label: &str) -> usize {
    let is_end = |c: char| c.is_whitespace() || matches!(c, ':' | '.' | '…');
    label.trim_end_matches(is_end).len()
}

impl AccessKey {
    /// A text's access key, and the text without its sign.
    fn take(text: &str) -> Option<(Self, String)> {
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
    fn set(&self, translation: &str) -> String {
        let is_letter =
            |c: char| c == self.letter || c.to_lowercase().eq(self.letter.to_lowercase());
        let begins_word = |at: usize| {
            let before = translation[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric())
        };
        let kept = placeholders(translation);
        let letters = || {
            let is_free = |at: usize| !kept.iter().any(|range| range.contains(&at));
            translation
                .char_indices()
                .filter(move |&(at, c)| c.is_alphanumeric() && is_free(at))
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

/// The placeholders and tags of a text, in which a sign would be another placeholder: `%s`, `%(name)s`, `{name}`, `<b>`.
fn placeholders(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(['%', '{', '<']).map(|start| at + start) {
        let rest = &text[start..];
        let length = match rest.as_bytes()[0] {
            b'{' => rest.find('}').map(|end| end + 1),
            b'<' => rest.find('>').map(|end| end + 1),
            _ => {
                // A name in brackets, then flags, a width and a precision, then a letter.
                let name = match rest.as_bytes().get(1) {
                    Some(b'(') => rest.find(')').map(|end| end + 1),
                    Some(b'<') => rest.find('>').map(|end| end + 1),
                    Some(b'{') => rest.find('}').map(|end| end + 1),
                    _ => Some(1),
                };
                name.and_then(|name| {
                    let is_middle = |c: char| c.is_ascii_digit() || "-+#.*$'hlLqjzt".contains(c);
                    let behind = rest[name..].trim_start_matches(is_middle);
                    let letter = behind.chars().next().filter(char::is_ascii_alphabetic);
                    let middle = rest.len() - behind.len();
                    // The letter behind Qt's `%1` or Ruby's `%{name}` is not theirs, but another one will do for the key.
                    (letter.is_some() || middle > 1)
                        .then(|| middle + letter.map_or(0, char::len_utf8))
                })
            }
        };
        at = start + 1;
        if let Some(length) = length {
            found.push(start..start + length);
            at = start + length;
        }
    }
    found
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
            let (key, text) = AccessKeys::take(source);
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
            "a (&",
            "Open\tCtrl+&O",
        ] {
            let found = AccessKeys::take(text);
            assert_eq!(found, (AccessKeys::default(), text.to_owned()));
        }
    }

    #[test]
    fn shortcuts_behind_a_tab_have_no_access_key() {
        for (source, without, translation, expected) in [
            (
                "&Open\tCtrl+O",
                "Open\tCtrl+O",
                "Öffnen\tCtrl+O",
                "&Öffnen\tCtrl+O",
            ),
            (
                "Print &Preview\tCtrl+P",
                "Print Preview\tCtrl+P",
                "Druckvorschau\tCtrl+P",
                "&Druckvorschau\tCtrl+P",
            ),
            ("&O\tCtrl+O", "O\tCtrl+O", "\tCtrl+O", "\tCtrl+O"),
        ] {
            let (keys, text) = AccessKeys::take(source);
            assert_eq!(text, without);
            assert_eq!(keys.set(translation), expected);
        }
    }

    #[test]
    fn suffixes_stay_suffixes() {
        for (source, without, translation, expected) in [
            ("Open (&O)", "Open", "Öffnen", "Öffnen (&O)"),
            ("Open(_O)...", "Open...", "Öffnen …", "Öffnen(_O) …"),
            ("&Open (&O)", "Open", "Öffnen", "&Öffnen (&O)"),
            ("Name (&N):", "Name:", "Name:", "Name (&N):"),
            (
                "Open (&O)\tCtrl+O",
                "Open\tCtrl+O",
                "Öffnen\tCtrl+O",
                "Öffnen (&O)\tCtrl+O",
            ),
        ] {
            let (keys, text) = AccessKeys::take(source);
            assert_eq!(text, without);
            assert_eq!(keys.set(translation), expected);
        }
    }

    #[test]
    fn placeholders_stay_whole() {
        for (source, translation, expected) in [
            ("&Save %s", "%s speichern", "%s &speichern"),
            ("&Delete %(name)s", "%(name)s", "%(name)s"),
            ("&Name {name}", "{name} öffnen", "{name} öff&nen"),
            ("&Bold", "<b>fett</b>", "<b>&fett</b>"),
            ("&Load %1", "%1 öffnen", "%1 &öffnen"),
            ("&Write %<n>s", "%<n>s schreiben", "%<n>s &schreiben"),
            ("&Go 5 %", "5 % gehen", "5 % &gehen"),
        ] {
            assert_eq!(AccessKeys::take(source).0.set(translation), expected);
        }
    }
}
