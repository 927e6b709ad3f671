//! A text with places for translations: what most formats are made of.
//!
//! A [`Template`] is a file's text with a [`Slot`] for each segment. A slot says which bytes its translation replaces, what
//! its marks stand for and how its text is escaped. A slot may lie within another's mark: the `alt` of an image within a
//! paragraph.

use crate::{Content, Error, Parsed};
use deshi_text::segment::{Part, Segment};
use std::cmp::Reverse;
use std::io::Write;
use std::ops::Range;

/// Escapes text for its place in the file, and appends it.
pub(crate) type Escape = fn(&str, &mut String);

/// What a mark stands for: bytes of the file, or others.
#[cfg_attr(
    not(feature = "_inline"),
    expect(
        dead_code,
        reason = "the other formats have no inline markup in a template"
    )
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Raw {
    /// Bytes of the file, with the translations of the slots within them.
    Source(Range<usize>),
    /// Other text, as it is.
    Text(Box<str>),
}

/// What the mark of a number stands for.
#[cfg_attr(
    not(feature = "_inline"),
    expect(
        dead_code,
        reason = "the other formats have no inline markup in a template"
    )
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    /// [`Part::Open`] and [`Part::Close`].
    Pair(Raw, Raw),
    /// [`Part::Single`].
    Single(Raw),
}

/// Where a segment's translation goes.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// The bytes of the file that the translation replaces.
    pub(crate) range: Range<usize>,
    /// What the segment's marks stand for, by their number.
    pub(crate) marks: Vec<Mark>,
    /// How its text is escaped.
    pub(crate) escape: Escape,
    /// Changes the text before a mark where the two together would be read as other markup.
    pub(crate) guard: Option<fn(&mut String, &str)>,
    /// Bytes of the file that are written before the translation, with the translations of the slots within them.
    pub(crate) points: Vec<Range<usize>>,
    /// Written before and after the translation.
    pub(crate) around: (Box<str>, Box<str>),
    /// Whether a pair that encloses nothing in the translation is left out, if it is a tag or sign without an address or attribute.
    pub(crate) drops_empty: bool,
    /// Signs that the source writes with a backslash although they need none.
    pub(crate) escaped: Box<str>,
    /// Whether the translation is written even where it equals the source text: for files that hold both.
    pub(crate) always: bool,
}

impl Slot {
    /// A slot for plain text.
    pub(crate) fn new(range: Range<usize>, escape: Escape) -> Self {
        Self {
            range,
            marks: Vec::new(),
            escape,
            guard: None,
            points: Vec::new(),
            around: Default::default(),
            drops_empty: false,
            escaped: Box::default(),
            always: false,
        }
    }
}

/// A file's text with its slots.
#[derive(Debug)]
pub(crate) struct Template {
    source: String,
    /// Sorted by start; a slot within another follows it.
    slots: Vec<Slot>,
}

impl Template {
    /// A template and its segments, in the order of their slots. Two slots are apart, or one lies within a mark of the
    /// other.
    pub(crate) fn new(source: String, mut slots: Vec<(Slot, Segment)>) -> (Self, Vec<Segment>) {
        slots.sort_by_key(|(slot, _)| (slot.range.start, Reverse(slot.range.end)));
        let (slots, segments) = slots.into_iter().unzip();
        (Self { source, slots }, segments)
    }

    /// The same, as what a parser gives.
    pub(crate) fn parsed(source: String, slots: Vec<(Slot, Segment)>) -> Parsed {
        let (template, segments) = Self::new(source, slots);
        Parsed {
            segments,
            content: Box::new(template),
        }
    }

    /// The text with the translations.
    pub(crate) fn render(&self, source: &[Segment], translated: &[Segment]) -> String {
        let mut writer = Writer {
            template: self,
            source,
            translated,
            out: String::with_capacity(self.source.len()),
        };
        writer.copy(0..self.source.len(), 0);
        writer.out
    }
}

impl Content for Template {
    fn write(
        &self,
        source: &[Segment],
        translated: &[Segment],
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        Ok(out.write_all(self.render(source, translated).as_bytes())?)
    }
}

struct Writer<'a> {
    template: &'a Template,
    source: &'a [Segment],
    translated: &'a [Segment],
    out: String,
}

