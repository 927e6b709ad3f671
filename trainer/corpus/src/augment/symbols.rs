//! Puts symbols in place of spans that occur on both sides. A model trained on such pairs copies symbols, and
//! with them whatever the runtime protects (URLs, placeholders, amounts).

use std::collections::HashMap;

use deshi_core::vocabulary::{FIRST_SYMBOL, SYMBOLS, symbol_character};
use rand::Rng;
use rand::seq::SliceRandom;

use crate::word_alignment::WordAligner;

/// Quotation marks of languages and in common use: opening, closing.
const QUOTES: [(char, char); 7] = [
    ('„', '“'),
    ('“', '”'),
    ('»', '«'),
    ('«', '»'),
    ('"', '"'),
    ('`', '`'),
    ('‘', '’'),
];

/// A span on both sides: its byte ranges, and its text in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shared<'a> {
    source: &'a str,
    source_at: usize,
    target_at: usize,
}

/// The pair with symbols in place of some of its copied spans, or of its only pair of quotation marks; `None`
/// if it has neither.
pub(super) fn with_symbols(
    random: &mut impl Rng,
    source: &str,
    target: &str,
) -> Option<(String, String)> {
    let mut symbols: Vec<char> = (FIRST_SYMBOL..FIRST_SYMBOL + SYMBOLS)
        .filter_map(symbol_character)
        .collect();
    // The runtime numbers symbols in the source's order, from the first one. Half of the pairs use random ones,
    // so that each is learnt.
    if random.random_bool(0.5) {
        symbols.shuffle(random);
    }
    if random.random_bool(0.5)
        && let Some(pair) = quotes_as_symbols(&symbols, source, target)
    {
        return Some(pair);
    }
    let mut shared = copied_spans(source, target);
    if shared.is_empty() {
        return quotes_as_symbols(&symbols, source, target);
    }
    if random.random_bool(0.4) {
        shared.shuffle(random);
        shared.truncate(random.random_range(1..=shared.len()));
    }
    shared.truncate(SYMBOLS as usize);
    shared.sort_by_key(|span| span.source_at);
    let replaced = |text: &str, at: &dyn Fn(&Shared<'_>) -> usize| {
        let mut spans: Vec<_> = shared.iter().zip(&symbols).collect();
        spans.sort_by_key(|(span, _)| at(span));
        let (mut out, mut end) = (String::new(), 0);
        for (span, symbol) in spans {
            out.push_str(&text[end..at(span)]);
            out.push(*symbol);
            end = at(span) + span.source.len();
        }
        out + &text[end..]
    };
    Some((
        replaced(source, &|span| span.source_at),
        replaced(target, &|span| span.target_at),
    ))
}

/// Words that occur exactly once on each side, identically, and look like copied text: with a digit, a capital
/// letter or a sign inside. Words that are adjacent on both sides form one span.
fn copied_spans<'a>(source: &'a str, target: &str) -> Vec<Shared<'a>> {
    let places = |words: &[(usize, &str)]| -> HashMap<String, Option<usize>> {
        let mut places = HashMap::new();
        for &(at, word) in words {
            places
                .entry(word.to_owned())
                .and_modify(|place| *place = None)
                .or_insert(Some(at));
        }
        places
    };
    let source_words = words(source);
    let once_in_source = places(&source_words);
    let once_in_target = places(&words(target));
    let mut spans: Vec<Shared<'a>> = Vec::new();
    for (source_at, word) in source_words {
        let (Some(Some(_)), Some(&Some(target_at))) =
            (once_in_source.get(word), once_in_target.get(word))
        else {
            continue;
        };
        if !is_copied(word) {
            continue;
        }
        if let Some(last) = spans.last_mut() {
            let (source_end, target_end) = (
                last.source_at + last.source.len(),
                last.target_at + last.source.len(),
            );
            let between = source.get(source_end..source_at);
            if between == target.get(target_end..target_at) && between == Some(" ") {
                last.source = &source[last.source_at..source_at + word.len()];
                continue;
            }
        }
        spans.push(Shared {
            source: word,
            source_at,
            target_at,
        });
    }
    spans
}

