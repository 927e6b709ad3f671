//! Aligns the words of a sentence with the words of its translation: IBM model 1 (`alignment.rs`) over
//! whole words, with a preference for words at similar positions; and extracts aligned phrases.

use std::{cmp::Reverse, ops::Range};

use ahash::AHashMap;
use compact_str::{CompactString, ToCompactString};
use deshi_core::vocabulary::END;

use crate::alignment::{Side, Translations, align};

/// How many of the most frequent words per side have their own id (ids have 16 bits). All others share one id.
const WORDS: usize = 60_000;
/// The id of all other words; [`END`] acts as the empty word.
const OTHER: u16 = 1;
const ITERATIONS: usize = 5;
/// The least share of a target word's probability for one source word to be a clear alignment.
const CLEAR: f32 = 0.5;
/// Parameters of the position's influence (Dyer et al. 2013, "A Simple, Fast, and Effective Reparameterization
/// of IBM Model 2", equation 2): the probability of no word, and how fast the others' probability falls with
/// the distance from the corresponding position. The paper uses 0.08 and 4; German verbs move far.
const NO_WORD: f32 = 0.08;
const DIAGONAL: f32 = 2.0;

/// Word alignments, learnt from pairs.
#[derive(Debug)]
pub struct WordAligner {
    source_ids: AHashMap<CompactString, u16>,
    target_ids: AHashMap<CompactString, u16>,
    translations: Vec<Translations>,
}

/// A phrase and its translation: ranges of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhrasePair {
    /// Words of the source.
    pub source: Range<usize>,
    /// Words of the target.
    pub target: Range<usize>,
}

/// A word's form for counting: without surrounding punctuation, in lower case.
fn folded(word: &str) -> CompactString {
    let inner = word.trim_matches(|character: char| !character.is_alphanumeric());
    inner.to_lowercase().to_compact_string()
}

fn ids<'t>(texts: impl Iterator<Item = &'t str>) -> AHashMap<CompactString, u16> {
    let mut counts: AHashMap<CompactString, u32> = AHashMap::new();
    for text in texts {
        for word in text.split(' ') {
            *counts.entry(folded(word)).or_default() += 1;
        }
    }
    counts.remove("");
    let mut words: Vec<_> = counts.into_iter().collect();
    words.sort_unstable_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    words.truncate(WORDS);
    words
        .into_iter()
        .zip(OTHER + 1..)
        .map(|((word, _), id)| (word, id))
        .collect()
}

impl WordAligner {
    /// Learns alignments from pairs.
    #[must_use]
    pub fn learn(pairs: &[(&str, &str)]) -> Self {
        let mut aligner = Self {
            source_ids: ids(pairs.iter().map(|pair| pair.0)),
            target_ids: ids(pairs.iter().map(|pair| pair.1)),
            translations: Vec::new(),
        };
        let (mut source, mut target) = (Side::default(), Side::default());
        let mut words = Vec::new();
        for pair in pairs {
            for (side, text, ids) in [
                (&mut source, pair.0, &aligner.source_ids),
                (&mut target, pair.1, &aligner.target_ids),
            ] {
                words.clear();
                words.extend(text.split(' ').map(|word| id(ids, word)));
                side.push(&words);
            }
        }
        let size = aligner.source_ids.len().max(aligner.target_ids.len()) + usize::from(OTHER) + 1;
        aligner.translations = align(&source, &target, size, ITERATIONS);
        aligner
    }

    /// The clearly aligned source word of each target word.
    fn align(&self, source: &[&str], target: &[&str]) -> Vec<Option<usize>> {
        let source_ids: Vec<u16> = source
            .iter()
            .map(|word| id(&self.source_ids, word))
            .collect();
        let place = |at: usize, of: &[&str]| (at as f32 + 0.5) / of.len() as f32;
        target
            .iter()
            .enumerate()
            .map(|(at, word)| {
                let target_id = id(&self.target_ids, word);
                if target_id == OTHER {
                    return None;
                }
                let nearness: Vec<f32> = (0..source.len())
                    .map(|from| (place(from, source) - place(at, target)).abs())
                    .map(|distance| (-DIAGONAL * distance).exp())
                    .collect();
                let share = (1.0 - NO_WORD) / nearness.iter().sum::<f32>();
                let mut total = NO_WORD * self.probability(END as u16, target_id);
                let mut best = (0.0, 0);
                for (from, (&source_id, near)) in source_ids.iter().zip(nearness).enumerate() {
                    let probability = share * near * self.probability(source_id, target_id);
                    total += probability;
                    if probability > best.0 {
                        best = (probability, from);
                    }
                }
                (best.0 > CLEAR * total).then_some(best.1)
            })
            .collect()
    }

    fn probability(&self, source: u16, target: u16) -> f32 {
        let list = &self.translations[usize::from(source)];
        let found = list.binary_search_by_key(&target, |&(token, _)| token);
        found.map_or(0.0, |index| list[index].1)
    }

    /// The phrases of up to `longest` source words whose translation is a phrase, and the translation of
    /// nothing else (Koehn et al. 2003, "Statistical Phrase-Based Translation", section 3.1). The first and
    /// last words on both sides are aligned.
    #[must_use]
    pub fn phrases(&self, source: &[&str], target: &[&str], longest: usize) -> Vec<PhrasePair> {
        let alignment = self.align(source, target);
        let mut phrases = Vec::new();
        for start in 0..source.len() {
            for end in start + 1..=(start + longest).min(source.len()) {
                let inside = |word: &usize| (start..end).contains(word);
                let places = || {
                    let aligned = alignment.iter().enumerate();
                    aligned.filter_map(|(at, from)| from.filter(inside).map(|from| (at, from)))
                };
                let (Some((first, _)), Some((last, _))) = (places().next(), places().next_back())
                else {
                    continue;
                };
                let covers = |word| places().any(|(_, from)| from == word);
                let only = alignment[first..=last].iter().flatten().all(inside);
                if covers(start) && covers(end - 1) && only {
                    phrases.push(PhrasePair {
                        source: start..end,
                        target: first..last + 1,
                    });
                }
            }
        }
        phrases
    }
}

fn id(ids: &AHashMap<CompactString, u16>, word: &str) -> u16 {
    ids.get(&folded(word)).copied().unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [(&str, &str); 8] = [
        ("the red house", "das rote Haus"),
        ("the blue house", "das blaue Haus"),
        ("a red car", "ein rotes Auto"),
        ("the red car", "das rote Auto"),
        ("a blue car", "ein blaues Auto"),
        ("a house", "ein Haus"),
        ("red", "rote"),
        ("blue", "blaue"),
    ];

    #[test]
    fn words_find_their_translations_whatever_their_place() {
        let aligner = WordAligner::learn(&PAIRS);
        let (source, target) = (["The", "red", "house."], ["Haus,", "das", "rote"]);
        assert_eq!(aligner.align(&source, &target), [Some(2), Some(0), Some(1)]);
        assert_eq!(aligner.align(&source, &["Unbekannt"]), [None]);
    }

    #[test]
    fn phrases_are_whole_on_both_sides() {
        let aligner = WordAligner::learn(&PAIRS);
        let phrases = aligner.phrases(&["a", "red", "house"], &["ein", "Haus", "rote"], 2);
        let pair = |source, target| PhrasePair { source, target };
        assert_eq!(
            phrases,
            [
                pair(0..1, 0..1),
                pair(1..2, 2..3),
                pair(1..3, 1..3),
                pair(2..3, 1..2)
            ],
            "`a red` is not a phrase: its translation has `Haus` inside"
        );
    }
}
