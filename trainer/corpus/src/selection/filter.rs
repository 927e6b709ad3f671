//! Detects broken pairs.

use serde::{Deserialize, Serialize};

use super::SelectionConfig;
use crate::prepare::is_length_ratio_above;

/// The longest repeated unit of a loop, in characters.
const MAX_UNIT: usize = 60;

/// The least length of a loop in characters, so that "ha ha ha" does not count.
const MIN_LOOP: usize = 16;

/// Why a pair was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// The target is blank.
    Empty,
    /// One side is much longer than the other.
    LengthRatio,
    /// The target repeats itself: the decoder was caught in a loop.
    Repetition,
    /// The target equals the source, and is long.
    Identical,
    /// The pair is among the worst by the teacher's score.
    LowScore,
}

/// The first rule that a pair breaks, without the rules that need other pairs.
pub(super) fn broken_rule(config: &SelectionConfig, source: &str, target: &str) -> Option<Rule> {
    if target.trim().is_empty() {
        return Some(Rule::Empty);
    }
    if is_length_ratio_above(config.max_length_ratio, source, target) {
        return Some(Rule::LengthRatio);
    }
    let repeats = most_repeats(target);
    if repeats > config.max_repeats && repeats > most_repeats(source) {
        return Some(Rule::Repetition);
    }
    if source == target && source.split_whitespace().count() > config.max_identical_words {
        return Some(Rule::Identical);
    }
    None
}

/// The most repetitions in a row, at least 1, of a unit of up to 60 characters that has a
/// letter; together they must have at least 16 characters, so that "ha ha ha" does not count.
///
/// It counts characters, not words, so that it also works for languages without spaces.
#[must_use]
pub fn most_repeats(text: &str) -> usize {
    // The space at the end makes the last word of a loop equal to the others.
    let characters: Vec<char> = text.trim().chars().chain([' ']).collect();
    let longest = MAX_UNIT.min(characters.len() / 2);
    (1..=longest)
        .map(|unit| most_repeats_of(unit, &characters))
        .max()
        .unwrap_or(1)
}

/// The same for units of one length: finds runs of characters that equal the character one unit
/// before.
fn most_repeats_of(unit: usize, characters: &[char]) -> usize {
    let mut most = 1;
    let mut run = 0;
    for end in unit..=characters.len() {
        if end < characters.len() && characters[end] == characters[end - unit] {
            run += 1;
            continue;
        }
        let repeats = run / unit + 1;
        let looped = &characters[end - run - unit..end];
        if repeats > most
            && looped.len() >= MIN_LOOP
            && looped[..unit]
                .iter()
                .any(|character| character.is_alphabetic())
        {
            most = repeats;
        }
        run = 0;
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_counted() {
        let cases = [
            ("", 1),
            ("Das ist ein Satz.", 1),
            ("the the the the the", 5),
            (
                "I do not know, I do not know, I do not know, I do not know, no",
                4,
            ),
            ("Er sagte, dass er, dass er, dass er, dass er kam.", 4),
            ("Das ist gut. Das ist gut. Das ist gut.", 3),
            ("私は私は私は私は私は私は私は私は、行く", 8),
            ("aaaaaaaaaaaaaaaaaaaa", 20),
            // Too short for a loop.
            ("ha ha ha ha", 1),
            ("いいえいいえ", 1),
            // No letters: rules, dots, numbers.
            ("--------------------------------", 1),
            ("0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", 1),
        ];
        for (text, repeats) in cases {
            assert_eq!(most_repeats(text), repeats, "{text}");
        }
    }

    #[test]
    fn broken_pairs_are_told_from_sound_ones() {
        let long = "Ein sehr langer Satz, der zu einem kurzen Wort gewiss nicht gehört.";
        let cases = [
            ("Good morning.", "Guten Morgen.", None),
            ("Good morning.", "", Some(Rule::Empty)),
            ("Good morning.", " \u{3000}", Some(Rule::Empty)),
            ("Good morning.", long, Some(Rule::LengthRatio)),
            (long, "Yes.", Some(Rule::LengthRatio)),
            ("No.", "Nein, gewiss nicht.", None),
            (
                "I never said that.",
                "Das habe ich nie, nie, nie gesagt.",
                None,
            ),
            (
                "I never said that.",
                "Ich nie, nie, nie, nie, nie gesagt.",
                Some(Rule::Repetition),
            ),
            (
                "I said that it is so.",
                "Ich sagte, dass es so, dass es so, dass es so, dass es so ist.",
                Some(Rule::Repetition),
            ),
            // The source repeats itself as often.
            (
                "very nice, very nice, very nice, very nice!",
                "sehr schön, sehr schön, sehr schön, sehr schön!",
                None,
            ),
            (
                "git clone --depth 1",
                "git clone --depth 1",
                Some(Rule::Identical),
            ),
            ("Alt Gr Delete", "Alt Gr Delete", None),
        ];
        for (source, target, expected) in cases {
            let rule = broken_rule(&SelectionConfig::default(), source, target);
            assert_eq!(rule, expected, "{source} / {target}");
        }
    }
}
