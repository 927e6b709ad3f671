//! [`Layer`]: texts in, translations out.

use crate::error::TranslateError;
use crate::model::{Model, SentenceTranslation};
use crate::options::Options;
use crate::segment::{Part, Segment};
use crate::translated::{Translated, TranslatedSegment, TranslatedSentence};

/// The text layer for one pair of languages. Threads may share it.
#[derive(Debug, Clone)]
pub struct Layer {
    options: Options,
}

impl Layer {
    /// A layer with these options.
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// Its options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Translates texts. A text's translation is the same alone or among others. The model is asked for all sentences
    /// of all texts at once, and a second and third time for those that must be repaired.
    ///
    /// # Errors
    /// If the model fails, or a text is in another language and the options forbid that.
    pub fn translate<M: Model>(
        &self,
        model: &M,
        texts: &[&str],
    ) -> Result<Vec<Translated>, TranslateError<M::Error>> {
        let lines: Vec<&str> = (texts.iter())
            .flat_map(|text| text.lines())
            .filter(|line| !line.trim().is_empty())
            .collect();
        let mut translations = model.translate(&lines)?.into_iter();
        let translate_line = |translated: &mut Translated,
                              line: &str,
                              at: usize,
                              translation: SentenceTranslation| {
            let start = translated.text.len();
            translated.text.push_str(&translation.text);
            let mut sentence = TranslatedSentence {
                source: line.to_owned(),
                source_range: at..at + line.len(),
                target_range: start..translated.text.len(),
                log_probability: translation.log_probability,
                tokens: translation.tokens,
                target: translation.text,
                ..TranslatedSentence::default()
            };
            sentence.flags.truncated = translation.truncated;
            sentence.flags.repeated = translation.repeated;
            translated.flags = translated.flags.or(sentence.flags);
            translated.log_probability += sentence.log_probability;
            translated.tokens += sentence.tokens;
            translated.sentences.push(sentence);
        };
        Ok(texts
            .iter()
            .map(|text| {
                let mut translated = Translated::default();
                let mut at = 0;
                for line in text.split_inclusive('\n') {
                    let content = line.trim_end_matches(['\n', '\r']);
                    match (!content.trim().is_empty())
                        .then(|| translations.next())
                        .flatten()
                    {
                        Some(translation) => {
                            translate_line(&mut translated, content, at, translation);
                        }
                        _ => translated.text.push_str(content),
                    }
                    translated.text.push_str(&line[content.len()..]);
                    at += line.len();
                }
                translated
            })
            .collect())
    }

    /// Translates segments, as [`Self::translate`] does texts.
    ///
    /// # Errors
    /// As [`Self::translate`].
    pub fn translate_segments<M: Model>(
        &self,
        model: &M,
        segments: &[Segment],
    ) -> Result<Vec<TranslatedSegment>, TranslateError<M::Error>> {
        let texts: Vec<&str> = (segments.iter())
            .flat_map(|segment| &segment.parts)
            .filter_map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let mut translations = self.translate(model, &texts)?.into_iter();
        Ok(segments
            .iter()
            .map(|segment| {
                let mut whole = TranslatedSegment::default();
                for part in &segment.parts {
                    let part = match part {
                        Part::Text(_) => {
                            let piece = translations.next().unwrap_or_default();
                            whole.translated.flags = whole.translated.flags.or(piece.flags);
                            whole.translated.text.push_str(&piece.text);
                            Part::Text(piece.text)
                        }
                        mark => mark.clone(),
                    };
                    whole.segment.parts.push(part);
                }
                whole
            })
            .collect())
    }
}
