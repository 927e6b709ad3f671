//! Inline content of a paragraph: from tags and text as they stand in a file to segments with balanced marks.

use crate::plain::{plain, text_of};
use crate::template::{Escape, Mark, Raw, Slot};
use deshi_text::segment::{Part, Segment};
use std::ops::Range;

/// How many start tags may wait for their end tags; more of them stand alone, so that deep nesting takes linear time.
const MAX_OPEN: usize = 64;

/// A piece of inline content with its bytes in the file.
#[derive(Debug, Clone)]
struct Item {
    range: Range<usize>,
    kind: Kind,
    /// What an end tag becomes where its content changes, if that is not what it was.
    changed: Option<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Text, decoded.
    Text(String),
    /// Begins the pair of this number.
    Open(usize),
    /// Ends the pair of this number.
    Close(usize),
    Single,
}

/// What may lie between a start tag and its end tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    /// Text to translate.
    Translated,
    /// Code and the like: the element is one mark with its content.
    Kept,
}

/// Collects the inline content of a paragraph.
#[derive(Debug, Default)]
pub(crate) struct Inline {
    items: Vec<Item>,
    /// The start tags without an end tag so far: index in `items`, name, and what they may hold.
    open: Vec<(usize, String, Within)>,
    n_pairs: usize,
}

impl Inline {
    /// Text, decoded, and the bytes that it stands for.
    pub(crate) fn text(&mut self, range: Range<usize>, text: impl Into<String>) {
        let text = text.into();
        match self.items.last_mut() {
            Some(Item {
                range: before,
                kind: Kind::Text(joined),
                ..
            }) => {
                joined.push_str(&text);
                before.end = range.end;
            }
            _ => self.push(range, Kind::Text(text)),
        }
    }

    /// A tag that stands alone.
    pub(crate) fn single(&mut self, range: Range<usize>) {
        self.push(range, Kind::Single);
    }

    /// A start tag.
    pub(crate) fn open(&mut self, range: Range<usize>, name: &str, within: Within) {
        if self.open.len() < MAX_OPEN {
            self.open.push((self.items.len(), name.to_owned(), within));
        }
        // Stands alone until its end tag comes.
        self.push(range, Kind::Single);
    }

    /// An end tag. Without its start tag it stands alone; start tags between the two do so too.
    pub(crate) fn close(&mut self, range: Range<usize>, name: &str) {
        self.close_changed(range, name, None);
    }

    /// An end tag that is written as `changed` where the segment changes.
    pub(crate) fn close_changed(
        &mut self,
        range: Range<usize>,
        name: &str,
        changed: Option<Box<str>>,
    ) {
        let Some(found) = self.open.iter().rposition(|(_, open, _)| open == name) else {
            return self.push(range, Kind::Single);
        };
        let (start, _, within) = self.open[found];
        self.open.truncate(found);
        let is_empty = !self.items[start..].iter().any(|item| item.has_text());
        if is_empty || within == Within::Kept {
            self.items[start].range.end = range.end;
            self.items.truncate(start + 1);
            return;
        }
        self.items[start].kind = Kind::Open(self.n_pairs);
        self.items.push(Item {
            range,
            kind: Kind::Close(self.n_pairs),
            changed,
        });
        self.n_pairs += 1;
    }

    fn push(&mut self, range: Range<usize>, kind: Kind) {
        self.items.push(Item {
            range,
            kind,
            changed: None,
        });
    }

    /// Whether nothing has been collected.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The decoded text so far, at its end.
    pub(crate) fn last_text(&self) -> &str {
        match self.items.iter().rev().find(|item| item.has_text()) {
            Some(Item {
                kind: Kind::Text(text),
                ..
            }) => text,
            _ => "",
        }
    }

    /// The segments of what has been collected: one, none where there is nothing to translate, or one for each pair where
    /// there is text only within pairs, such as a row of links. What stands around a segment's text is not a part of it.
    pub(crate) fn finish(self, source: &str, escape: Escape, slots: &mut Vec<(Slot, Segment)>) {
        let mut partner = vec![0; self.n_pairs];
        for (index, item) in self.items.iter().enumerate() {
            if let Kind::Close(pair) = item.kind {
                partner[pair] = index;
            }
        }
        let mut runs = Vec::from_iter(std::iter::once(0..self.items.len()));
        while let Some(run) = runs.pop() {
            let run = self.trimmed(run, &partner);
            let items = &self.items[run.clone()];
            let mut depth = 0_usize;
            let mut has_words = false;
            let mut pairs = Vec::new();
            for (index, item) in items.iter().enumerate() {
                match &item.kind {
                    Kind::Open(pair) => {
                        // The end tag must be a part of the segment to change with it.
                        has_words |= self.items[partner[*pair]].changed.is_some();
                        if depth == 0 {
                            pairs.push(run.start + index + 1..partner[*pair]);
                        }
                        depth += 1;
                    }
                    Kind::Close(_) => depth -= 1,
                    Kind::Text(text) if depth == 0 => {
                        has_words |= text.chars().any(char::is_alphabetic)
                    }
                    _ => {}
                }
            }
            if has_words {
                slots.push(self.slot(source, items, escape));
            } else {
                runs.extend(pairs);
            }
        }
    }

