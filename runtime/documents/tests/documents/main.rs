//! Tests of documents, by their samples.

mod damage;
mod formats;

use deshi_documents::{Document, Error, Format, Settings};
use deshi_text::segment::{Part, Segment};
use std::path::{Path, PathBuf};

/// The folder of the samples.
pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples")
}

/// A sample's document.
pub fn sample(name: &str, settings: &Settings) -> Document {
    let bytes = std::fs::read(samples().join(name)).unwrap();
    let format = Format::from_path(Path::new(name)).unwrap();
    Document::parse(format, bytes, settings).unwrap()
}

/// The document with each text part translated by `translate`.
pub fn translated(
    document: &Document,
    translate: impl Fn(&str) -> String,
) -> Result<Vec<u8>, Error> {
    let segments: Vec<Segment> = document
        .segments()
        .iter()
        .map(|segment| Segment {
            parts: segment
                .parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => Part::Text(translate(text)),
                    mark => mark.clone(),
                })
                .collect(),
        })
        .collect();
    let mut out = Vec::new();
    document.write(&segments, &mut out)?;
    Ok(out)
}
