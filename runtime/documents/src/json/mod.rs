//! Tables of strings in JSON: i18next and similar, Flutter's ARB, the messages of browser extensions.
//!
//! Only values are translated, never keys, and without patterns of keys only values that are for people. Everything but the translated strings stays byte for byte.

mod prose;
mod scanner;

use crate::encoding::byte_order_mark_len;
use crate::pieces::{self, Message, Piece};
use crate::{Content, Error, Parsed, Settings};
use deshi_text::segment::Segment;
use scanner::{Found, Key, Scanner};
use std::io::Write;
use std::ops::Range;

/// A string value that is translated.
struct Value {
    /// With its quotes.
    range: Range<usize>,
    pieces: Vec<Piece>,
}

struct Table {
    text: String,
    values: Vec<Value>,
    /// Whether non-ASCII characters are written as `\u00e4`, as in the source file.
    is_ascii: bool,
    /// How many strings are for programs.
    code_values: usize,
}

pub(crate) fn parse(text: String, settings: &Settings) -> Result<Parsed, Error> {
    let mut scanner = Scanner {
        text: &text,
        at: byte_order_mark_len(&text),
        max_depth: settings.limits.depth,
        keys: vec![Key {
            range: 0..0,
            parent: 0,
            depth: 0,
            is_about: false,
        }],
        open: vec![0],
        found: Vec::new(),
        top_level: Vec::new(),
    };
    scanner.document()?;
    let Scanner {
        keys,
        found,
        top_level,
        ..
    } = scanner;
    let style = Style::of(&text, &keys, &top_level, &found);
    let mut segments = Vec::new();
    let mut values = Vec::new();
    let mut code_values = 0;
    // Patterns of keys and the other styles say which strings are text.
    let is_unknown = style == Style::Strings && settings.json_keys.is_empty();
    for Found { range, key } in found {
        if !is_chosen(&text, &keys, key, style, settings) {
            continue;
        }
        let string = unescape(&text[range.start + 1..range.end - 1]);
        if is_unknown && !prose::is_prose(&name(&text, &keys, key), &string) {
            code_values += usize::from(string.contains(char::is_alphabetic));
            continue;
        }
        let before = segments.len();
        let pieces = pieces::split(&string, Message::Icu, &mut segments);
        if segments.len() > before {
            values.push(Value { range, pieces });
        }
    }
    let is_ascii = text[byte_order_mark_len(&text)..].is_ascii() && text.contains("\\u");
    Ok(Parsed {
        segments,
        content: Box::new(Table {
            text,
            values,
            is_ascii,
            code_values,
        }),
    })
}

/// Whose conventions a file follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Every string is text.
    Strings,
    /// Application Resource Bundle: keys with `@` hold metadata.
    Arb,
    /// A browser extension's `messages.json`: the text is in `message`.
    Messages,
}

impl Style {
    /// `top_level`: each key of the outermost object, and whether its value is an object.
    fn of(text: &str, keys: &[Key], top_level: &[(usize, bool)], found: &[Found]) -> Self {
        let name = |key: usize| &text[keys[key].range.clone()];
        let messages = found
            .iter()
            .filter(|found| is_message(text, &keys[found.key]))
            .count();
        let is_about = |&(key, is_object): &(usize, bool)| {
            name(key).starts_with("@@") || (name(key).starts_with('@') && is_object)
        };
        if top_level.iter().any(is_about) {
            Self::Arb
        } else if messages > 0
            && messages == top_level.len()
            && top_level.iter().all(|(_, is_object)| *is_object)
        {
            Self::Messages
        } else {
            Self::Strings
        }
    }
}

/// Whether a key is where a browser extension's text is: `name.message`.
fn is_message(text: &str, key: &Key) -> bool {
    key.depth == 2 && &text[key.range.clone()] == "message"
}

