//! Which strings of a table are for programs rather than for people: identifiers, addresses, patterns, classes.
//!
//! Where a string may be either, it is text: a label that is not translated is worse than an identifier that a reviewer sees changed,
//! unless its key says what it is.

/// Keys whose values are never text.
const CODE_KEYS: [&str; 17] = [
    "id",
    "ids",
    "uuid",
    "guid",
    "class",
    "classname",
    "classes",
    "css",
    "selector",
    "regex",
    "regexp",
    "pattern",
    "href",
    "src",
    "slug",
    "mime",
    "mimetype",
];

/// Keys whose values are text only where they are written like a label: `"color": "Colour"`.
const LIKELY_CODE_KEYS: [&str; 15] = [
    "type", "icon", "locale", "lang", "language", "format", "url", "uri", "path", "color",
    "colour", "file", "filename", "hash", "version",
];

/// The first parts of the names of CSS classes, from the sets of icons and styles in wide use.
const CLASS_PREFIXES: [&str; 14] = [
    "fa",
    "fas",
    "far",
    "fab",
    "btn",
    "mdi",
    "bi",
    "glyphicon",
    "icon",
    "icons",
    "ion",
    "col",
    "bg",
    "material",
];

/// The types of media, which begin a MIME type.
const MEDIA: [&str; 9] = [
    "application",
    "audio",
    "font",
    "image",
    "message",
    "model",
    "multipart",
    "text",
    "video",
];

/// What colours and other values of style sheets begin with.
const STYLE_FUNCTIONS: [&str; 9] = [
    "rgb(",
    "rgba(",
    "hsl(",
    "hsla(",
    "var(",
    "calc(",
    "url(",
    "linear-gradient(",
    "translate(",
];

/// What shows a regular expression.
const PATTERN_PARTS: [&str; 9] = [
    "[a-z", "[A-Z", "[0-9", "[^", "\\d", "\\w", "\\s", "(?:", ".*",
];

/// Whether the value of a key is for people.
pub(super) fn is_prose(key: &str, value: &str) -> bool {
    let value = value.trim();
    let key: String = key.chars().filter(|c| c.is_alphanumeric()).collect();
    let key = key.to_lowercase();
    if CODE_KEYS.contains(&key.as_str()) {
        return false;
    }
    if LIKELY_CODE_KEYS.contains(&key.as_str()) && !is_label(value) {
        return false;
    }
    let is_code = is_pattern(value)
        || is_date_format(value)
        || STYLE_FUNCTIONS.iter().any(|start| value.starts_with(start))
        || is_classes(value)
        || (!value.contains(char::is_whitespace) && is_code_word(value));
    !is_code
}

/// Whether a text is written as labels and sentences are: words, the first with a capital.
fn is_label(value: &str) -> bool {
    let mut letters = value.chars();
    let (first, second) = (letters.next(), letters.next());
    first.is_some_and(char::is_uppercase)
        && second.is_some_and(|c| c.is_lowercase() || c.is_whitespace())
        && !value.contains(['/', '\\', '_', '<', '{'])
        && value.split_whitespace().all(|word| {
            let word = word.trim_end_matches(['.', ',', ':', '!', '?', '…']);
            word.chars()
                .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
                && !word.chars().skip(1).any(char::is_uppercase)
        })
}

/// Whether a word is an address, a name in a program, a file's name, a colour or the like.
fn is_code_word(word: &str) -> bool {
    let is_id = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    let has_digit = word.contains(|c: char| c.is_ascii_digit());
    let is_address = word.contains("://")
        || word.starts_with(['/', '#', '@'])
        || word.starts_with("./")
        || word.starts_with("../")
        || word.starts_with("mailto:")
        || word.starts_with("data:");
    // "en-US", "de_AT"
    let is_locale = word
        .split_once(['-', '_'])
        .is_some_and(|(language, region)| {
            (2..=3).contains(&language.len())
                && language.bytes().all(|b| b.is_ascii_lowercase())
                && region.len() == 2
                && region.bytes().all(|b| b.is_ascii_uppercase())
        });
    let is_media = word.split_once('/').is_some_and(|(kind, name)| {
        MEDIA.contains(&kind)
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+.-*;=".contains(&b))
    });
    // "logo.png", "app.title", "v1.2.3", "std::fmt", "a/b/c"; "and/or" is text.
    let is_path = (word.contains('.') || word.contains("::") || word.matches('/').count() > 1)
        && word
            .split(['.', '/'])
            .all(|part| part.split("::").all(is_id))
        && !word.contains(char::is_uppercase);
    // "snake_case"; "_word_" is emphasis.
    let is_snake = word.trim_matches('_').contains('_') && is_id(word);
    // "camelCase"
    let is_camel = word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|b| b.is_ascii_alphanumeric())
        && word.bytes().any(|b| b.is_ascii_uppercase())
        && word.bytes().take_while(u8::is_ascii_lowercase).count() > 1;
    let is_numbered =
        has_digit && word.contains('-') && is_id(word) && !word.contains(char::is_uppercase);
    let is_key = word.len() >= 16
        && has_digit
        && word.contains(|c: char| c.is_ascii_alphabetic())
        && is_id(word);
    is_address || is_locale || is_media || is_path || is_snake || is_camel || is_numbered || is_key
}

