//! Whether a sentence is in a language other than the model's source language: by its function words, by letters that only
//! the target language has, and, where there is enough text, by a language identifier.
//!
//! A sentence is judged alone, so that its translation does not depend on what is around it.

use whatlang::detect;

use crate::detection::identifier_language;
use crate::languages::{SMALL_WORDS, has};

/// The identifier is not asked about fewer letters.
const LETTERS: usize = 24;
/// A sentence of this many words, none of which is a function word of the source language, is in another language if the
/// identifier names one.
const MANY_WORDS: usize = 8;
/// Only the first words of a long sentence are looked at.
const WORDS: usize = 64;
/// How many function words of another language are needed.
const FOREIGN_WORDS: usize = 2;

/// The language of a sentence (ISO 639-3), if it is certainly not the source language.
pub(crate) fn foreign(sentence: &str, source: &str, target: &str) -> Option<&'static str> {
    let expected = identifier_language(source)?;
    let words: Vec<&str> = sentence
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.contains(char::is_alphabetic))
        .take(WORDS)
        .collect();
    let own = small_words(source);
    let known = words.iter().filter(|word| has(own, word)).count();
    // Its many function words show that it is in the source language.
    if !own.is_empty() && known * 2 >= words.len() {
        return None;
    }
    if !own.is_empty() {
        if let Some(code) = by_small_words(&words, own, source) {
            return identifier_language(code).map(|language| language.code());
        }
        if known == 0 && has_letters_of(&words, source, target) {
            return identifier_language(target).map(|language| language.code());
        }
    }
    let letters = sentence.chars().filter(|c| c.is_alphabetic());
    if letters.take(LETTERS).count() < LETTERS || known >= 2 {
        return None;
    }
    let found = detect(sentence)?;
    // The identifier is unsure between related languages.
    let many = !own.is_empty() && known == 0 && words.len() >= MANY_WORDS;
    let certain = (found.is_reliable() || many) && found.lang() != expected;
    certain.then(|| found.lang().code())
}

/// The function words of a language; empty if it is not in the table.
fn small_words(code: &str) -> &'static [&'static str] {
    SMALL_WORDS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(&[], |(_, words)| words)
}

/// The language that more of the words belong to than to the source language. A word of both does not count.
fn by_small_words(words: &[&str], own: &[&str], source: &str) -> Option<&'static str> {
    let own: Vec<bool> = words.iter().map(|word| has(own, word)).collect();
    let counts = SMALL_WORDS
        .iter()
        .filter(|(code, _)| *code != source)
        .filter_map(|(code, list)| {
            let (mut theirs, mut ours) = (0, 0);
            for (word, own) in words.iter().zip(&own) {
                match (has(list, word), own) {
                    (true, false) => theirs += 1,
                    (false, true) => ours += 1,
                    _ => {}
                }
            }
            let enough = theirs >= FOREIGN_WORDS && theirs * 4 >= words.len() && theirs > ours * 2;
            enough.then_some((theirs, *code))
        });
    // Of equal counts, the first language of the table.
    counts
        .rev()
        .max_by_key(|(count, _)| *count)
        .map(|(_, code)| code)
}

/// Whether most words, of two or more, have a letter that the target language has and the source language has not:
/// "Größe ändern"; or some, beside a function word of the target language. Names such as "Jürgen Müller" are kept too, which does no harm.
fn has_letters_of(words: &[&str], source: &str, target: &str) -> bool {
    if (source, target) != ("en", "de") {
        return false;
    }
    let own = |word: &&&str| word.contains(['ä', 'ö', 'ü', 'ß', 'Ä', 'Ö', 'Ü']);
    let theirs = small_words(target);
    // "Der Hund schläft."
    let small = words.iter().any(|word| has(theirs, word));
    let count = words.iter().filter(own).count();
    words.len() >= 2 && count * 2 > words.len()
        || words.len() >= 3 && count > 0 && small && count * 4 >= words.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_language_is_noticed_and_the_own_is_not() {
        let cases = include_str!("../tests/data/foreign.en-de.txt");
        let cases = cases.lines().filter(|line| !line.starts_with('#'));
        assert!(cases.clone().count() >= 120);
        let mut wrong = Vec::new();
        for case in cases {
            let (expected, text) = case.split_once('\t').expect("a code and a text");
            let found = foreign(text, "en", "de").unwrap_or("eng");
            if found != expected {
                wrong.push(format!("{text}: {found}, not {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_source_that_is_not_in_the_table_is_judged_by_the_identifier_alone() {
        let hungarian = "A bizottság csütörtökön ismét összeül, hogy megvitassa a javaslatot.";
        assert_eq!(foreign(hungarian, "hu", "de"), None);
        assert_eq!(foreign(hungarian, "fi", "de"), Some("hun"));
        let german = "Das ist ein Haus, und das ist ein Baum.";
        assert_eq!(foreign(german, "de", "en"), None);
        assert_eq!(foreign("This is a house.", "de", "en"), Some("eng"));
    }
}
