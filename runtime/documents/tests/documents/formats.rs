//! Every format's sample: what comes back without a change, and what is translated.

use crate::{sample, samples, translated};
use deshi_documents::Settings;

/// The samples, with the name of each one's translation to capitals.
const SAMPLES: [(&str, &str); 9] = [
    ("guide.md", "guide.upper.md"),
    ("page.html", "page.upper.html"),
    ("chapter.xhtml", "chapter.upper.xhtml"),
    ("film.srt", "film.upper.srt"),
    ("talk.vtt", "talk.upper.vtt"),
    ("app.po", "app.upper.po"),
    ("strings.json", "strings.upper.json"),
    ("app.arb", "app.upper.arb"),
    ("messages.json", "messages.upper.json"),
];

#[test]
fn own_segments_give_the_same_bytes() {
    for (name, _) in SAMPLES.iter().filter(|(name, _)| !name.ends_with(".po")) {
        for line_end in ["\n", "\r\n"] {
            let text = std::fs::read_to_string(samples().join(name))
                .unwrap()
                .replace('\n', line_end);
            let format = deshi_documents::Format::from_path(name.as_ref()).unwrap();
            let bytes = text.clone().into_bytes();
            let document =
                deshi_documents::Document::parse(format, bytes, &Settings::default()).unwrap();
            let written = translated(&document, str::to_owned).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), text, "{name}");
        }
    }
}

/// The results are in files, to be read by people. A new result is left in the folder that cargo has for tests.
#[test]
fn what_is_translated_is_in_capitals() {
    let mut differing = Vec::new();
    for (name, expected_name) in SAMPLES {
        let document = sample(name, &Settings::default());
        let written = translated(&document, str::to_uppercase).unwrap();
        let expected = std::fs::read(samples().join(expected_name)).unwrap_or_default();
        if written != expected {
            let got = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(expected_name);
            std::fs::write(&got, written).unwrap();
            differing.push(got);
        }
    }
    assert!(
        differing.is_empty(),
        "other results than expected: {differing:?}"
    );
}

#[test]
fn a_hard_wrapped_letter_is_translated_by_paragraphs() {
    let mut settings = Settings::default();
    settings.paragraphs = true;
    let document = sample("letter.txt", &settings);
    let text = std::fs::read_to_string(samples().join("letter.txt")).unwrap();
    assert_eq!(
        translated(&document, str::to_owned).unwrap(),
        text.into_bytes()
    );
    let upper = translated(&document, str::to_uppercase).unwrap();
    let expected = std::fs::read_to_string(samples().join("letter.upper.txt")).unwrap();
    assert_eq!(String::from_utf8(upper).unwrap(), expected);
}

/// Each message says where, what is wrong and, where there is something, what to do.
#[test]
fn errors_are_sentences() {
    use deshi_documents::{Document, Error, Format};
    for (format, bytes, expected) in [
        (
            Format::Text,
            &b"caf\xe9"[..],
            "the file is not txt text: byte 3 is not valid UTF-8. Convert the file to UTF-8 first",
        ),
        (
            Format::Html,
            b"a\0",
            "the file is not html text: byte 1 is 0, as in a binary file. Check that it is the right file",
        ),
        (
            Format::Json,
            b"{\n \"a\": }",
            "the json file is not valid: line 2: expected a value here: a string, a number, an object, an array, true, false or null",
        ),
        (
            Format::Json,
            b"{\"a\": \"\\x\"}",
            "the json file is not valid: line 1: a string has an invalid escape. Write a backslash as \\\\",
        ),
        (
            Format::Po,
            b"msgid \"a\"\n",
            "the po file is not valid: line 2: the last message has no msgstr",
        ),
        (
            Format::Srt,
            b"Hello\n",
            "the srt file is not valid: line 1: the subtitle has no line of times, such as 00:00:01,000 --> 00:00:04,000",
        ),
        (
            Format::Vtt,
            b"Hello\n",
            "the vtt file is not valid: line 1: the file does not begin with WEBVTT. For subtitles in SRT, use the format srt",
        ),
        (
            Format::Xliff,
            b"<xliff>",
            "the xliff file is not valid: line 1: <xliff> has no end tag",
        ),
        (
            Format::Odt,
            b"Hello",
            "the odt file is not valid: byte 0: the file is not a zip archive. Check that it is the right file",
        ),
    ] {
        let result = Document::parse(format, bytes.to_vec(), &Settings::default());
        assert_eq!(result.err().expect(expected).to_string(), expected);
    }
    let limit = 2;
    assert_eq!(
        Error::TooManySegments {
            format: Format::Text,
            limit
        }
        .to_string(),
        "the txt file has more than 2 texts to translate. Split it into several files"
    );
}
