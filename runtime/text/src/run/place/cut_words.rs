//! Pairs of marks within a word: a drop cap, "1[st]", "W[o]rd". Their letters have no translation of their own.

use std::ops::Range;

use super::super::Sentence;
use crate::elements::Element;
use crate::placement::{Pair, find_exact};

/// What a pair within a word encloses, and what of the word is before it and behind it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CutWord {
    before: String,
    inside: String,
    behind: String,
    /// Whether no word is before this one.
    is_first: bool,
}

/// The word that a pair stands within, if it does: it begins inside the word, or it ends there and encloses the smaller half.
pub(super) fn cut_word(sentence: &Sentence, pair: &Pair) -> Option<CutWord> {
    let text = |elements: &[Element]| -> String {
        let piece = |element: &Element| match element {
            Element::Text(text) => text.clone(),
            Element::Atom(atom) => sentence.atoms[*atom].source().to_owned(),
        };
        elements.iter().map(piece).collect()
    };
    cut(
        &text(&sentence.elements[..pair.inside.start]),
        &text(&sentence.elements[pair.inside.clone()]),
        &text(&sentence.elements[pair.inside.end..]),
    )
}

fn cut(before: &str, inside: &str, behind: &str) -> Option<CutWord> {
    let begins_within = before.ends_with(is_letter) && inside.starts_with(is_letter);
    let ends_within = inside.ends_with(is_letter) && behind.starts_with(is_letter);
    let is_first = !before.contains(char::is_alphanumeric);
    let before = &before[before.trim_end_matches(is_letter).len()..];
    let behind = &behind[..behind.len() - behind.trim_start_matches(is_letter).len()];
    let is_small = inside.len() < behind.len() && inside.chars().all(is_letter);
    (begins_within || (ends_within && is_small)).then(|| CutWord {
        before: before.to_owned(),
        inside: inside.to_owned(),
        behind: behind.to_owned(),
        is_first,
    })
}

/// Letters of scripts that set words apart by spaces, all of which have capitals, and digits.
fn is_letter(character: char) -> bool {
    character.is_lowercase() || character.is_uppercase() || character.is_ascii_digit()
}

impl CutWord {
    /// The place of the pair in a translation: around the same letters of the same word, or as many letters at the beginning. `None` if
    /// the translation has no such letters: then the pair encloses nothing.
    pub(super) fn place(
        &self,
        whole: &str,
        fits: &impl Fn(&Range<usize>) -> bool,
    ) -> Option<Range<usize>> {
        let word = format!("{}{}{}", self.before, self.inside, self.behind);
        let within = |range: Range<usize>| {
            let start = range.start + self.before.len();
            start..start + self.inside.len()
        };
        if let Some(place) = find_exact(whole, &word).map(within).find(fits) {
            return Some(place);
        }
        if !self.is_first || !self.before.is_empty() {
            return None;
        }
        let start = whole.find(is_letter)?;
        let count = self.inside.chars().count();
        let letters = whole[start..].chars().take_while(|c| is_letter(*c));
        let length: usize = letters.clone().take(count).map(char::len_utf8).sum();
        let place = start..start + length;
        // A drop cap is not a whole word.
        (letters.count() > count && fits(&place)).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_within_a_word_is_placed_by_its_letters() {
        for (before, inside, behind, whole, expected) in [
            ("", "O", "nce upon a time", "Es war einmal", Some(Some("E"))),
            ("“", "O", "nce upon", "„Es war", Some(Some("E"))),
            (
                "He won 1",
                "st",
                " place.",
                "Er wurde 1. Sieger.",
                Some(None),
            ),
            ("E = mc", "2", " is", "E = mc2 ist", Some(Some("2"))),
            ("H", "2", "O is wet", "Nasses H2O", Some(Some("2"))),
            ("A W", "o", "rd", "Ein Wort", Some(None)),
            ("A W", "o", "rd", "Ein Word", Some(Some("o"))),
            ("", "O", "ld", "A", Some(None)),
            ("The ", "cat", "s sleep", "Die Katzen", None),
            ("The ", "cat", " sleeps", "Die Katze", None),
            ("我", "们", "好", "Wir", None),
        ] {
            let found = cut(before, inside, behind);
            let found = found.map(|word| word.place(whole, &|_| true).map(|range| &whole[range]));
            assert_eq!(found, expected, "{before}[{inside}]{behind}");
        }
    }
}
