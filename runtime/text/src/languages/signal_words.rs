//! The signal words of manuals and labels, such as "WARNING". Standards (ANSI Z535, ISO 3864) fix their translations, and a
//! model that guesses at them is dangerous.

/// Words or phrases in small letters, and their translations as they stand at the beginning of a sentence.
pub(crate) type SignalWords = &'static [(&'static str, &'static str)];

pub(super) const ENGLISH_TO_GERMAN: SignalWords = &[
    ("danger", "Gefahr"),
    ("warning", "Warnung"),
    ("caution", "Vorsicht"),
    ("notice", "Hinweis"),
    ("note", "Hinweis"),
    ("attention", "Achtung"),
    ("important", "Wichtig"),
    ("important note", "Wichtiger Hinweis"),
    ("tip", "Tipp"),
    ("example", "Beispiel"),
    ("safety instructions", "Sicherheitshinweise"),
    (
        "important safety instructions",
        "Wichtige Sicherheitshinweise",
    ),
];

/// What may stand behind a signal word.
const ENDS: &[char] = &[':', '!', '.'];

/// The translation of a sentence that is a signal word, alone or with a sign behind it.
pub(crate) fn translation(sentence: &str, words: SignalWords) -> Option<String> {
    let word = sentence.trim_end_matches(ENDS);
    let (_, target) = words
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word))?;
    let capitals = word.chars().any(char::is_uppercase);
    let all = capitals && !word.chars().any(char::is_lowercase);
    let end = &sentence[word.len()..];
    match (all, capitals) {
        (true, _) => Some(target.to_uppercase() + end),
        (false, true) => Some((*target).to_owned() + end),
        // In small letters it is a word like any other.
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signal_words_keep_their_capitals_and_signs() {
        for (text, expected) in [
            ("WARNING:", Some("WARNUNG:")),
            ("Danger!", Some("Gefahr!")),
            ("Note", Some("Hinweis")),
            (
                "IMPORTANT SAFETY INSTRUCTIONS",
                Some("WICHTIGE SICHERHEITSHINWEISE"),
            ),
            ("note", None),
            ("Warning signs", None),
            ("Caution?", None),
        ] {
            let found = translation(text, ENGLISH_TO_GERMAN);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
