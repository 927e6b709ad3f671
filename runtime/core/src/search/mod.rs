//! Greedy decoding: the most likely token at each step, for one sentence or for several side by side.
//!
//! If the vocabulary has symbols, a translation has each symbol of its source exactly once, in the order of their ids, and
//! no other symbol, whatever the model says: see [`Constraints::required`]. A model cannot end while symbols are missing.
//! If it is then unsure what else to say, the search inserts the next missing symbol.

use core::ops::Range;

use crate::Token;
use crate::vocabulary::{END, START, SymbolSet};

mod repetition;

use repetition::Repetitions;

/// Tokens that a step must not choose: symbols, [`END`], or both. They still count in the log-probability of the chosen
/// token, which is its log-probability among all tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Excluded {
    symbols: SymbolSet,
    end: bool,
}

impl Excluded {
    /// Every token may be chosen.
    pub const NOTHING: Self = Self {
        symbols: SymbolSet::EMPTY,
        end: false,
    };

    /// Excludes `symbols`, and also [`END`] if `end` is set.
    pub const fn new(symbols: SymbolSet, end: bool) -> Self {
        Self { symbols, end }
    }

    /// Whether a token is excluded.
    pub const fn contains(self, token: Token) -> bool {
        self.symbols.contains(token) || (self.end && token == END)
    }

    /// How many tokens are excluded.
    pub const fn len(self) -> usize {
        self.symbols.len() + self.end as usize
    }

    /// Whether no token is excluded.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// Runs a model, one sentence and one token at a time.
pub trait Executor {
    /// What can go wrong.
    type Error;

    /// Reads a source, which includes its [`END`], and forgets the previous one.
    ///
    /// # Errors
    /// If the executor fails.
    fn encode(&mut self, source: &[Token]) -> Result<(), Self::Error>;

    /// Of the tokens that are not `excluded`, the most likely one after `token`, which is at `position`; and its
    /// log-probability among all tokens.
    ///
    /// # Errors
    /// If the executor fails.
    fn step(
        &mut self,
        token: Token,
        position: usize,
        excluded: Excluded,
    ) -> Result<(Token, f32), Self::Error>;
}

/// A translation has at most `LENGTH_FACTOR * source_tokens + LENGTH_OFFSET` tokens. The trainer decodes within this
/// bound, and the exporter writes it into bundles.
pub const LENGTH_FACTOR: f32 = 1.5;
/// See [`LENGTH_FACTOR`].
pub const LENGTH_OFFSET: u32 = 10;

/// The most tokens that a translation can have, its end included:
/// `min(factor * source_tokens + offset, maximum_positions)`.
pub fn maximum_tokens(
    factor: f32,
    offset: u32,
    source_tokens: usize,
    maximum_positions: usize,
) -> usize {
    let most = (factor * source_tokens as f32) as usize;
    most.saturating_add(offset as usize).min(maximum_positions)
}

/// If the best token's log-probability is below this (a probability of 0.05), and the translation is at least half as long
/// as its source, a model that may not end yet has nothing left to say: the next missing symbol is inserted.
const UNSURE: f32 = -3.0;

/// What holds for a translation, whatever the model says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Constraints {
    /// The most tokens that the model decodes, the end included. Missing symbols are appended after them.
    pub maximum_tokens: usize,
    /// The symbols that the translation has, each exactly once, in the order of their ids, and no others; `None` if the
    /// vocabulary has no symbols. See [`Vocabularies::required_symbols`](crate::vocabulary::Vocabularies::required_symbols).
    pub required: Option<SymbolSet>,
}

impl Constraints {
    /// At most this many tokens, and no symbols.
    pub const fn tokens(maximum_tokens: usize) -> Self {
        Self {
            maximum_tokens,
            required: None,
        }
    }
}

/// One sentence in a step of a [`BatchExecutor`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The sentence's index in the batch.
    pub sentence: usize,
    /// Before the step, the last token; after it, the most likely next one that is not excluded.
    pub token: Token,
    /// After the step: that token's log-probability among all tokens.
    pub log_probability: f32,
    /// What the step must not choose.
    pub excluded: Excluded,
    /// Required symbols that are still missing.
    missing: SymbolSet,
    /// From this number of tokens on, a missing symbol is inserted where the model is unsure.
    late: usize,
    /// The most times that any span occurs in a row in the source.
    source_times: usize,
    repetitions: Repetitions,
}

impl Row {
    /// Before the first step.
    pub const START: Self = Self {
        sentence: 0,
        token: START,
        log_probability: 0.0,
        excluded: Excluded::NOTHING,
        missing: SymbolSet::EMPTY,
        late: usize::MAX,
        source_times: 1,
        repetitions: Repetitions::NONE,
    };

    /// A row for a single step of a batch's first sentence.
    pub const fn single(token: Token, excluded: Excluded) -> Self {
        Self {
            token,
            excluded,
            ..Self::START
        }
    }

    fn new(sentence: usize, source: &[Token], required: Option<SymbolSet>) -> Self {
        let mut row = Self {
            sentence,
            missing: required.unwrap_or_default(),
            late: source.len() / 2,
            source_times: Repetitions::most_times(source),
            ..Self::START
        };
        if required.is_some() {
            row.exclude();
        }
        row
    }

