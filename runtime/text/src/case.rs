//! Capitals: a sentence in capitals or a heading in title case is translated in sentence case, and set back.

use crate::capitals::is_acronym;
use crate::languages::{Language, has};

/// How the letters of a sentence are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// As sentences are.
    Sentence,
    /// ALL IN CAPITALS.
    Upper,
    /// Each Word With a Capital.
    Title,
    /// all in small letters.
    Lower,
}

/// Words that a heading in title case writes small.
const SMALL_IN_TITLES: &[&str] = &[
    "a", "an", "the", "and", "but", "or", "nor", "for", "of", "to", "in", "on", "at", "by", "with",
    "from", "as", "vs", "via", "into", "per",
];
/// A single word in capitals with fewer letters may be an acronym.
const SHORTEST_WORD: usize = 4;
/// What Roman numbers count.
pub(crate) const NUMBERED: &[&str] = &[
    "act", "annex", "appendix", "article", "book", "chapter", "class", "level", "part", "phase",
    "section", "type", "volume",
];
/// The fewest capitalised words of a heading in title case.
const TITLE_WORDS: usize = 3;
/// Detects how a sentence is written, from the part of it that is translated. `is_common` gets a word in small letters and
/// with a capital, and says whether it is surely no name.
pub(crate) fn detect<'t>(
    texts: impl Iterator<Item = &'t str> + Clone,
    is_common: &dyn Fn(&str, &str) -> bool,
) -> Case {
    let letters = || {
        texts
            .clone()
            .flat_map(str::chars)
            .filter(|c| c.is_alphabetic())
    };
    let capitals = letters().filter(|c| c.is_uppercase()).count();
    if capitals == 0 {
        let cased = letters().any(char::is_lowercase);
        return if cased { Case::Lower } else { Case::Sentence };
    }
    let words = || texts.clone().flat_map(str::split_whitespace);
    if !letters().any(char::is_lowercase) {
        let plain = || words().filter(|word| !is_acronym(word));
        let longest = plain()
            .map(|word| word.chars().filter(|c| c.is_alphabetic()).count())
            .max();
        let longest = longest.unwrap_or(0);
        let many = words()
            .filter(|word| word.contains(char::is_alphabetic))
            .count()
            > 1;
        return if longest >= SHORTEST_WORD || (many && longest > 1 && capitals > 3) {
            Case::Upper
        } else {
            Case::Sentence
        };
    }
    if is_title(words(), is_common) {
        Case::Title
    } else {
        Case::Sentence
    }
}

fn is_title<'t>(
    words: impl Iterator<Item = &'t str>,
    is_common: &dyn Fn(&str, &str) -> bool,
) -> bool {
    let (mut capitals, mut common) = (0, 0);
    let mut last = "";
    for word in words {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        last = word;
        if letters.is_empty() {
            continue;
        }
        let mut characters = letters.chars();
        let first = characters.next().is_some_and(char::is_uppercase);
        let rest_small = characters.all(|c| !c.is_uppercase());
        if first && rest_small {
            // The first word has a capital in any sentence.
            common += usize::from(
                capitals > 0
                    && (has(SMALL_IN_TITLES, letters)
                        || is_common(&letters.to_lowercase(), letters)),
            );
            capitals += 1;
        } else if letters.starts_with(char::is_lowercase) {
            if !has(SMALL_IN_TITLES, letters) {
                return false;
            }
        } else {
            capitals += usize::from(first);
        }
    }
    // "Tom Likes Mary." may be a sentence of names.
    let least = if last.ends_with('.') { 2 } else { 1 };
    capitals >= TITLE_WORDS && common >= least && !last.ends_with([';', ','])
}

/// A text in capitals or title case, in sentence case. `prefers_capital` gets a word in small letters and with a capital, and
/// says whether it is usually capitalised, as names are; both words of `names_of_two_words` get one where they come together.
pub(crate) fn to_sentence_case(
    text: &str,
    case: Case,
    first: bool,
    names_of_two_words: &[[&str; 2]],
    prefers_capital: &dyn Fn(&str, &str) -> bool,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut first = first;
    let runs = || text.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '\''));
    let word_of = |run: &'_ str| {
        run.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '\''))
            .len()
    };
    let mut following = runs().skip(1);
    let mut ends_name = false;
    let mut last = "";
    for run in runs() {
        let word = &run[..word_of(run)];
        let next = following.next().map_or("", |next| &next[..word_of(next)]);
        let begins_name = names_of_two_words
            .iter()
            .any(|[one, two]| word.eq_ignore_ascii_case(one) && next.eq_ignore_ascii_case(two));
        let of_two_words = begins_name || ends_name;
        ends_name = begins_name;
        let before = std::mem::replace(&mut last, word);
        let small = word.to_lowercase();
        let stays = match case {
            // "NASA" in a heading, "iPhone": no plain title case.
            Case::Title => word.chars().skip(1).any(char::is_uppercase),
            _ => is_acronym(word) || is_roman(word, before),
        };
        if word.is_empty() || !word.contains(char::is_alphabetic) || stays {
            out.push_str(word);
        } else {
            let capital = capitalize(&small);
            let is_pronoun = small == "i" || small.starts_with("i'");
            if first || is_pronoun || of_two_words || prefers_capital(&small, &capital) {
                out.push_str(&capital);
            } else {
                out.push_str(&small);
            }
        }
        first &= word.is_empty();
        out.push_str(&run[word.len()..]);
    }
    out
}

