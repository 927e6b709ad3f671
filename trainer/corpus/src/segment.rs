//! Splits many lines of text into tokens: the vocabulary's own segmentation, with a cache of each word's
//! tokens.
//!
//! A corpus of a million pairs has tens of millions of words, but only some hundred thousand distinct ones. The
//! tokens between two spaces depend on nothing outside them, so the cache changes only the time.
//!
//! ```
//! use deshi_core::vocabulary::{Vocabulary, write};
//! use deshi_corpus::segment::Segmenter;
//!
//! let file = write(&["▁", "h", "i", "▁h", "▁hi"], &[(0, 1), (3, 2)])?;
//! let mut segmenter = Segmenter::new(Vocabulary::parse(&file)?);
//! assert_eq!(segmenter.sentence("hi hi"), [262, 262, 0]);
//! # Ok::<(), deshi_core::vocabulary::VocabularyError>(())
//! ```

use std::convert::Infallible;

use ahash::AHashMap;
use compact_str::CompactString;
use deshi_core::vocabulary::{END, Vocabulary};

/// The most words in the cache: enough for a large corpus, in 50 MB.
const REMEMBERED_WORDS: usize = 1 << 20;

/// The most tokens of a cached word; longer words are rare, and are split each time.
const FEW: usize = 7;

/// A cached word's tokens, stored inline in the table, so that a look-up touches memory once.
#[derive(Debug, Clone, Copy)]
struct Few {
    tokens: [u16; FEW],
    count: u8,
}

impl Few {
    fn new(tokens: &[u16]) -> Option<Self> {
        let mut few = [0; FEW];
        few.get_mut(..tokens.len())?.copy_from_slice(tokens);
        Some(Self {
            tokens: few,
            count: tokens.len() as u8,
        })
    }
}

/// Splits texts into tokens.
#[derive(Debug)]
pub struct Segmenter<'v> {
    vocabulary: Vocabulary<'v>,
    words: AHashMap<CompactString, Few>,
}

impl<'v> Segmenter<'v> {
    /// A segmenter with an empty cache.
    #[must_use]
    pub fn new(vocabulary: Vocabulary<'v>) -> Self {
        Self {
            vocabulary,
            words: AHashMap::new(),
        }
    }

    /// Appends a text's tokens, without [`END`].
    pub fn append(&mut self, text: &str, out: &mut Vec<u16>) {
        // A space ends every pre-token, and a text begins like a word after a space.
        for word in text.split(' ') {
            if let Some(few) = self.words.get(word) {
                out.extend_from_slice(&few.tokens[..few.count.into()]);
                continue;
            }
            let first = out.len();
            let Ok(()) = self.vocabulary.encode(word, |token| {
                out.push(u16::try_from(token).expect("a vocabulary has at most 65536 pieces"));
                Ok::<(), Infallible>(())
            });
            if self.words.len() < REMEMBERED_WORDS
                && let Some(few) = Few::new(&out[first..])
            {
                self.words.insert(word.into(), few);
            }
        }
    }

    /// A text's tokens, with [`END`].
    #[must_use]
    pub fn sentence(&mut self, text: &str) -> Vec<u16> {
        let mut tokens = Vec::new();
        self.append(text, &mut tokens);
        tokens.push(END as u16);
        tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembered_words_are_split_as_the_vocabulary_splits_them() {
        let file = deshi_core::vocabulary::write(
            &[
                "▁", "h", "a", "l", "o", ".", "1", "al", "▁h", "lo", "▁hal", "▁hallo",
            ],
            &[(2, 3), (0, 1), (3, 4), (8, 7), (10, 9)],
        )
        .unwrap();
        let vocabulary = Vocabulary::parse(&file).unwrap();
        let mut segmenter = Segmenter::new(vocabulary);
        let long = "hal".repeat(100);
        for text in [
            "hallo hallo",
            "lo. hal12",
            "😀 hallo😀",
            "",
            &long,
            "hallo hallo",
            "lo lo. hal12",
        ] {
            let mut expected: Vec<u16> = Vec::new();
            let Ok(()) = vocabulary.encode(text, |token| {
                expected.push(token as u16);
                Ok::<(), Infallible>(())
            });
            expected.push(END as u16);
            assert_eq!(segmenter.sentence(text), expected, "{text}");
        }
    }
}
