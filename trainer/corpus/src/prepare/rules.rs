//! The rules for dropping lines.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use super::{PrepareConfig, normalised};
use crate::{Error, files::Lines};

/// Why a line was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// The number of columns is wrong.
    Columns,
    /// The line is not valid UTF-8.
    Utf8,
    /// The configuration excludes the set.
    Excluded,
    /// A side is blank.
    Empty,
    /// A side has too many words or characters.
    TooLong,
    /// One side is much longer than the other.
    LengthRatio,
    /// The target equals the source, and is long.
    Identical,
    /// A side's letters are in another script than its language's.
    Script,
    /// The sides have different digits.
    Numbers,
    /// A side is in a dev or test file, ignoring case, punctuation and spaces.
    HeldOut,
    /// The same line came before; for monolingual text, also as the source of a pair.
    Duplicate,
    /// The set has reached its limit.
    Limit,
}

pub(super) struct Rules<'c> {
    config: &'c PrepareConfig,
    scripts: [Option<Script>; 2],
    held_out: [HashSet<String>; 2],
    /// Hashes of pairs. Among a million lines, 64 bits collide by chance once in 10^7 runs.
    pairs: HashSet<u64>,
    sources: HashSet<u64>,
}

impl<'c> Rules<'c> {
    pub(super) fn new(config: &'c PrepareConfig) -> Result<Self, Error> {
        let scripts = [&config.source_language, &config.target_language].map(|l| Script::of(l));
        let held_out = held_out(&config.held_out)?;
        let (pairs, sources) = (HashSet::new(), HashSet::new());
        Ok(Self {
            config,
            scripts,
            held_out,
            pairs,
            sources,
        })
    }

    /// The rule that a normalised example breaks. An example that is kept is remembered.
    pub(super) fn check(
        &mut self,
        source: &str,
        target: Option<&str>,
        set: &str,
    ) -> Result<(), Rule> {
        if self
            .config
            .exclude
            .iter()
            .any(|prefix| set.starts_with(prefix.as_str()))
        {
            return Err(Rule::Excluded);
        }
        for (side, text) in [Some(source), target].into_iter().enumerate() {
            if let Some(text) = text {
                self.check_side(side, text)?;
            }
        }
        if let Some(target) = target {
            self.check_pair(source, target)?;
        }
        for (side, text) in [Some(source), target].into_iter().enumerate() {
            if text.is_some_and(|text| self.held_out[side].contains(&folded(text))) {
                return Err(Rule::HeldOut);
            }
        }
        let new_source = self.sources.insert(hash(source));
        let new = match target {
            Some(target) => self.pairs.insert(hash(&(source, target))),
            None => new_source,
        };
        if new { Ok(()) } else { Err(Rule::Duplicate) }
    }

    fn check_side(&self, side: usize, text: &str) -> Result<(), Rule> {
        if text.is_empty() {
            return Err(Rule::Empty);
        }
        if text.split(' ').count() > self.config.max_words
            || text.chars().count() > self.config.max_characters
        {
            return Err(Rule::TooLong);
        }
        match &self.scripts[side] {
            Some(script) if script.share(text) < self.config.min_script_share => Err(Rule::Script),
            _ => Ok(()),
        }
    }

    fn check_pair(&self, source: &str, target: &str) -> Result<(), Rule> {
        if is_length_ratio_above(self.config.max_length_ratio, source, target) {
            return Err(Rule::LengthRatio);
        }
        if source == target && source.split(' ').count() > self.config.max_identical_words {
            return Err(Rule::Identical);
        }
        if self.config.match_numbers && digits(source) != digits(target) {
            return Err(Rule::Numbers);
        }
        Ok(())
    }
}

/// Whether the longer side, in characters, exceeds `max_ratio` times the shorter side plus
/// [`PrepareConfig::LENGTH_SLACK`] characters.
pub(crate) fn is_length_ratio_above(max_ratio: f64, source: &str, target: &str) -> bool {
    let lengths = [source, target].map(|text| text.chars().count());
    let (shorter, longer) = (lengths[0].min(lengths[1]), lengths[0].max(lengths[1]));
    longer.saturating_sub(PrepareConfig::LENGTH_SLACK) as f64 > shorter as f64 * max_ratio
}

/// `DefaultHasher::new` has fixed keys, so hashes are the same in every run.
fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A text in lower case, without punctuation, its words separated by single spaces. Text that is
/// only punctuation stays unchanged.
fn folded(text: &str) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            word.chars()
                .filter(|c| c.is_alphanumeric())
                .collect::<String>()
                .to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        text.to_owned()
    } else {
        words.join(" ")
    }
}