fn is_chosen(text: &str, keys: &[Key], key: usize, style: Style, settings: &Settings) -> bool {
    let Settings {
        json_keys,
        json_keys_kept,
        ..
    } = settings;
    if !(json_keys.is_empty() && json_keys_kept.is_empty()) {
        let path = path(text, keys, key);
        let matches_any =
            |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, &path));
        if matches_any(json_keys_kept) {
            return false;
        }
        if !json_keys.is_empty() {
            return matches_any(json_keys);
        }
    }
    let key = &keys[key];
    match style {
        Style::Messages => is_message(text, key),
        Style::Arb => key.depth == 1 && !key.is_about,
        Style::Strings => !key.is_about,
    }
}

/// The innermost key of a value; an array's for what is in it.
fn name(text: &str, keys: &[Key], mut key: usize) -> String {
    while keys[key].range.is_empty() && keys[key].depth > 0 {
        key = keys[key].parent;
    }
    unescape(&text[keys[key].range.clone()])
}

/// A key with those above it: `menu.file.open`.
fn path(text: &str, keys: &[Key], mut key: usize) -> String {
    let mut names = Vec::new();
    while keys[key].depth > 0 {
        names.push(unescape(&text[keys[key].range.clone()]));
        key = keys[key].parent;
    }
    names.reverse();
    names.join(".")
}

/// Whether `text` matches `pattern`, in which `*` matches any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl Content for Table {
    fn code_values(&self) -> usize {
        self.code_values
    }

    fn write(
        &self,
        source: &[Segment],
        translated: &[Segment],
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut copied = 0;
        for Value { range, pieces } in &self.values {
            if pieces::is_changed(pieces, source, translated) {
                let string = escape(&pieces::join(pieces, translated), self.is_ascii);
                out.write_all(&self.text.as_bytes()[copied..=range.start])?;
                out.write_all(string.as_bytes())?;
                copied = range.end - 1;
            }
        }
        Ok(out.write_all(&self.text.as_bytes()[copied..])?)
    }
}

/// The text of a string without its quotes, whose escapes are valid. A half of a surrogate pair becomes U+FFFD.
fn unescape(string: &str) -> String {
    let mut text = String::with_capacity(string.len());
    let mut rest = string;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escaped = &rest[at + 1..];
        let simple = match escaped.as_bytes().first() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let mut units = Vec::new();
                let mut after = &rest[at..];
                while let Some(unit) = after.strip_prefix("\\u").and_then(|digits| digits.get(..4))
                {
                    units.push(u16::from_str_radix(unit, 16).unwrap_or(0xfffd));
                    after = &after[6..];
                }
                text.push_str(&String::from_utf16_lossy(&units));
                rest = after;
                continue;
            }
            Some(&other) => char::from(other),
            None => break,
        };
        text.push(simple);
        rest = &escaped[1..];
    }
    text.push_str(rest);
    text
}

