//! Inline content whose spans are nested, as in XML: a flat list, and the segment that it makes.

use std::ops::Range;

use deshi_text::segment::Part;
#[cfg(feature = "_inline")]
use deshi_text::segment::Segment;

#[cfg(feature = "_inline")]
use crate::template::{Escape, Mark, Raw, Slot};

/// What an [`Item`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// Text, with its references resolved.
    Text(String),
    /// The beginning of a span.
    Open,
    /// The end of the last span that is open.
    Close,
    /// Markup that stands alone.
    Single,
    /// A tab stop or page break: what is before it and behind it are texts of their own.
    #[cfg_attr(
        not(feature = "_office"),
        expect(dead_code, reason = "only office documents have them")
    )]
    Cut,
    /// A line break, which may be within a sentence.
    #[cfg_attr(
        not(feature = "_office"),
        expect(dead_code, reason = "only office documents have them")
    )]
    Break,
    /// The beginning of a span without effect, which is left out where its text is translated.
    #[cfg_attr(not(feature = "odt"), expect(dead_code, reason = "only ODT has them"))]
    OpenGone,
    /// The end of such a span.
    #[cfg_attr(not(feature = "odt"), expect(dead_code, reason = "only ODT has them"))]
    CloseGone,
}

/// Markup without anything to read: an anchor, or text that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Point {
    Alone,
    /// One end of a range, which has an end of the same name.
    #[cfg_attr(
        not(feature = "_office"),
        expect(dead_code, reason = "only office documents have them")
    )]
    Start(String),
    #[cfg_attr(
        not(feature = "_office"),
        expect(dead_code, reason = "only office documents have them")
    )]
    End(String),
}

/// A piece of inline content, and what it stands for: bytes of the file, or entries of a list. Spans are nested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) what: What,
    pub(crate) range: Range<usize>,
    /// What the end of a span is written as where its content changes, if not as it was.
    pub(crate) changed: Option<Box<str>>,
    /// That it holds nothing to read.
    pub(crate) point: Option<Point>,
}

impl Item {
    pub(crate) fn new(what: What, range: Range<usize>) -> Self {
        Self {
            what,
            range,
            changed: None,
            point: None,
        }
    }

    /// Text of which every character is white space.
    fn is_blank(&self) -> bool {
        matches!(&self.what, What::Text(text) if text.trim().is_empty())
    }

    /// Text that is not all white space.
    pub(crate) fn is_text(&self) -> bool {
        matches!(&self.what, What::Text(_)) && !self.is_blank()
    }
}

/// Appends text, joined to text that ends where it begins.
#[cfg(any(feature = "odt", feature = "epub", feature = "xliff"))]
pub(crate) fn push_text(items: &mut Vec<Item>, text: &str, range: Range<usize>) {
    if let Some(Item {
        what: What::Text(last),
        range: before,
        ..
    }) = items.last_mut()
        && before.end == range.start
    {
        last.push_str(text);
        before.end = range.end;
        return;
    }
    items.push(Item::new(What::Text(text.to_owned()), range));
}

/// The slot and the segment of inline content, or `None` if there is nothing to translate in it. Markup at its ends, and
/// spans around all of it, stay outside the slot.
#[cfg(any(feature = "odt", feature = "epub", feature = "xliff"))]
pub(crate) fn slot(items: Vec<Item>, escape: Escape) -> Option<(Slot, Segment)> {
    let items = tidy(items);
    let items = &items[trim(&items)];
    let letters = |item: &Item| matches!(&item.what, What::Text(text) if text.chars().any(char::is_alphanumeric));
    if !items.iter().any(letters) {
        return None;
    }
    let (items, points) = without_points(items);
    let (slot, segment) = segment(&items, escape);
    Some((Slot { points, ..slot }, segment))
}

/// The slot and the segment of items, of which there are some.
#[cfg(feature = "_inline")]
pub(crate) fn segment(items: &[Item], escape: Escape) -> (Slot, Segment) {
    let end = |item: Option<&Item>| item.map_or(0..0, |item| item.range.clone());
    let range = end(items.first()).start..end(items.last()).end;
    let mut slot = Slot::new(range, escape);
    let mut parts: Vec<Part> = Vec::new();
    let mut open: Vec<Option<u32>> = Vec::new();
    for item in items {
        let number = u32::try_from(slot.marks.len()).expect("fewer marks than bytes");
        let raw = Raw::Source(item.range.clone());
        match &item.what {
            What::Text(text) if text.is_empty() => {}
            What::Text(text) => match parts.last_mut() {
                Some(Part::Text(last)) => last.push_str(text),
                _ => parts.push(Part::Text(text.clone())),
            },
            What::Single | What::Cut | What::Break => {
                slot.marks.push(Mark::Single(raw));
                parts.push(Part::Single(number));
            }
            What::Open => {
                slot.marks.push(Mark::Pair(raw, Raw::Text("".into())));
                parts.push(Part::Open(number));
                open.push(Some(number));
            }
            What::OpenGone => open.push(None),
            What::Close | What::CloseGone => {
                let number = open.pop().expect("spans are nested");
                if let Some(number) = number {
                    if let Mark::Pair(_, close) = &mut slot.marks[number as usize] {
                        *close = item.changed.clone().map_or(raw, Raw::Text);
                    }
                    parts.push(Part::Close(number));
                }
            }
        }
    }
    (slot, Segment { parts })
}