/// The folded sources and targets of dev and test files.
fn held_out(paths: &[PathBuf]) -> Result<[HashSet<String>; 2], Error> {
    let mut sides = [HashSet::new(), HashSet::new()];
    for path in paths {
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next()? {
            let line = String::from_utf8_lossy(line);
            for (side, text) in sides.iter_mut().zip(line.split('\t')) {
                side.insert(folded(&normalised(text)));
            }
        }
    }
    Ok(sides)
}

/// The ASCII digits of a text, sorted.
fn digits(text: &str) -> Vec<u8> {
    let mut digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    digits.sort_unstable();
    digits
}

/// The script of a language's letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Devanagari,
    Thai,
    Hangul,
    Han,
    /// Han and kana.
    Japanese,
}

impl Script {
    /// The script of a language code (ISO 639-1); a region is ignored. `None` for an unknown
    /// language.
    fn of(language: &str) -> Option<Self> {
        Some(match language.split(['-', '_']).next()? {
            "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "sv" | "da" | "nb" | "nn" | "no"
            | "is" | "fi" | "et" | "lv" | "lt" | "pl" | "cs" | "sk" | "sl" | "hr" | "bs" | "hu"
            | "ro" | "tr" | "ca" | "gl" | "eu" | "ga" | "cy" | "sq" | "mt" | "id" | "ms" | "vi"
            | "sw" | "af" | "eo" | "la" => Self::Latin,
            "el" => Self::Greek,
            "ru" | "uk" | "be" | "bg" | "mk" => Self::Cyrillic,
            "he" => Self::Hebrew,
            "ar" | "fa" | "ur" => Self::Arabic,
            "hi" | "mr" | "ne" => Self::Devanagari,
            "th" => Self::Thai,
            "ko" => Self::Hangul,
            "zh" => Self::Han,
            "ja" => Self::Japanese,
            _ => return None,
        })
    }

    /// Whether a letter is in the script's Unicode blocks.
    fn has(self, letter: char) -> bool {
        let han = || {
            matches!(letter, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4DBF}'
                | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        };
        match self {
            Self::Latin => matches!(letter, 'A'..='Z' | 'a'..='z' | '\u{AA}' | '\u{BA}'
                | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' | '\u{FB00}'..='\u{FB06}'),
            Self::Greek => matches!(letter, '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}'),
            Self::Cyrillic => matches!(letter, '\u{400}'..='\u{52F}'),
            Self::Hebrew => matches!(letter, '\u{590}'..='\u{5FF}'),
            Self::Arabic => matches!(letter, '\u{600}'..='\u{77F}' | '\u{FB50}'..='\u{FEFC}'),
            Self::Devanagari => matches!(letter, '\u{900}'..='\u{97F}'),
            Self::Thai => matches!(letter, '\u{E00}'..='\u{E7F}'),
            Self::Hangul => matches!(letter, '\u{1100}'..='\u{11FF}' | '\u{AC00}'..='\u{D7AF}'),
            Self::Han => han(),
            Self::Japanese => {
                han() || matches!(letter, '\u{3041}'..='\u{30FF}' | '\u{FF66}'..='\u{FF9F}')
            }
        }
    }

    /// Share of a text's letters in this script; for other scripts than Latin, Latin letters are
    /// ignored. 1 for a text without letters; 0 for only Latin letters in another script.
    fn share(self, text: &str) -> f64 {
        let (mut own, mut foreign, mut latin) = (0, 0, 0);
        for letter in text.chars().filter(|character| character.is_alphabetic()) {
            if self.has(letter) {
                own += 1;
            } else if Self::Latin.has(letter) {
                latin += 1;
            } else {
                foreign += 1;
            }
        }
        match (own, own + foreign) {
            (0, 0) if latin == 0 => 1.0,
            (0, _) => 0.0,
            (own, letters) => f64::from(own) / f64::from(letters),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_apart() {
        for (language, text, expected) in [
            ("en", "Hello, world", 1.0),
            ("de", "größer", 1.0),
            ("en", "12:30", 1.0),
            ("en", "abпр", 0.5),
            ("en", "Привет", 0.0),
            ("ja", "Visual Studio の使用", 1.0),
            ("ja", "Visual Studio", 0.0),
            ("ja", "こんにПр", 0.6),
        ] {
            let script = Script::of(language).unwrap();
            assert!(
                (script.share(text) - expected).abs() < 1e-9,
                "{language} {text}"
            );
        }
        assert_eq!(Script::of("de-AT"), Some(Script::Latin));
        assert_eq!(Script::of("xx"), None);
    }

    #[test]
    fn folding_forgets_case_punctuation_and_spaces() {
        assert_eq!(folded("Don't  STOP — me, now!"), "dont stop me now");
        assert_eq!(folded("..."), "...");
    }
}
