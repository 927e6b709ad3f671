//! Pairs as people type them and as the runtime hands them to a model: without the full stop, or in capitals. A corpus of well-formed sentences has none, and a
//! model that never saw them translates them worse.

mod symbols;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// A recipe's `[models.NAME.augment]`: shares of the pairs that are changed, each 0 to 1; chosen by seed and place, so
/// that every run changes the same.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentConfig {
    /// Without the final `.`, `!`, `?` or `。` on both sides, where both end alike.
    pub without_final_punctuation: f64,
    /// As before, and the source's first letter small.
    pub lower_case_beginning: f64,
    /// Both sides in capitals.
    pub upper_case: f64,
    /// With symbols in the place of spans that both sides share; of the pairs that have such spans. Drawn apart from
    /// the other changes.
    pub symbols: f64,
}

impl AugmentConfig {
    /// The pair at this place of the corpus, as it is or changed.
    pub fn apply(&self, seed: u64, place: u64, source: &str, target: &str) -> (String, String) {
        let mut random =
            ChaCha8Rng::seed_from_u64(seed ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let draw: f64 = random.random();
        if self.symbols > 0.0
            && random.random_bool(self.symbols.min(1.0))
            && let Some(pair) = symbols::with_symbols(&mut random, source, target)
        {
            return pair;
        }
        let small = self.upper_case + self.lower_case_beginning;
        if draw < self.upper_case {
            return (source.to_uppercase(), target.to_uppercase());
        }
        if draw < small + self.without_final_punctuation
            && let Some((source, target)) = without_final_punctuation(source, target)
        {
            if draw < small {
                return (lower_case_beginning(source), target.to_owned());
            }
            return (source.to_owned(), target.to_owned());
        }
        (source.to_owned(), target.to_owned())
    }
}

fn without_final_punctuation<'a>(source: &'a str, target: &'a str) -> Option<(&'a str, &'a str)> {
    const MARKS: [&[char]; 3] = [&['.', '。'], &['!', '！'], &['?', '？']];
    let strip = |mark: &&[char]| {
        let source = source.strip_suffix(*mark)?;
        let target = target.strip_suffix(*mark)?;
        let whole = |text: &str| text.ends_with(char::is_alphanumeric);
        (whole(source) && whole(target)).then_some((source, target))
    };
    MARKS.iter().find_map(strip)
}

fn lower_case_beginning(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .collect();
    first + characters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_does_what_its_name_says_and_repeats_itself() {
        let all = |config: AugmentConfig, source, target| config.apply(1, 7, source, target);
        let punctuation = AugmentConfig {
            without_final_punctuation: 1.0,
            ..AugmentConfig::default()
        };
        let small = AugmentConfig {
            lower_case_beginning: 1.0,
            ..AugmentConfig::default()
        };
        let capitals = AugmentConfig {
            upper_case: 1.0,
            ..AugmentConfig::default()
        };
        let pair = |source: &str, target: &str| (source.to_owned(), target.to_owned());
        assert_eq!(
            all(punctuation, "Good day.", "Guten Tag."),
            pair("Good day", "Guten Tag")
        );
        assert_eq!(
            all(punctuation, "Really?", "Wirklich!"),
            pair("Really?", "Wirklich!")
        );
        assert_eq!(
            all(punctuation, "Well...", "Na ja..."),
            pair("Well...", "Na ja...")
        );
        assert_eq!(
            all(small, "Good day!", "Guten Tag!"),
            pair("good day", "Guten Tag")
        );
        assert_eq!(
            all(capitals, "Good day.", "Grüß Gott."),
            pair("GOOD DAY.", "GRÜSS GOTT.")
        );
        assert_eq!(all(AugmentConfig::default(), "A.", "B."), pair("A.", "B."));
    }

    #[test]
    fn shares_are_kept() {
        let config = AugmentConfig {
            without_final_punctuation: 0.1,
            lower_case_beginning: 0.1,
            upper_case: 0.1,
            ..AugmentConfig::default()
        };
        let changed = |place| config.apply(3, place, "Aa.", "Bb.").0;
        let count = |text: &str| (0..10_000).filter(|&place| changed(place) == text).count();
        for text in ["Aa", "aa", "AA."] {
            assert!(
                (850..1150).contains(&count(text)),
                "{text}: {}",
                count(text)
            );
        }
    }
}
