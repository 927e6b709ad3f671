//! Negation: "not" is a short word, and a model that leaves it out says the opposite.

use crate::languages::Language;

/// How a language negates. Words are in small letters.
#[derive(Debug)]
pub(crate) struct Negations {
    /// Words that negate a sentence, and the ends and beginnings of such words: "n't", "kein".
    pub(crate) words: &'static [&'static str],
    pub(crate) ends: &'static [&'static str],
    pub(crate) begins: &'static [&'static str],
    /// What another language may translate with a negation: "without", "un-", "-less".
    pub(crate) near_words: &'static [&'static str],
    pub(crate) near_ends: &'static [&'static str],
    pub(crate) near_begins: &'static [&'static str],
    /// Phrases with a negation that negate nothing: "nothing but", "nicht wahr".
    pub(crate) phrases: &'static [&'static str],
    /// Other forms of the same negation, for a second try: "don't" and "do not".
    pub(crate) forms: &'static [(&'static str, &'static str)],
}

impl Negations {
    /// Whether a text negates, apart from the phrases that negate nothing.
    fn negates(&self, text: &str) -> bool {
        let mut plain = plain(text);
        for phrase in self.phrases {
            if plain.contains(phrase) {
                plain = plain.replace(phrase, " ");
            }
        }
        words(&plain).any(|word| self.is_negation(word))
    }

    fn comes_near(&self, text: &str) -> bool {
        words(&plain(text)).any(|word| {
            self.is_negation(word)
                || self.near_words.contains(&word)
                || self
                    .near_ends
                    .iter()
                    .any(|end| word.len() > end.len() && word.ends_with(end))
                || self
                    .near_begins
                    .iter()
                    .any(|begin| word.len() > begin.len() && word.starts_with(begin))
        })
    }

    fn is_negation(&self, word: &str) -> bool {
        self.words.contains(&word)
            || self.ends.iter().any(|end| word.ends_with(end))
            || self.begins.iter().any(|begin| word.starts_with(begin))
    }
}

fn plain(text: &str) -> String {
    text.to_lowercase().replace('’', "'").replace("\\'", "'")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
}

/// Whether one of two texts is negated and nothing in the other is near a negation. Of other languages, nothing is known.
pub(crate) fn differs(source: &str, translation: &str, from: &Language, to: &Language) -> bool {
    let (Some(from), Some(to)) = (from.negations, to.negations) else {
        return false;
    };
    // What was left in the source language has lost nothing.
    from.negates(source) && !to.comes_near(translation) && !from.negates(translation)
        || to.negates(translation) && !from.comes_near(source)
}

/// A text with its negation in another form; `None` if it has no negation with another form.
pub(crate) fn reworded(text: &str, language: &Language) -> Option<String> {
    let forms = language.negations?.forms;
    for (one, other) in forms {
        for (from, to) in [(one, other), (other, one)] {
            let Some(at) = find_word(text, from) else {
                continue;
            };
            let capital = text[at..].starts_with(char::is_uppercase);
            let to = if capital {
                crate::case::capitalize(to)
            } else {
                (*to).to_owned()
            };
            return Some(format!("{}{to}{}", &text[..at], &text[at + from.len()..]));
        }
    }
    None
}

/// Where a phrase begins, in any case, between words.
fn find_word(text: &str, phrase: &str) -> Option<usize> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.char_indices().map(|(at, _)| at).find(|&at| {
        let Some(found) = text.get(at..at + phrase.len()) else {
            return false;
        };
        found.eq_ignore_ascii_case(phrase)
            && !letter(text[..at].chars().next_back())
            && !letter(text[at + phrase.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::language;

    #[test]
    fn lost_and_added_negations_are_seen() {
        let (en, de) = (language("en"), language("de"));
        for (source, translation, expected) in [
            ("Do not open it.", "Öffnen Sie es.", true),
            ("Do not open it.", "Öffnen Sie es nicht.", false),
            ("I can't swim.", "Ich kann schwimmen.", true),
            ("I have no money.", "Ich habe kein Geld.", false),
            ("It was impossible.", "Es war nicht möglich.", false),
            ("I never saw him.", "Ich habe ihn niemals gesehen.", false),
            ("It is good.", "Es ist nicht gut.", true),
            ("It's hard, isn't it?", "Es ist schwer, nicht wahr?", false),
            ("Why don't we go?", "Gehen wir doch!", false),
            ("He eats nothing but bread.", "Er isst nur Brot.", false),
            (
                "She went out without a hat.",
                "Sie ging ohne Hut aus.",
                false,
            ),
            ("Don't you know?", "Weißt du das nicht?", false),
        ] {
            assert_eq!(differs(source, translation, en, de), expected, "{source}");
            let back = differs(translation, source, de, en);
            assert_eq!(back, expected, "{translation}");
        }
        assert!(!differs("Do not go.", "Don't go.", en, de));
        assert!(!differs("Do not.", "Nu face.", en, language("ro")));
    }

    #[test]
    fn a_negation_has_another_form() {
        let en = language("en");
        for (text, expected) in [
            ("Don't open it.", Some("Do not open it.")),
            ("I do not know.", Some("I don't know.")),
            ("We won't go.", Some("We will not go.")),
            ("I am not here.", None),
        ] {
            assert_eq!(reworded(text, en).as_deref(), expected);
        }
    }
}
