//! Inline marks in a translation that was made without them: found again by the translations of what they enclose.

use std::ops::Range;

use crate::elements::{Atom, Element, Mark};

/// Words of a phrase that is looked for word by word.
const LONGEST_PHRASE: usize = 12;

/// A pair of marks, and the elements between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) open: usize,
    pub(crate) close: usize,
    /// The elements between the marks, in the sentence's.
    pub(crate) inside: Range<usize>,
}

/// The pairs of marks in elements, or none where a mark stands alone or is not closed: those have no words to be found by.
pub(crate) fn pairs(elements: &[Element], atoms: &[Atom]) -> Option<Vec<Pair>> {
    let mut open: Vec<(u32, usize, usize)> = Vec::new();
    let mut pairs = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let Element::Atom(atom) = element else {
            continue;
        };
        match atoms[*atom] {
            Atom::Mark(Mark::Open(number)) => open.push((number, *atom, index)),
            Atom::Mark(Mark::Close(number)) => {
                let (opened, open_atom, start) = open.pop()?;
                if opened != number {
                    return None;
                }
                pairs.push(Pair {
                    open: open_atom,
                    close: *atom,
                    inside: start + 1..index,
                });
            }
            Atom::Mark(Mark::Single(_)) => return None,
            Atom::Span { .. } => {}
        }
    }
    open.is_empty().then_some(pairs)
}

/// Elements without marks.
pub(crate) fn without_marks(elements: &[Element], atoms: &[Atom]) -> Vec<Element> {
    let mut all: Vec<Element> = Vec::new();
    for element in elements {
        match element {
            Element::Atom(atom) if matches!(atoms[*atom], Atom::Mark(_)) => {}
            Element::Text(text) => match all.last_mut() {
                Some(Element::Text(last)) => last.push_str(text),
                _ => all.push(element.clone()),
            },
            Element::Atom(_) => all.push(element.clone()),
        }
    }
    all
}

/// Where a phrase stands in a whole as it is, in the first place that `fits`.
pub(crate) fn find(
    whole: &str,
    phrase: &str,
    fits: &impl Fn(&Range<usize>) -> bool,
) -> Option<Range<usize>> {
    let phrase = trimmed(phrase);
    let mut places = (!phrase.is_empty()).then(|| occurrences(whole, phrase))?;
    places.find(fits)
}

/// A phrase without white space and punctuation around it.
fn trimmed(phrase: &str) -> &str {
    phrase
        .trim()
        .trim_end_matches(['.', ',', '!', '?', ':', ';'])
        .trim()
}

/// What stands in a whole in the place of a mask: between the words that stand before and behind the mask, of which some
/// may differ.
pub(crate) fn between(whole: &str, masked: &str, mask: char) -> Option<Range<usize>> {
    let (before, after) = masked.split_once(mask)?;
    let words_whole = words(whole);
    let (words_before, words_after) = (words(before), words(after));
    let same = |a: &Range<usize>, text: &str, b: &Range<usize>| {
        same_words(&whole[a.clone()], &text[b.clone()])
    };
    let first = words_whole
        .iter()
        .zip(&words_before)
        .take_while(|(a, b)| same(a, before, b))
        .count();
    let last = words_whole[first..]
        .iter()
        .rev()
        .zip(words_after.iter().rev())
        .take_while(|(a, b)| same(a, after, b))
        .count();
    let others = words_before.len() - first + words_after.len() - last;
    let found = &words_whole[first..words_whole.len() - last];
    let near = others * 4 <= words_before.len() + words_after.len();
    near.then(|| Some(found.first()?.start..found.last()?.end))?
}

/// Whether two texts have the same letters, in any case.
pub(crate) fn same_words(one: &str, other: &str) -> bool {
    trimmed(one).to_lowercase() == trimmed(other).to_lowercase()
}

/// Whether two translations have about the same words.
pub(crate) fn about_the_same(one: &str, other: &str) -> bool {
    let (words_one, words_other) = (words(one), words(other));
    let mut left: Vec<&str> = words_other
        .iter()
        .map(|range| &other[range.clone()])
        .collect();
    let mut common = 0;
    for range in &words_one {
        let word = &one[range.clone()];
        if let Some(at) = left.iter().position(|other| same_stem(other, word)) {
            left.swap_remove(at);
            common += 1;
        }
    }
    common * 4 >= words_one.len().max(words_other.len()) * 3
}

