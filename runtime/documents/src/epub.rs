//! E-books: the XHTML members of the spine, the navigation document or NCX, and the title in the package document, whose
//! language becomes the translation's.

use deshi_text::segment::Segment;

use crate::archive::Archive;
use crate::html;
use crate::package::Package;
use crate::spans;
use crate::template::{Slot, Template};
use crate::xml::{Kind, Xml, escape_text};
use crate::{Error, Format, Parsed, Place, Settings};

const NAMESPACES: &[(&str, &str)] = &[
    ("http://www.idpf.org/2007/opf", ""),
    ("http://www.daisy.org/z3986/2005/ncx/", ""),
    ("urn:oasis:names:tc:opendocument:xmlns:container", ""),
    ("http://www.w3.org/2001/04/xmlenc#", ""),
    ("http://purl.org/dc/elements/1.1/", "dc"),
];

/// Font obfuscation: the algorithms of EPUB 3.3 (section 4.2.6) and of Adobe.
const FONT_ALGORITHMS: [&str; 2] = [
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
];

/// Takes an e-book apart.
pub(crate) fn parse(bytes: Vec<u8>, settings: &Settings) -> Result<Parsed, Error> {
    let format = Format::Epub;
    let mut archive = Archive::open(format, bytes, settings)?;
    if archive.has("META-INF/signatures.xml") {
        return Err(Error::Signed { format });
    }
    if is_encrypted(&mut archive, settings)? {
        return Err(Error::Encrypted { format });
    }
    let package_name = package_name(&mut archive, settings)?;
    let package_xml = read(&mut archive, &package_name, settings)?;
    let members = members(&package_xml, &package_name, &archive);
    let mut package = Package::new(archive, settings.limits.segments);
    package.add(
        &package_name,
        package_document(package_xml, &package_name, settings)?,
    )?;
    for member in members {
        let parsed = if member.is_ncx {
            let xml = read(package.archive(), &member.name, settings)?;
            ncx(xml)
        } else {
            let text = package.archive().read_text(&member.name)?;
            html::parse(text, html::Syntax::Xhtml, settings)
        };
        package.add(&member.name, parsed)?;
    }
    Ok(package.into_parsed())
}

fn read(archive: &mut Archive, name: &str, settings: &Settings) -> Result<Xml, Error> {
    parse_xml(archive.read_text(name)?, name, settings)
}

fn parse_xml(text: String, name: &str, settings: &Settings) -> Result<Xml, Error> {
    Xml::parse(text, NAMESPACES, settings.limits.depth)
        .map_err(|(fault, _)| fault.in_member(Format::Epub, name))
}

/// Whether anything but fonts is encrypted.
fn is_encrypted(archive: &mut Archive, settings: &Settings) -> Result<bool, Error> {
    const ENCRYPTION: &str = "META-INF/encryption.xml";
    if !archive.has(ENCRYPTION) {
        return Ok(false);
    }
    let xml = read(archive, ENCRYPTION, settings)?;
    let data = (0..xml.len())
        .filter(|&token| xml.name(token) == "EncryptedData" && xml.kind(token) == Kind::Start);
    let only_fonts = |token: usize| {
        let method = xml
            .child(token, "EncryptionMethod")
            .and_then(|method| xml.attribute(method, "Algorithm"));
        method.is_some_and(|algorithm| FONT_ALGORITHMS.contains(&&*algorithm))
    };
    Ok(!data.into_iter().all(only_fonts))
}

/// The name of the package document, from the container.
fn package_name(archive: &mut Archive, settings: &Settings) -> Result<String, Error> {
    const CONTAINER: &str = "META-INF/container.xml";
    let xml = read(archive, CONTAINER, settings)?;
    (0..xml.len())
        .filter(|&token| xml.name(token) == "rootfile")
        .find_map(|token| xml.attribute(token, "full-path"))
        .map(String::from)
        .ok_or_else(|| Error::Malformed {
            format: Format::Epub,
            place: Place::Member {
                name: CONTAINER.to_owned(),
                byte: 0,
            },
            problem: "the container names no package document".into(),
        })
}

