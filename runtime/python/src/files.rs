//! Documents: files in, files out.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use deshi::{Flags, Layer, Translator};
use deshi_documents::{Document, Format, Settings};
use deshi_whole_file::write_whole;
use pyo3::prelude::*;
use pyo3::types::PyFrozenSet;

use crate::errors;
use crate::translation::{confidence, names};

/// What is known of a file's translation.
#[pyclass(frozen, module = "deshi")]
#[derive(Default)]
pub(crate) struct FileTranslation {
    segments: usize,
    sentences: usize,
    doubtful: usize,
    flags: Flags,
    log_probability: f32,
    tokens: usize,
}

#[pymethods]
impl FileTranslation {
    /// Paragraphs, headings, cells or subtitles that the document has.
    #[getter]
    fn segments(&self) -> usize {
        self.segments
    }

    /// Sentences.
    #[getter]
    fn sentences(&self) -> usize {
        self.sentences
    }

    /// Sentences that a cautious reader should look at again.
    #[getter]
    fn doubtful(&self) -> usize {
        self.doubtful
    }

    /// The sentences' flags together.
    #[getter]
    fn flags<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        names(py, self.flags)
    }

    /// The mean probability of a token, from 0 to 1; None where the model was not asked.
    #[getter]
    fn confidence(&self) -> Option<f64> {
        confidence((self.tokens > 0).then(|| self.log_probability / self.tokens as f32))
    }

    fn __repr__(&self) -> String {
        format!(
            "FileTranslation(segments={}, sentences={}, doubtful={})",
            self.segments, self.sentences, self.doubtful
        )
    }
}

/// The format of this name, or else of the file's extension.
pub(crate) fn format(name: Option<&str>, path: &Path) -> PyResult<Format> {
    let format = match name {
        Some(name) => name.parse(),
        None => Format::from_path(path),
    };
    format.map_err(errors::document)
}

/// Translates a file; `target` appears whole, or not at all.
pub(crate) fn translate(
    translator: &Translator,
    layer: &Layer,
    format: Format,
    source: &Path,
    target: &Path,
    stop: &AtomicBool,
) -> PyResult<FileTranslation> {
    let name = |path: &Path| path.display().to_string();
    let bytes = fs::read(source).map_err(|error| errors::system(&error, &name(source)))?;
    let mut settings = Settings::default();
    settings.target_language = Some(translator.target_language().to_owned());
    settings.paragraphs = layer.options().paragraphs;
    let document = Document::parse(format, bytes, &settings).map_err(errors::document)?;
    let translated = translator.translate_segments_until(layer, document.segments(), stop);
    let translated = translated.map_err(errors::library)?;
    let mut report = FileTranslation {
        segments: translated.len(),
        ..FileTranslation::default()
    };
    let mut segments = Vec::with_capacity(translated.len());
    for part in translated {
        let sentences = &part.translated.sentences;
        report.sentences += sentences.len();
        let doubtful = sentences
            .iter()
            .filter(|sentence| sentence.flags.doubtful());
        report.doubtful += doubtful.count();
        report.flags = report.flags.or(part.translated.flags);
        report.log_probability += part.translated.log_probability;
        report.tokens += part.translated.tokens;
        segments.push(part.segment);
    }
    let mut bytes = Vec::new();
    document
        .write(&segments, &mut bytes)
        .map_err(errors::document)?;
    write_whole(target, |out| out.write_all(&bytes))
        .map_err(|error: std::io::Error| errors::system(&error, &name(target)))?;
    Ok(report)
}
