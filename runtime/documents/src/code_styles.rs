//! Styles that word processors and converters use for program text, which is not translated.

/// Names of such styles, in lower case and without what separates their words.
const CODE_STYLES: [&str; 10] = [
    "code",
    "codechar",
    "htmlcode",
    "htmlpreformatted",
    "htmlsample",
    "htmltypewriter",
    "preformattedtext",
    "sourcecode",
    "sourcetext",
    "verbatimchar",
];

/// Whether a style of this name is for program text. OpenDocument writes a space as `_20_`.
pub(crate) fn is_code_style(name: &str) -> bool {
    let mut plain = name.replace("_20_", "").to_ascii_lowercase();
    plain.retain(|character| !matches!(character, ' ' | '-' | '_'));
    CODE_STYLES.contains(&plain.as_str())
}
