//! Writes a member of a DOCX file with its translations.

use std::io::Write;
use std::ops::Range;

use deshi_text::segment::{Part as SegmentPart, Segment};

use super::atoms::{Atom, FormatId, What};
use super::paragraph::{Layout, Mark, Piece};
use crate::xml::{escape_attribute, escape_text};
use crate::{Content, Error};

/// A member: its text, and the places in it that are translated.
pub(super) struct Part {
    pub(super) text: String,
    /// Sorted by start; a slot within another follows it.
    pub(super) slots: Vec<Slot>,
    /// The `<w:rPr>` of each formatting.
    pub(super) formats: Vec<Range<usize>>,
    /// The prefix of WordprocessingML's names in this member, with its colon.
    pub(super) prefix: String,
}

/// A place that is translated.
pub(super) struct Slot {
    /// Its bytes in the member.
    pub(super) range: Range<usize>,
    /// Its segments.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) kind: SlotKind,
}

pub(super) enum SlotKind {
    /// The content of a paragraph.
    Paragraph {
        atoms: Vec<Atom>,
        pieces: Vec<Piece>,
    },
    /// The value of an attribute.
    Attribute,
}

impl Content for Part {
    fn write(
        &self,
        source: &[Segment],
        translated: &[Segment],
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut writer = Writer {
            part: self,
            source,
            translated,
            out: String::with_capacity(self.text.len()),
            run: None,
        };
        writer.copy(0..self.text.len());
        Ok(out.write_all(writer.out.as_bytes())?)
    }
}

struct Writer<'a> {
    part: &'a Part,
    source: &'a [Segment],
    translated: &'a [Segment],
    out: String,
    /// The formatting of the run that is open.
    run: Option<FormatId>,
}

impl Writer<'_> {
    /// Copies bytes of the member, with the slots that lie within them.
    fn copy(&mut self, range: Range<usize>) {
        let part = self.part;
        let mut copied = range.start;
        let mut index = part
            .slots
            .partition_point(|slot| slot.range.start < range.start);
        while let Some(slot) = part
            .slots
            .get(index)
            .filter(|slot| slot.range.start < range.end)
        {
            if slot.range.end > range.end {
                // The slot that these bytes belong to.
                index += 1;
                continue;
            }
            self.out.push_str(&part.text[copied..slot.range.start]);
            copied = slot.range.end;
            let segments = slot.first..slot.first + slot.count;
            if self.source[segments.clone()] == self.translated[segments] {
                // A slot within this one may have changed.
                self.copy_inside(index);
            } else {
                self.slot(slot);
            }
            index +=
                part.slots[index..].partition_point(|inner| inner.range.start < slot.range.end);
        }
        self.out.push_str(&part.text[copied..range.end]);
    }

    /// Copies a slot's own bytes, with the slots that lie within it.
    fn copy_inside(&mut self, index: usize) {
        let part = self.part;
        let range = part.slots[index].range.clone();
        let inner = part
            .slots
            .get(index + 1)
            .filter(|inner| inner.range.start < range.end);
        match inner.map(|inner| inner.range.start) {
            Some(start) => {
                self.out.push_str(&part.text[range.start..start]);
                self.copy(start..range.end);
            }
            None => self.out.push_str(&part.text[range]),
        }
    }

    fn slot(&mut self, slot: &Slot) {
        match &slot.kind {
            SlotKind::Attribute => {
                for part in &self.translated[slot.first].parts {
                    if let SegmentPart::Text(text) = part {
                        escape_attribute(text, &mut self.out);
                    }
                }
            }
            SlotKind::Paragraph { atoms, pieces } => {
                // The paragraph may be within a run of another one.
                let outer = self.run.take();
                let mut segment = slot.first;
                for piece in pieces {
                    match &piece.segment {
                        Some(layout) => {
                            let (source, translated) = (self.source, self.translated);
                            match source[segment] == translated[segment] {
                                true => self.atoms(atoms, piece.atoms.clone()),
                                false => self.segment(atoms, layout, &translated[segment]),
                            }
                            segment += 1;
                        }
                        None => self.atoms(atoms, piece.atoms.clone()),
                    }
                }
                self.end_run();
                self.run = outer;
            }
        }
    }

    fn segment(&mut self, atoms: &[Atom], layout: &Layout, translated: &Segment) {
        for point in &layout.points {
            self.atoms(atoms, point.clone());
            self.end_run();
        }
        let mut formats = vec![layout.base];
        for part in &translated.parts {
            match part {
                SegmentPart::Text(text) => {
                    self.text(text, formats.last().copied().unwrap_or(layout.base))
                }
                SegmentPart::Open(number) | SegmentPart::Single(number) => {
                    match &layout.marks[*number as usize] {
                        Mark::Format(format) => formats.push(*format),
                        Mark::Around { open, format, .. } => {
                            self.atoms(atoms, open.clone());
                            formats.push(*format);
                        }
                        Mark::Single(range) => self.atoms(atoms, range.clone()),
                    }
                }
                SegmentPart::Close(number) => {
                    formats.pop();
                    if let Mark::Around { close, .. } = &layout.marks[*number as usize] {
                        self.atoms(atoms, close.clone());
                    }
                }
            }
        }
    }

    /// Atoms as they are, in runs of their formatting.
    fn atoms(&mut self, atoms: &[Atom], range: Range<usize>) {
        for atom in &atoms[range] {
            match atom.format() {
                Some(format) => self.begin_run(format),
                None => self.end_run(),
            }
            debug_assert!(
                atom.format().is_some()
                    || matches!(
                        atom.what,
                        What::Outside | What::Point { .. } | What::Open | What::Close
                    )
            );
            let run = self.run.take();
            self.copy(atom.range.clone());
            self.run = run;
        }
    }

    fn text(&mut self, text: &str, format: FormatId) {
        let mut rest = text;
        while !rest.is_empty() {
            self.begin_run(format);
            let plain = rest
                .find(['\t', '\n', '\u{2011}', '\u{ad}'])
                .unwrap_or(rest.len());
            if plain > 0 {
                let (before, behind) = rest.split_at(plain);
                self.open_tag("t xml:space=\"preserve\">");
                escape_text(before, &mut self.out);
                self.close_tag("t");
                rest = behind;
                continue;
            }
            let mut characters = rest.chars();
            match characters.next() {
                Some('\t') => self.open_tag("tab/>"),
                Some('\n') => self.open_tag("br/>"),
                Some('\u{ad}') => self.open_tag("softHyphen/>"),
                _ => self.open_tag("noBreakHyphen/>"),
            }
            rest = characters.as_str();
        }
    }

    fn begin_run(&mut self, format: FormatId) {
        if self.run == Some(format) {
            return;
        }
        self.end_run();
        self.open_tag("r>");
        let properties = self.part.formats[format as usize].clone();
        self.out.push_str(&self.part.text[properties]);
        self.run = Some(format);
    }

    fn end_run(&mut self) {
        if self.run.take().is_some() {
            self.close_tag("r");
        }
    }

    fn open_tag(&mut self, tag: &str) {
        self.out.push('<');
        self.out.push_str(&self.part.prefix);
        self.out.push_str(tag);
    }

    fn close_tag(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(&self.part.prefix);
        self.out.push_str(name);
        self.out.push('>');
    }
}
