//! The segments of a paragraph, and what stays as it is between them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use deshi_text::segment::{Part, Segment};

use super::atoms::{Atom, FormatId, Formats, What};
use crate::spans::{self, Item};

/// A part of a paragraph, as a range of its atoms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) atoms: Range<usize>,
    /// How its segment's translation is written; `None` for what is not translated.
    pub(super) segment: Option<Layout>,
}

/// How a segment becomes runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The formatting of text outside of all spans.
    pub(super) base: FormatId,
    /// What the segment's marks stand for, by their number.
    pub(super) marks: Vec<Mark>,
    /// Ranges of the paragraph's atoms without anything to read, which go before the segment.
    pub(super) points: Vec<Range<usize>>,
}

/// What a mark stands for. Ranges are of the paragraph's atoms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// Text of other formatting than what surrounds it.
    Format(FormatId),
    /// An element around runs, and the formatting of its text.
    Around {
        open: Range<usize>,
        close: Range<usize>,
        format: FormatId,
    },
    /// Markup without content.
    Single(Range<usize>),
}

/// The pieces of a paragraph, and the segments of those that have one.
pub(super) fn pieces(atoms: &[Atom], formats: &Formats) -> (Vec<Piece>, Vec<Segment>) {
    let mut pieces = Vec::new();
    let mut segments = Vec::new();
    let mut fixed = 0;
    for cell in spans::cells(items(atoms)) {
        let items = spans::tidy(spans::pair_ranges(cell));
        let items = &items[spans::trim(&items)];
        let is_word = |item: &Item| matches!(&item.what, spans::What::Text(text) if text.chars().any(char::is_alphabetic));
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            continue;
        };
        if !items.iter().any(is_word) {
            continue;
        }
        let range = first.range.start..last.range.end;
        if fixed < range.start {
            pieces.push(Piece {
                atoms: fixed..range.start,
                segment: None,
            });
        }
        fixed = range.end;
        let (items, points) = spans::without_points(items);
        let (layout, segment) = segment(&items, points, atoms, formats);
        pieces.push(Piece {
            atoms: range,
            segment: Some(layout),
        });
        segments.push(segment);
    }
    if fixed < atoms.len() {
        pieces.push(Piece {
            atoms: fixed..atoms.len(),
            segment: None,
        });
    }
    (pieces, segments)
}

/// Atoms as inline content; an item's range is of atoms.
fn items(atoms: &[Atom]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for (index, atom) in atoms.iter().enumerate() {
        let what = match &atom.what {
            What::Text { text, .. } => spans::What::Text(text.clone()),
            What::Open | What::LinkOpen { first: true, .. } => spans::What::Open,
            What::LinkOpen { first: false, .. } => {
                items
                    .last_mut()
                    .expect("its first part came before")
                    .range
                    .end = index + 1;
                continue;
            }
            What::Close | What::LinkClose { .. } => spans::What::Close,
            What::Cut { .. } => spans::What::Cut,
            What::Break { .. } => spans::What::Break,
            _ => spans::What::Single,
        };
        let point = match &atom.what {
            What::Point { point, .. } => Some(point.clone()),
            _ => None,
        };
        items.push(Item {
            point,
            ..Item::new(what, index..index + 1)
        });
    }
    items
}

/// An element around runs, or the whole segment, while its parts are made.
struct Level {
    /// The element's mark; `None` for the whole segment.
    mark: Option<u32>,
    base: FormatId,
    /// The span of other formatting that is open.
    span: Option<(FormatId, u32)>,
    /// Marks that stand alone behind the last text: within the span if its text goes on.
    waiting: Vec<Part>,
}