    /// Allows only the first missing symbol, and the end only if no symbol is missing.
    fn exclude(&mut self) {
        let next = self.missing.first();
        self.excluded = Excluded::new(next.complement(), !self.missing.is_empty());
    }
}

/// Runs a model for several sentences side by side. A sentence's tokens are the same, to the bit,
/// whatever others it is batched with.
pub trait BatchExecutor {
    /// What can go wrong.
    type Error;

    /// Reads sources, each of which includes its [`END`], and forgets the previous ones.
    ///
    /// # Errors
    /// If the executor fails.
    fn encode_batch(&mut self, sources: &[&[Token]]) -> Result<(), Self::Error>;

    /// Takes one step at `position` for the sentence of each row. No two rows have the same sentence.
    ///
    /// # Errors
    /// If the executor fails.
    fn step_batch(&mut self, position: usize, rows: &mut [Row]) -> Result<(), Self::Error>;
}

/// Makes an [`Executor`] a [`BatchExecutor`] for batches of one sentence.
struct Single<'e, E>(&'e mut E);

impl<E: Executor> BatchExecutor for Single<'_, E> {
    type Error = E::Error;

    fn encode_batch(&mut self, sources: &[&[Token]]) -> Result<(), E::Error> {
        sources.iter().try_for_each(|source| self.0.encode(source))
    }

    fn step_batch(&mut self, position: usize, rows: &mut [Row]) -> Result<(), E::Error> {
        for row in rows {
            let step = self.0.step(row.token, position, row.excluded);
            (row.token, row.log_probability) = step?;
        }
        Ok(())
    }
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Tokens, without [`END`].
    pub tokens: usize,
    /// Sum of the log-probabilities of the tokens that the model chose, [`END`] included: each among all tokens, or among
    /// the candidates of a shortlist. Appended symbols add nothing.
    pub log_probability: f32,
    /// Whether it was cut off: by the bound on its length, or because it repeated itself.
    pub truncated: bool,
    /// If the translation was cut off because it repeated itself, the number of tokens that only repeat earlier ones; else
    /// 0. See [`Self::repeats`].
    pub repeated_tokens: usize,
    /// Required symbols that were missing when the translation was cut off. They are appended as its last tokens.
    pub appended_symbols: usize,
}

impl Found {
    /// Before the first step.
    pub const NOTHING: Self = Self {
        tokens: 0,
        log_probability: 0.0,
        truncated: true,
        repeated_tokens: 0,
        appended_symbols: 0,
    };

    /// The tokens that only repeat earlier ones: leave them out of the text.
    pub const fn repeats(&self) -> Range<usize> {
        let end = self.tokens - self.appended_symbols;
        end - self.repeated_tokens..end
    }

    /// Ends a translation that is cut off, by appending the missing symbols.
    fn append(&mut self, missing: SymbolSet, mut push: impl FnMut(Token)) {
        missing.tokens().for_each(&mut push);
        self.appended_symbols = missing.len();
        self.tokens += missing.len();
    }
}

/// Decodes greedily until the end or a constraint. `push` gets every token except [`END`]: at most
/// `constraints.maximum_tokens`, then the symbols that are still missing.
///
/// # Errors
/// If the executor fails.
pub fn greedy<E: Executor>(
    executor: &mut E,
    source: &[Token],
    constraints: Constraints,
    mut push: impl FnMut(Token),
) -> Result<Found, E::Error> {
    let (mut row, mut found) = ([Row::START], [Found::NOTHING]);
    greedy_batch(
        &mut Single(executor),
        &[source],
        &[constraints],
        &mut row,
        &mut found,
        |_, token| push(token),
    )?;
    Ok(found[0])
}

/// The same for several sentences side by side; `push` gets the sentence's index and the token.
///
/// # Shapes
/// `constraints`, `found` and `rows` (scratch): `[sources]`, or longer
///
/// # Errors
/// If the executor fails.
///
/// # Panics
/// If one of them is shorter than `sources`.
pub fn greedy_batch<E: BatchExecutor>(
    executor: &mut E,
    sources: &[&[Token]],
    constraints: &[Constraints],
    rows: &mut [Row],
    found: &mut [Found],
    mut push: impl FnMut(usize, u32),
) -> Result<(), E::Error> {
    executor.encode_batch(sources)?;
    found[..sources.len()].fill(Found::NOTHING);
    for (sentence, (row, source)) in rows.iter_mut().zip(sources).enumerate() {
        *row = Row::new(sentence, source, constraints[sentence].required);
    }
    // The first `live` rows are those of the sentences that have not ended.
    let mut live = sources.len();
    for position in 0.. {
        live = keep(&mut rows[..live], |row| {
            let goes_on = position < constraints[row.sentence].maximum_tokens;
            if !goes_on {
                let push = |token| push(row.sentence, token);
                found[row.sentence].append(row.missing, push);
            }
            goes_on
        });
        if live == 0 {
            break;
        }
        executor.step_batch(position, &mut rows[..live])?;
        live = keep(&mut rows[..live], |row| {
            let sentence = row.sentence;
            take_step(row, &mut found[sentence], |token| push(sentence, token))
        });
    }
    Ok(())
}

