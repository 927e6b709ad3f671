//! Greedy decoding: the most likely token, again and again, for one sentence or for several side by side.

use crate::vocabulary::{END, START};

/// What runs a model: sentence by sentence, token by token.
pub trait Executor {
    /// What can go wrong.
    type Error;

    /// Reads a source, [`END`] included, and forgets the one before.
    ///
    /// # Errors
    /// The executor's.
    fn encode(&mut self, source: &[u32]) -> Result<(), Self::Error>;

    /// The most likely token after `token`, which stands at `position`, and its log-probability.
    ///
    /// # Errors
    /// The executor's.
    fn step(&mut self, token: u32, position: usize) -> Result<(u32, f32), Self::Error>;
}

/// A translation is at most this many times as long as its source, in tokens, and [`LENGTH_OFFSET`] more: what the
/// trainer decodes by, and what the exporter writes into a bundle.
pub const LENGTH_FACTOR: f32 = 1.5;
/// See [`LENGTH_FACTOR`].
pub const LENGTH_OFFSET: u32 = 10;

/// Tokens that a translation can have, its end included:
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

/// A sentence's part in a step of [`BatchExecutor`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The sentence's index in the batch.
    pub sentence: usize,
    /// The token that was found last; after the step, the most likely one behind it.
    pub token: u32,
    /// After the step: that token's log-probability.
    pub log_probability: f32,
}

impl Row {
    /// Before the first step.
    pub const START: Self = Self {
        sentence: 0,
        token: START,
        log_probability: 0.0,
    };
}

/// What runs a model for several sentences side by side. A sentence's tokens are the same, to the bit,
/// whatever others it is batched with.
pub trait BatchExecutor {
    /// What can go wrong.
    type Error;

    /// Reads sources, [`END`] included, and forgets those before.
    ///
    /// # Errors
    /// The executor's.
    fn encode_batch(&mut self, sources: &[&[u32]]) -> Result<(), Self::Error>;

    /// A step of each of the rows' sentences, at `position`; no two rows are of one sentence.
    ///
    /// # Errors
    /// The executor's.
    fn step_batch(&mut self, position: usize, rows: &mut [Row]) -> Result<(), Self::Error>;
}

/// An executor of one sentence, as one of batches of one.
struct Single<'e, E>(&'e mut E);

impl<E: Executor> BatchExecutor for Single<'_, E> {
    type Error = E::Error;

    fn encode_batch(&mut self, sources: &[&[u32]]) -> Result<(), E::Error> {
        sources.iter().try_for_each(|source| self.0.encode(source))
    }

    fn step_batch(&mut self, position: usize, rows: &mut [Row]) -> Result<(), E::Error> {
        for row in rows {
            (row.token, row.log_probability) = self.0.step(row.token, position)?;
        }
        Ok(())
    }
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Tokens, without [`END`].
    pub tokens: usize,
    /// Sum of the tokens' log-probabilities, [`END`]'s included.
    pub log_probability: f32,
    /// Whether the bound cut it off.
    pub truncated: bool,
}

impl Found {
    /// Before the first step.
    pub const NOTHING: Self = Self {
        tokens: 0,
        log_probability: 0.0,
        truncated: true,
    };
}

/// Decodes greedily, up to `maximum_tokens`, the end included; `push` gets every token but [`END`].
///
/// # Errors
/// The executor's.
pub fn greedy<E: Executor>(
    executor: &mut E,
    source: &[u32],
    maximum_tokens: usize,
    mut push: impl FnMut(u32),
) -> Result<Found, E::Error> {
    let (mut row, mut found) = ([Row::START], [Found::NOTHING]);
    greedy_batch(
        &mut Single(executor),
        &[source],
        &[maximum_tokens],
        &mut row,
        &mut found,
        |_, token| push(token),
    )?;
    Ok(found[0])
}

/// The same for several sentences side by side; `push` gets the sentence's index, and the token.
///
/// # Shapes
/// `maximum_tokens`, `found` and `rows` (scratch): one a source
///
/// # Errors
/// The executor's.
///
/// # Panics
/// If there are fewer of them than sources.
pub fn greedy_batch<E: BatchExecutor>(
    executor: &mut E,
    sources: &[&[u32]],
    maximum_tokens: &[usize],
    rows: &mut [Row],
    found: &mut [Found],
    mut push: impl FnMut(usize, u32),
) -> Result<(), E::Error> {
    executor.encode_batch(sources)?;
    found[..sources.len()].fill(Found::NOTHING);
    for (sentence, row) in rows[..sources.len()].iter_mut().enumerate() {
        *row = Row {
            sentence,
            ..Row::START
        };
    }
    // The first rows are of the sentences that have not ended.
    let mut live = sources.len();
    for position in 0.. {
        live = keep(&mut rows[..live], |row| {
            position < maximum_tokens[row.sentence]
        });
        if live == 0 {
            break;
        }
        executor.step_batch(position, &mut rows[..live])?;
        live = keep(&mut rows[..live], |row| {
            let found = &mut found[row.sentence];
            found.log_probability += row.log_probability;
            found.truncated = row.token != END;
            if found.truncated {
                push(row.sentence, row.token);
                found.tokens += 1;
            }
            found.truncated
        });
    }
    Ok(())
}

/// Moves the rows that `stays` to the front, in their order; gives their number.
fn keep(rows: &mut [Row], mut stays: impl FnMut(&Row) -> bool) -> usize {
    let mut kept = 0;
    for index in 0..rows.len() {
        let row = rows[index];
        if stays(&row) {
            rows[kept] = row;
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

        fn encode(&mut self, source: &[u32]) -> Result<(), Infallible> {
            self.0 = source.len() as u32;
            Ok(())
        }

        fn step(&mut self, _: u32, position: usize) -> Result<(u32, f32), Infallible> {
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
            let found = greedy(&mut Counter(0), &[5; 7], bound, push).unwrap();
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

        fn encode_batch(&mut self, sources: &[&[u32]]) -> Result<(), Infallible> {
            self.0 = sources.iter().map(|_| Counter(0)).collect();
            let mut counters = self.0.iter_mut().zip(sources);
            counters.try_for_each(|(counter, source)| counter.encode(source))
        }

        fn step_batch(&mut self, position: usize, rows: &mut [Row]) -> Result<(), Infallible> {
            self.1.push(rows.len()).unwrap();
            for row in rows {
                let counter = &mut self.0[row.sentence];
                (row.token, row.log_probability) = counter.step(row.token, position)?;
            }
            Ok(())
        }
    }

    #[test]
    fn a_batch_finds_what_each_sentence_finds_and_steps_no_more_than_needed() {
        let sources: [&[u32]; 4] = [&[5; 7], &[5; 9], &[5; 2], &[5; 3]];
        let bounds = [100, 3, 0, 5];
        let mut counters = Counters::default();
        let (mut rows, mut found) = ([Row::START; 4], [Found::NOTHING; 4]);
        let mut seen: [heapless::Vec<u32, 16>; 4] = Default::default();
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
