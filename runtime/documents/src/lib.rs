//! Documents: what in a file is text to translate, and the file with that text replaced.
//!
//! A [`Document`] yields [`Segment`]s, each a paragraph, a heading, a cell or a subtitle with its inline marks, and takes
//! the translated segments back. Everything else in the file stays as it was, byte for byte (for the formats that are zip
//! archives: in each of their members).
//!
//! ```
//! use deshi_documents::{Document, Format, Settings};
//! use deshi_text::segment::Part;
//!
//! let document = Document::parse(Format::Text, b"  Good morning.\r\n".to_vec(), &Settings::default())?;
//! let mut translated = document.segments().to_vec();
//! assert_eq!(translated[0].parts, [Part::Text("Good morning.".into())]);
//! translated[0].parts = vec![Part::Text("Guten Morgen.".into())];
//! let mut written = Vec::new();
//! document.write(&translated, &mut written)?;
//! assert_eq!(written, b"  Guten Morgen.\r\n");
//! # Ok::<(), deshi_documents::Error>(())
//! ```
//!
//! Time and memory grow linearly with the file, within the [`Limits`] of the [`Settings`]; no input makes the crate panic.

#![forbid(unsafe_code)]

#[cfg(any(feature = "docx", feature = "odt", feature = "epub"))]
mod archive;
#[cfg(feature = "_office")]
mod code_styles;
#[cfg(feature = "docx")]
mod docx;
mod encoding;
#[cfg(feature = "epub")]
mod epub;
mod error;
mod format;
#[cfg(feature = "html")]
mod html;
#[cfg(any(feature = "html", feature = "markdown"))]
mod inline;
#[cfg(feature = "json")]
mod json;
#[cfg(any(feature = "po", feature = "xliff"))]
mod language;
mod lines;
#[cfg(feature = "markdown")]
mod markdown;
mod no_break;
#[cfg(feature = "odt")]
mod odt;
#[cfg(any(feature = "docx", feature = "odt", feature = "epub"))]
mod package;
#[cfg(any(feature = "json", feature = "po"))]
mod pieces;
mod plain;
#[cfg(feature = "po")]
mod po;
mod settings;
#[cfg(any(feature = "_inline", feature = "_office"))]
mod spans;
mod subtitles;
mod template;
mod wrap;
#[cfg(feature = "xliff")]
mod xliff;
#[cfg(any(feature = "xliff", feature = "docx", feature = "odt", feature = "epub"))]
mod xml;

pub use error::{Error, Place};
pub use format::Format;
pub use settings::{Limits, Settings};

use deshi_text::segment::{Part, Segment};
use encoding::Encoding;
use std::io::Write;

/// What one format's parser makes of a file.
pub(crate) struct Parsed {
    segments: Vec<Segment>,
    content: Box<dyn Content>,
}

/// The rest of a document: writes the file again, with the segments' translations in their places.
pub(crate) trait Content: Send + Sync {
    /// How many strings stay because they look like code.
    fn code_values(&self) -> usize {
        0
    }

    /// Writes the document. `source` is what the parser yielded; `translated` has a segment with the same marks for each.
    fn write(
        &self,
        source: &[Segment],
        translated: &[Segment],
        out: &mut dyn Write,
    ) -> Result<(), Error>;
}

/// A file, taken apart into the text to translate and everything else.
pub struct Document {
    format: Format,
    encoding: Encoding,
    segments: Vec<Segment>,
    content: Box<dyn Content>,
}

impl Document {
    /// Takes a file apart. Text formats are UTF-8, with or without a byte order mark, or UTF-16 with one; they are written
    /// in the encoding that they were read in.
    ///
    /// # Errors
    ///
    /// The file is not of this format, or it exceeds a limit of `settings`, or this build leaves the format out.
    pub fn parse(format: Format, bytes: Vec<u8>, settings: &Settings) -> Result<Self, Error> {
        let (encoding, parsed) = match format {
            Format::Docx | Format::Odt | Format::Epub => {
                (Encoding::Utf8, parse_archive(format, bytes, settings)?)
            }
            _ => {
                let (encoding, text) = Encoding::decode(format, bytes)?;
                (encoding, parse_text(format, text, settings)?)
            }
        };
        let limit = settings.limits.segments;
        if parsed.segments.len() > limit {
            return Err(Error::TooManySegments { format, limit });
        }
        Ok(Self {
            format,
            encoding,
            segments: parsed.segments,
            content: parsed.content,
        })
    }

    /// The document's format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What is to be translated, in the file's order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// How many strings of a JSON file stay as they are because they look like identifiers, addresses, patterns or other code. With
    /// [`Settings::json_keys`] none do.
    pub fn code_values(&self) -> usize {
        self.content.code_values()
    }

