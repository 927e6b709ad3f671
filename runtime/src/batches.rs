//! [`Batches`]: decides which sentences run side by side. Texts become units that fit the model; units of about
//! equal length become batches.

use std::cmp::Reverse;
use std::ops::Range;

use deshi_core::Token;
use deshi_core::batching;
use deshi_core::vocabulary::{END, Vocabulary};

use crate::split::halve;

/// Source tokens of a batch with several sentences: twice as many are 2% faster, but take 2 MB
/// more.
const BATCH_TOKENS: usize = 128;

/// A text, or the part of a long one that fits the model.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// The text's index.
    pub(crate) text: usize,
    tokens: Range<usize>,
}

/// The units of all texts, and their batches.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    tokens: Vec<Token>,
    units: Vec<Unit>,
    /// Indices of units, the longest first.
    order: Vec<usize>,
    /// Ranges of `order`.
    batches: Vec<Range<usize>>,
}

impl Batches {
    /// Puts the texts into batches of up to `sentences`.
    pub(crate) fn new<T: AsRef<str>>(
        vocabulary: &Vocabulary<'_>,
        maximum_positions: usize,
        sentences: usize,
        texts: &[T],
    ) -> Self {
        let mut batches = Self::default();
        for (index, text) in texts.iter().enumerate() {
            batches.add(vocabulary, maximum_positions - 1, index, text.as_ref());
        }
        batches.order.extend(0..batches.units.len());
        let units = &batches.units;
        // Longest batches first, so that the threads finish at about the same time.
        batches
            .order
            .sort_unstable_by_key(|&unit| (Reverse(units[unit].tokens.len()), unit));
        let lengths = batches.order.iter().map(|&unit| units[unit].tokens.len());
        let cut = batching::batches(lengths, BATCH_TOKENS, sentences);
        batches.batches.extend(cut);
        batches
    }

    /// Adds a text's tokens, each unit with its [`END`].
    fn add(&mut self, vocabulary: &Vocabulary<'_>, limit: usize, text_index: usize, text: &str) {
        let start = self.tokens.len();
        let tokens = &mut self.tokens;
        let fits = vocabulary.encode(text, |token| {
            tokens.push(token);
            if tokens.len() - start <= limit {
                Ok(())
            } else {
                Err(())
            }
        });
        if fits.is_err() {
            if let Some((first, second)) = halve(text) {
                self.tokens.truncate(start);
                self.add(vocabulary, limit, text_index, first);
                self.add(vocabulary, limit, text_index, second);
                return;
            }
            // A single character that is too long for the model: keep the tokens that fit.
            self.tokens.truncate(start + limit);
        }
        if self.tokens.len() > start {
            self.tokens.push(END);
            self.units.push(Unit {
                text: text_index,
                tokens: start..self.tokens.len(),
            });
        }
    }

    /// All units, in the order of the texts.
    pub(crate) fn units(&self) -> &[Unit] {
        &self.units
    }

    /// A unit's tokens, including [`END`].
    pub(crate) fn source(&self, unit: usize) -> &[Token] {
        &self.tokens[self.units[unit].tokens.clone()]
    }

    /// The number of batches.
    pub(crate) fn count(&self) -> usize {
        self.batches.len()
    }

    /// The units of a batch.
    pub(crate) fn batch(&self, index: usize) -> &[usize] {
        &self.order[self.batches[index].clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deshi_core::vocabulary::write;

    #[test]
    fn batches_hold_every_unit_once_and_units_of_like_length() {
        let file = write(&["▁", "a"], &[]).unwrap();
        let vocabulary = Vocabulary::parse(&file).unwrap();
        let texts: Vec<String> = (0..50).map(|at| "a".repeat(at * 7 % 40)).collect();
        for sentences in [1, 3, 16, 64] {
            let batches = Batches::new(&vocabulary, 32, sentences, &texts);
            let mut seen: Vec<usize> = Vec::new();
            let mut before = usize::MAX;
            for batch in 0..batches.count() {
                let units = batches.batch(batch);
                assert!((1..=sentences).contains(&units.len()));
                let lengths = units.iter().map(|&unit| batches.source(unit).len());
                assert!(lengths.clone().sum::<usize>() <= BATCH_TOKENS);
                for length in lengths {
                    assert!(length <= before && length <= 32);
                    before = length;
                }
                seen.extend(units);
            }
            seen.sort_unstable();
            assert!(seen.iter().copied().eq(0..batches.units().len()));
            for (index, text) in texts.iter().enumerate() {
                let units = batches.units().iter().enumerate();
                let letters: usize = units
                    .filter(|(_, unit)| unit.text == index)
                    .map(|(at, _)| {
                        batches
                            .source(at)
                            .iter()
                            .filter(|&&token| token == 259)
                            .count()
                    })
                    .sum();
                assert_eq!(letters, text.len(), "{index}");
            }
        }
    }
}
