//! Greedy decoding: the most likely token, again and again.

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
    executor.encode(source)?;
    let mut found = Found {
        tokens: 0,
        log_probability: 0.0,
        truncated: true,
    };
    let mut token = START;
    for position in 0..maximum_tokens {
        let (next, log_probability) = executor.step(token, position)?;
        found.log_probability += log_probability;
        if next == END {
            found.truncated = false;
            break;
        }
        push(next);
        found.tokens += 1;
        token = next;
    }
    Ok(found)
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
}
