//! Markdown: CommonMark with GitHub's extensions.
//!
//! Paragraphs, headings, cells and the texts of links and images are translated. Code, formulas, addresses, HTML, front
//! matter and everything that makes up the structure stay as they are. A changed paragraph is written on one line, except
//! where its lines are texts of their own: labels, `Key: value`, and what hard line breaks divide.

mod escape;
mod lines;

use crate::Parsed;
use crate::encoding::byte_order_mark_len;
use crate::inline::{Inline, Within};
use crate::template::{Slot, Template};
use deshi_text::segment::Segment;
use escape::{escape_cell, escape_cell_with_marks, escape_text, escape_text_with_marks, guard};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use std::ops::Range;

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
}

pub(crate) fn parse(text: String) -> Parsed {
    let start = byte_order_mark_len(&text);
    let mut reader = Reader {
        text: &text,
        line: Inline::default(),
        is_cell: false,
        is_divided: false,
        escaped: String::new(),
        line_start: start,
        is_first_line: true,
        pending: None,
        end: start,
        kept: 0,
        spans: Vec::new(),
        slots: Vec::new(),
    };
    for (event, range) in Parser::new_ext(&text[start..], options()).into_offset_iter() {
        reader.event(event, start + range.start..start + range.end);
    }
    reader.end_block();
    let slots = reader.slots;
    Template::parsed(text, slots)
}

/// The start of a span or a line break whose end is where the next event begins.
enum Pending {
    Open(usize),
    Single(usize),
}

/// An inline span.
#[derive(PartialEq, Eq)]
enum Span {
    /// Its content is translated. Where it changes, the span ends with the given text, if any: a link whose text is also the
    /// name of its address, `[name]`, becomes `[text][name]`.
    Translated(Option<Box<str>>),
    /// An automatic link, which is one mark.
    Kept,
}