/// Whether a word in capitals is a Roman number: one of two letters and more, or one behind a word that is numbered.
fn is_roman(word: &str, before: &str) -> bool {
    let digits = word.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X'));
    digits && (word.len() > 1 || has(NUMBERED, before))
}

/// A text in small letters, with a capital where the sentence begins.
pub(crate) fn from_lower_case(text: &str, first: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut first = first;
    for run in text.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '\'')) {
        let word = run.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '\''));
        if word == "i" || word.starts_with("i'") || (first && !word.is_empty()) {
            out.push_str(&capitalize(word));
        } else {
            out.push_str(word);
        }
        first &= word.is_empty();
        out.push_str(&run[word.len()..]);
    }
    out
}

pub(crate) fn capitalize(word: &str) -> String {
    let mut characters = word.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// A translation as its source was written, by the target language's rules: German has no title case, and writes nouns
/// with a capital. `is_shorter` says whether the second of two words has fewer tokens than the first.
pub(crate) fn set_back(
    translation: &str,
    case: Case,
    first: bool,
    target_code: &str,
    target: &Language,
    is_shorter: &dyn Fn(&str, &str) -> bool,
) -> String {
    match case {
        Case::Sentence => translation.to_owned(),
        Case::Upper => translation.to_uppercase(),
        Case::Title if target_code == "en" => title_case(translation, first),
        Case::Title => translation.to_owned(),
        Case::Lower => begin_small(translation, first, target_code, target, is_shorter),
    }
}

fn title_case(text: &str, first: bool) -> String {
    let mut first = first;
    let mut out = String::with_capacity(text.len());
    for run in text.split_inclusive(char::is_whitespace) {
        let word = run.trim_matches(|c: char| !c.is_alphanumeric());
        if !first && has(SMALL_IN_TITLES, word) {
            out.push_str(run);
        } else {
            let start = run.find(char::is_alphanumeric).unwrap_or(0);
            out.push_str(&run[..start]);
            out.push_str(&capitalize(&run[start..]));
        }
        first &= word.is_empty();
    }
    out
}

/// Whether a clause begins as it does within a sentence: in small letters, or with "I".
pub(crate) fn may_go_on(clause: &str) -> bool {
    clause.starts_with(char::is_lowercase)
        || clause
            .strip_prefix('I')
            .is_some_and(|rest| rest.starts_with([' ', '\'']))
}

/// A clause's translation as a part of a sentence: its first word in small letters, unless it is usually
/// capitalised, as names and nouns are.
pub(crate) fn go_on(
    text: &str,
    target: &Language,
    prefers_capital: &dyn Fn(&str, &str) -> bool,
) -> String {
    let word = text
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or("");
    let mut letters = word.chars();
    let capital = letters.next().is_some_and(char::is_uppercase);
    let rest_small = letters.clone().next().is_some() && letters.all(char::is_lowercase);
    let small = word.to_lowercase();
    let goes_on = has(target.function_words, word) || !prefers_capital(&small, word);
    if capital && rest_small && goes_on {
        small + &text[word.len()..]
    } else {
        text.to_owned()
    }
}

fn begin_small(
    text: &str,
    first: bool,
    target_code: &str,
    target: &Language,
    is_shorter: &dyn Fn(&str, &str) -> bool,
) -> String {
    let Some(start) = text.find(char::is_alphanumeric).filter(|_| first) else {
        return text.to_owned();
    };
    let rest = &text[start..];
    let word = &rest[..rest
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(rest.len())];
    let pronoun = target_code == "en" && word == "I";
    // "Neue": with an adjective's or a verb's ending, and in the model's vocabulary in small letters.
    let inflected = ["e", "en", "er", "es", "em"]
        .iter()
        .any(|ending| word.ends_with(ending));
    let noun = target_code == "de"
        && !has(target.function_words, word)
        && !(inflected && is_shorter(word, &word.to_lowercase()));
    if pronoun || noun || word.chars().skip(1).any(char::is_uppercase) {
        return text.to_owned();
    }
    let mut characters = rest.chars();
    let small = characters
        .next()
        .map(char::to_lowercase)
        .into_iter()
        .flatten();
    text[..start]
        .chars()
        .chain(small)
        .chain(characters)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::language;

    #[test]
    fn the_case_of_a_sentence_is_found() {
        for (text, expected) in [
            ("This is a sentence.", Case::Sentence),
            ("THIS IS A SENTENCE.", Case::Upper),
            ("STOP!", Case::Upper),
            ("NATO", Case::Sentence),
            ("NASA AND ESA", Case::Upper),
            ("HTML / CSS", Case::Sentence),
            ("USA", Case::Sentence),
            ("IT", Case::Sentence),
            ("GO ON", Case::Upper),
            ("The NATO said so.", Case::Sentence),
            ("How to Build Your Own House", Case::Title),
            ("Getting Started With the New Engine", Case::Title),
            ("Barack Obama visits Berlin", Case::Sentence),
            ("Welcome To The Jungle!", Case::Title),
            ("Johann Sebastian Bach", Case::Sentence),
            ("Save As PDF File", Case::Title),
            ("Is This It?", Case::Title),
            ("The House Is New.", Case::Title),
            ("Build Your New House.", Case::Title),
            ("Anna Meets Tom New.", Case::Sentence),
            ("New York", Case::Sentence),
            ("hello, how are you?", Case::Lower),
            ("123", Case::Sentence),
            ("ÜBER DIE STRASSE", Case::Upper),
        ] {
            let is_common = |small: &str, _: &str| {
                [
                    "build", "your", "house", "started", "new", "file", "jungle", "it",
                ]
                .contains(&small)
            };
            let found = detect(std::iter::once(text), &is_common);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn capitals_go_and_come_back() {
        let names = |_: &str, capital: &str| ["Berlin", "Anna"].contains(&capital);
        assert_eq!(
            to_sentence_case(
                "I'M IN BERLIN, AND I LIKE IT.",
                Case::Upper,
                true,
                &[],
                &names
            ),
            "I'm in Berlin, and I like it."
        );
        assert_eq!(
            to_sentence_case(
                "SAVE THE PDF WITH USB: NASA, EU, WHY?",
                Case::Upper,
                true,
                &[],
                &names
            ),
            "Save the PDF with USB: NASA, EU, why?"
        );
        assert_eq!(
            to_sentence_case("How NASA Flies Over Berlin", Case::Title, true, &[], &names),
            "How NASA flies over Berlin"
        );
        assert_eq!(
            to_sentence_case("CHAPTER I: XIV AND I", Case::Upper, true, &[], &names),
            "Chapter I: XIV and I"
        );
        let two_words = &[["new", "york"]];
        let text = "A NEW YORK MAP IS NEW, YORK IS NOT.";
        assert_eq!(
            to_sentence_case(text, Case::Upper, true, two_words, &names),
            "A New York map is new, york is not."
        );
        let (de, en) = (language("de"), language("en"));
        let shorter = |_: &str, small: &str| ["neue", "rohr"].contains(&small);
        assert_eq!(
            set_back("Rohr", Case::Lower, true, "de", de, &shorter),
            "Rohr"
        );
        assert_eq!(
            set_back("Neue Hunde", Case::Lower, true, "de", de, &shorter),
            "neue Hunde"
        );
        assert_eq!(
            set_back(
                "Die Straße ist groß.",
                Case::Upper,
                true,
                "de",
                de,
                &shorter
            ),
            "DIE STRASSE IST GROSS."
        );
        assert_eq!(
            set_back(
                "Wie man ein Haus baut",
                Case::Title,
                true,
                "de",
                de,
                &shorter
            ),
            "Wie man ein Haus baut"
        );
        assert_eq!(
            set_back(
                "How to build a house",
                Case::Title,
                true,
                "en",
                en,
                &shorter
            ),
            "How to Build a House"
        );
        assert_eq!(
            set_back("Hallo, wie geht es?", Case::Lower, true, "de", de, &shorter),
            "hallo, wie geht es?"
        );
        assert_eq!(
            set_back("Hunde bellen.", Case::Lower, true, "de", de, &shorter),
            "Hunde bellen."
        );
        let prefers = |small: &str, _: &str| small == "haus";
        for (text, expected) in [
            ("Und er kam.", "und er kam."),
            ("Neue Dinge", "neue Dinge"),
            ("Haus und Hof", "Haus und Hof"),
            ("NASA sagt", "NASA sagt"),
            ("„Ja“", "„Ja“"),
        ] {
            assert_eq!(go_on(text, de, &prefers), expected);
        }
        assert_eq!(
            from_lower_case("hello, i think i'm in.", true),
            "Hello, I think I'm in."
        );
    }
}
