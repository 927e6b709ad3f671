//! Damaged documents: a clear error or a document that comes back as it was, and never a panic.

use crate::{samples, translated};
use deshi_documents::{Document, Format, Settings};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use std::time::{Duration, Instant};

fn files() -> Vec<(Format, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(samples())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains(".upper."))
        .filter_map(|path| Some((Format::from_path(&path).ok()?, std::fs::read(path).unwrap())))
        .filter(|(format, _)| format.is_built())
        .collect()
}

/// Reads and writes a document; where it reads, its own segments must give the same bytes, except for PO and XLIFF, which
/// hold both languages, and zip archives.
fn check(format: Format, bytes: &[u8]) {
    for paragraphs in [false, true] {
        let mut settings = Settings::default();
        settings.paragraphs = paragraphs;
        let Ok(document) = Document::parse(format, bytes.to_vec(), &settings) else {
            return;
        };
        let same = translated(&document, str::to_owned).unwrap();
        let is_exact = !matches!(
            format,
            Format::Po | Format::Xliff | Format::Docx | Format::Odt | Format::Epub
        );
        if is_exact {
            assert_eq!(
                String::from_utf8_lossy(&same),
                String::from_utf8_lossy(bytes),
                "{format}"
            );
        }
        for translate in [
            |text: &str| format!("<{text}> & \"\\*"),
            |_: &str| String::new(),
        ] {
            translated(&document, translate).unwrap();
        }
        if format != Format::Text {
            return;
        }
    }
}

/// A change to a file.
#[derive(Debug, Clone)]
enum Damage {
    Cut(usize),
    Drop(usize, usize),
    Insert(usize, String),
    Copy(usize, usize, usize),
    Byte(usize, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    let signs = prop::sample::select(vec![
        "<",
        ">",
        "</b>",
        "<b>",
        "<i",
        "{",
        "}",
        "\"",
        "\\",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "&",
        ";",
        "-->",
        "<!--",
        "`",
        "```\n",
        "*",
        "_",
        "[",
        "]",
        "](",
        "|",
        "#",
        "> ",
        "- ",
        "\t",
        "\u{feff}",
        "\u{100000}",
        "é",
        "\u{301}",
        "👍🏽",
        "msgid \"",
        "msgstr \"\"\n",
        "1\n00:01 --> 00:02\n",
        "<![CDATA[",
        "$",
        "~~",
        "    ",
        ",",
        ":",
        "\\u00",
        "\\ud800",
        "<br>",
        "<code>",
        "{a, plural, one{",
    ]);
    prop_oneof![
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), 1..40_usize).prop_map(|(at, length)| Damage::Drop(at, length)),
        (any::<usize>(), signs).prop_map(|(at, sign)| Damage::Insert(at, sign.into())),
        (any::<usize>(), 1..80_usize, any::<usize>())
            .prop_map(|(from, length, to)| Damage::Copy(from, length, to)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let length = bytes.len();
        if length == 0 {
            break;
        }
        match damage {
            Damage::Cut(at) => bytes.truncate(length / 2 + at % length / 2),
            Damage::Drop(at, n) => drop(bytes.drain(at % length..(at % length + n).min(length))),
            Damage::Insert(at, sign) => drop(bytes.splice(at % length..at % length, sign.bytes())),
            Damage::Copy(from, n, to) => {
                let copied = bytes[from % length..(from % length + n).min(length)].to_vec();
                drop(bytes.splice(to % length..to % length, copied));
            }
            Damage::Byte(at, byte) => bytes[at % length] = *byte,
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))), ..ProptestConfig::default() })]

    #[test]
    fn damaged_samples_never_panic(file in any::<prop::sample::Index>(), damages in prop::collection::vec(damage(), 1..8)) {
        let files = files();
        let (format, bytes) = &files[file.index(files.len())];
        check(*format, &damaged(bytes.clone(), &damages));
    }

    #[test]
    fn any_text_is_a_document_or_an_error(text in "\\PC{0,60}", format in prop::sample::select(Format::ALL.to_vec())) {
        check(format, text.as_bytes());
    }

    #[test]
    fn any_bytes_are_a_document_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60), format in prop::sample::select(Format::ALL.to_vec())) {
        check(format, &bytes);
    }
}

/// Where the time is quadratic, one of these takes minutes.
#[test]
fn monotonous_files_take_linear_time() {
    let units = [
        "<b>",
        "</b>",
        "<b>x",
        "<b>.",
        "<i><b>a</i>",
        "<",
        "</",
        "<!--",
        "<a b=\"",
        "<code>",
        "<div>",
        "&",
        "{",
        "[",
        "](",
        "> ",
        "- ",
        "* a\n",
        "*",
        "_a",
        "`",
        "~",
        "|",
        "a|b\n",
        "\\",
        "a\n",
        "\n",
        "a b ",
        "\"",
        "<p title=x>",
        "{\\",
        "<title>",
        "$",
        "[a]: b\n",
        "[^1]",
        "1\n00:01 --> 00:02\na\n\n",
        "msgid \"a\"\nmsgstr \"\"\n",
        "\"a\"\n",
        "{a, plural, one{",
        "-\na-\n",
        "a <br>",
        "<svg>",
        "00:01 --> ",
        "<i>a\n",
        "a\nb</i>\n",
    ];
    for format in Format::ALL {
        let prefix = match format {
            Format::Docx | Format::Odt | Format::Epub => continue,
            Format::Srt => "1\n00:01 --> 00:02\n",
            Format::Vtt => "WEBVTT\n\n00:01.000 --> 00:02.000\n",
            Format::Po => "msgid \"\"\n",
            Format::Json => "[\"",
            _ => "",
        };
        for unit in units {
            let text = format!("{prefix}{}", unit.repeat(50_000 / unit.len()));
            let start = Instant::now();
            check(format, text.as_bytes());
            let taken = start.elapsed();
            assert!(
                taken < Duration::from_secs(10),
                "{format} {unit:?}: {taken:?}"
            );
        }
    }
}
