//! The user's own terms and translations.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use deshi::{Glossary, Layer, TranslationMemory, Translator};

/// Files with terms and translations.
pub(super) struct Resources {
    pub(super) glossary: Vec<PathBuf>,
    pub(super) do_not_translate: Vec<PathBuf>,
    pub(super) memory: Vec<PathBuf>,
}

impl Resources {
    /// The translator's text layer, with what the files hold.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(super) fn layer(&self, translator: &Translator) -> Result<Layer> {
        let mut options = translator.text_options().clone();
        let (source, target) = (translator.source_language(), translator.target_language());
        for path in &self.glossary {
            let file = read(path)?;
            let terms = match is(path, "tbx") {
                true => Glossary::from_tbx(&file, source, target),
                false => Glossary::from_tsv(&file),
            };
            let terms = terms.with_context(|| path.display().to_string())?;
            options.glossary.extend(terms);
        }
        for path in &self.do_not_translate {
            options.glossary.keep_lines(&read(path)?);
        }
        for path in &self.memory {
            let file = read(path)?;
            let sentences = match is(path, "tmx") {
                true => TranslationMemory::from_tmx(&file, source, target),
                false => TranslationMemory::from_tsv(&file),
            };
            let sentences = sentences.with_context(|| path.display().to_string())?;
            options.memory.extend(sentences);
        }
        Ok(Layer::new(options))
    }
}

/// Whether the file has this extension.
fn is(path: &Path, extension: &str) -> bool {
    let found = path.extension().unwrap_or_default();
    found.eq_ignore_ascii_case(extension)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}
