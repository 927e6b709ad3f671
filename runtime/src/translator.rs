//! [`Translator`]: a model in memory that translates texts.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use deshi_core::Architecture;
use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::About;
use deshi_core::memory::Capacity;
use deshi_text::segment::Segment;
use deshi_text::{Layer, TranslatedSegment};

use crate::engine::{Engine, EngineReason, engine};
use crate::loaded::{LoadedModel, OwnModel};
use crate::model_translation::{self, ModelTranslation, Spread};
use crate::text_model::TextModel;
use crate::{EngineKind, Error, Options, Translation};

/// A model in memory. Threads may share it.
///
/// A text's translation is the same, to the bit, alone or among others, on any number of threads, by any engine and any
/// kernel set.
#[derive(Debug)]
pub struct Translator {
    model: Arc<LoadedModel>,
    engine: Box<dyn Engine>,
    engine_reason: EngineReason,
    layer: Layer,
    spread: Spread,
}

impl Translator {
    /// Loads a bundle from a file, with the default [`Options`].
    ///
    /// # Errors
    /// If the file cannot be read, or is not a bundle that runs here.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Options::new().open(path)
    }

    /// Loads a bundle from memory, with the default [`Options`]. The bytes are copied.
    ///
    /// # Errors
    /// If they are not a bundle that runs here.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Options::new().from_bytes(bytes)
    }

    pub(crate) fn load(file: AlignedBytes, options: &Options) -> Result<Self, Error> {
        let model = LoadedModel::new(file, options.kernels, options.shortlist)?;
        let mut text = options.text.clone();
        [text.source_language, text.target_language] = model.languages().map(str::to_owned);
        let (model, engine) = engine(options.engine, model)?;
        let architecture = model.own().map(OwnModel::architecture);
        Ok(Self {
            engine,
            engine_reason: EngineReason::of(options.engine, architecture),
            model,
            layer: Layer::new(text),
            spread: Spread {
                threads: options.threads,
                batch_sentences: options.batch_sentences,
            },
        })
    }

    pub(crate) fn loaded(&self) -> &LoadedModel {
        &self.model
    }

    /// Translates a text with any number of lines and sentences. What is between the sentences is copied.
    /// Links, placeholders and other text that must not change is kept.
    ///
    /// # Errors
    /// If the model cannot run, or the text is in another language and the options forbid that.
    pub fn translate(&self, text: &str) -> Result<Translation, Error> {
        let mut translations = self.translate_batch(&[text])?;
        Ok(translations.pop().expect("a translation for each text"))
    }

    /// Translates texts, each as [`Self::translate`] does: sentences of about equal length side by side, on
    /// several threads. The translations are in the order of the texts.
    ///
    /// # Errors
    /// As [`Self::translate`].
    pub fn translate_batch<T: AsRef<str>>(&self, texts: &[T]) -> Result<Vec<Translation>, Error> {
        self.translate_batch_with(&self.layer, texts)
    }

    /// Translates texts with other options of the text layer than those of [`Options`], for example with a
    /// glossary for only these texts. Start from [`Self::text_options`].
    ///
    /// # Errors
    /// As [`Self::translate`].
    pub fn translate_batch_with<T: AsRef<str>>(
        &self,
        layer: &Layer,
        texts: &[T],
    ) -> Result<Vec<Translation>, Error> {
        self.translate_batch_until(layer, texts, &AtomicBool::new(false))
    }

    /// Translates texts as [`Self::translate_batch_with`] does, unless another thread sets `stop`: then it ends after the
    /// batches of sentences that run at that moment.
    ///
    /// # Errors
    /// As [`Self::translate`]; [`Error::Stopped`] if it was stopped.
    pub fn translate_batch_until<T: AsRef<str>>(
        &self,
        layer: &Layer,
        texts: &[T],
        stop: &AtomicBool,
    ) -> Result<Vec<Translation>, Error> {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        Ok(layer.translate(&TextModel::new(self, stop), &texts)?)
    }

    /// Translates the segments of a document. Each translation has every mark of its segment exactly once.
    ///
    /// # Errors
    /// As [`Self::translate`].
    pub fn translate_segments(
        &self,
        segments: &[Segment],
    ) -> Result<Vec<TranslatedSegment>, Error> {
        self.translate_segments_with(&self.layer, segments)
    }

    /// Translates segments with other options of the text layer, as [`Self::translate_batch_with`]
    /// does for texts.
    ///
    /// # Errors
    /// As [`Self::translate`].
    pub fn translate_segments_with(
        &self,
        layer: &Layer,
        segments: &[Segment],
    ) -> Result<Vec<TranslatedSegment>, Error> {
        self.translate_segments_until(layer, segments, &AtomicBool::new(false))
    }

    /// Translates segments as [`Self::translate_segments_with`] does, unless another thread sets `stop`.
    ///
    /// # Errors
    /// As [`Self::translate_batch_until`].
    pub fn translate_segments_until(
        &self,
        layer: &Layer,
        segments: &[Segment],
        stop: &AtomicBool,
    ) -> Result<Vec<TranslatedSegment>, Error> {
        Ok(layer.translate_segments(&TextModel::new(self, stop), segments)?)
    }

    /// Translates a text by the model alone, as one sentence, without the text layer. A text that is longer
    /// than the model's positions is split, and its translations are joined by spaces; a blank text has an
    /// empty translation.
    ///
    /// # Errors
    /// If the model cannot run.
    pub fn translate_raw(&self, text: &str) -> Result<ModelTranslation, Error> {
        let mut translations = self.translate_raw_batch(&[text])?;
        Ok(translations.pop().expect("a translation for each text"))
    }

    /// Translates texts, each as [`Self::translate_raw`] does, in batches and on threads.
    ///
    /// # Errors
    /// If the model cannot run.
    pub fn translate_raw_batch<T: AsRef<str>>(
        &self,
        texts: &[T],
    ) -> Result<Vec<ModelTranslation>, Error> {
        self.translate_raw_until(texts, &AtomicBool::new(false))
    }

    pub(crate) fn translate_raw_until<T: AsRef<str>>(
        &self,
        texts: &[T],
        stop: &AtomicBool,
    ) -> Result<Vec<ModelTranslation>, Error> {
        model_translation::translate(&self.model, &*self.engine, self.spread, stop, texts)
    }

    /// The text layer of the [`Options`].
    pub fn layer(&self) -> &Layer {
        &self.layer
    }

    /// The options of the text layer.
    pub fn text_options(&self) -> &deshi_text::Options {
        self.layer.options()
    }

    /// Whether tokens are chosen among the candidates of a shortlist.
    pub fn has_shortlist(&self) -> bool {
        self.model.has_shortlist()
    }

    /// The number of threads for batches.
    pub fn threads(&self) -> usize {
        self.spread.threads
    }

    /// The engine that runs the model: never [`EngineKind::Auto`].
    pub fn engine(&self) -> EngineKind {
        self.engine.kind()
    }

    /// Why that engine runs the model.
    pub fn engine_reason(&self) -> EngineReason {
        self.engine_reason
    }

    /// The name of the kernel set that runs the model.
    pub fn kernels(&self) -> &'static str {
        self.model.kernels().name()
    }

    /// The language of the texts (BCP 47), such as `en`.
    pub fn source_language(&self) -> &str {
        self.model.languages()[0]
    }

    /// The language of the translations (BCP 47), such as `de`.
    pub fn target_language(&self) -> &str {
        self.model.languages()[1]
    }

    /// The model's hyper-parameters; `None` if it is ONNX graphs of standard operators, which have a shape of their own.
    pub fn architecture(&self) -> Option<&Architecture> {
        self.model.own().map(OwnModel::architecture)
    }

    /// The most tokens that the model takes at once, the end included.
    pub fn maximum_positions(&self) -> usize {
        self.model.maximum_positions()
    }

    /// The pieces of the model's vocabulary.
    pub fn vocabulary_size(&self) -> usize {
        self.model.vocabularies().target.len()
    }

    /// The most tokens of a translation, the end included, for a sentence with this many tokens.
    pub fn maximum_tokens(&self, source_tokens: usize) -> usize {
        self.model.maximum_tokens(source_tokens)
    }

    /// Bytes of the buffers in which the native engine translates one sentence of up to `source_tokens` tokens,
    /// the end included: a bound that is known before anything runs. Not counted: the bundle, the tokens, and
    /// 12 + `d_model` bytes for each candidate of a shortlist. `None` if the model is ONNX graphs of standard operators: tract
    /// takes what they need.
    pub fn working_bytes(&self, source_tokens: usize) -> Option<usize> {
        let capacity = Capacity::sentence(source_tokens)
            .with_target_tokens(self.maximum_tokens(source_tokens));
        self.architecture()
            .map(|architecture| capacity.working_bytes(architecture))
    }

    /// The manifest's description of the model: its name, scores and licences.
    ///
    /// # Errors
    /// If the fields of the manifest have wrong types.
    pub fn about(&self) -> Result<About, Error> {
        self.model.about()
    }
}
