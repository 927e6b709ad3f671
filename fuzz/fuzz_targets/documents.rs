//! Files of every format: an error, or a document that can be written again.

#![no_main]

use std::io::{Cursor, Write};

use deshi::{Part, Segment};
use deshi_documents::{Document, Error, Format, Settings};
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
const CONTAINER: &str = r#"<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"#;
const PACKAGE: &str = r#"<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="one"/></spine></package>"#;

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in members {
        writer.start_file(*name, options).expect("it is in memory");
        writer.write_all(content).expect("it is in memory");
    }
    writer.finish().expect("it is in memory").into_inner()
}

/// An archive of the format whose text is in `member`.
fn packed(format: Format, member: &[u8]) -> Vec<u8> {
    match format {
        Format::Docx => archive(&[
            ("[Content_Types].xml", TYPES.as_bytes()),
            ("word/document.xml", member),
        ]),
        Format::Odt => archive(&[
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("content.xml", member),
        ]),
        _ => archive(&[
            ("mimetype", b"application/epub+zip"),
            ("META-INF/container.xml", CONTAINER.as_bytes()),
            ("book.opf", PACKAGE.as_bytes()),
            ("one.xhtml", member),
        ]),
    }
}

fn write(document: &Document, translate: impl Fn(&str) -> String) -> Result<Vec<u8>, Error> {
    let segments = document.segments().iter();
    let translated: Vec<_> = segments
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
    document.write(&translated, &mut written)?;
    Ok(written)
}

// The first byte chooses the format, the second the settings.
fuzz_target!(|data: &[u8]| {
    let [format, choices, rest @ ..] = data else {
        return;
    };
    let format = Format::ALL[usize::from(*format) % Format::ALL.len()];
    let is_archive = matches!(format, Format::Docx | Format::Odt | Format::Epub);
    let choice = |bit: u8| choices >> bit & 1 == 1;
    let mut settings = Settings::default();
    settings.paragraphs = choice(0);
    settings.retranslate = choice(1);
    settings.mark_unreviewed = choice(2);
    settings.target_language = choice(3).then(|| "de".to_owned());
    settings.limits.unpacked_bytes = 1 << 20;
    let bytes = if is_archive && !choice(4) {
        packed(format, rest)
    } else {
        rest.to_vec()
    };
    let Ok(document) = Document::parse(format, bytes.clone(), &settings) else {
        return;
    };
    let same = write(&document, str::to_owned).expect("its own segments fit");
    // Only other formats give the same bytes: PO and XLIFF also hold the translation, archives are packed again, and a target
    // language, if set, is written.
    let both = matches!(format, Format::Po | Format::Xliff);
    if !is_archive && !both && settings.target_language.is_none() {
        assert!(same == bytes, "the same text gives another file");
    }
    write(&document, |text| format!("<{text}> & \"\\*\u{0}")).expect("any text fits");
    write(&document, |_| String::new()).expect("no text fits");
});