/// Runs without white space, stripped of surrounding punctuation, each with its position.
fn words(text: &str) -> Vec<(usize, &str)> {
    const AROUND: &[char] = &[
        '.', ',', ';', ':', '!', '?', '"', '\'', '(', ')', '[', ']', '„', '“', '”', '‘', '’', '‚',
        '»', '«', '…', '`',
    ];
    let mut words = Vec::new();
    let mut start = 0;
    for run in text.split_inclusive(char::is_whitespace) {
        let without_start = run.trim_start_matches(AROUND);
        let at = start + run.len() - without_start.len();
        let word = without_start.trim_end().trim_end_matches(AROUND);
        if !word.is_empty() {
            words.push((at, word));
        }
        start += run.len();
    }
    words
}

fn is_copied(word: &str) -> bool {
    let inner_sign =
        |character: char| !character.is_alphanumeric() && character != '-' && character != '\'';
    word.chars().count() > 1
        && (word.contains(|character: char| character.is_ascii_digit())
            || word.contains(inner_sign)
            || (word.starts_with('-') && word.contains(char::is_alphanumeric))
            || word.contains(char::is_uppercase))
}

/// Replaces each quotation mark by a symbol, if each side has exactly one quoted phrase.
fn quotes_as_symbols(symbols: &[char], source: &str, target: &str) -> Option<(String, String)> {
    let (before, inside, after) = only_quotation(source)?;
    let (target_before, target_inside, target_after) = only_quotation(target)?;
    let [open, close, ..] = symbols else {
        return None;
    };
    Some((
        format!("{before}{open}{inside}{close}{after}"),
        format!("{target_before}{open}{target_inside}{close}{target_after}"),
    ))
}

/// The most words of a phrase.
const LONGEST_PHRASE: usize = 4;

/// The pair with symbols at the beginning and the end of a phrase and of its translation, like the tags of
/// inline markup. `None` if no phrase is clearly aligned, or if only whole sentences are.
pub(super) fn around_a_phrase(
    random: &mut impl Rng,
    source: &str,
    target: &str,
    aligner: &WordAligner,
) -> Option<(String, String)> {
    if [source, target].iter().any(|text| text.contains(is_symbol)) {
        return None;
    }
    let words = |text| str::split(text, ' ').collect::<Vec<&str>>();
    let (source, target) = (words(source), words(target));
    let mut phrases = aligner.phrases(&source, &target, LONGEST_PHRASE);
    phrases
        .retain(|phrase| phrase.source.len() < source.len() && phrase.target.len() < target.len());
    if phrases.is_empty() {
        return None;
    }
    let phrase = &phrases[random.random_range(0..phrases.len())];
    let open = random.random_range(0..SYMBOLS - 1);
    let [open, close] = [open, open + 1].map(|index| symbol_character(FIRST_SYMBOL + index));
    let (open, close) = (open?, close?);
    let marked = |words: &[&str], range: &std::ops::Range<usize>| {
        let inside = words[range.clone()].join(" ");
        // Final punctuation belongs to the sentence, not to the phrase.
        let phrase = inside.trim_end_matches(|character: char| !character.is_alphanumeric());
        let rest = &inside[phrase.len()..];
        let mut all: Vec<String> = words[..range.start]
            .iter()
            .map(|&word| word.into())
            .collect();
        all.push(format!("{open}{phrase}{close}{rest}"));
        all.extend(words[range.end..].iter().map(|&word| word.into()));
        all.join(" ")
    };
    Some((
        marked(&source, &phrase.source),
        marked(&target, &phrase.target),
    ))
}

fn is_symbol(character: char) -> bool {
    (FIRST_SYMBOL..FIRST_SYMBOL + SYMBOLS).any(|id| symbol_character(id) == Some(character))
}

