//! [`Translation`] and [`Sentence`]: what a translation is in Python.

use std::ops::Range;

use deshi::{Flags, TranslatedSentence, Translation as Translated};
use pyo3::prelude::*;
use pyo3::types::PyFrozenSet;

/// A translated text. `str(translation)` is the text.
#[pyclass(frozen, module = "deshi")]
pub(crate) struct Translation {
    source: String,
    translated: Translated,
}

/// The names of flags, in Python.
pub(crate) fn names(py: Python<'_>, flags: Flags) -> PyResult<Bound<'_, PyFrozenSet>> {
    PyFrozenSet::new(py, flags.names())
}

/// A mean probability a token.
pub(crate) fn confidence(mean_log_probability: Option<f32>) -> Option<f64> {
    mean_log_probability.map(|mean| f64::from(mean).exp())
}

impl Translation {
    pub(crate) fn new(source: String, translated: Translated) -> Self {
        Self { source, translated }
    }
}

#[pymethods]
impl Translation {
    /// The translation.
    #[getter]
    fn text(&self) -> &str {
        &self.translated.text
    }

    /// What was translated.
    #[getter]
    fn source(&self) -> &str {
        &self.source
    }

    /// The mean probability of a token, from 0 to 1; None where the model was not asked.
    #[getter]
    fn confidence(&self) -> Option<f64> {
        confidence(self.translated.mean_log_probability())
    }

    /// What to know of it: cut, truncated, repaired, repeated, passed_through, foreign, low_confidence, digits_differ,
    /// negation_differs, copied.
    #[getter]
    fn flags<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        names(py, self.translated.flags)
    }

    /// Whether a cautious reader should look at it again.
    #[getter]
    fn doubtful(&self) -> bool {
        self.translated.flags.doubtful()
    }

    /// Its sentences, in order.
    #[getter]
    fn sentences(&self) -> Vec<Sentence> {
        let mut source = Characters::new(&self.source);
        let mut target = Characters::new(&self.translated.text);
        let sentences = self.translated.sentences.iter();
        sentences
            .map(|sentence| Sentence {
                source_range: source.range(&sentence.source_range),
                target_range: target.range(&sentence.target_range),
                sentence: sentence.clone(),
            })
            .collect()
    }

    fn __str__(&self) -> &str {
        &self.translated.text
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let text = self.translated.text.as_str().into_pyobject(py)?.repr()?;
        let flags: Vec<_> = self.translated.flags.names().collect();
        Ok(match flags.is_empty() {
            true => format!("Translation({text})"),
            false => format!("Translation({text}, flags={{{}}})", flags.join(", ")),
        })
    }
}

/// One sentence of a text. `str(sentence)` is its translation.
#[pyclass(frozen, module = "deshi")]
pub(crate) struct Sentence {
    sentence: TranslatedSentence,
    source_range: (usize, usize),
    target_range: (usize, usize),
}

#[pymethods]
impl Sentence {
    /// Its translation.
    #[getter]
    fn text(&self) -> &str {
        &self.sentence.target
    }

    /// The sentence.
    #[getter]
    fn source(&self) -> &str {
        &self.sentence.source
    }

    /// Where it is in the source: source[start:end].
    #[getter]
    fn source_range(&self) -> (usize, usize) {
        self.source_range
    }

    /// Where its translation is in the text.
    #[getter]
    fn target_range(&self) -> (usize, usize) {
        self.target_range
    }

    /// The mean probability of a token, from 0 to 1; None where the model was not asked.
    #[getter]
    fn confidence(&self) -> Option<f64> {
        confidence(self.sentence.mean_log_probability())
    }

    /// What to know of it.
    #[getter]
    fn flags<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        names(py, self.sentence.flags)
    }

    fn __str__(&self) -> &str {
        &self.sentence.target
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let text = self.sentence.target.as_str().into_pyobject(py)?.repr()?;
        Ok(format!("Sentence({text})"))
    }
}

/// Counts a text's characters, as Python does, up to places in bytes that come in order.
struct Characters<'t> {
    text: &'t str,
    bytes: usize,
    characters: usize,
}

impl<'t> Characters<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: 0,
            characters: 0,
        }
    }

    fn at(&mut self, byte: usize) -> usize {
        if byte < self.bytes {
            (self.bytes, self.characters) = (0, 0);
        }
        let between = self.text.get(self.bytes..byte).unwrap_or_default();
        self.characters += between.chars().count();
        self.bytes = byte;
        self.characters
    }

    fn range(&mut self, bytes: &Range<usize>) -> (usize, usize) {
        (self.at(bytes.start), self.at(bytes.end))
    }
}
