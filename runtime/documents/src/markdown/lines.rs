//! Which lines of a paragraph are texts of their own, by what they look like.

/// The most characters of a key, as in `Key: value`.
const KEY_LENGTH: usize = 30;
/// The most words of it.
const KEY_WORDS: usize = 3;

/// Whether a paragraph's line ends a text: a label, or a value in a list of them. `rest` is what follows it.
pub(super) fn is_apart(line: &str, rest: &str, is_first: bool) -> bool {
    let line = line.trim();
    let next = rest.lines().next().unwrap_or_default();
    // Signs of quotes belong to the structure.
    let next = next.trim_start_matches(|c: char| c == '>' || c.is_whitespace());
    let goes_on = next.starts_with(char::is_lowercase);
    without_marks(line).ends_with(':')
        || (is_first && is_emphasised(line) && !goes_on)
        || (is_first && is_value(line) && is_value(next))
}

/// Whether all of a line is within one pair of marks, but for a sign behind it.
fn is_emphasised(line: &str) -> bool {
    let line = line.trim_end_matches([':', '.', '!', '?']);
    let pairs = [
        ("**", "**"),
        ("__", "__"),
        ("*", "*"),
        ("_", "_"),
        ("<b>", "</b>"),
        ("<strong>", "</strong>"),
        ("<em>", "</em>"),
        ("<i>", "</i>"),
    ];
    pairs.iter().any(|(open, close)| {
        let inner = line
            .strip_prefix(open)
            .and_then(|line| line.strip_suffix(close));
        inner.is_some_and(|inner| {
            // The pair within a longer run of stars does not end here: `**a *b***`.
            let inner = inner.trim_matches(|c| open.starts_with(c) && !open.starts_with('<'));
            !inner.is_empty() && !inner.contains(open)
        })
    })
}

/// Whether a line is `Key: value`.
fn is_value(line: &str) -> bool {
    let line = without_marks(line);
    line.split_once(':').is_some_and(|(key, value)| {
        key.starts_with(char::is_uppercase)
            && key.chars().count() <= KEY_LENGTH
            && key.split_whitespace().count() <= KEY_WORDS
            && value.starts_with(char::is_whitespace)
    })
}

/// A line without marks of emphasis.
fn without_marks(line: &str) -> String {
    line.chars()
        .filter(|c| !matches!(c, '*' | '_' | '`'))
        .collect()
}
