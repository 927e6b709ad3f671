//! Inline marks in a translation that was made without them: found again by the translations of what they enclose.

use std::ops::Range;

use crate::elements::{Atom, Element, Mark};

/// Words of a phrase that is looked for word by word.
const LONGEST_PHRASE: usize = 12;
/// Words of a sentence in which the place of a mask is looked for, so that this takes bounded time.
const MOST_WORDS: usize = 200;

/// A pair of marks, and the elements between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) open: usize,
    pub(crate) close: usize,
    /// The elements between the marks, in the sentence's.
    pub(crate) inside: Range<usize>,
}

/// The pairs of marks in elements; none if a mark's partner is missing.
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
            Atom::Mark(Mark::Single(_)) | Atom::Span { .. } => {}
        }
    }
    open.is_empty().then_some(pairs)
}

/// Elements without the marks of pairs; those that stand alone stay.
pub(crate) fn without_pairs(elements: &[Element], atoms: &[Atom]) -> Vec<Element> {
    let mut all: Vec<Element> = Vec::new();
    for element in elements {
        match element {
            Element::Atom(atom)
                if matches!(atoms[*atom], Atom::Mark(Mark::Open(_) | Mark::Close(_))) => {}
            Element::Text(text) => push_text(&mut all, text),
            Element::Atom(_) => all.push(element.clone()),
        }
    }
    all
}

/// Elements without marks. A mark that stands alone between words, such as a line break, leaves a space.
pub(crate) fn without_marks(elements: &[Element], atoms: &[Atom]) -> Vec<Element> {
    let mut all: Vec<Element> = Vec::new();
    let mut apart = false;
    for element in elements {
        match element {
            Element::Atom(atom) if matches!(atoms[*atom], Atom::Mark(_)) => {
                apart |= matches!(atoms[*atom], Atom::Mark(Mark::Single(_)));
            }
            Element::Text(text) => {
                let ends = all.last().and_then(Element::text);
                let word = |c: char| c.is_alphanumeric();
                if apart && text.starts_with(word) && ends.is_some_and(|end| end.ends_with(word)) {
                    push_text(&mut all, " ");
                }
                apart = false;
                push_text(&mut all, text);
            }
            Element::Atom(_) => {
                apart = false;
                all.push(element.clone());
            }
        }
    }
    all
}