impl Writer<'_> {
    /// Copies bytes of the file, with the translations of the slots from `first` on that lie within them.
    fn copy(&mut self, range: Range<usize>, first: usize) {
        let slots = &self.template.slots;
        let after = |from: usize, byte: usize| {
            from + slots[from..].partition_point(|slot| slot.range.start < byte)
        };
        let mut index = after(first, range.start);
        let mut copied = range.start;
        while let Some(slot) = slots.get(index).filter(|slot| slot.range.start < range.end) {
            self.out
                .push_str(&self.template.source[copied..slot.range.start]);
            self.slot(index);
            copied = slot.range.end;
            index = after(index + 1, copied);
        }
        self.out.push_str(&self.template.source[copied..range.end]);
    }

    /// Whether a pair can be left out where it encloses nothing: no attribute or address is lost.
    fn is_bare(&self, slot: &Slot, number: u32) -> bool {
        let text = |raw: &Raw| match raw {
            Raw::Source(range) => self.template.source[range.clone()].to_owned(),
            Raw::Text(text) => text.to_string(),
        };
        match &slot.marks[number as usize] {
            Mark::Pair(open, _) => {
                slot.drops_empty && !text(open).contains(|c: char| c.is_whitespace() || c == '[')
            }
            Mark::Single(_) => false,
        }
    }

    fn slot(&mut self, index: usize) {
        let slot = &self.template.slots[index];
        if !slot.always && self.translated[index] == self.source[index] {
            return self.copy(slot.range.clone(), index + 1);
        }
        self.out.push_str(&slot.around.0);
        for point in &slot.points {
            self.copy(point.clone(), index + 1);
        }
        let parts = &self.translated[index].parts;
        let mut left_out = None;
        for (at, part) in parts.iter().enumerate() {
            if left_out == Some(at) {
                continue;
            }
            let (number, end) = match part {
                Part::Text(text) => {
                    let start = self.out.len();
                    (slot.escape)(text, &mut self.out);
                    escape_too(&mut self.out, start, &slot.escaped);
                    continue;
                }
                Part::Open(number)
                    if parts.get(at + 1) == Some(&Part::Close(*number))
                        && self.is_bare(slot, *number) =>
                {
                    left_out = Some(at + 1);
                    continue;
                }
                Part::Open(number) | Part::Single(number) => (number, false),
                Part::Close(number) => (number, true),
            };
            let raw = match &slot.marks[*number as usize] {
                Mark::Pair(_, close) if end => close,
                Mark::Pair(raw, _) | Mark::Single(raw) => raw,
            };
            if let (Some(guard), Raw::Source(range)) = (slot.guard, raw) {
                guard(&mut self.out, &self.template.source[range.clone()]);
            }
            match raw {
                Raw::Source(range) => self.copy(range.clone(), index + 1),
                Raw::Text(text) => self.out.push_str(text),
            }
        }
        self.out.push_str(&slot.around.1);
    }
}

/// Sets a backslash before signs from `start` on that have none, except in addresses.
fn escape_too(out: &mut String, start: usize, signs: &str) {
    if signs.is_empty() {
        return;
    }
    let text = out.split_off(start);
    for word in text.split_inclusive(char::is_whitespace) {
        let mut is_escaped = word.contains("://");
        for character in word.chars() {
            if signs.contains(character) && !is_escaped {
                out.push('\\');
            }
            is_escaped = (character == '\\' && !is_escaped) || word.contains("://");
            out.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Segment {
        Segment {
            parts: vec![Part::Text(text.into())],
        }
    }

    fn escape(text: &str, out: &mut String) {
        out.push_str(&text.replace('&', "&amp;"));
    }

    /// A paragraph that holds an image, whose `alt` is a segment of its own, and a link.
    fn paragraph() -> (Template, Vec<Segment>) {
        let source = "<p>See <img alt=\"a cat\"> and <a>more</a>.</p><p>Bye.</p>".to_owned();
        let at = |part: &str| {
            let start = source.find(part).unwrap();
            start..start + part.len()
        };
        let raw = |part| Raw::Source(at(part));
        let mut outer = Slot::new(3..source.find("</p>").unwrap(), escape);
        outer.marks = vec![
            Mark::Single(raw("<img alt=\"a cat\">")),
            Mark::Pair(raw("<a>"), Raw::Text("</a>".into())),
        ];
        let parts = vec![
            Part::Text("See ".into()),
            Part::Single(0),
            Part::Text(" and ".into()),
            Part::Open(1),
            Part::Text("more".into()),
            Part::Close(1),
            Part::Text(".".into()),
        ];
        let slots = vec![
            (Slot::new(at("Bye."), escape), text("Bye.")),
            (Slot::new(at("a cat"), escape), text("a cat")),
            (outer, Segment { parts }),
        ];
        Template::new(source, slots)
    }

    #[test]
    fn the_same_segments_give_the_same_text() {
        let (template, segments) = paragraph();
        assert_eq!(segments[1], text("a cat"));
        assert_eq!(template.render(&segments, &segments), template.source);
    }

    #[test]
    fn a_slot_within_a_mark_follows_its_mark() {
        let (template, segments) = paragraph();
        let mut translated = segments.clone();
        translated[1] = text("Katz & Maus");
        let same_order = template.render(&segments, &translated);
        assert_eq!(
            same_order,
            "<p>See <img alt=\"Katz &amp; Maus\"> and <a>more</a>.</p><p>Bye.</p>"
        );
        translated[0].parts.rotate_right(4);
        translated[2] = text("Tschüss.");
        assert_eq!(
            template.render(&segments, &translated),
            "<p><a>more</a>.See <img alt=\"Katz &amp; Maus\"> and </p><p>Tschüss.</p>"
        );
    }

    #[test]
    fn a_translation_beside_its_source_is_always_written() {
        let mut slot = Slot::new(12..12, escape);
        slot.around = ("<target>".into(), "</target>".into());
        slot.always = true;
        let source = "<unit>A & B.</unit>".to_owned();
        let (template, segments) = Template::new(source, vec![(slot, text("A & B."))]);
        assert_eq!(
            template.render(&segments, &segments),
            "<unit>A & B.<target>A &amp; B.</target></unit>"
        );
    }
}
