//! Markdown: CommonMark with GitHub's extensions.
//!
//! Paragraphs, headings, cells and the texts of links and images are translated. Code, formulas, addresses, HTML, front
//! matter and everything that makes up the structure stay as they are. A changed paragraph is written on one line.

mod escape;

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
        pending: None,
        end: start,
        kept: 0,
        spans: Vec::new(),
        slots: Vec::new(),
    };
    for (event, range) in Parser::new_ext(&text[start..], options()).into_offset_iter() {
        reader.event(event, start + range.start..start + range.end);
    }
    reader.end_paragraph();
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
                self.end_paragraph();
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
                    self.end_paragraph();
                    self.is_cell = true;
                }
                _ => self.end_paragraph(),
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
                    self.end_paragraph();
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
                }
                self.settle(range.start);
                self.end = range.end;
                self.line.text(range, text.into_string());
            }
            Event::SoftBreak => {
                self.settle(range.start);
                self.end = range.end;
                self.line.text(range, " ");
            }
            Event::HardBreak => {
                self.settle(range.start);
                self.end = range.end;
                self.pending = Some(Pending::Single(range.start));
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
            Event::Rule => self.end_paragraph(),
        }
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
        match self.pending.take() {
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
        for (slot, _) in &mut self.slots[first..] {
            slot.guard = Some(guard);
            // A sign that is alone in its text may pair up with one of another text.
            if !slot.marks.is_empty() {
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
mod tests {
    use super::*;
    use deshi_text::segment::Part;

    /// The document with its texts in capitals.
    fn upper(text: &str) -> String {
        let parsed = parse(text.to_owned());
        let upper = |part: &Part| match part {
            Part::Text(text) => Part::Text(text.to_uppercase()),
            mark => mark.clone(),
        };
        let upper = |segment: &Segment| Segment {
            parts: segment.parts.iter().map(upper).collect(),
        };
        let translated: Vec<Segment> = parsed.segments.iter().map(upper).collect();
        let mut out = Vec::new();
        parsed
            .content
            .write(&parsed.segments, &translated, &mut out)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    /// A link whose text is the name of its address keeps its address.
    #[test]
    fn references_by_their_own_text_keep_their_name() {
        for (text, expected) in [
            (
                "See [the *faq*], [x][], ![y] now.\n\n[the *faq*]: /f\n[x]: /x\n[y]: /y\n",
                "SEE [THE *FAQ*][the *faq*], [X][x], ![Y][y] NOW.",
            ),
            ("[faq]\n\n[faq]: /f\n", "[FAQ][faq]"),
            ("[a] | [b][]\n\n[a]: /f\n[b]: /f\n", "[A][a] | [B][b]"),
            ("[a][b] c\n\n[b]: /f\n", "[A][b] C"),
        ] {
            let written = upper(text);
            assert_eq!(written.lines().next().unwrap(), expected);
            let addresses = text.split_once("\n\n").unwrap().1;
            assert!(written.ends_with(addresses), "{written}");
        }
    }

    /// What a document is made of, with its texts in capitals.
    fn structure(text: &str) -> Vec<String> {
        let mut structure: Vec<String> = Vec::new();
        let add_text = |structure: &mut Vec<String>, text: &str| match structure.last_mut() {
            Some(last) if last.starts_with('"') => last.push_str(text),
            _ => structure.push(format!("\"{text}")),
        };
        let mut kept = false;
        for event in Parser::new_ext(text, options()) {
            match event {
                Event::Text(text) if !kept => add_text(&mut structure, &text.to_uppercase()),
                Event::SoftBreak => add_text(&mut structure, " "),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    structure.push(format!("link {dest_url}"))
                }
                Event::Start(Tag::FootnoteDefinition(name)) => {
                    structure.push(format!("footnote {name}"))
                }
                event => {
                    match event {
                        Event::Start(Tag::CodeBlock(_) | Tag::MetadataBlock(_)) => kept = true,
                        Event::End(TagEnd::CodeBlock | TagEnd::MetadataBlock(_)) => kept = false,
                        _ => {}
                    }
                    structure.push(
                        format!("{event:?}")
                            .replace("Borrowed", "")
                            .replace("Boxed", "")
                            .replace("Inlined", ""),
                    );
                }
            }
        }
        structure
            .iter()
            .map(|part| {
                if part.starts_with('"') {
                    part.trim_end().to_owned()
                } else {
                    part.clone()
                }
            })
            .collect()
    }

    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;

    fn fragments() -> impl Strategy<Value = Vec<&'static str>> {
        let fragments = vec![
            "word ",
            "two words",
            " ",
            "\n",
            "\n\n",
            "*one*",
            "**two**",
            "_three_",
            "`code`",
            "[link](/a \"t\")",
            "[ref][name]",
            "[name]",
            "[name][]",
            "![image](/i.png)",
            "<b>",
            "</b>",
            "<br>",
            "<https://e.org>",
            "&amp;",
            "\\*",
            "\\[",
            "a_b_c",
            "- ",
            "1. ",
            "> ",
            "# ",
            "  \n",
            "\\\n",
            "~~old~~",
            "[^1] ",
            "[",
            "] ",
            "$x$",
            "a|b\n-|-\nc|d\n",
            "5 * 3",
            "!",
            "\n\n***\n\n",
            "Title\n===\n",
            "    ",
            "(x)",
            " * ",
            " _ ",
            ":",
            "- [ ] ",
            "<!-- c -->",
            "é",
            "\r\n",
        ];
        prop::collection::vec(prop::sample::select(fragments), 1..14)
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 8 * ProptestConfig::default().cases,
            failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
            ..ProptestConfig::default()
        })]

        /// A translation changes nothing but the text. Left out are signs as text that touch marks of the same sign, such
        /// as the first star of `***a*b*`: escaping it changes how the others pair up.
        #[test]
        fn the_structure_stays(fragments in fragments()) {
            let text = fragments.concat() + "\n\n[name]: /n\n[^1]: note\n";
            prop_assert_eq!(structure(&upper(&text)), structure(&text), "{}", upper(&text));
        }
    }
}