struct Member {
    name: String,
    is_ncx: bool,
}

/// The members that hold text, in the order of reading, the navigation behind them.
fn members(xml: &Xml, package_name: &str, archive: &Archive) -> Vec<Member> {
    let folder = package_name
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let mut manifest = std::collections::HashMap::new();
    let mut navigation = Vec::new();
    let mut spine = Vec::new();
    for token in xml.root()..xml.len() {
        if !matches!(xml.kind(token), Kind::Start | Kind::Empty) {
            continue;
        }
        match xml.name(token) {
            "item" => {
                let attribute =
                    |name: &str| xml.attribute(token, name).unwrap_or_default().into_owned();
                let id = attribute("id");
                if attribute("media-type") == "application/x-dtbncx+xml"
                    || attribute("properties")
                        .split_ascii_whitespace()
                        .any(|property| property == "nav")
                {
                    navigation.push(id.clone());
                }
                manifest.insert(
                    id,
                    (resolve(folder, &attribute("href")), attribute("media-type")),
                );
            }
            "itemref" => spine.extend(xml.attribute(token, "idref").map(String::from)),
            _ => {}
        }
    }
    let mut members: Vec<Member> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for id in spine.iter().chain(&navigation) {
        let Some((name, media_type)) = manifest.get(id) else {
            continue;
        };
        let is_ncx = media_type == "application/x-dtbncx+xml";
        let is_text =
            is_ncx || matches!(media_type.as_str(), "application/xhtml+xml" | "text/html");
        if is_text && archive.has(name) && seen.insert(name.clone()) {
            members.push(Member {
                name: name.clone(),
                is_ncx,
            });
        }
    }
    members
}

/// The member that a reference in the package document points to.
fn resolve(folder: &str, reference: &str) -> String {
    let path = reference.split(['#', '?']).next().unwrap_or("");
    let path = percent_decoded(path);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn percent_decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digit = |index: usize| {
            tail.get(index)
                .and_then(|&digit| char::from(digit).to_digit(16))
        };
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(16 * high + low).expect("two hexadecimal digits"));
                rest = &tail[2..];
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The package document: its titles, and its language, which is set at once.
fn package_document(xml: Xml, name: &str, settings: &Settings) -> Result<Parsed, Error> {
    let xml = match language_set(&xml, settings) {
        Some(text) => parse_xml(text, name, settings)?,
        None => xml,
    };
    let titles = (0..xml.len()).filter(|&token| xml.name(token) == "dc:title");
    let slots = titles.filter_map(|token| plain(&xml, token)).collect();
    Ok(Template::parsed(xml.into_text(), slots))
}

/// The package document with the translation's language as its first one, if that changes it.
fn language_set(xml: &Xml, settings: &Settings) -> Option<String> {
    let language = settings.target_language.as_ref()?;
    let token = (0..xml.len())
        .find(|&token| xml.name(token) == "dc:language" && xml.kind(token) == Kind::Start)?;
    let range = xml.inner(token);
    let primary = |tag: &str| {
        tag.trim()
            .split(['-', '_'])
            .next()
            .unwrap_or("")
            .to_ascii_lowercase()
    };
    if primary(&xml.content(token)) == primary(language) {
        return None;
    }
    let mut text = xml.text()[..range.start].to_owned();
    escape_text(language, &mut text);
    text.push_str(&xml.text()[range.end..]);
    Some(text)
}

/// The labels of a table of contents in NCX.
fn ncx(xml: Xml) -> Parsed {
    let labels = (0..xml.len()).filter(|&token| xml.name(token) == "text");
    let slots = labels.filter_map(|token| plain(&xml, token)).collect();
    Template::parsed(xml.into_text(), slots)
}

/// An element that holds only text.
fn plain(xml: &Xml, element: usize) -> Option<(Slot, Segment)> {
    if xml.kind(element) != Kind::Start {
        return None;
    }
    let mut items = Vec::new();
    for token in element + 1..xml.end(element) {
        spans::push_text(&mut items, &xml.characters(token)?, xml.range(token));
    }
    spans::slot(items, escape_text)
}