    /// Writes the document with `translated` in the places of its [segments](Self::segments). With the segments
    /// themselves, the same bytes come out; only formats that hold source and translation side by side (PO, XLIFF) then
    /// get the source text as translation.
    ///
    /// # Errors
    ///
    /// The number of segments differs, or a segment does not have each mark of its source once and well nested, or `out`
    /// fails.
    pub fn write(&self, translated: &[Segment], out: &mut dyn Write) -> Result<(), Error> {
        if translated.len() != self.segments.len() {
            return Err(Error::SegmentCount {
                expected: self.segments.len(),
                got: translated.len(),
            });
        }
        for (index, (source, target)) in self.segments.iter().zip(translated).enumerate() {
            check_marks(source, target).map_err(|mark| Error::Mark {
                segment: index,
                mark,
            })?;
        }
        let kept: Vec<Segment> = self
            .segments
            .iter()
            .zip(translated)
            .map(|(source, target)| no_break::keep(source, target).into_owned())
            .collect();
        let translated = kept.as_slice();
        match self.encoding {
            Encoding::Utf8 => self.content.write(&self.segments, translated, out),
            encoding => {
                let mut text = Vec::new();
                self.content.write(&self.segments, translated, &mut text)?;
                Ok(out.write_all(&encoding.encode(&text))?)
            }
        }
    }
}

fn parse_text(format: Format, text: String, settings: &Settings) -> Result<Parsed, Error> {
    match format {
        Format::Text => Ok(plain::parse(text, settings)),
        Format::Srt => subtitles::parse(text, subtitles::Syntax::Srt),
        Format::Vtt => subtitles::parse(text, subtitles::Syntax::Vtt),
        #[cfg(feature = "markdown")]
        Format::Markdown => Ok(markdown::parse(text)),
        #[cfg(feature = "html")]
        Format::Html => Ok(html::parse(text, html::Syntax::Html, settings)),
        #[cfg(feature = "html")]
        Format::Xhtml => Ok(html::parse(text, html::Syntax::Xhtml, settings)),
        #[cfg(feature = "po")]
        Format::Po => po::parse(text, settings),
        #[cfg(feature = "json")]
        Format::Json => json::parse(text, settings),
        #[cfg(feature = "xliff")]
        Format::Xliff => xliff::parse(text, settings),
        _ => Err(Error::NotBuilt { format }),
    }
}

fn parse_archive(format: Format, bytes: Vec<u8>, settings: &Settings) -> Result<Parsed, Error> {
    match format {
        #[cfg(feature = "docx")]
        Format::Docx => docx::parse(bytes, settings),
        #[cfg(feature = "odt")]
        Format::Odt => odt::parse(bytes, settings),
        #[cfg(feature = "epub")]
        Format::Epub => epub::parse(bytes, settings),
        _ => {
            let _ = (bytes, settings);
            Err(Error::NotBuilt { format })
        }
    }
}

/// Whether `target` has each mark of `source` exactly once, with its pairs nested; the first mark for which this fails.
fn check_marks(source: &Segment, target: &Segment) -> Result<(), u32> {
    let marks = |segment: &Segment| {
        let mut marks: Vec<(u32, u8)> = segment
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Text(_) => None,
                Part::Open(number) => Some((*number, 0)),
                Part::Close(number) => Some((*number, 1)),
                Part::Single(number) => Some((*number, 2)),
            })
            .collect();
        marks.sort_unstable();
        marks
    };
    let (expected, got) = (marks(source), marks(target));
    if let Some(difference) =
        (0..expected.len().max(got.len())).find(|&index| expected.get(index) != got.get(index))
    {
        let mark = expected.get(difference).or(got.get(difference));
        return Err(mark.expect("one of the two is longer").0);
    }
    let mut open = Vec::new();
    for part in &target.parts {
        match part {
            Part::Open(number) => open.push(*number),
            Part::Close(number) if open.pop() != Some(*number) => return Err(*number),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(parts: &[Part]) -> Segment {
        Segment {
            parts: parts.to_vec(),
        }
    }

    #[test]
    fn marks_come_once_each_and_nested() {
        use Part::{Close, Open, Single};
        let source = segment(&[Open(0), Open(1), Close(1), Single(2), Close(0)]);
        for (parts, expected) in [
            (
                vec![Single(2), Open(1), Open(0), Close(0), Close(1)],
                Ok(()),
            ),
            (
                vec![Open(0), Open(1), Close(0), Close(1), Single(2)],
                Err(0),
            ),
            (vec![Open(0), Open(1), Close(1), Close(0)], Err(2)),
            (
                vec![Open(0), Close(0), Open(1), Close(1), Single(2), Single(2)],
                Err(2),
            ),
            (
                vec![Close(0), Open(0), Open(1), Close(1), Single(2)],
                Err(0),
            ),
        ] {
            assert_eq!(
                check_marks(&source, &segment(&parts)),
                expected,
                "{parts:?}"
            );
        }
    }

    #[test]
    fn segments_of_another_number_are_refused() {
        let settings = Settings::default();
        let document = Document::parse(Format::Text, b"One.\nTwo.\n".to_vec(), &settings).unwrap();
        let result = document.write(&document.segments()[..1], &mut Vec::new());
        assert!(matches!(
            result,
            Err(Error::SegmentCount {
                expected: 2,
                got: 1
            })
        ));
    }

    #[test]
    fn too_many_segments_are_refused() {
        let mut settings = Settings::default();
        settings.limits.segments = 1;
        let result = Document::parse(Format::Text, b"One.\nTwo.\n".to_vec(), &settings);
        assert!(matches!(
            result,
            Err(Error::TooManySegments { limit: 1, .. })
        ));
    }
}
