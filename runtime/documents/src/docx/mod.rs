//! Office Open XML text (ISO/IEC 29500): the paragraphs of the document, its headers and footers, footnotes, endnotes and
//! comments, text boxes, and the descriptions of pictures.
//!
//! Deleted and moved-away text, hidden text, text in styles for program text, the results of fields other than hyperlinks, formulas and embedded objects
//! stay as they are. Runs whose formatting is the same but for language and spelling marks are joined; where a paragraph
//! has several kinds of formatting, all but the one of most of its text become spans. A tab stop ends a segment, like the
//! cell of a table.

mod atoms;
mod fields;
mod paragraph;
mod render;

use deshi_text::segment::{Part, Segment};

use crate::archive::Archive;
use crate::package::Package;
use crate::xml::{Kind, Xml};
use crate::{Error, Format, Parsed, Place, Settings};
use atoms::Formats;
use render::{Part as DocxPart, Slot, SlotKind};

const NAMESPACES: &[(&str, &str)] = &[
    (
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "w",
    ),
    ("http://purl.oclc.org/ooxml/wordprocessingml/main", "w"),
    (
        "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "wp",
    ),
    (
        "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing",
        "wp",
    ),
];

/// How the content types of the members that are translated end.
const TRANSLATED: [&str; 6] = [
    ".main+xml",
    ".header+xml",
    ".footer+xml",
    ".footnotes+xml",
    ".endnotes+xml",
    ".comments+xml",
];

/// Takes a DOCX file apart.
pub(crate) fn parse(bytes: Vec<u8>, settings: &Settings) -> Result<Parsed, Error> {
    let format = Format::Docx;
    let mut archive = Archive::open(format, bytes, settings)?;
    if archive
        .names()
        .iter()
        .any(|name| name.starts_with("_xmlsignatures/"))
    {
        return Err(Error::Signed { format });
    }
    let members = translated_members(&mut archive, settings)?;
    let mut package = Package::new(archive, settings.limits.segments);
    for name in members {
        let text = package.archive().read_text(&name)?;
        package.add(&name, member(&name, text, settings)?)?;
    }
    Ok(package.into_parsed())
}

/// The members that hold text, the document itself first.
fn translated_members(archive: &mut Archive, settings: &Settings) -> Result<Vec<String>, Error> {
    const CONTENT_TYPES: &str = "[Content_Types].xml";
    let format = Format::Docx;
    let text = archive.read_text(CONTENT_TYPES)?;
    let namespaces = [(
        "http://schemas.openxmlformats.org/package/2006/content-types",
        "",
    )];
    let xml = Xml::parse(text, &namespaces, settings.limits.depth)
        .map_err(|(fault, _)| fault.in_member(format, CONTENT_TYPES))?;
    let mut members: Vec<(usize, String)> = Vec::new();
    let mut kinds = String::new();
    for token in xml
        .children(xml.root())
        .filter(|&token| xml.name(token) == "Override")
    {
        let (Some(name), Some(kind)) = (
            xml.attribute(token, "PartName"),
            xml.attribute(token, "ContentType"),
        ) else {
            continue;
        };
        if kind.ends_with(".main+xml") {
            kinds = kind.chars().take(100).collect();
        }
        let word = kind.contains("wordprocessingml") || kind.contains("ms-word");
        let rank = TRANSLATED
            .iter()
            .position(|end| word && kind.ends_with(end));
        let name = name.trim_start_matches('/');
        if let Some(rank) = rank.filter(|_| archive.has(name)) {
            members.push((rank, name.to_owned()));
        }
    }
    members.sort();
    members.dedup();
    match members.first() {
        Some((0, _)) => Ok(members.into_iter().map(|(_, name)| name).collect()),
        _ => {
            let place = Place::Member {
                name: CONTENT_TYPES.to_owned(),
                byte: 0,
            };
            let problem = match kinds.as_str() {
                "" => "the archive has no text document".to_owned(),
                kinds => format!("the archive has no text document, but {kinds}"),
            };
            Err(Error::Malformed {
                format,
                place,
                problem: problem.into(),
            })
        }
    }
}

fn member(name: &str, text: String, settings: &Settings) -> Result<Parsed, Error> {
    let xml = Xml::parse(text, NAMESPACES, settings.limits.depth)
        .map_err(|(fault, _)| fault.in_member(Format::Docx, name))?;
    let mut formats = Formats::new();
    let mut slots: Vec<Slot> = Vec::new();
    let mut segments: Vec<Segment> = Vec::new();
    for token in xml.root()..xml.len() {
        match (xml.kind(token), xml.name(token)) {
            (Kind::Start, "w:p") if !atoms::is_code(&xml, token) => {
                let atoms = atoms::read(&xml, token, &mut formats);
                let (pieces, new) = paragraph::pieces(&atoms, &formats);
                if !new.is_empty() {
                    let range = atoms::content(&xml, token);
                    slots.push(Slot {
                        range,
                        first: segments.len(),
                        count: new.len(),
                        kind: SlotKind::Paragraph { atoms, pieces },
                    });
                    segments.extend(new);
                }
            }
            (Kind::Start | Kind::Empty, "wp:docPr") => {
                for attribute in xml.attributes(token) {
                    let translated = matches!(attribute.name.as_str(), "descr" | "title");
                    let Some(value) = xml.attribute(token, &attribute.name).filter(|_| translated)
                    else {
                        continue;
                    };
                    if value.chars().any(char::is_alphabetic) {
                        let parts = vec![Part::Text(value.into_owned())];
                        slots.push(Slot {
                            range: attribute.value,
                            first: segments.len(),
                            count: 1,
                            kind: SlotKind::Attribute,
                        });
                        segments.push(Segment { parts });
                    }
                }
            }
            _ => {}
        }
        if segments.len() > settings.limits.segments {
            return Err(Error::TooManySegments {
                format: Format::Docx,
                limit: settings.limits.segments,
            });
        }
    }
    let prefix = xml.raw_prefix("w");
    let part = DocxPart {
        prefix,
        formats: formats.into_raw(),
        slots,
        text: xml.into_text(),
    };
    Ok(Parsed {
        segments,
        content: Box::new(part),
    })
}
