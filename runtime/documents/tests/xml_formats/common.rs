//! What the tests share: archives, and translators that need no model.

use std::io::{Cursor, Read, Write};

use deshi_documents::{Document, Error, Format, Settings};
use deshi_text::segment::{Part, Segment};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// An archive of these members, in their order.
pub fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        let method = if *name == "mimetype" {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        writer
            .start_file(
                *name,
                SimpleFileOptions::default().compression_method(method),
            )
            .unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The members of an archive, unpacked.
pub fn members(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut member = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            member.read_to_end(&mut content).unwrap();
            (member.name().unwrap().into_owned(), content)
        })
        .collect()
}

/// A member's text.
pub fn member(bytes: &[u8], name: &str) -> String {
    let (_, content) = members(bytes)
        .into_iter()
        .find(|(member, _)| member == name)
        .unwrap();
    String::from_utf8(content).unwrap()
}

pub fn parse(format: Format, bytes: &[u8]) -> Result<Document, Error> {
    Document::parse(format, bytes.to_vec(), &Settings::default())
}

/// The file with every segment's texts changed by `translate`.
pub fn translated_with(
    settings: &Settings,
    format: Format,
    bytes: &[u8],
    translate: impl Fn(&str) -> String,
) -> Vec<u8> {
    let document = Document::parse(format, bytes.to_vec(), settings).unwrap();
    let translated: Vec<Segment> = document
        .segments()
        .iter()
        .map(|segment| {
            let parts = segment.parts.iter().map(|part| match part {
                Part::Text(text) => Part::Text(translate(text)),
                mark => mark.clone(),
            });
            Segment {
                parts: parts.collect(),
            }
        })
        .collect();
    let mut written = Vec::new();
    document.write(&translated, &mut written).unwrap();
    written
}

pub fn upper(format: Format, bytes: &[u8]) -> Vec<u8> {
    translated_with(&Settings::default(), format, bytes, str::to_uppercase)
}

pub fn unchanged(format: Format, bytes: &[u8]) -> Vec<u8> {
    translated_with(&Settings::default(), format, bytes, str::to_owned)
}

/// A document's segments, each as text with its marks: `{0}pair{/0} and {1/}`.
pub fn segments(format: Format, bytes: &[u8]) -> Vec<String> {
    parse(format, bytes)
        .unwrap()
        .segments()
        .iter()
        .map(show)
        .collect()
}

fn show(segment: &Segment) -> String {
    let parts = segment.parts.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Open(number) => format!("{{{number}}}"),
        Part::Close(number) => format!("{{/{number}}}"),
        Part::Single(number) => format!("{{{number}/}}"),
    });
    parts.collect()
}

/// A translation that is the source text leaves every member as it is, and a canonical archive too.
pub fn assert_round_trip(format: Format, bytes: &[u8]) {
    let once = unchanged(format, bytes);
    assert_eq!(members(&once), in_canonical_order(members(bytes)));
    assert!(
        unchanged(format, &once) == once,
        "an archive that was written is written again as it was"
    );
}

fn in_canonical_order(mut members: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    members.sort_by_key(|(name, _)| name != "mimetype");
    members
}

/// What a translation changes in a member: each line of `before` and `after` that differs, at `<` and `>` cut into lines.
pub fn texts(xml: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for piece in xml.split('<').skip(1) {
        let text = piece.split_once('>').map_or("", |(_, text)| text);
        if !text.trim().is_empty() {
            texts.push(text.to_owned());
        }
    }
    texts
}
