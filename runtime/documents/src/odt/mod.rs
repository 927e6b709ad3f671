//! OpenDocument text: paragraphs and headings of `content.xml`, and of the headers and footers in `styles.xml`, with
//! their notes, comments, text boxes and the titles and descriptions of pictures.
//!
//! Deleted text of tracked changes, and text in styles for program text, is not translated. A tab stop ends a segment, like the cell of a table.

mod paragraph;

use std::collections::HashSet;

use deshi_text::segment::Segment;

use crate::archive::Archive;
use crate::code_styles::is_code_style;
use crate::package::Package;
use crate::spans::Item;
use crate::template::{Slot, Template};
use crate::xml::{Kind, Xml, escape_text};
use crate::{Error, Format, Parsed, Place, Settings};

const NAMESPACES: &[(&str, &str)] = &[
    ("urn:oasis:names:tc:opendocument:xmlns:office:1.0", "office"),
    ("urn:oasis:names:tc:opendocument:xmlns:text:1.0", "text"),
    ("urn:oasis:names:tc:opendocument:xmlns:style:1.0", "style"),
    ("urn:oasis:names:tc:opendocument:xmlns:drawing:1.0", "draw"),
    (
        "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
        "svg",
    ),
    (
        "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "fo",
    ),
    ("http://openoffice.org/2009/office", "officeooo"),
];

const MIMETYPE: &str = "application/vnd.oasis.opendocument.text";

/// Takes an ODT file apart.
pub(crate) fn parse(bytes: Vec<u8>, settings: &Settings) -> Result<Parsed, Error> {
    let format = Format::Odt;
    let mut archive = Archive::open(format, bytes, settings)?;
    if archive.has("mimetype") {
        let found = archive.read_text("mimetype")?;
        if !found.trim().starts_with(MIMETYPE) {
            let place = Place::Member {
                name: "mimetype".to_owned(),
                byte: 0,
            };
            return Err(Error::Malformed {
                format,
                place,
                problem: format!("the file type is {:.100}, not {MIMETYPE}", found.trim()).into(),
            });
        }
    }
    if archive.has("META-INF/documentsignatures.xml") {
        return Err(Error::Signed { format });
    }
    if archive.has("META-INF/manifest.xml")
        && archive
            .read_text("META-INF/manifest.xml")?
            .contains(":encryption-data")
    {
        return Err(Error::Encrypted { format });
    }
    let mut package = Package::new(archive, settings.limits.segments);
    for name in ["content.xml", "styles.xml"] {
        if name == "content.xml" || package.archive().has(name) {
            let text = package.archive().read_text(name)?;
            package.add(name, member(name, text, settings)?)?;
        }
    }
    Ok(package.into_parsed())
}

fn member(name: &str, text: String, settings: &Settings) -> Result<Parsed, Error> {
    let xml = Xml::parse(text, NAMESPACES, settings.limits.depth)
        .map_err(|(fault, _)| fault.in_member(Format::Odt, name))?;
    let styles = Styles::read(&xml);
    let mut slots = Vec::new();
    let mut token = xml.root();
    while token < xml.len() {
        if xml.kind(token) == Kind::Start {
            match xml.name(token) {
                "text:tracked-changes" => {
                    token = xml.end(token);
                }
                "text:p" | "text:h" if !styles.is_code(&xml, token) => {
                    for items in paragraph::cells(&xml, token, &styles) {
                        slots.extend(paragraph::slot(items));
                    }
                }
                "svg:title" | "svg:desc" => slots.extend(plain(&xml, token)),
                _ => {}
            }
            if slots.len() > settings.limits.segments {
                return Err(Error::TooManySegments {
                    format: Format::Odt,
                    limit: settings.limits.segments,
                });
            }
        }
        token += 1;
    }
    Ok(Template::parsed(xml.into_text(), slots))
}

/// An element that holds only text.
fn plain(xml: &Xml, element: usize) -> Option<(Slot, Segment)> {
    let mut items: Vec<Item> = Vec::new();
    for token in element + 1..xml.end(element) {
        crate::spans::push_text(&mut items, &xml.characters(token)?, xml.range(token));
    }
    crate::spans::slot(items, escape_text)
}

/// What the automatic styles of a member mean.
struct Styles {
    /// Character styles that only say when the text was edited, or in which language it is: LibreOffice cuts paragraphs
    /// into spans of such styles.
    without_effect: HashSet<String>,
    /// Styles for program text.
    code: HashSet<String>,
}

impl Styles {
    fn read(xml: &Xml) -> Self {
        let mut styles = Self {
            without_effect: HashSet::new(),
            code: HashSet::new(),
        };
        for token in (0..xml.len()).filter(|&token| xml.name(token) == "style:style") {
            let Some(name) = xml.attribute(token, "style:name") else {
                continue;
            };
            let parent = xml.attribute(token, "style:parent-style-name");
            if parent.as_deref().is_some_and(is_code_style) {
                styles.code.insert(name.into_owned());
            } else if parent.is_none() && is_without_effect(xml, token) {
                styles.without_effect.insert(name.into_owned());
            }
        }
        styles
    }

    /// Whether a paragraph or a span is program text.
    fn is_code(&self, xml: &Xml, element: usize) -> bool {
        let style = xml.attribute(element, "text:style-name");
        style.is_some_and(|style| is_code_style(&style) || self.code.contains(&*style))
    }
}

fn is_without_effect(xml: &Xml, style: usize) -> bool {
    let no_effect = |name: &str| {
        name.starts_with("officeooo:")
            || matches!(
                name,
                "fo:language" | "fo:country" | "fo:script" | "style:rfc-language-tag"
            )
    };
    xml.kind(style) == Kind::Start
        && xml.attribute(style, "style:family").as_deref() == Some("text")
        && xml.children(style).all(|child| match xml.name(child) {
            "" => true,
            "style:text-properties" => {
                xml.kind(child) == Kind::Empty
                    && xml
                        .attributes(child)
                        .iter()
                        .all(|attribute| no_effect(&attribute.name))
            }
            _ => false,
        })
}