/// Cuts a paragraph at its tab stops, and at its line breaks except where a sentence goes on behind them. Within spans
/// both are marks.
#[cfg(feature = "_office")]
pub(crate) fn cells(items: Vec<Item>) -> Vec<Vec<Item>> {
    let mut depth = 0_usize;
    let mut cuts = vec![false; items.len()];
    let mut waiting: Option<(usize, bool)> = None;
    let mut last_text = "";
    for (index, item) in items.iter().enumerate() {
        match &item.what {
            What::Open | What::OpenGone => depth += 1,
            What::Close | What::CloseGone => depth -= 1,
            What::Cut => cuts[index] = depth == 0,
            What::Break if depth == 0 => {
                // Of several breaks, all but the first are cut: an empty line.
                cuts[index] = waiting.is_some();
                let within = last_text.ends_with(|end: char| end.is_alphanumeric() || end == ',');
                waiting.get_or_insert((index, within));
            }
            What::Text(text) if !text.trim().is_empty() => {
                if let Some((line_break, within)) = waiting.take() {
                    cuts[line_break] =
                        !within || !text.trim_start().starts_with(char::is_lowercase);
                }
                last_text = text.trim_end();
            }
            What::Break | What::Text(_) | What::Single => {}
        }
    }
    let mut cells = vec![Vec::new()];
    for (mut item, cut) in items.into_iter().zip(cuts) {
        match item.what {
            What::Cut | What::Break if cut => {
                cells.push(Vec::new());
                continue;
            }
            What::Cut | What::Break => item.what = What::Single,
            _ => {}
        }
        cells.last_mut().expect("there is at least one").push(item);
    }
    cells
}

/// Makes spans of ranges (of inserted text, of a comment, of a bookmark) that begin and end in this content and are nested
/// with its spans: a range then stays around its words.
#[cfg(feature = "_office")]
pub(crate) fn pair_ranges(mut items: Vec<Item>) -> Vec<Item> {
    // The spans and ranges that are open; `None` for a span.
    let mut open: Vec<Option<usize>> = Vec::new();
    for index in 0..items.len() {
        match (&items[index].what, &items[index].point) {
            (What::Open | What::OpenGone, _) => open.push(None),
            (What::Close | What::CloseGone, _) => {
                while open.pop().is_some_and(|start| start.is_some()) {}
            }
            (What::Single, Some(Point::Start(_))) => open.push(Some(index)),
            (What::Single, Some(Point::End(name))) => {
                let is_start = |start: usize| matches!(&items[start].point, Some(Point::Start(other)) if other == name);
                let start = open.pop_if(|start| start.is_some_and(is_start)).flatten();
                if let Some(start) = start {
                    items[start].what = What::Open;
                    items[index].what = What::Close;
                }
            }
            _ => {}
        }
    }
    items
}

/// The content without its points, and the points. The model places marks within a sentence by their context; what holds
/// nothing to read would only be in its way.
#[cfg(any(feature = "_office", feature = "epub", feature = "xliff"))]
pub(crate) fn without_points(items: &[Item]) -> (Vec<Item>, Vec<Range<usize>>) {
    let is_point = |item: &&Item| item.what == What::Single && item.point.is_some();
    let (points, others): (Vec<&Item>, Vec<&Item>) = items.iter().partition(is_point);
    (
        others.into_iter().cloned().collect(),
        points.into_iter().map(|item| item.range.clone()).collect(),
    )
}

/// The same content with fewer marks.
pub(crate) fn tidy(items: Vec<Item>) -> Vec<Item> {
    join_spans(join_singles(collapse_empty_spans(items)))
}

/// Spans without text become markup that stands alone.
fn collapse_empty_spans(items: Vec<Item>) -> Vec<Item> {
    let mut kept: Vec<Item> = Vec::with_capacity(items.len());
    // For each open span: where it is in `kept`, and whether it holds text.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for item in items {
        match item.what {
            What::Open | What::OpenGone => open.push((kept.len(), false)),
            What::Close | What::CloseGone => {
                let (start, has_text) = open.pop().expect("spans are nested");
                if let Some(outer) = open.last_mut() {
                    outer.1 |= has_text;
                }
                if !has_text {
                    let range = kept[start].range.start..item.range.end;
                    let inside = &kept[start + 1..];
                    let is_range = kept[start].point.is_some() || !inside.is_empty();
                    let is_point = is_range && inside.iter().all(|item| item.point.is_some());
                    kept.truncate(start);
                    kept.push(Item {
                        point: is_point.then_some(Point::Alone),
                        ..Item::new(What::Single, range)
                    });
                    continue;
                }
            }
            // Even blank text: a space may be all that separates two words.
            What::Text(ref text) => {
                if let Some(inner) = open.last_mut() {
                    inner.1 |= !text.is_empty();
                }
            }
            What::Single | What::Cut | What::Break => {}
        }
        kept.push(item);
    }
    kept
}

