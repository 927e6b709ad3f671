//! Texts and segments with marks, translated through the text layer by a trained model.

#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use deshi::{
    Glossary, Layer, OnForeign, OnLowConfidence, Options, Part, Segment, TranslationMemory,
    Translator,
};
use deshi_fuzz::MICRO;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Piece<'a> {
    Text(&'a str),
    /// A span of the pieces up to the next `Close`.
    Open,
    Close,
    Single,
}

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    text: &'a str,
    segment: Vec<Piece<'a>>,
    paragraphs: bool,
    translate_foreign: bool,
    keep_doubtful: bool,
    glossary: &'a str,
    memory: &'a str,
}

static TRANSLATOR: LazyLock<Translator> = LazyLock::new(|| {
    let options = Options::new().threads(1).expect("1 is a number of threads");
    options.from_bytes(MICRO).expect("it is a bundle")
});

/// The segment, its marks numbered and nested, and how many numbers there are.
fn segment(pieces: &[Piece<'_>]) -> (Segment, u32) {
    let (mut parts, mut open, mut next) = (Vec::new(), Vec::new(), 0);
    for piece in pieces.iter().take(50) {
        match piece {
            Piece::Text(text) => parts.push(Part::Text((*text).to_owned())),
            Piece::Open => {
                parts.push(Part::Open(next));
                open.push(next);
                next += 1;
            }
            Piece::Close => parts.extend(open.pop().map(Part::Close)),
            Piece::Single => {
                parts.push(Part::Single(next));
                next += 1;
            }
        }
    }
    parts.extend(open.into_iter().rev().map(Part::Close));
    (Segment { parts }, next)
}

/// Checks that every mark occurs exactly once, and pairs are nested.
fn check_marks(source: &Segment, target: &Segment) {
    let marks = |segment: &Segment| {
        let marks = segment.parts.iter();
        let mut marks: Vec<_> = marks
            .filter(|part| !matches!(part, Part::Text(_)))
            .map(|part| format!("{part:?}"))
            .collect();
        marks.sort();
        marks
    };
    assert_eq!(marks(source), marks(target));
    let mut open = Vec::new();
    for part in &target.parts {
        match part {
            Part::Open(number) => open.push(*number),
            Part::Close(number) => assert_eq!(open.pop(), Some(*number)),
            _ => {}
        }
    }
}

fuzz_target!(|input: Input<'_>| {
    let mut options = TRANSLATOR.text_options().clone();
    options.paragraphs = input.paragraphs;
    if input.translate_foreign {
        options.on_foreign = OnForeign::Translate;
    }
    if input.keep_doubtful {
        options.minimum_confidence = 0.5;
        options.on_low_confidence = OnLowConfidence::Keep;
    }
    if let Ok(glossary) = Glossary::from_tsv(input.glossary) {
        options.glossary = glossary;
    }
    if let Ok(memory) = TranslationMemory::from_tsv(input.memory) {
        options.memory = memory;
    }
    let layer = Layer::new(options);
    let text: String = input.text.chars().take(400).collect();
    let translated = TRANSLATOR.translate_batch_with(&layer, &[&text]);
    let translated = translated.expect("no text is an error").remove(0);
    let (mut source_end, mut target_end) = (0, 0);
    for sentence in &translated.sentences {
        assert!(source_end <= sentence.source_range.start);
        assert!(target_end <= sentence.target_range.start);
        source_end = sentence.source_range.end;
        target_end = sentence.target_range.end;
        // At boundaries of characters.
        assert!(text.get(sentence.source_range.clone()).is_some());
        assert!(translated.text.get(sentence.target_range.clone()).is_some());
    }
    let (segment, _) = segment(&input.segment);
    let segments = [segment];
    let translated = TRANSLATOR.translate_segments_with(&layer, &segments);
    let translated = translated.expect("no segment is an error").remove(0);
    check_marks(&segments[0], &translated.segment);
});
