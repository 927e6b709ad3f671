//! Cuts sentences into batches: as many of similar length as fit a number of padded tokens.

use core::iter::{Peekable, from_fn};
use core::ops::Range;

/// Cuts a list of sentences into batches: ranges of the list. A batch has at most `sentences` sentences, and at
/// most `tokens` tokens when each is padded to the longest; a sentence longer than that gets its own batch.
///
/// Sorting the list by length first keeps the padding small.
///
/// ```
/// let batches = deshi_core::batching::batches([3, 4, 4, 9, 30], 20, 3);
/// assert!(batches.eq([0..3, 3..4, 4..5]));
/// ```
pub fn batches(
    lengths: impl IntoIterator<Item = usize>,
    tokens: usize,
    sentences: usize,
) -> impl Iterator<Item = Range<usize>> {
    let mut lengths: Peekable<_> = lengths.into_iter().peekable();
    let mut end = 0;
    from_fn(move || {
        let mut longest = lengths.next()?;
        let start = end;
        end += 1;
        while end - start < sentences
            && let Some(&next) = lengths.peek()
            && longest.max(next) * (end - start + 1) <= tokens
        {
            longest = longest.max(next);
            lengths.next();
            end += 1;
        }
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_full_and_never_over_full() {
        let mut lengths = [0; 60];
        for (at, length) in lengths.iter_mut().enumerate() {
            *length = 1 + at * 7 % 40;
        }
        for ascending in [None, Some(true), Some(false)] {
            if let Some(ascending) = ascending {
                lengths
                    .sort_unstable_by_key(|&length| if ascending { length } else { 99 - length });
            }
            for (tokens, sentences) in [(64, 5), (100, usize::MAX), (1, 9), (1000, 1)] {
                let padded = |range: Range<usize>| {
                    range.len() * lengths[range].iter().copied().max().unwrap_or(0)
                };
                let mut end = 0;
                for batch in batches(lengths, tokens, sentences) {
                    assert_eq!(batch.start, end);
                    end = batch.end;
                    assert!(batch.len() == 1 || padded(batch.clone()) <= tokens);
                    assert!((1..=sentences).contains(&batch.len()));
                    let full = batch.len() == sentences
                        || end == lengths.len()
                        || padded(batch.start..end + 1) > tokens;
                    assert!(full, "{batch:?} has room");
                }
                assert_eq!(end, lengths.len());
            }
        }
    }
}
