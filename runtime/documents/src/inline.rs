//! Inline content of a paragraph in HTML or Markdown: from tags that may not match to nested spans.

use crate::plain::{plain, text_of};
use crate::spans::{self, Item, What};
use crate::template::{Escape, Slot};
use deshi_text::segment::Segment;
use std::ops::Range;

/// How many start tags may wait for their end tags; more of them stand alone, so that deep nesting takes linear time.
const MAX_OPEN: usize = 64;

/// The most words of a label before a colon.
const LABEL_WORDS: usize = 4;

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
}

impl Inline {
    /// Text, decoded, and the bytes that it stands for.
    pub(crate) fn text(&mut self, range: Range<usize>, text: impl Into<String>) {
        let text = text.into();
        match self.items.last_mut() {
            Some(Item {
                range: before,
                what: What::Text(joined),
                ..
            }) => {
                joined.push_str(&text);
                before.end = range.end;
            }
            _ => self.push(range, What::Text(text)),
        }
    }

    /// A tag that stands alone.
    pub(crate) fn single(&mut self, range: Range<usize>) {
        self.push(range, What::Single);
    }

    /// A start tag.
    pub(crate) fn open(&mut self, range: Range<usize>, name: &str, within: Within) {
        if self.open.len() < MAX_OPEN {
            self.open.push((self.items.len(), name.to_owned(), within));
        }
        // Stands alone until its end tag comes.
        self.push(range, What::Single);
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
            return self.push(range, What::Single);
        };
        let (start, _, within) = self.open[found];
        self.open.truncate(found);
        let is_empty = !self.items[start..].iter().any(Item::is_text);
        if is_empty || within == Within::Kept {
            self.items[start].range.end = range.end;
            self.items.truncate(start + 1);
            return;
        }
        self.items[start].what = What::Open;
        let mut end = Item::new(What::Close, range);
        end.changed = changed;
        self.items.push(end);
    }

    fn push(&mut self, range: Range<usize>, what: What) {
        self.items.push(Item::new(what, range));
    }

    /// Whether a start tag waits for its end tag.
    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether nothing has been collected.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The decoded text so far, at its end.
    pub(crate) fn last_text(&self) -> &str {
        match self.items.iter().rev().find(|item| item.is_text()) {
            Some(Item {
                what: What::Text(text),
                ..
            }) => text,
            _ => "",
        }
    }

    /// The segments of what has been collected: one, none where there is nothing to translate, or one for each pair where
    /// there is text only within pairs, such as a row of links. A label before a colon, `<b>Note</b>: Use it`, is one too. What
    /// is around a segment's text is not a part of it.
    pub(crate) fn finish(mut self, source: &str, escape: Escape, slots: &mut Vec<(Slot, Segment)>) {
        let partner = spans::partners(&self.items);
        let mut runs = Vec::from_iter(std::iter::once(0..self.items.len()));
        while let Some(run) = runs.pop() {
            let trimmed = spans::trim(&self.items[run.clone()]);
            let run = run.start + trimmed.start..run.start + trimmed.end;
            if let Some((label, rest)) = self.label(&run, &partner, source) {
                runs.extend([rest, label]);
                continue;
            }
            let items = &self.items[run.clone()];
            let mut depth = 0_usize;
            let mut has_words = false;
            let mut pairs = Vec::new();
            for (index, item) in items.iter().enumerate() {
                match &item.what {
                    What::Open => {
                        let end = partner[run.start + index];
                        // The end tag must be a part of the segment to change with it.
                        has_words |= self.items[end].changed.is_some();
                        if depth == 0 {
                            pairs.push(run.start + index + 1..end);
                        }
                        depth += 1;
                    }
                    What::Close => depth -= 1,
                    What::Text(text) if depth == 0 => {
                        has_words |= text.chars().any(char::is_alphabetic)
                    }
                    _ => {}
                }
            }
            if has_words {
                slots.push(slot(source, items, escape));
            } else {
                runs.extend(pairs);
            }
        }
    }
}

impl Inline {
    /// The label that a run begins with, and what follows its colon, which is then no part of either.
    fn label(
        &mut self,
        run: &Range<usize>,
        partner: &[usize],
        source: &str,
    ) -> Option<(Range<usize>, Range<usize>)> {
        let first = self.items.get(run.start).filter(|_| !run.is_empty())?;
        let end = *partner
            .get(run.start)
            .filter(|_| first.what == What::Open)?;
        let (label, rest) = (run.start + 1..end, end + 1..run.end);
        let texts = self.items[label.clone()]
            .iter()
            .filter_map(|item| match &item.what {
                What::Text(text) => Some(text.as_str()),
                _ => None,
            });
        let text: String = texts.collect();
        // The end tag must be a part of the segment to change with it.
        let changes = self.items[end].changed.is_some();
        if rest.is_empty() || changes || text.split_whitespace().count() > LABEL_WORDS {
            return None;
        }
        let next = &mut self.items[rest.start];
        let What::Text(behind) = &mut next.what else {
            return None;
        };
        let is_written = behind.starts_with(':') && source[next.range.clone()].starts_with(':');
        let colon = usize::from(is_written);
        let is_apart = behind[colon..].starts_with(char::is_whitespace) || behind.len() == colon;
        if !is_apart || !(is_written || text.trim_end().ends_with(':')) {
            return None;
        }
        behind.drain(..colon);
        next.range.start += colon;
        Some((label, rest))
    }
}

/// The slot and the segment of items, without the white space at their ends.
fn slot(source: &str, items: &[Item], escape: Escape) -> (Slot, Segment) {
    let mut items = spans::tidy(items.to_vec());
    if let Some(Item {
        range,
        what: What::Text(text),
        ..
    }) = items.first_mut()
    {
        text.drain(..text.len() - text.trim_start_matches(is_space).len());
        range.start = range.end - source[range.clone()].trim_start_matches(is_space).len();
    }
    if let Some(Item {
        range,
        what: What::Text(text),
        ..
    }) = items.last_mut()
    {
        text.truncate(text.trim_end_matches(is_space).len());
        range.end = range.start + source[range.clone()].trim_end_matches(is_space).len();
    }
    let (mut slot, segment) = spans::segment(&items, escape);
    slot.drops_empty = true;
    (slot, segment)
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