fn only_quotation(text: &str) -> Option<(&str, &str, &str)> {
    let marks: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, character)| {
            QUOTES
                .iter()
                .any(|&(open, close)| [open, close].contains(character))
        })
        .filter(|&(at, character)| character != '’' || !text[..at].ends_with(char::is_alphanumeric))
        .collect();
    let &[(start, open), (end, close)] = marks.as_slice() else {
        return None;
    };
    let inside = &text[start + open.len_utf8()..end];
    let real =
        !inside.trim().is_empty() && inside.trim() == inside && QUOTES.contains(&(open, close));
    real.then(|| (&text[..start], inside, &text[end + close.len_utf8()..]))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn shown(text: &str) -> String {
        text.chars()
            .map(|character| match u32::from(character).checked_sub(0xE000) {
                Some(index) if index < SYMBOLS => format!("<{index}>"),
                _ => character.to_string(),
            })
            .collect()
    }

    #[test]
    fn copied_spans_are_names_numbers_and_codes_that_stand_once_on_each_side() {
        for (source, target, expected) in [
            (
                "Tom paid 204.72 euros.",
                "Tom hat 204.72 Euro bezahlt.",
                &["Tom", "204.72"][..],
            ),
            (
                "Meet me at 10:30 am.",
                "Triff mich um 10:30 Uhr.",
                &["10:30"],
            ),
            ("New York is big.", "New York ist groß.", &["New York"]),
            (
                "Run apt-get --help now.",
                "Führen Sie jetzt apt-get --help aus.",
                &["--help"],
            ),
            ("Tom, Tom!", "Tom, Tom!", &[]),
            ("The water is hot.", "Das Wasser ist heiß.", &[]),
            (
                "See https://a.b/c?d=1.",
                "Siehe https://a.b/c?d=1.",
                &["https://a.b/c?d=1"],
            ),
        ] {
            let spans: Vec<&str> = copied_spans(source, target)
                .iter()
                .map(|span| span.source)
                .collect();
            assert_eq!(spans, expected, "{source}");
        }
    }

    #[test]
    fn each_symbol_stands_once_on_each_side_and_the_rest_is_as_it_was() {
        let (source, target) = (
            "Tom paid 20 euros to Mary in Berlin.",
            "In Berlin hat Tom 20 Euro an Mary gezahlt.",
        );
        for seed in 0..200 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let (left, right) = with_symbols(&mut random, source, target).unwrap();
            let symbols = |text: &str| {
                let mut all: Vec<char> = text
                    .chars()
                    .filter(|c| ('\u{E000}'..'\u{E008}').contains(c))
                    .collect();
                all.sort_unstable();
                all
            };
            assert_eq!(symbols(&left), symbols(&right), "{}", shown(&left));
            let mut once = symbols(&left);
            once.dedup();
            assert!(!once.is_empty() && once == symbols(&left));
        }
    }

    #[test]
    fn quotation_marks_become_a_pair_of_symbols() {
        let symbols = ['\u{E000}', '\u{E001}'];
        let pair = quotes_as_symbols(&symbols, "Press “Start” now.", "Drücken Sie jetzt „Start“.");
        let (source, target) = pair.unwrap();
        assert_eq!(shown(&source), "Press <0>Start<1> now.");
        assert_eq!(shown(&target), "Drücken Sie jetzt <0>Start<1>.");
        assert_eq!(
            quotes_as_symbols(&symbols, "It's “it”.", "„a“ und „b“"),
            None
        );
    }

    #[test]
    fn a_phrase_and_its_translation_stand_between_two_symbols() {
        let pairs = [
            ("Open the red door.", "Öffnen Sie die rote Tür."),
            ("the red door", "die rote Tür"),
            ("the door", "die Tür"),
            ("Open the box.", "Öffnen Sie den Kasten."),
            ("Open", "Öffnen Sie"),
            ("red", "rote"),
        ];
        let aligner = WordAligner::learn(&pairs);
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..100 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let (source, target) = pairs[0];
            let (left, right) = around_a_phrase(&mut random, source, target, &aligner).unwrap();
            for (text, original) in [(&left, source), (&right, target)] {
                let without: String = text.chars().filter(|&c| !is_symbol(c)).collect();
                assert_eq!(without, original);
                assert_eq!(text.chars().filter(|&c| is_symbol(c)).count(), 2);
            }
            let inside = |text: &str| text.split(is_symbol).nth(1).unwrap().to_owned();
            seen.insert((inside(&left), inside(&right)));
        }
        let pair = |left: &str, right: &str| (left.to_owned(), right.to_owned());
        assert!(seen.contains(&pair("red", "rote")), "{seen:?}");
        assert!(seen.contains(&pair("red door", "rote Tür")), "{seen:?}");
        assert!(!seen.contains(&pair("the red", "rote")), "{seen:?}");
    }
}
