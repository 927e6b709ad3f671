//! Which language a text is in, for callers that must choose a model.

use whatlang::{Detector, Lang, detect};

use crate::languages::{has, language};

/// The fewest letters from which one of all languages is chosen.
const LETTERS: usize = 24;
/// A lower confidence is ignored.
const TELLS_NOTHING: f64 = 0.02;
/// Function words count as much as this many letters' trigrams.
const WORD_CONFIDENCE: f64 = 0.3;

/// Codes of languages, and what the identifier calls them.
const CODES: [(&str, Lang); 40] = [
    ("ar", Lang::Ara),
    ("bg", Lang::Bul),
    ("ca", Lang::Cat),
    ("cs", Lang::Ces),
    ("da", Lang::Dan),
    ("de", Lang::Deu),
    ("el", Lang::Ell),
    ("en", Lang::Eng),
    ("eo", Lang::Epo),
    ("es", Lang::Spa),
    ("et", Lang::Est),
    ("fa", Lang::Pes),
    ("fi", Lang::Fin),
    ("fr", Lang::Fra),
    ("he", Lang::Heb),
    ("hi", Lang::Hin),
    ("hr", Lang::Hrv),
    ("hu", Lang::Hun),
    ("id", Lang::Ind),
    ("it", Lang::Ita),
    ("ja", Lang::Jpn),
    ("ko", Lang::Kor),
    ("la", Lang::Lat),
    ("lt", Lang::Lit),
    ("lv", Lang::Lav),
    ("nb", Lang::Nob),
    ("nl", Lang::Nld),
    ("no", Lang::Nob),
    ("pl", Lang::Pol),
    ("pt", Lang::Por),
    ("ro", Lang::Ron),
    ("ru", Lang::Rus),
    ("sk", Lang::Slk),
    ("sl", Lang::Slv),
    ("sr", Lang::Srp),
    ("sv", Lang::Swe),
    ("th", Lang::Tha),
    ("tr", Lang::Tur),
    ("uk", Lang::Ukr),
    ("vi", Lang::Vie),
];

/// The identifier's language of a code: ISO 639-1, else ISO 639-3.
pub(crate) fn identifier_language(code: &str) -> Option<Lang> {
    if code == "zh" {
        return Some(Lang::Cmn);
    }
    match CODES.binary_search_by_key(&code, |&(code, _)| code) {
        Ok(at) => Some(CODES[at].1),
        Err(_) => Lang::from_code(code),
    }
}

/// The ISO 639-1 code of the identifier's language, where there is one.
fn code(found: Lang) -> &'static str {
    if found == Lang::Cmn {
        return "zh";
    }
    let code = CODES.iter().find(|(_, language)| *language == found);
    code.map_or_else(|| found.code(), |(code, _)| code)
}

/// A language that a text seems to be in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Detection {
    /// Its ISO 639-1 code, or its ISO 639-3 code if it has no shorter one.
    pub language: String,
    /// From 0 to 1.
    pub confidence: f64,
}

/// The language of a text. A certain result can be any language. Otherwise it is the likeliest of the `known` ones (ISO
/// 639-1), which tells short texts apart, or the first of them. `None` for a text without letters.
///
/// ```
/// use deshi_text::detect_language;
///
/// let language = |text| detect_language(text, &["en", "de"]).map(|found| found.language);
/// assert_eq!(language("Where is the station?").as_deref(), Some("en"));
/// assert_eq!(language("Wo ist der Bahnhof?").as_deref(), Some("de"));
/// assert_eq!(language("12:30"), None);
/// ```
pub fn detect_language(text: &str, known: &[&str]) -> Option<Detection> {
    let anything = detect(text)?;
    let letters = text.chars().filter(|c| c.is_alphabetic()).take(LETTERS);
    if letters.count() == LETTERS && anything.is_reliable() {
        return Some(Detection {
            language: code(anything.lang()).to_owned(),
            confidence: anything.confidence(),
        });
    }
    by_words(text, known).or_else(|| {
        let allowed: Vec<_> = known
            .iter()
            .filter_map(|code| identifier_language(code))
            .collect();
        let found = Detector::with_allowlist(allowed.clone()).detect(text);
        // None of the known languages: the text is in another script.
        let found = found
            .filter(|found| allowed.contains(&found.lang()))
            .unwrap_or(anything);
        let likeliest = code(found.lang());
        let first = known.first().filter(|_| found.confidence() < TELLS_NOTHING);
        Some(Detection {
            language: first.map_or(likeliest, |first| first).to_string(),
            confidence: found.confidence(),
        })
    })
}

/// The known language that has the most function words in the text, if no other has as many.
fn by_words(text: &str, known: &[&str]) -> Option<Detection> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '\''));
    let words: Vec<_> = words.filter(|word| word.len() > 1).collect();
    let count = |code: &str| {
        let list = language(code).function_words;
        words.iter().filter(|word| has(list, word)).count()
    };
    let mut counts: Vec<_> = known.iter().map(|code| (count(code), *code)).collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let (most, language) = *counts.first()?;
    let second = counts.get(1).map_or(0, |count| count.0);
    (most > second).then(|| Detection {
        language: language.to_owned(),
        confidence: (0.4 + WORD_CONFIDENCE * (most - second) as f64).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_in_a_known_language_and_long_ones_in_any() {
        assert!(CODES.is_sorted_by_key(|&(code, _)| code));
        for (text, expected) in [
            ("Good morning.", Some("en")),
            ("Guten Morgen.", Some("de")),
            ("What are you doing?", Some("en")),
            ("Ich habe es nicht gesehen.", Some("de")),
            ("Hello", Some("en")),
            ("Danke schön", Some("de")),
            (
                "Le comité se réunira de nouveau jeudi pour discuter de la proposition.",
                Some("fr"),
            ),
            ("Привет", Some("ru")),
            ("你好", Some("zh")),
            ("🎉 12", None),
            ("", None),
        ] {
            let found = detect_language(text, &["en", "de"]);
            assert_eq!(
                found.as_ref().map(|found| found.language.as_str()),
                expected,
                "{text}: {found:?}"
            );
            assert!(found.is_none_or(|found| (0.0..=1.0).contains(&found.confidence)));
        }
    }
}
