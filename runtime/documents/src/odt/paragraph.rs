//! The inline content of OpenDocument's paragraphs.

use deshi_text::segment::Segment;

use super::Styles;
use crate::spans::{self, Item, Point, What, push_text};
use crate::template::Slot;
use crate::xml::{Kind, Xml, escape_text};

/// The most spaces of one `<text:s>` that are read as text.
const MAX_SPACES: usize = 64;

/// A paragraph's inline content, cut at its tab stops and at the ends of its lines.
pub(super) fn cells(xml: &Xml, paragraph: usize, styles: &Styles) -> Vec<Vec<Item>> {
    let mut items = Vec::new();
    // For each open span: how it is closed, and its style.
    let mut open: Vec<(What, Option<String>)> = Vec::new();
    let mut last_closed: Option<Option<String>> = None;
    let mut after_space = true;
    let mut token = paragraph + 1;
    while token < xml.end(paragraph) {
        let before = last_closed.take();
        let range = xml.range(token);
        match (xml.kind(token), xml.name(token)) {
            (Kind::Text | Kind::CData | Kind::Reference, _) => match xml.characters(token) {
                Some(text) => push_text(&mut items, &collapse(&text, &mut after_space), range),
                None => {
                    items.push(Item::new(What::Single, range));
                    after_space = false;
                }
            },
            (Kind::End, _) => {
                let (what, style) = open.pop().expect("tags are nested");
                last_closed = (what == What::Close).then_some(style);
                items.push(Item::new(what, range));
            }
            (Kind::Start, "text:span") if !styles.is_code(xml, token) => {
                let style = xml.attribute(token, "text:style-name").map(String::from);
                let (begin, end) = match &style {
                    Some(style) if !styles.without_effect.contains(style) => {
                        (What::Open, What::Close)
                    }
                    None | Some(_) => (What::OpenGone, What::CloseGone),
                };
                // A span that follows one of its own style goes on with it.
                if begin == What::Open && before.is_some_and(|before| before == style) {
                    items.pop();
                } else {
                    items.push(Item::new(begin, range));
                }
                open.push((end, style));
            }
            (Kind::Start, "text:a" | "text:meta") => {
                open.push((What::Close, None));
                items.push(Item::new(What::Open, range));
            }
            // Where LibreOffice last broke the page.
            (_, "text:soft-page-break") if xml.end(token) <= token + 1 => token = xml.end(token),
            (kind, "text:s") => {
                let count = xml
                    .attribute(token, "text:c")
                    .map_or(Ok(1), |count| count.parse::<usize>());
                let spaces = count
                    .ok()
                    .filter(|&count| count <= MAX_SPACES && kind == Kind::Empty);
                items.push(match spaces {
                    Some(count) => Item::new(What::Text(" ".repeat(count)), range),
                    None => Item::new(What::Single, xml.span(token)),
                });
                token = xml.end(token);
                after_space = false;
            }
            (_, name) => {
                let what = match name {
                    "text:tab" => What::Cut,
                    "text:line-break" => What::Break,
                    _ => What::Single,
                };
                let point = point(xml, token);
                after_space &= point.is_some();
                items.push(Item {
                    point,
                    ..Item::new(what, xml.span(token))
                });
                token = xml.end(token);
            }
        }
        token += 1;
    }
    spans::cells(items)
}

/// Whether the element is an anchor, a comment, or the place of deleted text.
fn point(xml: &Xml, element: usize) -> Option<Point> {
    let name = |attribute: &str| xml.attribute(element, attribute).unwrap_or_default();
    Some(match xml.name(element) {
        "text:change" | "text:bookmark" | "text:reference-mark" => Point::Alone,
        "text:change-start" => Point::Start(format!("change {}", name("text:change-id"))),
        "text:change-end" => Point::End(format!("change {}", name("text:change-id"))),
        "text:bookmark-start" => Point::Start(format!("bookmark {}", name("text:name"))),
        "text:bookmark-end" => Point::End(format!("bookmark {}", name("text:name"))),
        "text:reference-mark-start" => Point::Start(format!("reference {}", name("text:name"))),
        "text:reference-mark-end" => Point::End(format!("reference {}", name("text:name"))),
        "office:annotation" => Point::Start(format!("comment {}", name("office:name"))),
        "office:annotation-end" => Point::End(format!("comment {}", name("office:name"))),
        _ => return None,
    })
}

/// The slot and the segment of a cell.
pub(super) fn slot(items: Vec<Item>) -> Option<(Slot, Segment)> {
    let (slot, segment) = spans::slot(spans::pair_ranges(items), escape)?;
    let parts = spans::move_spaces_out(segment.parts, |_| true);
    Some((slot, Segment { parts }))
}

/// White space as a reader of OpenDocument sees it (part 3, section 6.1.2): one space, none at a paragraph's beginning.
fn collapse(text: &str, after_space: &mut bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let space = matches!(character, ' ' | '\t' | '\n' | '\r');
        if !space {
            out.push(character);
        } else if !*after_space {
            out.push(' ');
        }
        *after_space = space;
    }
    out
}

/// Text as a paragraph's content: white space that would collapse becomes elements.
fn escape(text: &str, out: &mut String) {
    let mut spaces = 0;
    for character in text.chars() {
        spaces = if character == ' ' { spaces + 1 } else { 0 };
        match character {
            ' ' if spaces > 1 => out.push_str("<text:s/>"),
            '\t' => out.push_str("<text:tab/>"),
            '\n' => out.push_str("<text:line-break/>"),
            other => escape_text(other.encode_utf8(&mut [0; 4]), out),
        }
    }
}
