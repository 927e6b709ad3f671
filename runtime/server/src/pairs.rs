//! [`Pairs`]: the models, by their languages.

use std::collections::BTreeMap;
use std::sync::Arc;

use deshi::text::{Detection, detect_language};
use deshi::{Translator, language_name};

use crate::error::{ApiError, StartError};

/// How much of a text is used to detect its language.
const DETECTED_CHARACTERS: usize = 2_000;

/// One model for each pair of languages.
#[derive(Debug)]
pub(crate) struct Pairs {
    models: BTreeMap<(String, String), Arc<Translator>>,
    /// Every language, with its name and its targets. A language is its own target too, as in LibreTranslate.
    languages: Vec<Language>,
}

/// A language that is a source or a target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Language {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) targets: Vec<String>,
}

/// How a request is translated.
#[derive(Debug)]
pub(crate) enum Way {
    /// With this model.
    Model(Arc<Translator>),
    /// Not at all: source and target are the same language.
    Same,
}

impl Pairs {
    pub(crate) fn new(translators: Vec<Translator>) -> Result<Self, StartError> {
        let mut models = BTreeMap::new();
        for translator in translators {
            let source_language = translator.source_language().to_owned();
            let target_language = translator.target_language().to_owned();
            let pair = (source_language.clone(), target_language.clone());
            if models.insert(pair, Arc::new(translator)).is_some() {
                return Err(StartError::SamePair {
                    source_language,
                    target_language,
                });
            }
        }
        if models.is_empty() {
            return Err(StartError::NoModel);
        }
        let languages = languages(models.keys());
        Ok(Self { models, languages })
    }

    pub(crate) fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// Each pair, sorted.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.models
            .keys()
            .map(|(source, target)| (source.as_str(), target.as_str()))
    }

    /// The language with this code, in upper or lower case. Without a match, the code without its region (`en-US`) is tried.
    pub(crate) fn language(&self, code: &str) -> Result<&Language, ApiError> {
        let find = |code: &str| {
            let mut languages = self.languages.iter();
            languages.find(|language| language.code.eq_ignore_ascii_case(code))
        };
        let main = code.split(['-', '_']).next().unwrap_or(code);
        find(code)
            .or_else(|| find(main))
            .ok_or_else(|| ApiError::Language(code.to_owned()))
    }

    /// How to translate from one language to the other.
    pub(crate) fn way(&self, from: &Language, target: &Language) -> Result<Way, ApiError> {
        if from == target {
            return Ok(Way::Same);
        }
        let pair = (from.code.clone(), target.code.clone());
        let named = |language: &Language| format!("{} ({})", language.name, language.code);
        let model = self.models.get(&pair).ok_or_else(|| ApiError::Pair {
            from: named(from),
            target: named(target),
        })?;
        Ok(Way::Model(Arc::clone(model)))
    }

    /// Detects the language of texts. Texts without words are taken to be in the first source language.
    pub(crate) fn detect<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Found {
        let mut sample = String::new();
        for text in texts {
            let room = DETECTED_CHARACTERS.saturating_sub(sample.len());
            if room == 0 {
                break;
            }
            sample.extend(text.chars().take(room));
            sample.push('\n');
        }
        // In doubt, a source language is more likely.
        let (sources, others): (Vec<_>, Vec<_>) =
            (self.languages.iter()).partition(|known| known.targets.len() > 1);
        let known = sources.into_iter().chain(others);
        let known: Vec<_> = known.map(|known| &*known.code).collect();
        match detect_language(&sample, &known) {
            Some(Detection {
                language,
                confidence,
                ..
            }) => Found {
                language,
                percent: (confidence * 100.0).round(),
            },
            None => Found {
                language: self.first_source().to_owned(),
                percent: 0.0,
            },
        }
    }

    fn first_source(&self) -> &str {
        self.models.keys().next().map_or("en", |pair| &pair.0)
    }
}

/// A language that was detected.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) language: String,
    /// From 0 to 100.
    pub(crate) percent: f64,
}

/// The languages of the pairs, by code.
fn languages<'p>(pairs: impl Iterator<Item = &'p (String, String)>) -> Vec<Language> {
    let mut targets: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (source, target) in pairs {
        targets.entry(source).or_default().push(target.clone());
        targets.entry(target).or_default();
    }
    let language = |(code, mut targets): (&str, Vec<String>)| {
        targets.push(code.to_owned());
        targets.sort();
        Language {
            code: code.to_owned(),
            name: language_name(code),
            targets,
        }
    };
    targets.into_iter().map(language).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_their_targets_and_themselves() {
        let pair = |source: &str, target: &str| (source.to_owned(), target.to_owned());
        let pairs = [pair("en", "de"), pair("en", "fr"), pair("fr", "de")];
        let found: Vec<_> = languages(pairs.iter())
            .into_iter()
            .map(|language| (language.code, language.name, language.targets.join(" ")))
            .collect();
        let expected = [
            ("de", "German", "de"),
            ("en", "English", "de en fr"),
            ("fr", "French", "de fr"),
        ];
        let expected =
            expected.map(|(code, name, targets)| (code.into(), name.into(), targets.into()));
        assert_eq!(found, expected);
    }
}