/// Where a phrase stands as whole words: as it is, or else with the first letter in the other case.
fn occurrences<'w>(whole: &'w str, phrase: &str) -> impl Iterator<Item = Range<usize>> + use<'w> {
    let other = {
        let mut letters = phrase.chars();
        let first = letters.next().map(|first| {
            let small: String = first.to_lowercase().collect();
            if small == first.to_string() {
                first.to_uppercase().collect()
            } else {
                small
            }
        });
        first.unwrap_or_default() + letters.as_str()
    };
    let exact: Vec<_> = [phrase, other.as_str()]
        .iter()
        .flat_map(|text| {
            whole
                .match_indices(*text)
                .map(|(at, found)| at..at + found.len())
        })
        .filter(|range| {
            let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !word(whole[..range.start].chars().next_back())
                && !word(whole[range.end..].chars().next())
        })
        .collect();
    exact.into_iter()
}

/// The run of words that is the phrase with other endings, "neue" for "neuen", or has half of its letters; none if two
/// runs are as good.
pub(crate) fn alike(
    whole: &str,
    phrase: &str,
    fits: &impl Fn(&Range<usize>) -> bool,
) -> Option<Range<usize>> {
    let phrase = trimmed(phrase);
    let wanted = words(phrase);
    let words = words(whole);
    let letters = |ranges: &[Range<usize>]| ranges.iter().map(Range::len).sum::<usize>();
    let total = letters(&wanted);
    let mut best: Option<(usize, usize, Range<usize>)> = None;
    let mut tied = false;
    let longest = (wanted.len() + 1).min(LONGEST_PHRASE);
    for length in 1..=longest {
        for window in words.windows(length) {
            let same = |a: &Range<usize>, b: &Range<usize>| {
                same_stem(&whole[a.clone()], &phrase[b.clone()])
            };
            let matched: usize = wanted
                .iter()
                .filter(|word| window.iter().any(|other| same(other, word)))
                .map(Range::len)
                .sum();
            // Both ends are of the phrase, and half of it is there.
            let ends = [&window[0], &window[length - 1]];
            let edges = ends
                .iter()
                .all(|end| wanted.iter().any(|word| same(end, word)));
            let range = window[0].start..window[length - 1].end;
            if !edges || matched * 2 < total || !fits(&range) {
                continue;
            }
            match &best {
                Some((most, shortest, _))
                    if (matched, usize::MAX - length) < (*most, usize::MAX - shortest) => {}
                Some((most, shortest, _)) if (matched, length) == (*most, *shortest) => tied = true,
                _ => {
                    tied = false;
                    best = Some((matched, length, range));
                }
            }
        }
    }
    best.filter(|_| !tied).map(|(_, _, range)| range)
}

/// How many words a text has.
pub(crate) fn count_words(text: &str) -> usize {
    words(text).len()
}

fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices() {
        match (character.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words
}

/// Whether two words differ only in their last letters.
fn same_stem(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let longest = a.chars().count().max(b.chars().count());
    a == b || (common >= 3 && longest - common <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_again() {
        for (whole, phrase, expected) in [
            ("Klicken Sie hier.", "Hier", Some("hier")),
            ("Das neue Haus steht hier.", "Neues Haus", Some("neue Haus")),
            ("Der rote Ball", "Blau", None),
            ("Hierhin", "hier", None),
            ("sehr gutes Brot", "gutes", Some("gutes")),
            (
                "Lesen Sie die allgemeinen Bedingungen.",
                "Allgemeine Bedingungen",
                Some("allgemeinen Bedingungen"),
            ),
            ("eine Nachricht von unserem Team", "Das Team", Some("Team")),
            ("Rote Rosen und rotes Gras", "rot", None),
            ("Ich kann nicht.", "...", None),
        ] {
            let all = |_: &Range<usize>| true;
            let found = find(whole, phrase, &all).or_else(|| alike(whole, phrase, &all));
            assert_eq!(found.map(|range| &whole[range]), expected, "{whole}");
        }
        let later = |range: &Range<usize>| range.start > 0;
        assert_eq!(find("a b a", "a", &later), Some(4..5));
    }

    #[test]
    fn a_masked_phrase_is_found_between_its_neighbours() {
        for (whole, masked, expected) in [
            (
                "Hinweis: Der Laden ist zu.",
                "_ Der Laden ist zu.",
                Some("Hinweis"),
            ),
            (
                "Sie gibt eine Nummer zurück.",
                "Sie gibt _ zurück.",
                Some("eine Nummer"),
            ),
            (
                "Ich habe gestern gelacht.",
                "Ich habe gestern _.",
                Some("gelacht"),
            ),
            (
                "Das ist ganz anders als gedacht.",
                "Hier _ steht nichts.",
                None,
            ),
            ("Das geht.", "Das _ geht.", None),
        ] {
            let found = between(whole, masked, '_');
            assert_eq!(found.map(|range| &whole[range]), expected, "{whole}");
        }
    }

    #[test]
    fn translations_are_compared_by_their_words() {
        assert!(about_the_same(
            "Das rote Haus ist alt.",
            "Das rote Haus, alt, ist."
        ));
        assert!(!about_the_same("Das red- Haus", "Das rote Haus ist alt."));
    }
}
