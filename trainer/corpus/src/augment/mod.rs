//! Changes pairs to look like text that people type, and like the runtime's input to a model: without the full
//! stop, in capitals, as titles, with typos, with symbols. A corpus of well-formed sentences lacks all this,
//! and a model that never saw it translates it worse.

mod symbols;
mod typing;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::word_alignment::WordAligner;

/// A recipe's `[models.NAME.augment]`: the share of pairs for each change, 0 to 1. Pairs are chosen by seed and
/// position, so that every run changes the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentConfig {
    /// Removes the final `.`, `!`, `?` or `。` on both sides, if both end alike.
    pub without_final_punctuation: f64,
    /// The same, and the source begins with a small letter.
    pub lower_case_beginning: f64,
    /// Both sides in capitals.
    pub upper_case: f64,
    /// Without final punctuation, and the source as an English title; the target is unchanged.
    pub title_case: f64,
    /// With a typo in the source; the target is unchanged.
    pub typos: f64,
    /// With symbols in place of spans that both sides share. The share is of the pairs with such spans, and is
    /// drawn independently of the other changes.
    pub symbols: f64,
    /// With a pair of symbols around a phrase and its translation, like inline markup. The share is of the
    /// pairs with clearly aligned phrases that `symbols` does not change.
    pub phrase_symbols: f64,
}

impl AugmentConfig {
    /// Each share with its field's name.
    #[must_use]
    pub fn shares(&self) -> [(&'static str, f64); 7] {
        [
            ("without_final_punctuation", self.without_final_punctuation),
            ("lower_case_beginning", self.lower_case_beginning),
            ("upper_case", self.upper_case),
            ("title_case", self.title_case),
            ("typos", self.typos),
            ("symbols", self.symbols),
            ("phrase_symbols", self.phrase_symbols),
        ]
    }

    /// The pair at this position of the corpus, changed or not. Without an aligner, `phrase_symbols` has no
    /// effect.
    #[must_use]
    pub fn apply(
        &self,
        seed: u64,
        place: u64,
        source: &str,
        target: &str,
        aligner: Option<&WordAligner>,
    ) -> (String, String) {
        if *self == Self::default() {
            return (source.to_owned(), target.to_owned());
        }
        let mut random =
            ChaCha8Rng::seed_from_u64(seed ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let draw: f64 = random.random();
        if self.symbols > 0.0
            && random.random_bool(self.symbols.min(1.0))
            && let Some(pair) = symbols::with_symbols(&mut random, source, target)
        {
            return pair;
        }
        if let Some(aligner) = aligner
            && self.phrase_symbols > 0.0
            && random.random_bool(self.phrase_symbols.min(1.0))
            && let Some(pair) = symbols::around_a_phrase(&mut random, source, target, aligner)
        {
            return pair;
        }
        self.change(&mut random, draw, source, target)
            .unwrap_or_else(|| (source.to_owned(), target.to_owned()))
    }

    /// The change for a random number `draw` in `0..1`; each change has an interval as long as its
    /// share.
    fn change(
        &self,
        random: &mut impl Rng,
        draw: f64,
        source: &str,
        target: &str,
    ) -> Option<(String, String)> {
        let mut end = 0.0;
        let mut falls_on = |share: f64| {
            end += share;
            draw < end
        };
        if falls_on(self.upper_case) {
            return Some((source.to_uppercase(), target.to_uppercase()));
        }
        if falls_on(self.lower_case_beginning) {
            let (source, target) = without_final_punctuation(source, target)?;
            return Some((lower_case_beginning(source), target.to_owned()));
        }
        if falls_on(self.without_final_punctuation) {
            let (source, target) = without_final_punctuation(source, target)?;
            return Some((source.to_owned(), target.to_owned()));
        }
        if falls_on(self.title_case) {
            let (source, target) = without_final_punctuation(source, target)?;
            return Some((typing::title_case(source), target.to_owned()));
        }
        if falls_on(self.typos) {
            return Some((typing::with_typo(random, source)?, target.to_owned()));
        }
        None
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
        let all = |config: AugmentConfig, source, target| config.apply(1, 7, source, target, None);
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
        let titles = AugmentConfig {
            title_case: 1.0,
            ..AugmentConfig::default()
        };
        assert_eq!(
            all(
                titles,
                "Press the power button.",
                "Drücken Sie den Netzschalter."
            ),
            pair("Press the Power Button", "Drücken Sie den Netzschalter")
        );
        let typos = AugmentConfig {
            typos: 1.0,
            ..AugmentConfig::default()
        };
        let (source, target) = all(typos, "Press the button.", "Drücken Sie den Knopf.");
        assert_eq!(target, "Drücken Sie den Knopf.");
        assert_eq!(
            source, "Press the button.",
            "no all-lowercase word is long enough"
        );
        let (source, _) = all(typos, "Press the button now.", "Jetzt den Knopf drücken.");
        assert_ne!(source, "Press the button now.");
    }

    #[test]
    fn shares_are_kept() {
        let config = AugmentConfig {
            without_final_punctuation: 0.1,
            lower_case_beginning: 0.1,
            upper_case: 0.1,
            ..AugmentConfig::default()
        };
        let changed = |place| config.apply(3, place, "Aa.", "Bb.", None).0;
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