struct Reader<'a> {
    text: &'a str,
    /// The paragraph so far.
    line: Inline,
    /// Whether it is a table's cell.
    is_cell: bool,
    /// Whether the block had a text before this one.
    is_divided: bool,
    /// The signs that the text writes with a backslash.
    escaped: String,
    /// Where the current line of the text begins.
    line_start: usize,
    /// Whether that is its first line.
    is_first_line: bool,
    pending: Option<Pending>,
    /// Where the last inline event ended.
    end: usize,
    /// How many blocks are open whose text is not translated.
    kept: usize,
    /// The inline spans that are open.
    spans: Vec<Span>,
    slots: Vec<(Slot, Segment)>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_)) => {
                self.end_block();
                self.kept += 1;
            }
            Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_)) => {
                self.kept -= 1
            }
            _ if self.kept > 0 => {}
            Event::Start(tag) => match tag {
                Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Superscript
                | Tag::Subscript
                | Tag::Image { .. }
                | Tag::Link { .. } => self.open(&tag, range),
                Tag::TableCell => {
                    self.end_block();
                    self.is_cell = true;
                }
                _ => self.end_block(),
            },
            Event::End(end) => match end {
                TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Superscript
                | TagEnd::Subscript
                | TagEnd::Image
                | TagEnd::Link => self.close(range),
                _ => {
                    self.end_block();
                    self.is_cell = false;
                }
            },
            _ if self.spans.contains(&Span::Kept) => {}
            Event::Text(text) => {
                let mut range = range;
                // The backslash before an escaped character is not part of the event.
                let is_escaped = range.start > self.end
                    && self.text[..range.start].ends_with('\\')
                    && text.starts_with(|c: char| c.is_ascii_punctuation());
                if is_escaped {
                    range.start -= 1;
                    self.escaped.extend(text.chars().next());
                }
                self.settle(range.start);
                self.end = range.end;
                self.line.text(range, text.into_string());
            }
            Event::SoftBreak => {
                self.settle(range.start);
                let line = &self.text[self.line_start..range.start];
                let rest = &self.text[range.end..];
                if self.is_outside_spans() && lines::is_apart(line, rest, self.is_first_line) {
                    self.divide();
                } else {
                    self.line.text(range.clone(), " ");
                    self.line_start = range.end;
                    self.is_first_line = false;
                }
                self.end = range.end;
            }
            Event::HardBreak => {
                self.settle(range.start);
                if self.is_outside_spans() {
                    self.divide();
                } else {
                    self.pending = Some(Pending::Single(range.start));
                }
                self.end = range.end;
            }
            Event::InlineHtml(tag) => self.html(&tag, range),
            Event::Code(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {
                self.settle(range.start);
                self.end = range.end;
                self.line.single(range);
            }
            Event::Html(_) => {}
            Event::Rule => self.end_block(),
        }
    }

    fn is_outside_spans(&self) -> bool {
        self.spans.is_empty() && !self.line.is_open()
    }

    /// Ends a text within its block.
    fn divide(&mut self) {
        self.is_divided = true;
        self.end_paragraph();
    }

    fn end_block(&mut self) {
        self.end_paragraph();
        self.is_divided = false;
    }

    /// The start of a span. Where its first delimiter ends, the next event says.
    fn open(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        self.settle(range.start);
        self.end = range.start;
        let is_within_kept = self.spans.contains(&Span::Kept);
        let span = match tag {
            Tag::Link {
                link_type: LinkType::Autolink | LinkType::Email,
                ..
            } => Span::Kept,
            Tag::Link { link_type, .. } | Tag::Image { link_type, .. } => {
                let raw = self.text[range.clone()].trim_start_matches('!');
                let name = match link_type {
                    LinkType::Shortcut => Some(raw),
                    LinkType::Collapsed => Some(raw.strip_suffix("[]").unwrap_or(raw)),
                    _ => None,
                };
                Span::Translated(name.map(|name| format!("]{name}").into()))
            }
            _ => Span::Translated(None),
        };
        if span != Span::Kept && !is_within_kept {
            self.pending = Some(Pending::Open(range.start));
        }
        self.spans.push(span);
    }

    fn close(&mut self, mut range: Range<usize>) {
        let Some(span) = self.spans.pop() else {
            return;
        };
        if self.spans.contains(&Span::Kept) {
            return;
        }
        match span {
            Span::Kept => self.line.single(range.clone()),
            // Nothing within: `![](image.png)`.
            Span::Translated(_) if matches!(self.pending, Some(Pending::Open(_))) => {
                self.pending = None;
                self.line.single(range.clone());
            }
            Span::Translated(changed) => {
                self.settle(self.end);
                let raw = &self.text[range.clone()];
                // The brackets of `[name][]` are not part of the event.
                if changed.is_some()
                    && !raw.ends_with("[]")
                    && self.text[range.end..].starts_with("[]")
                {
                    range.end += 2;
                }
                self.line.close_changed(self.end..range.end, SPAN, changed);
            }
        }
        self.end = range.end;
    }

    fn html(&mut self, tag: &str, range: Range<usize>) {
        self.settle(range.start);
        self.end = range.end;
        let name = |text: &str| -> String {
            let name = text.split(|c: char| !c.is_ascii_alphanumeric()).next();
            format!("<{}", name.unwrap_or_default().to_ascii_lowercase())
        };
        match tag.strip_prefix("</") {
            Some(rest) => self.line.close(range, &name(rest)),
            None if name(&tag[1..]) == "<br" => {
                let goes_on = self.text[range.end..]
                    .trim_start()
                    .starts_with(char::is_lowercase);
                if self.is_outside_spans() && !goes_on {
                    self.divide();
                } else {
                    self.line.single(range);
                }
            }
            None if tag.ends_with("/>")
                || !tag[1..].starts_with(|c: char| c.is_ascii_alphabetic()) =>
            {
                self.line.single(range);
            }
            None => {
                let name = name(&tag[1..]);
                let within = match name.as_str() {
                    "<code" | "<kbd" | "<samp" | "<var" => Within::Kept,
                    _ => Within::Translated,
                };
                self.line.open(range, &name, within);
            }
        }
    }

    /// Ends what waits for the place where the next event begins.
    fn settle(&mut self, next: usize) {
        let pending = self.pending.take();
        if self.line.is_empty() {
            self.line_start = match pending {
                Some(Pending::Open(start) | Pending::Single(start)) => start,
                None => next,
            };
            self.is_first_line = true;
        }
        match pending {
            Some(Pending::Open(start)) => self.line.open(start..next, SPAN, Within::Translated),
            Some(Pending::Single(start)) => self.line.single(start..next),
            None => {}
        }
    }

    fn end_paragraph(&mut self) {
        self.settle(self.end);
        self.spans.clear();
        let first = self.slots.len();
        let escape = if self.is_cell {
            escape_cell
        } else {
            escape_text
        };
        std::mem::take(&mut self.line).finish(self.text, escape, &mut self.slots);
        let escaped = std::mem::take(&mut self.escaped);
        let is_divided = self.is_divided || self.slots.len() - first > 1;
        for (slot, _) in &mut self.slots[first..] {
            slot.guard = Some(guard);
            slot.escaped = escaped.as_str().into();
            // A sign that is alone in its text may pair up with one of another text.
            if !slot.marks.is_empty() || is_divided {
                slot.escape = if self.is_cell {
                    escape_cell_with_marks
                } else {
                    escape_text_with_marks
                };
            }
        }
    }
}

/// The name of every span of Markdown's own: they are always nested.
const SPAN: &str = "*";

#[cfg(test)]
mod tests;
