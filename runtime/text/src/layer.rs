//! [`Layer`]: texts in, translations out.

use std::borrow::Cow;

use crate::error::TranslateError;
use crate::glossary::Matcher;
use crate::languages::{Language, WrittenNumbers, language, written_numbers};
use crate::model::Model;
use crate::options::Options;
use crate::paragraphs::{self, Joined};
use crate::run::{Run, Source};
use crate::segment::Segment;
use crate::translated::{Translated, TranslatedSegment};

/// The text layer for one pair of languages. Threads may share it.
///
/// ```
/// use deshi_text::{Layer, Model, Options, SentenceTranslation};
///
/// /// Not a model at all, but it has the interface of one.
/// struct Shout;
///
/// impl Model for Shout {
///     type Error = std::convert::Infallible;
///
///     fn knows(&self, character: char) -> bool {
///         character.is_ascii()
///     }
///
///     fn count_tokens(&self, sentence: &str) -> usize {
///         sentence.len()
///     }
///
///     fn maximum_tokens(&self) -> usize {
///         256
///     }
///
///     fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Self::Error> {
///         let shout = |sentence: &&str| SentenceTranslation {
///             text: sentence.replace("o", "O"),
///             ..SentenceTranslation::default()
///         };
///         Ok(sentences.iter().map(shout).collect())
///     }
/// }
///
/// let layer = Layer::new(Options::new("en", "de"));
/// let translated = layer.translate(&Shout, &["- Hello, world.  See https://foo.org! 🎉\n"])?;
/// assert_eq!(translated[0].text, "- HellO, wOrld.  See https://foo.org! 🎉\n");
/// # Ok::<(), deshi_text::TranslateError<std::convert::Infallible>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Layer {
    pub(crate) options: Options,
    pub(crate) glossary: Option<Matcher>,
    pub(crate) source: &'static Language,
    pub(crate) target: &'static Language,
    pub(crate) numbers: Option<&'static WrittenNumbers>,
}

impl Layer {
    /// A layer with these options.
    pub fn new(options: Options) -> Self {
        Self {
            glossary: Matcher::new(&options.glossary),
            source: language(&options.source_language),
            target: language(&options.target_language),
            numbers: written_numbers(&options.source_language, &options.target_language),
            options,
        }
    }

    /// Its options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Translates texts of any number of lines and sentences. A text's translation is the same alone or among others.
    /// The model is asked for all sentences of all texts at once, and again for those that must be repaired.
    ///
    /// # Errors
    /// If the model fails, or a text is in another language and the options forbid that.
    pub fn translate<M: Model>(
        &self,
        model: &M,
        texts: &[&str],
    ) -> Result<Vec<Translated>, TranslateError<M::Error>> {
        if !self.options.paragraphs {
            return self.translate_sources(model, texts.iter().copied());
        }
        let joined: Vec<Joined<'_>> = texts.iter().map(|text| paragraphs::join(text)).collect();
        let sources = joined.iter().map(|joined| &*joined.text);
        let mut translated = self.translate_sources(model, sources)?;
        for ((translated, joined), text) in translated.iter_mut().zip(&joined).zip(texts) {
            for sentence in &mut translated.sentences {
                sentence.source_range = joined.original(sentence.source_range.clone());
                sentence.source = text[sentence.source_range.clone()].to_owned();
            }
        }
        Ok(translated)
    }

    fn translate_sources<'t, M: Model>(
        &self,
        model: &M,
        texts: impl Iterator<Item = &'t str>,
    ) -> Result<Vec<Translated>, TranslateError<M::Error>> {
        let sources = texts.map(|text| Source {
            text: Cow::Borrowed(text),
            marks: Vec::new(),
        });
        let outputs = Run::new(self, model, sources.collect()).finish()?;
        Ok(outputs
            .into_iter()
            .map(|output| output.translated)
            .collect())
    }

    /// Translates segments, as [`Self::translate`] does texts. Every mark comes exactly once, each pair nested, and around
    /// the right words where the model has symbols.
    ///
    /// # Errors
    /// As [`Self::translate`].
    pub fn translate_segments<M: Model>(
        &self,
        model: &M,
        segments: &[Segment],
    ) -> Result<Vec<TranslatedSegment>, TranslateError<M::Error>> {
        let sources = segments.iter().map(Source::of_segment).collect();
        let outputs = Run::new(self, model, sources).finish()?;
        Ok(outputs
            .into_iter()
            .map(|output| output.into_segment())
            .collect())
    }
}