/// Takes the token that a step has found. Returns whether the sentence goes on.
fn take_step(row: &mut Row, found: &mut Found, mut push: impl FnMut(Token)) -> bool {
    if row.excluded.contains(row.token) {
        // Only with a damaged model whose logits are all NaN: no allowed token was found.
        found.append(row.missing, push);
        return false;
    }
    if !row.missing.is_empty() && found.tokens >= row.late && row.log_probability < UNSURE {
        row.token = row.missing.tokens().next().unwrap_or(row.token);
    }
    found.log_probability += row.log_probability;
    found.truncated = row.token != END;
    if !found.truncated {
        return false;
    }
    push(row.token);
    found.tokens += 1;
    if !row.excluded.is_empty() {
        row.missing.remove(row.token);
        row.exclude();
    }
    row.repetitions.push(row.token);
    let Some(repetition) = row.repetitions.endless(row.source_times) else {
        return true;
    };
    found.repeated_tokens = repetition.surplus();
    found.append(row.missing, push);
    false
}

/// Moves the rows for which `stays` is true to the front, in their order. Returns their number.
fn keep(rows: &mut [Row], mut stays: impl FnMut(&mut Row) -> bool) -> usize {
    let mut kept = 0;
    for index in 0..rows.len() {
        if stays(&mut rows[index]) {
            rows.swap(kept, index);
            kept += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::convert::Infallible;

    /// Counts up from the number of source tokens, to 9.
    struct Counter(u32);

    impl Executor for Counter {
        type Error = Infallible;

        fn encode(&mut self, source: &[Token]) -> Result<(), Infallible> {
            self.0 = source.len() as u32;
            Ok(())
        }

        fn step(
            &mut self,
            _: Token,
            position: usize,
            _: Excluded,
        ) -> Result<(Token, f32), Infallible> {
            let next = self.0 + position as u32;
            Ok((if next > 9 { END } else { next }, -0.5))
        }
    }

    #[test]
    fn it_ends_at_the_end_or_at_the_bound() {
        for (bound, tokens, truncated) in
            [(100, 3, false), (4, 3, false), (3, 3, true), (0, 0, true)]
        {
            let mut seen = heapless::Vec::<u32, 8>::new();
            let push = |token| seen.push(token).unwrap();
            let found = greedy(&mut Counter(0), &[5; 7], Constraints::tokens(bound), push).unwrap();
            assert_eq!(
                (found.tokens, found.truncated),
                (tokens, truncated),
                "bound {bound}"
            );
            assert_eq!(&seen[..], &[7, 8, 9][..tokens]);
        }
    }

    /// [`Counter`]s side by side.
    #[derive(Default)]
    struct Counters(heapless::Vec<Counter, 8>, heapless::Vec<usize, 64>);

    impl BatchExecutor for Counters {
        type Error = Infallible;

        fn encode_batch(&mut self, sources: &[&[Token]]) -> Result<(), Infallible> {
            self.0 = sources.iter().map(|_| Counter(0)).collect();
            let mut counters = self.0.iter_mut().zip(sources);
            counters.try_for_each(|(counter, source)| counter.encode(source))
        }

        fn step_batch(&mut self, position: usize, rows: &mut [Row]) -> Result<(), Infallible> {
            self.1.push(rows.len()).unwrap();
            for row in rows {
                let counter = &mut self.0[row.sentence];
                (row.token, row.log_probability) =
                    counter.step(row.token, position, row.excluded)?;
            }
            Ok(())
        }
    }

    #[test]
    fn a_batch_finds_what_each_sentence_finds_and_steps_no_more_than_needed() {
        let sources: [&[Token]; 4] = [&[5; 7], &[5; 9], &[5; 2], &[5; 3]];
        let bounds = [100, 3, 0, 5].map(Constraints::tokens);
        let mut counters = Counters::default();
        let (mut rows, mut found) = ([Row::START; 4], [Found::NOTHING; 4]);
        let mut seen: [heapless::Vec<Token, 16>; 4] = Default::default();
        let push = |sentence: usize, token| seen[sentence].push(token).unwrap();
        let Ok(()) = greedy_batch(
            &mut counters,
            &sources,
            &bounds,
            &mut rows,
            &mut found,
            push,
        );
        for (sentence, source) in sources.iter().enumerate() {
            let mut alone = heapless::Vec::<u32, 16>::new();
            let push = |token| alone.push(token).unwrap();
            let Ok(expected) = greedy(&mut Counter(0), source, bounds[sentence], push);
            assert_eq!(found[sentence], expected, "sentence {sentence}");
            assert_eq!(seen[sentence], alone, "sentence {sentence}");
        }
        assert_eq!(&counters.1[..], &[3, 3, 2, 2, 1], "rows of each step");
    }
}

#[cfg(all(test, feature = "alloc"))]
mod scripted_tests;
