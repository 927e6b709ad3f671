//! Keyword arguments to options.

use std::fs;
use std::path::{Path, PathBuf};

use deshi::{Glossary, Layer, OnForeign, OnLowConfidence, Options, TranslationMemory, Translator};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString};

use crate::errors;

/// How a model is run.
#[derive(Default)]
pub(crate) struct Running {
    pub(crate) threads: Option<usize>,
    pub(crate) batch_sentences: Option<usize>,
    pub(crate) kernels: Option<String>,
    pub(crate) shortlist: bool,
    pub(crate) paragraphs: bool,
    pub(crate) minimum_confidence: f32,
    pub(crate) on_low_confidence: String,
    pub(crate) on_foreign: String,
}

impl Running {
    pub(crate) fn options(self) -> PyResult<Options> {
        let mut options = Options::new()
            .shortlist(self.shortlist)
            .paragraphs(self.paragraphs)
            .on_low_confidence(choice(
                "on_low_confidence",
                &self.on_low_confidence,
                &[
                    ("mark", OnLowConfidence::Mark),
                    ("keep", OnLowConfidence::Keep),
                ],
            )?)
            .on_foreign(choice(
                "on_foreign",
                &self.on_foreign,
                &[
                    ("keep", OnForeign::Keep),
                    ("translate", OnForeign::Translate),
                    ("error", OnForeign::Error),
                ],
            )?)
            .minimum_confidence(self.minimum_confidence)
            .map_err(errors::library)?;
        if let Some(threads) = self.threads {
            options = options.threads(threads).map_err(errors::library)?;
        }
        if let Some(sentences) = self.batch_sentences {
            options = options
                .batch_sentences(sentences)
                .map_err(errors::library)?;
        }
        if let Some(name) = self.kernels {
            options = options.kernels(&name).map_err(errors::library)?;
        }
        Ok(options)
    }
}

/// One of the choices, by its name.
fn choice<T: Copy>(option: &str, got: &str, choices: &[(&str, T)]) -> PyResult<T> {
    let found = choices.iter().find(|(name, _)| *name == got);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        PyValueError::new_err(format!("{option} must be one of {names}; got {got:?}"))
    })
}

/// The model's text layer with the user's own terms and sentences.
pub(crate) fn layer(
    translator: &Translator,
    glossary: Option<&Bound<'_, PyAny>>,
    do_not_translate: Option<&Bound<'_, PyAny>>,
    memory: Option<&Bound<'_, PyAny>>,
) -> PyResult<Layer> {
    let mut options = translator.text_options().clone();
    let (source, target) = (translator.source_language(), translator.target_language());
    if let Some(given) = glossary {
        options.glossary = match pairs("glossary", given)? {
            Pairs::Given(pairs) => {
                let mut glossary = Glossary::default();
                for (term, translation) in pairs {
                    glossary.add(term, translation);
                }
                glossary
            }
            Pairs::File(path) => {
                let file = read(&path)?;
                let terms = match has_extension(&path, "tbx") {
                    true => Glossary::from_tbx(&file, source, target),
                    false => Glossary::from_tsv(&file),
                };
                terms.map_err(|error| errors::argument(&error, &path.display().to_string()))?
            }
        };
    }
    if let Some(terms) = do_not_translate {
        for term in terms.try_iter()? {
            options.glossary.keep(term?.extract::<String>()?);
        }
    }
    if let Some(given) = memory {
        options.memory = match pairs("memory", given)? {
            Pairs::Given(pairs) => {
                let mut memory = TranslationMemory::default();
                for (sentence, translation) in pairs {
                    memory.add(&sentence, translation);
                }
                memory
            }
            Pairs::File(path) => {
                let file = read(&path)?;
                let sentences = match has_extension(&path, "tmx") {
                    true => TranslationMemory::from_tmx(&file, source, target),
                    false => TranslationMemory::from_tsv(&file),
                };
                sentences.map_err(|error| errors::argument(&error, &path.display().to_string()))?
            }
        };
    }
    Ok(Layer::new(options))
}

/// Sources with their targets, or a file that has them.
enum Pairs {
    Given(Vec<(String, String)>),
    File(PathBuf),
}

fn pairs(name: &str, given: &Bound<'_, PyAny>) -> PyResult<Pairs> {
    if let Ok(mapping) = given.cast::<PyMapping>() {
        return Ok(Pairs::Given(mapping.items()?.extract()?));
    }
    let path = given.extract::<PathBuf>().map_err(|_| {
        let got = given.get_type().name();
        let got = got.map_or_else(|_| "another type".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!("{name} must be a mapping or a path, not {got}"))
    })?;
    Ok(Pairs::File(path))
}

fn has_extension(path: &Path, extension: &str) -> bool {
    let found = path.extension().unwrap_or_default();
    found.eq_ignore_ascii_case(extension)
}

fn read(path: &Path) -> PyResult<String> {
    fs::read_to_string(path).map_err(|error| errors::system(&error, &path.display().to_string()))
}

/// One text, or several.
pub(crate) enum Texts {
    One(String),
    Several(Vec<String>),
}

/// A `str`, or any iterable of them.
pub(crate) fn texts(given: &Bound<'_, PyAny>) -> PyResult<Texts> {
    if let Ok(text) = given.cast::<PyString>() {
        return Ok(Texts::One(text.to_cow()?.into_owned()));
    }
    let several = given.try_iter()?.enumerate().map(|(at, text)| {
        let text = text?;
        text.extract::<String>().map_err(|_| {
            let got = text.get_type().name();
            let got = got.map_or_else(|_| "another type".to_owned(), |name| name.to_string());
            PyTypeError::new_err(format!("text {at} must be str, not {got}"))
        })
    });
    Ok(Texts::Several(several.collect::<PyResult<_>>()?))
}
