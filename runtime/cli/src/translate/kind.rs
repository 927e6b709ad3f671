//! [`Kind`]: how an input is read, by the options and its name; and whether the output's name fits.

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};
use deshi::language_name;
use deshi_documents::Format;

use crate::endpoint::Endpoint;
use crate::usage::usage;

use super::args::{DocumentArgs, FileArgs, QualityArgs};

/// How an input is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each line is a text.
    Lines,
    /// Each line is a JSON object with a text.
    JsonLines,
    Document(Format),
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines => formatter.write_str("txt"),
            Self::JsonLines => formatter.write_str("JSON lines"),
            Self::Document(format) => format.fmt(formatter),
        }
    }
}

/// The extensions of JSON lines.
const JSON_LINES: [&str; 2] = ["jsonl", "ndjson"];

/// Extensions of plain text, besides those of [`Format::Text`].
const PLAIN: [&str; 4] = ["log", "me", "nfo", "utf8"];

/// Files in parallel corpora have their language's code for an extension. These codes are also extensions of C#, m4,
/// Perl and roff files.
const AMBIGUOUS: [&str; 4] = ["cs", "mk", "pl", "ms"];

/// Extensions of files that people expect from other programs, and that deshi neither reads nor writes.
const NEVER_WRITTEN: [&str; 16] = [
    "csv", "doc", "docm", "mobi", "odp", "ods", "pdf", "ppt", "pptx", "rtf", "tex", "tmx", "xls",
    "xlsx", "xml", "yaml",
];

impl Kind {
    /// How to read the source: as the options say, or as the file's extension does.
    ///
    /// # Errors
    /// If the extension is that of a format that deshi does not read, or of none.
    pub(super) fn of(
        source: &Endpoint,
        files: &FileArgs,
        documents: &DocumentArgs,
        quality: &QualityArgs,
    ) -> Result<Self> {
        let extension = source.path().and_then(extension);
        let by_name = named(source);
        let is_jsonl = documents.format.is_none() && by_name == Some(Self::JsonLines);
        if files.input_jsonl || is_jsonl {
            return Ok(Self::JsonLines);
        }
        let format = match (documents.format, by_name) {
            (Some(format), _) | (None, Some(Self::Document(format))) => format,
            (None, _) => match extension.filter(|extension| !is_plain(extension)) {
                None => Format::Text,
                Some(extension) => bail!(
                    "{source}: deshi does not read .{extension} files; it reads {}, and JSON lines (jsonl). \
                     To translate the file as lines of plain text, give --format txt",
                    Format::list()
                ),
            },
        };
        Ok(match format {
            Format::Text if !quality.paragraphs => Self::Lines,
            format => Self::Document(format),
        })
    }

    /// Checks that what is written under this name is of the format that the name says.
    ///
    /// # Errors
    /// If the name says another one.
    pub(super) fn check_output(
        self,
        source: &Endpoint,
        destination: &Endpoint,
        files: &FileArgs,
    ) -> Result<()> {
        let Some(path) = destination.path() else {
            return Ok(());
        };
        // A file is written in its own format whatever its name says.
        let of_source = source.path().and_then(extension);
        let Some(extension) = extension(path).filter(|name| Some(name) != of_source.as_ref())
        else {
            return Ok(());
        };
        let written = if files.jsonl { Self::JsonLines } else { self };
        let says = match named(destination) {
            Some(says) if says.is_written_as(written, files) => return Ok(()),
            Some(says) => says.to_string(),
            None if NEVER_WRITTEN.contains(&extension.as_str()) => extension,
            None => return Ok(()),
        };
        let hint = match named(destination) {
            // Nothing says what is read.
            Some(Self::Document(format)) if source.path().is_none() && self == Self::Lines => {
                format!("if it reads {format}, give --format {format}")
            }
            _ => "deshi does not convert: give the result a name that ends like its format's"
                .to_owned(),
        };
        usage!(
            "{source} is read as {self}, so {destination} would be {written}, and its name says {says}; {hint}"
        )
    }

    /// Whether a name that says this may have such content.
    fn is_written_as(self, written: Self, files: &FileArgs) -> bool {
        use Kind::{Document, JsonLines};
        let is_asked = files.jsonl || files.input_jsonl;
        let same = |kind: Self| match kind {
            Self::Lines => Document(Format::Text),
            Document(Format::Xhtml) => Document(Format::Html),
            kind => kind,
        };
        same(self) == same(written)
            || written == JsonLines
                && (self == Document(Format::Json) || self == Document(Format::Text) && is_asked)
    }
}

/// The extension, in lower case. An ending with white space is not an extension: `Letter to Dr. Smith`.
fn extension(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    (!extension.contains(char::is_whitespace)).then_some(extension)
}

/// What a file's name says of its content.
fn named(file: &Endpoint) -> Option<Kind> {
    let path = file.path()?;
    let extension = extension(path)?;
    if JSON_LINES.contains(&extension.as_str()) {
        return Some(Kind::JsonLines);
    }
    Format::from_path(path).ok().map(Kind::Document)
}

/// Whether files of this extension are plain text: by name, by their language, or by a number (`notes.2026`, a part of a
/// larger file). One digit from 1 on is a manual page's.
fn is_plain(extension: &str) -> bool {
    let is_language = !AMBIGUOUS.contains(&extension) && language_name(extension) != extension;
    let is_number = extension.bytes().all(|byte| byte.is_ascii_digit())
        && (extension.len() > 1 || extension == "0");
    extension.is_empty() || PLAIN.contains(&extension) || is_language || is_number
}
