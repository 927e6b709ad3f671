//! The formats, by name and by file extension.

use crate::Error;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Plain text, by lines or by paragraphs.
    Text,
    /// Markdown (CommonMark and GitHub's extensions).
    Markdown,
    /// HTML.
    Html,
    /// HTML in XML's syntax.
    Xhtml,
    /// SubRip subtitles.
    Srt,
    /// WebVTT subtitles.
    Vtt,
    /// gettext message catalogues.
    Po,
    /// Tables of strings in JSON: i18next, ARB, browser extensions.
    Json,
    /// XLIFF 1.2 and 2.
    Xliff,
    /// Office Open XML text, of Microsoft Word.
    Docx,
    /// OpenDocument text, of LibreOffice Writer.
    Odt,
    /// E-books.
    Epub,
}

impl Format {
    /// Every format, whether this build has it or not.
    pub const ALL: [Self; 12] = [
        Self::Text,
        Self::Markdown,
        Self::Html,
        Self::Xhtml,
        Self::Srt,
        Self::Vtt,
        Self::Po,
        Self::Json,
        Self::Xliff,
        Self::Docx,
        Self::Odt,
        Self::Epub,
    ];

    /// Its name, and the extensions of its files in lower case; the first is the usual one.
    const fn names(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Text => ("txt", &["txt", "text"]),
            Self::Markdown => ("md", &["md", "markdown"]),
            Self::Html => ("html", &["html", "htm"]),
            Self::Xhtml => ("xhtml", &["xhtml", "xht"]),
            Self::Srt => ("srt", &["srt"]),
            Self::Vtt => ("vtt", &["vtt"]),
            Self::Po => ("po", &["po", "pot"]),
            Self::Json => ("json", &["json", "arb"]),
            Self::Xliff => ("xliff", &["xlf", "xliff"]),
            Self::Docx => ("docx", &["docx"]),
            Self::Odt => ("odt", &["odt"]),
            Self::Epub => ("epub", &["epub"]),
        }
    }

    /// The format's name, which [`from_str`](Self::from_str) reads.
    pub const fn name(self) -> &'static str {
        self.names().0
    }

    /// The extensions of its files, without the dot.
    pub const fn extensions(self) -> &'static [&'static str] {
        self.names().1
    }

    /// Whether this build reads the format: each but plain text and subtitles has a cargo feature.
    pub const fn is_built(self) -> bool {
        match self {
            Self::Text | Self::Srt | Self::Vtt => true,
            Self::Markdown => cfg!(feature = "markdown"),
            Self::Html | Self::Xhtml => cfg!(feature = "html"),
            Self::Po => cfg!(feature = "po"),
            Self::Json => cfg!(feature = "json"),
            Self::Xliff => cfg!(feature = "xliff"),
            Self::Docx => cfg!(feature = "docx"),
            Self::Odt => cfg!(feature = "odt"),
            Self::Epub => cfg!(feature = "epub"),
        }
    }

    /// The format that a file has by its extension.
    ///
    /// # Errors
    ///
    /// The file has no extension or an unknown one; the message lists all formats.
    pub fn from_path(path: &Path) -> Result<Self, Error> {
        path.extension()
            .and_then(|extension| Self::find(extension.to_str()?))
            .ok_or_else(|| Error::UnknownFile { path: path.into() })
    }

    fn find(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name || format.extensions().contains(&name.as_str()))
    }

    /// The formats that this build reads, for messages: `txt, md, html`.
    pub fn list() -> String {
        let built = Self::ALL.into_iter().filter(|format| format.is_built());
        built.map(Self::name).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Reads a name or an extension, in any case.
impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::find(name).ok_or_else(|| Error::UnknownFormat { name: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_are_told_apart() {
        for format in Format::ALL {
            assert_eq!(format.name().parse::<Format>().unwrap(), format);
            for extension in format.extensions() {
                let path = format!("folder.po/file.{}", extension.to_uppercase());
                assert_eq!(Format::from_path(Path::new(&path)).unwrap(), format);
            }
        }
    }

    #[test]
    fn unknown_formats_are_told_with_the_known_ones() {
        for name in ["notes", "notes.pdf", ".md"] {
            let error = Format::from_path(Path::new(name)).unwrap_err().to_string();
            assert!(
                error.contains(name) && error.contains(&Format::list()),
                "{error}"
            );
        }
        let error = "pdf".parse::<Format>().unwrap_err().to_string();
        assert!(error.contains("pdf") && error.contains("txt, "), "{error}");
    }
}
