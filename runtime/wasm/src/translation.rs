//! What a translation is in JavaScript. Places are in UTF-16 units, as in JavaScript's strings.

use std::ops::Range;

use deshi::{Flags, Translation as Translated};
use serde::Serialize;

/// `Translation`, see `types`.
#[derive(Serialize)]
pub(crate) struct Translation<'t> {
    text: &'t str,
    confidence: Option<f32>,
    flags: Vec<&'static str>,
    doubtful: bool,
    sentences: Vec<Sentence<'t>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sentence<'t> {
    source: &'t str,
    text: &'t str,
    source_range: (usize, usize),
    target_range: (usize, usize),
    confidence: Option<f32>,
    flags: Vec<&'static str>,
    doubtful: bool,
}

/// `FileTranslation` without its bytes.
#[derive(Serialize, Default)]
pub(crate) struct FileReport {
    pub(crate) segments: usize,
    sentences: usize,
    doubtful: usize,
    flags: Vec<&'static str>,
    #[serde(skip)]
    all: Flags,
}

impl FileReport {
    pub(crate) fn add(&mut self, translated: &Translated) {
        self.sentences += translated.sentences.len();
        let doubtful = translated.sentences.iter();
        self.doubtful += doubtful.filter(|one| one.flags.doubtful()).count();
        self.all = self.all.or(translated.flags);
        self.flags = self.all.names().collect();
    }
}

impl<'t> Translation<'t> {
    pub(crate) fn new(source: &'t str, translated: &'t Translated) -> Self {
        let mut in_source = Utf16::new(source);
        let mut in_target = Utf16::new(&translated.text);
        let sentences = translated.sentences.iter().map(|sentence| Sentence {
            source: &sentence.source,
            text: &sentence.target,
            source_range: in_source.range(&sentence.source_range),
            target_range: in_target.range(&sentence.target_range),
            confidence: sentence.mean_log_probability().map(f32::exp),
            flags: sentence.flags.names().collect(),
            doubtful: sentence.flags.doubtful(),
        });
        Self {
            sentences: sentences.collect(),
            text: &translated.text,
            confidence: translated.mean_log_probability().map(f32::exp),
            flags: translated.flags.names().collect(),
            doubtful: translated.flags.doubtful(),
        }
    }
}

/// Counts a text's UTF-16 units up to places in bytes that come in order.
struct Utf16<'t> {
    text: &'t str,
    bytes: usize,
    units: usize,
}

impl<'t> Utf16<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: 0,
            units: 0,
        }
    }

    fn at(&mut self, byte: usize) -> usize {
        if byte < self.bytes {
            (self.bytes, self.units) = (0, 0);
        }
        let between = self.text.get(self.bytes..byte).unwrap_or_default();
        self.units += between.encode_utf16().count();
        self.bytes = byte;
        self.units
    }

    fn range(&mut self, bytes: &Range<usize>) -> (usize, usize) {
        (self.at(bytes.start), self.at(bytes.end))
    }
}