    /// A run without the white space, single tags and whole pairs at its ends.
    fn trimmed(&self, mut run: Range<usize>, partner: &[usize]) -> Range<usize> {
        loop {
            let items = &self.items[run.clone()];
            let is_outside = |item: &Item| match item.kind {
                Kind::Single => true,
                Kind::Text(_) => !item.has_text(),
                _ => false,
            };
            match (items.first(), items.last()) {
                (Some(first), _) if is_outside(first) => run.start += 1,
                (_, Some(last)) if is_outside(last) => run.end -= 1,
                (
                    Some(Item {
                        kind: Kind::Open(pair),
                        ..
                    }),
                    _,
                ) if partner[*pair] + 1 == run.end
                    && self.items[partner[*pair]].changed.is_none() =>
                {
                    run.start += 1;
                    run.end -= 1;
                }
                _ => return run,
            }
        }
    }

    fn slot(&self, source: &str, items: &[Item], escape: Escape) -> (Slot, Segment) {
        let mut items = merged(items, self.n_pairs);
        if let Some(Item {
            range,
            kind: Kind::Text(text),
            ..
        }) = items.first_mut()
        {
            text.drain(..text.len() - text.trim_start_matches(is_space).len());
            range.start = range.end - source[range.clone()].trim_start_matches(is_space).len();
        }
        if let Some(Item {
            range,
            kind: Kind::Text(text),
            ..
        }) = items.last_mut()
        {
            text.truncate(text.trim_end_matches(is_space).len());
            range.end = range.start + source[range.clone()].trim_end_matches(is_space).len();
        }
        let (first, last) = (&items[0].range, &items[items.len() - 1].range);
        let mut slot = Slot::new(first.start..last.end, escape);
        let mut numbers = vec![0_u32; self.n_pairs];
        let mut segment = Segment::default();
        for item in items {
            let raw = Raw::Source(item.range);
            let next = slot.marks.len() as u32;
            segment.parts.push(match item.kind {
                Kind::Text(text) => Part::Text(text),
                Kind::Single => {
                    slot.marks.push(Mark::Single(raw));
                    Part::Single(next)
                }
                Kind::Open(pair) => {
                    numbers[pair] = next;
                    slot.marks.push(Mark::Pair(raw.clone(), raw));
                    Part::Open(next)
                }
                Kind::Close(pair) => {
                    let number = numbers[pair];
                    if let Mark::Pair(_, close) = &mut slot.marks[number as usize] {
                        *close = item.changed.map_or(raw, Raw::Text);
                    }
                    Part::Close(number)
                }
            });
        }
        (slot, segment)
    }
}

impl Item {
    fn has_text(&self) -> bool {
        matches!(&self.kind, Kind::Text(text) if !text.trim().is_empty())
    }
}

/// The items with marks that touch each other joined: two single ones, and two pairs one of which holds only the other.
fn merged(items: &[Item], n_pairs: usize) -> Vec<Item> {
    // A pair's outer pair, where they touch at both ends.
    let mut outer: Vec<usize> = (0..n_pairs).collect();
    let touching = |one: &Item, other: &Item| one.range.end == other.range.start;
    let mut opened_together = vec![None; n_pairs];
    for window in items.windows(2) {
        match (&window[0].kind, &window[1].kind) {
            (Kind::Open(first), Kind::Open(second)) if touching(&window[0], &window[1]) => {
                opened_together[*second] = Some(*first);
            }
            (Kind::Close(second), Kind::Close(first))
                if touching(&window[0], &window[1])
                    && window.iter().all(|item| item.changed.is_none())
                    && opened_together[*second] == Some(*first) =>
            {
                outer[*second] = *first;
            }
            _ => {}
        }
    }
    let mut merged: Vec<Item> = Vec::with_capacity(items.len());
    // The pair of the item before, if that began or ended one.
    let mut before: Option<Kind> = None;
    for item in items {
        let joins = match (&before, &item.kind) {
            (Some(Kind::Single), Kind::Single) => {
                merged.last().is_some_and(|last| touching(last, item))
            }
            (Some(Kind::Open(first)), Kind::Open(second))
            | (Some(Kind::Close(second)), Kind::Close(first)) => {
                first != second && outer[*second] == *first
            }
            _ => false,
        };
        before = Some(item.kind.clone()).filter(|kind| !matches!(kind, Kind::Text(_)));
        match merged.last_mut() {
            Some(last) if joins => {
                last.range.end = item.range.end;
                // The joined end tag goes by the outer pair's number, as the start tag does.
                if let Kind::Close(_) = item.kind {
                    last.kind = item.kind.clone();
                }
            }
            _ => merged.push(item.clone()),
        }
    }
    merged
}

/// White space that is trimmed: never written as an entity, in practice.
fn is_space(character: char) -> bool {
    character.is_ascii_whitespace()
}

/// A segment for a value that is text alone, such as an attribute; none where there is nothing to translate.
pub(crate) fn value(range: Range<usize>, text: &str, escape: Escape) -> Option<(Slot, Segment)> {
    let segment = plain(text);
    text_of(&segment)
        .chars()
        .any(char::is_alphabetic)
        .then(|| (Slot::new(range, escape), segment))
}