fn escape(text: &str, is_ascii: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ if character < ' ' || (is_ascii && !character.is_ascii()) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Document;
    use crate::plain::{plain, text_of};
    use crate::{Format, Place};

    fn document(text: &str, settings: &Settings) -> Document {
        Document::parse(Format::Json, text.as_bytes().to_vec(), settings).unwrap()
    }

    fn texts(text: &str, settings: &Settings) -> Vec<String> {
        document(text, settings)
            .segments()
            .iter()
            .map(text_of)
            .collect()
    }

    fn upper_case(text: &str) -> String {
        let document = document(text, &Settings::default());
        let upper = |segment| plain(text_of(segment).to_uppercase());
        let translated: Vec<_> = document.segments().iter().map(upper).collect();
        let mut out = Vec::new();
        document.write(&translated, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_translated_and_the_rest_stays() {
        assert_eq!(
            upper_case(
                "{ \"a\" :\t\"x \\\"q\\\" \\u00e4\\n\",\r\n \"b\":[1.50e+3, \"y\", true,\"\\u0031\"],\"_c\":\"z\"}\n"
            ),
            "{ \"a\" :\t\"X \\\"Q\\\" \\u00c4\\n\",\r\n \"b\":[1.50e+3, \"Y\", true,\"\\u0031\"],\"_c\":\"z\"}\n"
        );
        assert_eq!(
            upper_case("\u{feff}{\"k\":\"ä\\/\\ud83d\\ude00\"}"),
            "\u{feff}{\"k\":\"Ä/😀\"}"
        );
        assert_eq!(upper_case("\"a\""), "\"A\"");
    }

    #[test]
    fn the_style_says_which_strings_are_text() {
        let settings = Settings::default();
        let arb = r#"{"@@locale": "en", "hi": "Hello {name}", "@hi": {"description": "Greets", "placeholders": {"name": {"example": "Bob"}}}}"#;
        assert_eq!(texts(arb, &settings), ["Hello {name}"]);
        let messages = r#"{"name": {"message": "My extension", "description": "The name"}, "bye": {"message": "Bye"}}"#;
        assert_eq!(texts(messages, &settings), ["My extension", "Bye"]);
        let strings = r#"{"name": {"message": "Text", "description": "More"}, "bye": "Bye", "$schema": "x", "//": "a note"}"#;
        assert_eq!(texts(strings, &settings), ["Text", "More", "Bye"]);
    }

    /// Without patterns, strings that are not prose are kept and counted.
    #[test]
    fn strings_for_programs_stay() {
        let text = r#"{"regex": "^[a-z]+$", "class": "btn btn-primary", "locale": "en-US", "icon": ["fa-user"], "n": "5", "a": "Save"}"#;
        let settings = Settings::default();
        assert_eq!(texts(text, &settings), ["Save"]);
        assert_eq!(document(text, &settings).code_values(), 4);
        let settings = Settings {
            json_keys: vec!["class".into()],
            ..Settings::default()
        };
        assert_eq!(texts(text, &settings), ["btn btn-primary"]);
    }

    #[test]
    fn patterns_choose_keys() {
        let text =
            r#"{"menu": {"file": "File", "id": "m1"}, "list": [{"title": "One", "id": "x"}]}"#;
        let chosen = |keys: &[&str], kept: &[&str]| {
            let owned =
                |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            let settings = Settings {
                json_keys: owned(keys),
                json_keys_kept: owned(kept),
                ..Settings::default()
            };
            texts(text, &settings)
        };
        assert_eq!(chosen(&[], &["*.id"]), ["File", "One"]);
        assert_eq!(chosen(&["menu.*"], &[]), ["File", "m1"]);
        assert_eq!(chosen(&["*.title", "menu.file"], &[]), ["File", "One"]);
        assert_eq!(chosen(&["*"], &["*id"]), ["File", "One"]);
    }

    #[test]
    fn invalid_json_is_refused_with_its_line() {
        for (text, line) in [
            ("", 1),
            ("{\"a\": 1,\n}", 2),
            ("{\"a\": \"x\ny\"}", 1),
            ("[1 2]", 1),
            ("[\n\n\"a\"", 3),
            ("{\"a\" 1}", 1),
            ("{a: 1}", 1),
            ("[01x]", 1),
            ("[\"\\x\"]", 1),
            ("[\"\\u12", 1),
            ("[]\n[]", 2),
            ("[}", 1),
            ("// no\n[]", 1),
        ] {
            let result =
                Document::parse(Format::Json, text.as_bytes().to_vec(), &Settings::default());
            let error = result.err().expect(text);
            assert!(
                matches!(&error, Error::Malformed { place, .. } if *place == Place::Line(line)),
                "{text}: {error}"
            );
        }
        let deep = "[".repeat(100_000);
        let result = Document::parse(Format::Json, deep.into_bytes(), &Settings::default());
        assert!(matches!(
            result.err(),
            Some(Error::TooDeep { limit: 256, .. })
        ));
    }
}
