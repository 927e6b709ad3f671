//! The loop guard: notices that a translation repeats itself without end.
//!
//! Good text repeats spans of tokens too: the zeros of a million, "ha ha ha". So the guard waits until a span occurs in a
//! row more often than [`times_allowed`], and more often than any span in the source, plus one.

use crate::Token;

/// The longest span whose repetitions are counted, in tokens.
const LONGEST_SPAN: usize = 16;

/// How often a span of this many tokens may occur in a row, whatever the source is. A digit is a token: 10000000 has seven
/// zeros; 1,000,000,000,000 has a span of four tokens four times.
const fn times_allowed(span: usize) -> usize {
    match span {
        1 => 7,
        2..=4 => 4,
        5..=8 => 3,
        _ => 2,
    }
}

/// A repetition at the end of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repetition {
    /// Tokens of the span that repeats.
    span: usize,
    /// How often it occurs in a row.
    times: usize,
}

impl Repetition {
    /// Tokens at the end that a reader can do without: one occurrence stays, or two of a single token.
    pub(super) const fn surplus(self) -> usize {
        let kept = if self.span == 1 { 2 } else { 1 };
        self.span * (self.times - kept)
    }
}

/// Counts the repetitions at the end of a sequence of tokens, for each length of span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Repetitions {
    /// The last tokens, in a ring.
    last: [u32; LONGEST_SPAN],
    /// Tokens so far.
    tokens: usize,
    /// For each length of span: how many of the last tokens, in a row, equal the token one span before them.
    runs: [u16; LONGEST_SPAN],
}

impl Repetitions {
    /// Before the first token.
    pub(super) const NONE: Self = Self {
        last: [0; LONGEST_SPAN],
        tokens: 0,
        runs: [0; LONGEST_SPAN],
    };

    /// Adds a token.
    pub(super) fn push(&mut self, token: Token) {
        for (index, run) in self.runs.iter_mut().enumerate() {
            let before = self.tokens.checked_sub(index + 1);
            let equal = before.is_some_and(|at| self.last[at % LONGEST_SPAN] == token);
            *run = if equal { run.saturating_add(1) } else { 0 };
        }
        self.last[self.tokens % LONGEST_SPAN] = token;
        self.tokens += 1;
    }

    /// For each length of span: how often the last span occurs in a row at the end.
    fn repetitions(&self) -> impl Iterator<Item = Repetition> {
        (1..).zip(&self.runs).map(|(span, &run)| Repetition {
            span,
            times: usize::from(run) / span + 1,
        })
    }

    /// The most times that any span occurs in a row, anywhere in a sequence.
    pub(super) fn most_times(tokens: &[Token]) -> usize {
        let mut repetitions = Self::NONE;
        let mut most = 1;
        for &token in tokens {
            repetitions.push(token);
            most = repetitions
                .repetitions()
                .fold(most, |most, here| most.max(here.times));
        }
        most
    }

    /// The shortest span that repeats too often. `source_times` is [`Self::most_times`] of the source.
    pub(super) fn endless(&self, source_times: usize) -> Option<Repetition> {
        // One more than in the source: languages differ.
        self.repetitions()
            .find(|here| here.times > times_allowed(here.span).max(source_times + 1))
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::vec::Vec;

    /// The index of the token at which the guard would end a text of letters, and the surplus there.
    fn ends_at(source: &str, text: &str) -> Option<(usize, usize)> {
        let source: Vec<Token> = source.chars().map(u32::from).collect();
        let source_times = Repetitions::most_times(&source);
        let mut repetitions = Repetitions::NONE;
        text.chars()
            .map(u32::from)
            .enumerate()
            .find_map(|(at, token)| {
                repetitions.push(token);
                let found = repetitions.endless(source_times)?;
                Some((at, found.surplus()))
            })
    }

    #[test]
    fn loops_are_found_and_text_that_repeats_a_little_is_not() {
        for (text, expected) in [
            ("aaaaaaaaaaaaaaaa", Some((7, 6))),
            ("xyzaaaaaaaaaaaa", Some((10, 6))),
            ("abababababababab", Some((9, 8))),
            ("xyabcabcabcabcabcabc", Some((16, 12))),
            ("abcdeabcdeabcdeabcde", Some((19, 15))),
            ("abcdefghijabcdefghijabcdefghij", Some((29, 20))),
            (
                "abcdefghijklmnopabcdefghijklmnopabcdefghijklmnop",
                Some((47, 32)),
            ),
            // A span that is too long to be counted.
            ("abcdefghijklmnopqabcdefghijklmnopqabcdefghijklmnopq", None),
            ("10000000 people", None),
            ("1,000,000,000,000", None),
            ("ha ha ha ha!", None),
            ("ha, ha, ha, ha", None),
            ("the cat and the cat and the dog", None),
            ("", None),
        ] {
            assert_eq!(ends_at("a plain source", text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_repeats_in_the_source_may_repeat_once_more() {
        let source = "ha ".repeat(9);
        assert_eq!(ends_at(&source, &"ho ".repeat(10)), None);
        assert_eq!(ends_at(&source, &"ho ".repeat(20)), Some((32, 30)));
        let dots = ".".repeat(40);
        assert_eq!(ends_at(&dots, &dots), None);
    }

    #[test]
    fn runs_are_counted_as_by_hand() {
        let mut random = Random::new(9);
        for _ in 0..300 {
            let mut text = Vec::new();
            let mut repetitions = Repetitions::NONE;
            for _ in 0..40 {
                let token = random.bits() >> 31;
                text.push(token);
                repetitions.push(token);
                for Repetition { span, times } in repetitions.repetitions() {
                    let last = &text[text.len().saturating_sub(span)..];
                    let before = text.rchunks_exact(span);
                    let expected = before.take_while(|part| *part == last).count().max(1);
                    assert_eq!(times, expected, "{text:?}, spans of {span}");
                }
            }
        }
    }
}