fn is_pattern(value: &str) -> bool {
    (value.starts_with('^') || value.ends_with('$') || !value.contains(char::is_whitespace))
        && (PATTERN_PARTS.iter().any(|part| value.contains(part))
            || (value.starts_with('^') && value.ends_with('$')))
}

/// Whether a value is a format of dates: `DD.MM.YYYY`, `MMM d, yyyy`.
fn is_date_format(value: &str) -> bool {
    let runs: Vec<&str> = value
        .split(|c: char| !c.is_alphabetic())
        .filter(|run| !run.is_empty())
        .collect();
    let is_field = |run: &&str| {
        let mut letters = run.chars();
        let first = letters.next().unwrap_or_default();
        "dDmMyYhHsSaAEL".contains(first) && letters.all(|letter| letter == first)
    };
    runs.len() > 1 && runs.iter().all(is_field) && runs.iter().any(|run| run.len() > 1)
}

/// Whether a value is a list of CSS classes.
fn is_classes(value: &str) -> bool {
    let is_class = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b':')
            })
    };
    let is_known = |word: &str| {
        word.split_once('-')
            .is_some_and(|(first, _)| CLASS_PREFIXES.contains(&first))
    };
    value.split_whitespace().all(is_class) && value.split_whitespace().any(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_not_prose() {
        for (key, value) in [
            ("regex", "^[a-z]+$"),
            ("rule", "^[a-z]+$"),
            ("rule", "\\d{3}-\\d{4}"),
            ("class", "btn btn-primary"),
            ("style", "btn btn-primary"),
            ("locale", "en-US"),
            ("x", "en-US"),
            ("icon", "fa-user"),
            ("x", "fa-user"),
            ("color", "red"),
            ("x", "#ff8800"),
            ("x", "rgb(1, 2, 3)"),
            ("x", "application/json"),
            ("type", "button"),
            ("x", "user_name"),
            ("x", "userName"),
            ("x", "logo.png"),
            ("x", "images/logo.png"),
            ("x", "app.title"),
            ("x", "https://example.com/a"),
            ("x", "/home/user"),
            ("x", "mailto:a@b.org"),
            ("x", "v1.2.3"),
            ("x", "0b5c7a1e-9f8d-4e2a"),
            ("format", "YYYY-MM-DD"),
            ("x", "MMM d, yyyy"),
            ("id", "Header"),
            ("class_name", "wide"),
            ("path", "Documents/My files"),
        ] {
            assert!(!is_prose(key, value), "{key}: {value}");
        }
    }

    #[test]
    fn labels_and_sentences_are_prose() {
        for (key, value) in [
            ("x", "Save"),
            ("x", "save"),
            ("x", "SAVE CHANGES"),
            ("x", "e-mail"),
            ("x", "Sign-in"),
            ("x", "and/or"),
            ("x", "Hello {name}!"),
            ("x", "See https://example.com for more."),
            ("x", "Loading..."),
            ("x", "iPhone"),
            ("x", "The price is $5"),
            ("x", "file(s)"),
            ("x", "Dr. May"),
            ("x", "#1 in the charts"),
            ("color", "Colour"),
            ("type", "Type of file:"),
            ("language", "Language"),
            ("path", "Path"),
            ("x", "<b>New</b>"),
            ("x", "_new_"),
            ("x", "Done."),
        ] {
            assert!(is_prose(key, value), "{key}: {value}");
        }
    }
}