fn push_text(all: &mut Vec<Element>, text: &str) {
    match all.last_mut() {
        Some(Element::Text(last)) => last.push_str(text),
        _ => all.push(Element::Text(text.to_owned())),
    }
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

/// Where the words that a mask replaced stand in the whole translation: the stretch without which the whole has the words of
/// the masked translation. `None` if the two differ in more than half of the words, or two stretches fit equally well.
///
/// Word order does not count, because German moves words when the mask changes the sentence.
pub(crate) fn left_out(
    whole: &str,
    masked: &str,
    mask: char,
    fits: &impl Fn(&Range<usize>) -> bool,
) -> Option<Range<usize>> {
    let (before, after) = masked.split_once(mask)?;
    let places = words(whole);
    let (before, after) = (words_of(before), words_of(after));
    if places.len() > MOST_WORDS || before.len() + after.len() > MOST_WORDS {
        return None;
    }
    let mut kinds: Vec<String> = Vec::new();
    let mut kind = |word: &str| {
        let known = kinds.iter().position(|other| same_stem(other, word));
        known.unwrap_or_else(|| {
            kinds.push(word.to_owned());
            kinds.len() - 1
        })
    };
    let before: Vec<usize> = before.iter().map(|word| kind(word)).collect();
    let after: Vec<usize> = after.iter().map(|word| kind(word)).collect();
    let whole_kinds: Vec<usize> = places
        .iter()
        .map(|range| kind(&whole[range.clone()]))
        .collect();
    // Of each word, how many more the rest of the whole has than the masked translation.
    let mut more = vec![0_i32; kinds.len()];
    whole_kinds.iter().for_each(|&kind| more[kind] += 1);
    before
        .iter()
        .chain(&after)
        .for_each(|&kind| more[kind] -= 1);
    let all: u32 = more.iter().map(|count| count.unsigned_abs()).sum();
    let mut best = (all, 0, 0);
    let mut found = None;
    for start in 0..places.len() {
        let mut left = more.clone();
        let mut differ = all;
        for end in start + 1..=places.len() {
            let count = &mut left[whole_kinds[end - 1]];
            differ -= count.unsigned_abs();
            *count -= 1;
            differ += count.unsigned_abs();
            let range = places[start].start..places[end - 1].end;
            if differ >= all || differ > best.0 || !fits(&range) {
                continue;
            }
            let left_neighbour = start.checked_sub(1).map(|at| whole_kinds[at]);
            let beside = usize::from(left_neighbour != before.last().copied())
                + usize::from(whole_kinds.get(end) != after.first());
            let score = (differ, beside, end - start);
            if found.is_none() || score < best {
                best = score;
                found = Some(Some(range));
            } else if score == best {
                found = Some(None);
            }
        }
    }
    let near = best.0 as usize * 2 <= before.len() + after.len();
    found.flatten().filter(|_| near)
}

fn words_of(text: &str) -> Vec<&str> {
    words(text).into_iter().map(|range| &text[range]).collect()
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

/// The run of words that matches the phrase but for endings ("neue" for "neuen"), or has half of its letters. `None` if two
/// runs match equally well.
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
            // Both ends belong to the phrase, and half of it is there.
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

/// Whether two words differ only in their last letters, or in the "zu" or "ge" of German verbs: "hochzuladen" and "hochladen".
fn same_stem(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let longest = a.chars().count().max(b.chars().count());
    let (short, long) = if a.len() < b.len() {
        (&a, &b)
    } else {
        (&b, &a)
    };
    let has_infix = || {
        ["zu", "ge"].iter().any(|infix| {
            let mut places = long.match_indices(infix).filter(|(at, _)| *at > 1);
            places.any(|(at, _)| short.strip_prefix(&long[..at]) == Some(&long[at + infix.len()..]))
        })
    };
    a == b || (common >= 3 && longest - common <= 2) || (short.len() > 5 && has_infix())
}

/// Where a word stands as it is, not within another.
pub(crate) fn find_exact(whole: &str, word: &str) -> impl Iterator<Item = Range<usize>> {
    let own = word.to_owned();
    occurrences(whole, word).filter(move |range| whole[range.clone()] == own)
}

/// Of the runs of `count` words in a stretch, the one with most words and numbers of `wanted`; of several, the one that begins nearest to
/// the word number `place` of the whole. `None` if the stretch has not more words.
pub(crate) fn closest_window(
    whole: &str,
    stretch: &Range<usize>,
    place: usize,
    count: usize,
    wanted: &str,
) -> Option<Range<usize>> {
    let all = words(whole);
    let first = all.partition_point(|word| word.start < stretch.start);
    let end = all.partition_point(|word| word.end <= stretch.end);
    let wanted = words_of(wanted);
    let shared = |window: &[Range<usize>]| {
        let is_wanted = |word: &&Range<usize>| {
            wanted
                .iter()
                .any(|other| same_stem(&whole[(*word).clone()], other))
        };
        window.iter().filter(is_wanted).count()
    };
    let windows = all.get(first..end)?.windows(count.max(1)).enumerate();
    let best = windows.max_by_key(|(at, window)| {
        (
            shared(window),
            std::cmp::Reverse((first + at).abs_diff(place)),
        )
    });
    best.filter(|_| end - first > count)
        .map(|(_, window)| window[0].start..window[window.len() - 1].end)
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
    fn a_masked_phrase_is_what_the_masked_sentence_lacks() {
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
            ("Es regnet.", "Es ist _.", Some("regnet")),
            (
                "Die Firma wurde von zwei Leuten 1998 gegründet.",
                "Die Firma wurde 1998 von _ gegründet.",
                Some("zwei Leuten"),
            ),
            (
                "Der beste Weg zu lernen ist, zu üben.",
                "Der beste Weg, _ zu lernen.",
                Some("ist, zu üben"),
            ),
            (
                "Das ist ganz anders als gedacht.",
                "Hier _ steht nichts.",
                None,
            ),
            ("Das geht.", "Das _ geht.", None),
        ] {
            let found = left_out(whole, masked, '_', &|_| true);
            assert_eq!(found.map(|range| &whole[range]), expected, "{whole}");
        }
        let long = "Wort und ".repeat(MOST_WORDS);
        assert_eq!(left_out(&long, "Wort _", '_', &|_| true), None);
    }

    #[test]
    fn a_lost_phrase_gets_a_window_of_its_size() {
        let whole = "Bitte sehen Sie die Höhe 3 der Anleitung.";
        for (stretch, place, count, wanted, expected) in [
            (0..whole.len(), 2, 2, "Chapter 3", Some("Höhe 3")),
            (0..whole.len(), 0, 1, "Please", Some("Bitte")),
            (0..whole.len(), 9, 1, "manual", Some("Anleitung")),
            (0..5, 9, 1, "manual", None),
            (0..15, 9, 1, "manual", Some("Sie")),
        ] {
            let found = closest_window(whole, &stretch, place, count, wanted);
            assert_eq!(found.map(|range| &whole[range]), expected, "{wanted}");
        }
    }

    #[test]
    fn verbs_are_found_with_their_infix() {
        let all = |_: &Range<usize>| true;
        for (whole, phrase, expected) in [
            ("um Dateien hochzuladen.", "Hochladen", Some("hochzuladen")),
            ("wurde hochgeladen.", "hochladen", Some("hochgeladen")),
            ("Er ist dazu da.", "da", Some("da")),
        ] {
            let found = find(whole, phrase, &all).or_else(|| alike(whole, phrase, &all));
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