fn segment(
    items: &[Item],
    points: Vec<Range<usize>>,
    atoms: &[Atom],
    formats: &Formats,
) -> (Layout, Segment) {
    let of_items = text_formats(items, atoms, formats);
    let mut bases = base_formats(items, &of_items).into_iter();
    let mut next_base = || bases.next().expect("one for each level");
    let mut layout = Layout {
        base: next_base(),
        marks: Vec::new(),
        points,
    };
    let mut parts = Vec::new();
    let mut levels = vec![Level {
        mark: None,
        base: layout.base,
        span: None,
        waiting: Vec::new(),
    }];
    for (item, format) in items.iter().zip(of_items) {
        let number = u32::try_from(layout.marks.len()).expect("fewer marks than bytes");
        let level = levels.last_mut().expect("the segment's own stays");
        match &item.what {
            spans::What::Text(text) => {
                if level.span.is_some_and(|(open, _)| open != format)
                    || level.span.is_none() && format != level.base
                {
                    end_span(level, &mut parts);
                    if format != level.base {
                        layout.marks.push(Mark::Format(format));
                        parts.push(Part::Open(number));
                        level.span = Some((format, number));
                    }
                }
                parts.append(&mut level.waiting);
                match parts.last_mut() {
                    Some(Part::Text(last)) => last.push_str(text),
                    _ if text.is_empty() => {}
                    _ => parts.push(Part::Text(text.clone())),
                }
            }
            spans::What::Single | spans::What::Cut | spans::What::Break => {
                layout.marks.push(Mark::Single(item.range.clone()));
                level.waiting.push(Part::Single(number));
            }
            spans::What::Open | spans::What::OpenGone => {
                end_span(level, &mut parts);
                let format = next_base();
                layout.marks.push(Mark::Around {
                    open: item.range.clone(),
                    close: 0..0,
                    format,
                });
                parts.push(Part::Open(number));
                levels.push(Level {
                    mark: Some(number),
                    base: format,
                    span: None,
                    waiting: Vec::new(),
                });
            }
            spans::What::Close | spans::What::CloseGone => {
                end_span(level, &mut parts);
                let mark = levels
                    .pop()
                    .and_then(|level| level.mark)
                    .expect("elements are nested");
                if let Mark::Around { close, .. } = &mut layout.marks[mark as usize] {
                    *close = item.range.clone();
                }
                parts.push(Part::Close(mark));
            }
        }
    }
    end_span(&mut levels[0], &mut parts);
    let movable = |number: u32| match layout.marks[number as usize] {
        Mark::Format(format) => !formats.marks_spaces(format),
        _ => false,
    };
    let parts = spans::move_spaces_out(parts, movable);
    (layout, Segment { parts })
}

fn end_span(level: &mut Level, parts: &mut Vec<Part>) {
    if let Some((_, mark)) = level.span.take() {
        parts.push(Part::Close(mark));
    }
    parts.append(&mut level.waiting);
}

/// The formatting that each text is given; 0 for other items. A blank text takes that of the text before it, where the
/// difference does not show.
fn text_formats(items: &[Item], atoms: &[Atom], formats: &Formats) -> Vec<FormatId> {
    let mut before: Vec<Option<FormatId>> = vec![None];
    items
        .iter()
        .map(|item| match &item.what {
            spans::What::Text(text) => {
                let own = atoms[item.range.start].format().expect("text is in a run");
                let before = before.last_mut().expect("the segment's own stays");
                let shows = !text.trim().is_empty() || formats.marks_spaces(own);
                let format = before
                    .filter(|&last| !shows && !formats.marks_spaces(last))
                    .unwrap_or(own);
                *before = Some(format);
                format
            }
            spans::What::Open | spans::What::OpenGone => {
                before.push(None);
                0
            }
            spans::What::Close | spans::What::CloseGone => {
                before.pop();
                0
            }
            spans::What::Single | spans::What::Cut | spans::What::Break => 0,
        })
        .collect()
}

/// The formatting of most of the text of the segment, and of each element around runs, in the order that they begin.
fn base_formats(items: &[Item], of_items: &[FormatId]) -> Vec<FormatId> {
    #[derive(Default)]
    struct Count {
        parent: usize,
        /// For each formatting, how much text has it and where it came first.
        formats: HashMap<FormatId, (usize, usize)>,
    }
    let mut levels = vec![Count::default()];
    let mut current = 0;
    for (index, (item, &format)) in items.iter().zip(of_items).enumerate() {
        match &item.what {
            spans::What::Text(text) => {
                levels[current]
                    .formats
                    .entry(format)
                    .or_insert((0, index))
                    .0 += text.len();
            }
            spans::What::Open | spans::What::OpenGone => {
                levels.push(Count {
                    parent: current,
                    ..Count::default()
                });
                current = levels.len() - 1;
            }
            spans::What::Close | spans::What::CloseGone => current = levels[current].parent,
            spans::What::Single | spans::What::Cut | spans::What::Break => {}
        }
    }
    let mut bases: Vec<FormatId> = Vec::with_capacity(levels.len());
    for level in &levels {
        let most = level
            .formats
            .iter()
            .max_by_key(|(_, (length, first))| (*length, Reverse(*first)));
        let inherited = bases.get(level.parent).copied().unwrap_or(0);
        bases.push(most.map_or(inherited, |(&format, _)| format));
    }
    bases
}
