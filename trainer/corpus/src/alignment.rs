//! Which source token a target token stands for: IBM model 1.
//!
//! P. F. Brown et al., "The Mathematics of Statistical Machine Translation", Computational Linguistics 19(2),
//! 1993, section 4.1: every target token is made by one token of the source, any of them alike, with
//! probability `t(target | source)`; expectation maximisation finds `t`. The end of the source takes the part
//! of the empty word, which makes what stands for no word.

use deshi_core::vocabulary::END;

/// Sentences as tokens, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Side {
    tokens: Vec<u16>,
    ends: Vec<usize>,
}

impl Side {
    pub(crate) fn push(&mut self, tokens: &[u16]) {
        self.tokens.extend(tokens);
        self.ends.push(self.tokens.len());
    }

    pub(crate) fn sentences(&self) -> usize {
        self.ends.len()
    }

    fn range(&self, sentence: usize) -> std::ops::Range<usize> {
        let start = sentence
            .checked_sub(1)
            .map_or(0, |before| self.ends[before]);
        start..self.ends[sentence]
    }

    pub(crate) fn sentence(&self, sentence: usize) -> &[u16] {
        &self.tokens[self.range(sentence)]
    }

    /// How often each token stands there.
    pub(crate) fn counts(&self, vocabulary_size: usize) -> Vec<u64> {
        let mut counts = vec![0; vocabulary_size];
        self.tokens
            .iter()
            .for_each(|&token| counts[usize::from(token)] += 1);
        counts
    }
}

/// The target tokens of one source token, each with its probability; ascending by token.
pub(crate) type Translations = Vec<(u16, f32)>;

/// Probabilities below this are as good as none.
const NEGLIGIBLE: f64 = 1e-6;

/// `t(target | source)` for every source token. The sums run in the order of the text: the same text gives the
/// same numbers.
pub(crate) fn align(
    source: &Side,
    target: &Side,
    vocabulary_size: usize,
    iterations: usize,
) -> Vec<Translations> {
    let places = places(source, vocabulary_size);
    let mut translations = vec![Translations::new(); vocabulary_size];
    // Of each target token, the sum of its probabilities over its source: in the first iteration all are alike.
    let mut totals: Vec<f32> = (0..target.sentences())
        .flat_map(|sentence| {
            let total = source.sentence(sentence).len() + 1;
            target.range(sentence).map(move |_| total as f32)
        })
        .collect();
    let mut row = vec![1f32; vocabulary_size];
    let mut counts = vec![0f64; vocabulary_size];
    for iteration in 0..iterations {
        for (source_token, places) in places.iter().enumerate() {
            if iteration > 0 {
                spread(&translations[source_token], &mut row);
            }
            for &sentence in places {
                for at in target.range(sentence as usize) {
                    let token = usize::from(target.tokens[at]);
                    counts[token] += f64::from(row[token] / totals[at]);
                }
            }
            translations[source_token] = normalise(&mut counts);
        }
        totals.fill(0.0);
        for (translations, places) in translations.iter().zip(&places) {
            spread(translations, &mut row);
            for &sentence in places {
                for at in target.range(sentence as usize) {
                    totals[at] += row[usize::from(target.tokens[at])];
                }
            }
        }
        // What every source token holds negligible is divided by something all the same.
        totals
            .iter_mut()
            .for_each(|total| *total = total.max(f32::MIN_POSITIVE));
    }
    translations
}

/// The sentences that each token stands in, as often as it does; [`END`] in all of them.
fn places(source: &Side, vocabulary_size: usize) -> Vec<Vec<u32>> {
    let mut places = vec![Vec::new(); vocabulary_size];
    for sentence in 0..source.sentences() {
        for &token in source.sentence(sentence).iter().chain([&(END as u16)]) {
            places[usize::from(token)].push(sentence as u32);
        }
    }
    places
}

fn spread(translations: &Translations, row: &mut [f32]) {
    row.fill(0.0);
    for &(token, probability) in translations {
        row[usize::from(token)] = probability;
    }
}

/// Counts as probabilities; the counts are zero afterwards.
fn normalise(counts: &mut [f64]) -> Translations {
    let total: f64 = counts.iter().sum();
    let mut translations = Translations::new();
    for (token, count) in counts.iter_mut().enumerate() {
        let probability = std::mem::take(count) / total;
        if probability > NEGLIGIBLE {
            translations.push((token as u16, probability as f32));
        }
    }
    translations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_their_translations() {
        // 10 -> 20, 11 -> 21, 12 -> 22, and 23 for no word.
        let pairs: [(&[u16], &[u16]); 5] = [
            (&[10, 11], &[21, 20, 23]),
            (&[10, 12], &[20, 22, 23]),
            (&[11, 12], &[23, 22, 21]),
            (&[10], &[23, 20]),
            (&[12], &[22, 23]),
        ];
        let (mut source, mut target) = (Side::default(), Side::default());
        for (left, right) in pairs {
            source.push(left);
            target.push(right);
        }
        let translations = align(&source, &target, 30, 20);
        for (token, expected) in [(10, 20), (11, 21), (12, 22), (END as usize, 23)] {
            let best = translations[token]
                .iter()
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .unwrap();
            assert_eq!(best.0, expected, "of {token}: {:?}", translations[token]);
            assert!(best.1 > 0.8, "of {token}: {:?}", translations[token]);
            let sum: f32 = translations[token].iter().map(|entry| entry.1).sum();
            assert!((sum - 1.0).abs() < 1e-4);
        }
        assert!(translations[20].is_empty());
    }
}