/// Markup that follows directly on other markup is one mark with it: fewer marks for the model to place.
fn join_singles(items: Vec<Item>) -> Vec<Item> {
    let mut kept: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        if let (Some(last), What::Single) = (kept.last_mut(), &item.what)
            && last.what == What::Single
            && last.point.is_some() == item.point.is_some()
            && last.range.end == item.range.start
        {
            last.range.end = item.range.end;
            continue;
        }
        kept.push(item);
    }
    kept
}

/// Spans that begin and end together are one: a link whose text has a style of its own.
fn join_spans(items: Vec<Item>) -> Vec<Item> {
    let partner = partners(&items);
    let together = |outer: usize| {
        let inner = outer + 1;
        items[outer].what == What::Open
            && items.get(inner).is_some_and(|item| item.what == What::Open)
            && partner[inner] + 1 == partner[outer]
            && items[outer].range.end == items[inner].range.start
            && items[partner[inner]].range.end == items[partner[outer]].range.start
            && [inner, outer]
                .iter()
                .all(|&at| items[partner[at]].changed.is_none())
    };
    let joined: Vec<bool> = (0..items.len()).map(together).collect();
    let mut kept: Vec<Item> = Vec::with_capacity(items.len());
    let mut start = None;
    for (index, item) in items.iter().enumerate() {
        let mut range = item.range.clone();
        match item.what {
            // The inner of two takes the bytes of both.
            What::Open if joined[index] => {
                start.get_or_insert(range.start);
                continue;
            }
            What::Open => range.start = start.take().unwrap_or(range.start),
            What::Close if joined[partner[index]] => {
                if let Some(inner) = kept.last_mut() {
                    inner.range.end = range.end;
                }
                continue;
            }
            _ => {}
        }
        kept.push(Item {
            range,
            ..item.clone()
        });
    }
    kept
}

/// The other end of each span; `usize::MAX` for items that are not ends of spans.
pub(crate) fn partners(items: &[Item]) -> Vec<usize> {
    let mut partner = vec![usize::MAX; items.len()];
    let mut open = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match item.what {
            What::Open | What::OpenGone => open.push(index),
            What::Close | What::CloseGone => {
                let start = open.pop().expect("spans are nested");
                partner[start] = index;
                partner[index] = start;
            }
            What::Text(_) | What::Single | What::Cut | What::Break => {}
        }
    }
    partner
}

/// Moves white space at the ends of spans out of them, where `movable` says that it does not show there: the model
/// places a span around words.
#[cfg(feature = "_office")]
pub(crate) fn move_spaces_out(parts: Vec<Part>, movable: impl Fn(u32) -> bool) -> Vec<Part> {
    let mut moved: Vec<Part> = Vec::with_capacity(parts.len());
    // Space from behind the last text, which goes behind the ends of spans that follow.
    let mut behind = String::new();
    let mut parts = parts.into_iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Text(text) => {
                let text = std::mem::take(&mut behind) + &text;
                let kept = match parts.peek() {
                    Some(Part::Close(number)) if movable(*number) => text.trim_end().len(),
                    _ => text.len(),
                };
                behind.push_str(&text[kept..]);
                push_part(&mut moved, &text[..kept]);
            }
            Part::Open(number) => {
                push_part(&mut moved, &std::mem::take(&mut behind));
                if let Some(Part::Text(text)) = parts.peek_mut()
                    && movable(number)
                {
                    let rest = text.trim_start().to_owned();
                    push_part(&mut moved, &text[..text.len() - rest.len()]);
                    *text = rest;
                }
                moved.push(Part::Open(number));
            }
            Part::Close(number) => {
                if !movable(number) {
                    push_part(&mut moved, &std::mem::take(&mut behind));
                }
                moved.push(Part::Close(number));
            }
            Part::Single(number) => {
                push_part(&mut moved, &std::mem::take(&mut behind));
                moved.push(Part::Single(number));
            }
        }
    }
    push_part(&mut moved, &behind);
    moved
}

#[cfg(feature = "_office")]
fn push_part(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

/// The items between the first text and the last, without spans that hold all of them.
pub(crate) fn trim(items: &[Item]) -> Range<usize> {
    let partner = partners(items);
    let outside = |index: usize| items[index].what == What::Single || items[index].is_blank();
    let mut kept = 0..items.len();
    while !kept.is_empty() {
        let last = kept.end - 1;
        if outside(kept.start) {
            kept.start += 1;
        } else if outside(last) {
            kept.end -= 1;
        } else if !items[kept.start].is_text()
            && partner[kept.start] == last
            && items[last].changed.is_none()
        {
            kept = kept.start + 1..last;
        } else {
            break;
        }
    }
    kept
}
