//! Inline marks in a translation that was made without them: found again by the translations of what they enclose.

use std::ops::Range;

use crate::elements::{Atom, Element, Mark};

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

/// Where each phrase stands in a whole, in their order; none if one is not found, or two overlap without one holding the
/// other.
pub(crate) fn find(whole: &str, phrases: &[String]) -> Option<Vec<Range<usize>>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for phrase in phrases {
        let phrase = phrase
            .trim()
            .trim_end_matches(['.', ',', '!', '?', ':', ';']);
        if phrase.is_empty() {
            return None;
        }
        let fits = |range: &Range<usize>| {
            found.iter().all(|other| {
                range.end <= other.start
                    || other.end <= range.start
                    || (range.start <= other.start && other.end <= range.end && range != other)
            })
        };
        let place = occurrences(whole, phrase)
            .find(fits)
            .or_else(|| alike(whole, phrase).filter(fits))?;
        found.push(place);
    }
    Some(found)
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

/// The only run of words that is the phrase with other endings: "neue" for "neuen".
fn alike(whole: &str, phrase: &str) -> Option<Range<usize>> {
    let wanted: Vec<Range<usize>> = words(phrase);
    let words = words(whole);
    let mut matches = words.windows(wanted.len().max(1)).filter(|window| {
        window.len() == wanted.len()
            && window
                .iter()
                .zip(&wanted)
                .all(|(a, b)| same_stem(&whole[a.clone()], &phrase[b.clone()]))
    });
    let only = matches.next()?;
    let range = only.first()?.start..only.last()?.end;
    matches.next().is_none().then_some(range)
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
        for (whole, phrases, expected) in [
            ("Klicken Sie hier.", &["Hier"][..], Some(&["hier"][..])),
            (
                "Das neue Haus steht hier.",
                &["Neues Haus"],
                Some(&["neue Haus"]),
            ),
            ("Der rote Ball", &["Blau"], None),
            ("a b a", &["a", "a"], Some(&["a", "a"])),
            (
                "sehr gutes Brot",
                &["gutes", "sehr gutes"],
                Some(&["gutes", "sehr gutes"]),
            ),
            ("Hierhin", &["hier"], None),
        ] {
            let phrases: Vec<String> = phrases.iter().map(|&phrase| phrase.to_owned()).collect();
            let found = find(whole, &phrases);
            let texts = found.map(|ranges| {
                ranges
                    .into_iter()
                    .map(|range| &whole[range])
                    .collect::<Vec<_>>()
            });
            assert_eq!(texts.as_deref(), expected, "{whole}");
        }
    }
}
