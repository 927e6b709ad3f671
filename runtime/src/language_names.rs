//! English names of languages, for people.

/// ISO 639-1 codes of the languages that translation models commonly serve.
const NAMES: [(&str, &str); 48] = [
    ("af", "Afrikaans"),
    ("ar", "Arabic"),
    ("bg", "Bulgarian"),
    ("bn", "Bengali"),
    ("ca", "Catalan"),
    ("cs", "Czech"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("eo", "Esperanto"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("eu", "Basque"),
    ("fa", "Persian"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("ga", "Irish"),
    ("gl", "Galician"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hr", "Croatian"),
    ("hu", "Hungarian"),
    ("id", "Indonesian"),
    ("is", "Icelandic"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ko", "Korean"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("mk", "Macedonian"),
    ("ms", "Malay"),
    ("mt", "Maltese"),
    ("nb", "Norwegian Bokmål"),
    ("nl", "Dutch"),
    ("no", "Norwegian"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sk", "Slovak"),
    ("sl", "Slovenian"),
    ("sv", "Swedish"),
    ("sw", "Swahili"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("vi", "Vietnamese"),
    ("zh", "Chinese"),
];

/// A language's English name: `German` for `de`, `Portuguese (BR)` for `pt-BR`; the tag itself where it is not known.
pub fn language_name(tag: &str) -> String {
    let (language, rest) = tag.split_once('-').unwrap_or((tag, ""));
    match NAMES.binary_search_by_key(&language, |&(code, _)| code) {
        Ok(at) if rest.is_empty() => NAMES[at].1.to_owned(),
        Ok(at) => format!("{} ({rest})", NAMES[at].1),
        Err(_) => tag.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_names() {
        assert!(NAMES.is_sorted());
        for (tag, expected) in [
            ("de", "German"),
            ("pt-BR", "Portuguese (BR)"),
            ("tlh", "tlh"),
        ] {
            assert_eq!(language_name(tag), expected);
        }
    }
}
