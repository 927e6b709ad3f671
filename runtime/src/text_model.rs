//! [`TextModel`]: the model as the text layer sees it.

use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use deshi_core::Token;
use deshi_core::vocabulary::{FIRST_SYMBOL, SYMBOLS, Vocabulary, symbol_character};
use deshi_text::{Model, SentenceTranslation};

use crate::{Error, Translator};

/// Longer sentences are cut at clauses, in tokens, about 21 words. Measured with the carried model on the sentences of 18
/// words or more of newstest2013 and of software documentation, whole and cut at 24 words, in chrF: 41.5 and 41.5 for those
/// of 18 to 24 words, 37.1 and 40.9 up to 30, 34.1 and 40.3 up to 36, 32.8 and 40.0 up to 45. Cut at 18 words, each is 0.4
/// to 1.6 better still.
const LONGEST_SENTENCE: usize = 40;

/// A translator's model, for the text layer.
pub(crate) struct TextModel<'t> {
    translator: &'t Translator,
    stop: &'t AtomicBool,
    /// Of what it reads.
    vocabulary: Vocabulary<'t>,
    symbols: Vec<char>,
}

impl<'t> TextModel<'t> {
    pub(crate) fn new(translator: &'t Translator, stop: &'t AtomicBool) -> Self {
        let vocabularies = translator.loaded().vocabularies();
        let symbols = (FIRST_SYMBOL..FIRST_SYMBOL + SYMBOLS).filter_map(symbol_character);
        let symbols = if vocabularies.has_symbols() {
            symbols.collect()
        } else {
            Vec::new()
        };
        Self {
            translator,
            stop,
            vocabulary: vocabularies.source,
            symbols,
        }
    }

    /// Calls `each` with each token of a text.
    fn tokens(&self, text: &str, mut each: impl FnMut(Token)) {
        let push = |token| {
            each(token);
            Ok::<(), Infallible>(())
        };
        let Ok(()) = self.vocabulary.encode(text, push);
    }
}

impl Model for TextModel<'_> {
    type Error = Error;

    fn symbols(&self) -> &[char] {
        &self.symbols
    }

    fn knows(&self, character: char) -> bool {
        let mut known = true;
        let mut text = [0; 4];
        self.tokens(character.encode_utf8(&mut text), |token| {
            known &= self.vocabulary.is_learnt(token);
        });
        known
    }

    fn count_tokens(&self, sentence: &str) -> usize {
        let mut tokens = 0;
        self.tokens(sentence, |_| tokens += 1);
        tokens
    }

    fn maximum_tokens(&self) -> usize {
        // One position is for the end-of-sentence token.
        let positions = self.translator.maximum_positions() - 1;
        positions.min(LONGEST_SENTENCE)
    }

    fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Error> {
        let translations = self.translator.translate_raw_until(sentences, self.stop)?;
        Ok(translations
            .into_iter()
            .map(|translation| SentenceTranslation {
                text: translation.text,
                log_probability: translation.log_probability,
                tokens: translation.scored_tokens,
                truncated: translation.truncated,
                repeated: translation.repeated,
                appended_symbols: translation.appended_symbols,
            })
            .collect())
    }
}
