//! The tokenisation of WMT's scoring script `mteval-v13a.pl`, as in sacrebleu.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::tokeniser::is_space;

/// The substitutions of sacrebleu's `TokenizerRegexp`, in its order.
static SUBSTITUTIONS: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    let regex = |pattern| Regex::new(pattern).expect("the pattern is a constant and well formed");
    [
        // ASCII symbols become separate words, except for ' , - and .
        (
            regex(r"([\x20-\x26\x28-\x2B\x2F\x3A-\x40\x5B-\x60\x7B-\x7E])"),
            " ${1} ",
        ),
        // So do period and comma, unless a digit precedes them...
        (regex(r"([^0-9])([.,])"), "${1} ${2} "),
        // ... or follows them.
        (regex(r"([.,])([^0-9])"), " ${1} ${2}"),
        // So does a dash after a digit.
        (regex(r"([0-9])(-)"), "${1} ${2} "),
    ]
});

/// Splits a line into words as `mteval-v13a.pl` does (sacrebleu 2.6.0, `tokenizer_13a.py`).
///
/// ```
/// use deshi_corpus::metrics::tokenise_13a;
///
/// let words = tokenise_13a("It cost &quot;1,000.50&quot;, he said.");
/// assert_eq!(words, ["It", "cost", "\"", "1,000.50", "\"", ",", "he", "said", "."]);
/// ```
pub fn tokenise_13a(line: &str) -> Vec<String> {
    let line = line
        .replace("<skipped>", "")
        .replace("-\n", "")
        .replace('\n', " ");
    let mut line = format!(" {} ", unescape(line));
    for (pattern, replacement) in SUBSTITUTIONS.iter() {
        if let Cow::Owned(replaced) = pattern.replace_all(&line, *replacement) {
            line = replaced;
        }
    }
    line.split(is_space)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Replaces the four XML entities, one kind after the other: `&amp;lt;` becomes `<`.
fn unescape(line: String) -> String {
    if !line.contains('&') {
        return line;
    }
    let entities = [
        ("&quot;", "\""),
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ];
    entities.iter().fold(line, |line, (entity, character)| {
        line.replace(entity, character)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_mteval_does() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("Hello, world!", &["Hello", ",", "world", "!"]),
            (
                "1,000.50 and .5 and 5.",
                &["1,000.50", "and", ".", "5", "and", "5", "."],
            ),
            (
                "1990-95 well-known -3",
                &["1990", "-", "95", "well-known", "-3"],
            ),
            ("don't (really)", &["don't", "(", "really", ")"]),
            ("a&amp;lt;b", &["a", "<", "b"]),
            ("<skipped>x", &["x"]),
            ("soft-\nware on\ntwo", &["software", "on", "two"]),
            ("„Ja“ – 日本。", &["„Ja“", "–", "日本。"]),
            ("a...b", &["a", ".", ".", ".", "b"]),
        ];
        for (line, words) in cases {
            assert_eq!(tokenise_13a(line), *words, "{line:?}");
        }
    }
}
