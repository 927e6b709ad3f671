//! [`Translator`]: the class.

use std::path::PathBuf;

use deshi::Layer;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::files::{self, FileTranslation};
use crate::options::{self, Running, Texts};
use crate::translation::Translation;
use crate::{errors, interrupt};

/// A model in memory, and texts through it.
///
/// Threads may share a translator. A text's translation is the same alone or among others, and on any number of threads.
/// While it works, other threads of Python run, and Ctrl-C stops it.
///
/// Args:
///     model: A bundle's file or bytes. Default: the model inside, English to German.
///     threads: Threads that translate. Default: as many as the machine runs at once.
///     batch_sentences: Sentences that each thread translates side by side, 1 to 64. Default: 8.
///     kernels: The processor instructions to use, by name. Default: the fastest.
///     shortlist: Whether to choose words among the model's likely ones: faster.
///     glossary: Terms whose translation is fixed: a mapping, or a file (TBX, else a term, a tab and its translation
///         on each line).
///     do_not_translate: Terms that stay as they are.
///     memory: Sentences whose translation is fixed: a mapping, or a file (TMX, else as for the glossary).
///     paragraphs: Whether lines are hard-wrapped, so that a sentence can go on in the next line.
///     minimum_confidence: A translation below it, from 0 to 1, is flagged.
///     on_low_confidence: Whether such a translation is used ("mark") or the source is kept ("keep").
///     on_foreign: What becomes of text that is not in the model's source language.
///
/// Raises:
///     OSError: A file cannot be read.
///     ValueError: An argument is out of its range, or a glossary or memory is malformed.
///     Error: The model is not a bundle that runs here.
#[pyclass(frozen, module = "deshi")]
pub(crate) struct Translator {
    translator: deshi::Translator,
    layer: Layer,
}

/// Where the model comes from.
enum Model {
    Carried,
    File(PathBuf),
    Bytes(Vec<u8>),
}

impl Model {
    fn of(given: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let Some(given) = given else {
            return Ok(Self::Carried);
        };
        if let Ok(bytes) = given.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.as_bytes().to_vec()));
        }
        Ok(Self::File(given.extract()?))
    }
}

#[pymethods]
impl Translator {
    #[new]
    #[pyo3(signature = (
        model = None, *, threads = None, batch_sentences = None, kernels = None, shortlist = true, glossary = None,
        do_not_translate = None, memory = None, paragraphs = false, minimum_confidence = 0.0,
        on_low_confidence = "mark", on_foreign = "keep",
    ))]
    #[allow(clippy::too_many_arguments, reason = "Python's keyword arguments")]
    fn new(
        py: Python<'_>,
        model: Option<&Bound<'_, PyAny>>,
        threads: Option<usize>,
        batch_sentences: Option<usize>,
        kernels: Option<String>,
        shortlist: bool,
        glossary: Option<&Bound<'_, PyAny>>,
        do_not_translate: Option<&Bound<'_, PyAny>>,
        memory: Option<&Bound<'_, PyAny>>,
        paragraphs: bool,
        minimum_confidence: f32,
        on_low_confidence: &str,
        on_foreign: &str,
    ) -> PyResult<Self> {
        let running = Running {
            threads,
            batch_sentences,
            kernels,
            shortlist,
            paragraphs,
            minimum_confidence,
            on_low_confidence: on_low_confidence.to_owned(),
            on_foreign: on_foreign.to_owned(),
        };
        let options = running.options()?;
        let model = Model::of(model)?;
        let translator = py.detach(|| match &model {
            Model::Carried => options.from_static(deshi::carried_model()),
            Model::File(path) => options.open(path),
            Model::Bytes(bytes) => options.from_bytes(bytes),
        });
        let translator = translator.map_err(errors::library)?;
        let layer = options::layer(&translator, glossary, do_not_translate, memory)?;
        Ok(Self { translator, layer })
    }

    /// Translates a text, of any number of lines, or each of several: those run side by side.
    ///
    /// Raises:
    ///     Error: The text is in another language, and on_foreign is "error".
    fn translate(&self, py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Ok(match options::texts(text)? {
            Texts::One(text) => {
                let mut translations = self.translations(py, vec![text])?;
                let translation = translations.pop().expect("a translation for each text");
                translation.into_pyobject(py)?.into_any().unbind()
            }
            Texts::Several(texts) => {
                let translations = self.translations(py, texts)?;
                translations.into_pyobject(py)?.into_any().unbind()
            }
        })
    }

    /// Translates a document. Everything in it that is not text stays as it is.
    ///
    /// Args:
    ///     source: The document.
    ///     target: Where its translation goes: it appears whole, or not at all.
    ///     format: One of txt, md, html, xhtml, srt, vtt, po, json, xliff, docx, odt, epub. Default: what the extension
    ///         of the source says.
    ///
    /// Raises:
    ///     OSError: A file cannot be read or written.
    ///     ValueError: The format is unknown.
    ///     Error: The document is malformed.
    #[pyo3(signature = (source, target, *, format = None))]
    fn translate_file(
        &self,
        py: Python<'_>,
        source: PathBuf,
        target: PathBuf,
        format: Option<&str>,
    ) -> PyResult<FileTranslation> {
        let format = files::format(format, &source)?;
        interrupt::run(py, |stop| {
            files::translate(
                &self.translator,
                &self.layer,
                format,
                &source,
                &target,
                stop,
            )
        })?
    }

    /// The language of the texts, such as "en".
    #[getter]
    fn source_language(&self) -> &str {
        self.translator.source_language()
    }

    /// The language of the translations, such as "de".
    #[getter]
    fn target_language(&self) -> &str {
        self.translator.target_language()
    }

    /// The model's name.
    #[getter]
    fn name(&self) -> PyResult<String> {
        Ok(self.translator.about().map_err(errors::library)?.name)
    }

    /// Threads that translate.
    #[getter]
    fn threads(&self) -> usize {
        self.translator.threads()
    }

    /// The processor instructions that are used.
    #[getter]
    fn kernels(&self) -> &'static str {
        self.translator.kernels()
    }

    fn __repr__(&self) -> String {
        let (source, target) = (self.source_language(), self.target_language());
        format!(
            "Translator({source} to {target}, threads={})",
            self.threads()
        )
    }
}

impl Translator {
    fn translations(&self, py: Python<'_>, texts: Vec<String>) -> PyResult<Vec<Translation>> {
        let translated = interrupt::run(py, |stop| {
            self.translator
                .translate_batch_until(&self.layer, &texts, stop)
        })?;
        let translated = translated.map_err(errors::library)?;
        let pairs = texts.into_iter().zip(translated);
        Ok(pairs
            .map(|(source, translated)| Translation::new(source, translated))
            .collect())
    }
}
