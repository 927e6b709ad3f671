//! [`ModelTranslation`]: the model's translation of a text, without the text layer.

use std::sync::atomic::{AtomicBool, Ordering};

use deshi_core::Token;
use deshi_core::vocabulary::Vocabulary;

use crate::Error;
use crate::batches::Batches;
use crate::engine::{Engine, Output};
use crate::loaded::LoadedModel;
use crate::threads;

/// The model's translation of a text, without the text layer.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ModelTranslation {
    /// The text.
    pub text: String,
    /// Its tokens, without end-of-sentence tokens and without [`Self::repeated`] ones.
    pub tokens: Vec<Token>,
    /// The source's tokens, without end-of-sentence tokens.
    pub source_tokens: Vec<Token>,
    /// Sum of the tokens' natural log-probabilities, the ends included. With a shortlist, probabilities are
    /// relative to its candidates.
    pub log_probability: f32,
    /// Number of tokens in that sum: those that the model chose, the ends included.
    pub scored_tokens: usize,
    /// Whether the translation was cut off at its maximum length.
    pub truncated: bool,
    /// Whether the model repeated itself endlessly. It was stopped, and the repetitions are left out.
    pub repeated: bool,
    /// Number of symbols that the model left out, and that were appended.
    pub appended_symbols: usize,
}

impl ModelTranslation {
    /// Mean natural log-probability per token; `None` without tokens.
    pub fn mean_log_probability(&self) -> Option<f32> {
        (self.scored_tokens > 0).then(|| self.log_probability / self.scored_tokens as f32)
    }

    /// Adds the translation of the text's next unit.
    fn add(&mut self, vocabulary: &Vocabulary<'_>, source: &[Token], output: &Output) {
        let found = output.found;
        let repeats = found.repeats();
        let tokens = [
            &output.tokens[..repeats.start],
            &output.tokens[repeats.end..],
        ]
        .concat();
        if !self.text.is_empty() && !tokens.is_empty() {
            self.text.push(' ');
        }
        vocabulary
            .decode(tokens.iter().copied(), &mut self.text)
            .expect("a String takes every text");
        self.tokens.extend(&tokens);
        let (_, without_end) = source.split_last().expect("a unit has an end");
        self.source_tokens.extend(without_end);
        self.log_probability += found.log_probability;
        let ends = usize::from(!found.truncated);
        self.scored_tokens += found.tokens - found.appended_symbols + ends;
        let repeated = found.repeated_tokens > 0;
        self.truncated |= found.truncated && !repeated;
        self.repeated |= repeated;
        self.appended_symbols += found.appended_symbols;
    }
}

/// How the work is spread: sentences per batch, and threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) threads: usize,
    pub(crate) batch_sentences: usize,
}

/// Translates texts by the model alone. A text that is longer than the model's positions is split, and its
/// translations are joined by spaces; a blank text has an empty translation. No batch begins once `stop` is set.
///
/// # Errors
/// An error of the engine; [`Error::Stopped`].
pub(crate) fn translate<T: AsRef<str>>(
    model: &LoadedModel,
    engine: &dyn Engine,
    spread: Spread,
    stop: &AtomicBool,
    texts: &[T],
) -> Result<Vec<ModelTranslation>, Error> {
    let vocabularies = model.vocabularies();
    let positions = model.maximum_positions();
    let batches = Batches::new(
        &vocabularies.source,
        positions,
        spread.batch_sentences,
        texts,
    );
    let outputs = threads::map(spread.threads, batches.count(), |batch| {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        let sources = batches
            .batch(batch)
            .iter()
            .map(|&unit| batches.source(unit));
        engine.translate(&sources.collect::<Vec<_>>())
    })?;
    let mut by_unit: Vec<Option<Output>> = Vec::new();
    by_unit.resize_with(batches.units().len(), || None);
    for (batch, outputs) in outputs.into_iter().enumerate() {
        for (&unit, output) in batches.batch(batch).iter().zip(outputs) {
            by_unit[unit] = Some(output);
        }
    }
    let mut translations = vec![ModelTranslation::default(); texts.len()];
    for (at, (unit, output)) in batches.units().iter().zip(by_unit).enumerate() {
        let output =
            output.expect("every unit is in one batch, and an engine answers every source");
        translations[unit.text].add(&vocabularies.target, batches.source(at), &output);
    }
    Ok(translations)
}
