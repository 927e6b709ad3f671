//! HTML and XHTML.
//!
//! Each paragraph is translated with its inline elements as marks, and so are the attributes that people read.
//! `code`, `pre`, `script`, `style`, `translate="no"` and the like stay as they are.

mod elements;
mod tokens;

use crate::encoding::byte_order_mark_len;
use crate::inline::{Inline, Within};
use crate::template::{Escape, Slot, Template};
use crate::{Parsed, Settings, inline};
use deshi_text::segment::Segment;
use elements::Element;
use std::ops::Range;
use tokens::{Tag, TagKind, Token, Tokens};

/// HTML's two syntaxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    Html,
    Xhtml,
}

/// Parses HTML.
pub(crate) fn parse(text: String, syntax: Syntax, settings: &Settings) -> Parsed {
    let (text, slots) = read(text, syntax, settings);
    Template::parsed(text, slots)
}

/// The text, with the target language set if the settings name one, and its slots.
pub(crate) fn read(
    mut text: String,
    syntax: Syntax,
    settings: &Settings,
) -> (String, Vec<(Slot, Segment)>) {
    if let Some(language) = &settings.target_language {
        set_language(&mut text, syntax, language);
    }
    let escapes = Escapes::of(&text, syntax);
    let mut reader = Reader {
        text: &text,
        syntax,
        escapes,
        line: Inline::default(),
        breaks: None,
        kept: None,
        slots: Vec::new(),
    };
    for token in Tokens::new(&text, syntax) {
        reader.token(token);
    }
    reader.end_paragraph();
    let slots = reader.slots;
    (text, slots)
}

/// Sets `lang` and `xml:lang` of the root element.
fn set_language(text: &mut String, syntax: Syntax, language: &str) {
    let root = Tokens::new(text, syntax).find_map(|token| match token {
        Token::Tag(tag) => Some(tag),
        _ => None,
    });
    let Some(tag) = root.filter(|tag| tag.name == "html") else {
        return;
    };
    for attribute in tag.attributes.iter().rev() {
        if matches!(attribute.name.as_str(), "lang" | "xml:lang") {
            text.replace_range(attribute.value.clone(), language);
        }
    }
}

/// How text and attributes are escaped.
#[derive(Debug, Clone, Copy)]
struct Escapes {
    text: Escape,
    value: Escape,
}

impl Escapes {
    /// A file that declares another encoding but is valid UTF-8 is ASCII: its translation is written in ASCII too.
    fn of(text: &str, syntax: Syntax) -> Self {
        let is_ascii = text.is_ascii() && declares_other_charset(text, syntax);
        // A no-break space is written as the file writes it.
        let (text, value): (Escape, Escape) = match (is_ascii, text.contains("&nbsp;")) {
            (true, _) => (escape_text_ascii, escape_value_ascii),
            (false, true) => (escape_text_nbsp, escape_value_nbsp),
            (false, false) => (escape_text, escape_value),
        };
        Self { text, value }
    }
}

fn declares_other_charset(text: &str, syntax: Syntax) -> bool {
    let is_other = |charset: &str| {
        let charset = charset.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        !charset.to_ascii_lowercase().starts_with("utf")
    };
    if let Some(declaration) = text.strip_prefix("<?xml") {
        let declaration = declaration.split("?>").next().unwrap_or_default();
        if let Some((_, encoding)) = declaration.split_once("encoding=") {
            return is_other(encoding.split_whitespace().next().unwrap_or_default());
        }
    }
    let metas = Tokens::new(text, syntax).take_while(|token| match token {
        Token::Tag(tag) => !(tag.kind == TagKind::End && tag.name == "head"),
        _ => true,
    });
    for token in metas {
        let Token::Tag(tag) = token else { continue };
        if tag.name != "meta" {
            continue;
        }
        if let Some(charset) = tag.attribute("charset") {
            return is_other(&text[charset.value.clone()]);
        }
        if let Some(content) = tag.attribute("content")
            && let Some((_, charset)) = text[content.value.clone()].split_once("charset=")
        {
            return is_other(charset);
        }
    }
    false
}

fn escape_text(text: &str, out: &mut String) {
    escape(text, false, false, out);
}

fn escape_value(text: &str, out: &mut String) {
    escape(text, true, false, out);
}

fn escape_text_ascii(text: &str, out: &mut String) {
    escape(text, false, true, out);
}

fn escape_value_ascii(text: &str, out: &mut String) {
    escape(text, true, true, out);
}

fn escape_text_nbsp(text: &str, out: &mut String) {
    with_nbsp(text, out, escape_text);
}

fn escape_value_nbsp(text: &str, out: &mut String) {
    with_nbsp(text, out, escape_value);
}

fn with_nbsp(text: &str, out: &mut String, escape: Escape) {
    for (index, piece) in text.split('\u{a0}').enumerate() {
        if index > 0 {
            out.push_str("&nbsp;");
        }
        escape(piece, out);
    }
}

fn escape(text: &str, is_value: bool, is_ascii: bool, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if is_value => out.push_str("&quot;"),
            '\'' if is_value => out.push_str("&#39;"),
            _ if is_ascii && !character.is_ascii() => {
                out.push_str(&format!("&#{};", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    syntax: Syntax,
    escapes: Escapes,
    /// What has been read of the paragraph.
    line: Inline,
    /// A `br` whose paragraph may go on after it: the next text decides.
    breaks: Option<Range<usize>>,
    /// The element that is being read and is not translated.
    kept: Option<Kept>,
    slots: Vec<(Slot, Segment)>,
}

/// An element that is not translated.
struct Kept {
    name: String,
    /// Open elements of this name.
    depth: usize,
    /// Where its start tag begins, if it is an inline element.
    inline_from: Option<usize>,
    /// Whether it cannot contain blocks. A block within it then means that its end tag is missing.
    ends_with_block: bool,
}

impl Reader<'_> {
    fn token(&mut self, token: Token) {
        if let Some(kept) = &mut self.kept {
            if let Token::Tag(tag) = token {
                let is_same = tag.name == kept.name;
                match tag.kind {
                    TagKind::Start if is_same => kept.depth += 1,
                    TagKind::End if is_same => kept.depth -= 1,
                    _ => {}
                }
                // Inline code without an end tag ends with its paragraph.
                let is_lost = kept.ends_with_block && Element::of(&tag.name) == Element::Block;
                if kept.depth == 0 || is_lost {
                    let from = kept.inline_from;
                    self.kept = None;
                    if let Some(from) = from {
                        let end = if is_lost {
                            tag.range.start
                        } else {
                            tag.range.end
                        };
                        self.line.single(from..end);
                    }
                    if is_lost {
                        self.tag(tag);
                    }
                }
            }
            return;
        }
        match token {
            Token::Text(range) => self.characters(range),
            Token::Tag(tag) => self.tag(tag),
            // A comment within a paragraph is a mark; one between paragraphs stays where it is.
            Token::Other(range)
                if self.text[range.clone()].starts_with("<!--") && !self.line.is_empty() =>
            {
                self.line.single(range);
            }
            Token::Other(_) => {}
        }
    }

    fn characters(&mut self, range: Range<usize>) {
        let start = if range.start == 0 {
            byte_order_mark_len(self.text)
        } else {
            range.start
        };
        let range = start..range.end;
        let text = decode(&self.text[range.clone()]);
        if let Some(line_break) = self.breaks.clone().filter(|_| !text.trim().is_empty()) {
            self.breaks = None;
            // Whether the sentence goes on after the break.
            let before = self.line.last_text().trim_end();
            let goes_on = before.ends_with(|c: char| c.is_alphanumeric() || c == ',')
                && text.trim_start().starts_with(char::is_lowercase);
            if goes_on {
                self.line.single(line_break);
            } else {
                self.end_paragraph();
            }
        }
        self.line.text(range, collapsed(&text));
    }

    fn tag(&mut self, tag: Tag) {
        let void = elements::is_void(&tag.name)
            || (self.syntax == Syntax::Xhtml && tag.kind == TagKind::SelfClosing);
        let is_start = tag.kind != TagKind::End;
        let own_word = is_start && elements::is_kept(&tag, self.text);
        if !own_word {
            self.attributes(&tag);
        }
        let mut element = Element::of(&tag.name);
        if own_word {
            element = match element {
                Element::Inline | Element::InlineKept => Element::InlineKept,
                Element::InlineEmpty | Element::LineBreak => element,
                Element::Block | Element::BlockKept => Element::BlockKept,
            };
        }
        if element == Element::LineBreak {
            if !self.line.is_empty() && self.breaks.is_none() {
                self.breaks = Some(tag.range);
            } else {
                self.end_paragraph();
            }
            return;
        }
        let is_block = matches!(element, Element::Block | Element::BlockKept);
        if is_block {
            self.end_paragraph();
        } else if self.breaks.is_some() {
            // A tag follows the break, so the break ends the paragraph.
            self.end_paragraph();
        }
        match element {
            Element::Inline if void => self.line.single(tag.range),
            Element::Inline if is_start => self.line.open(tag.range, &tag.name, Within::Translated),
            Element::Inline => self.line.close(tag.range, &tag.name),
            Element::InlineEmpty => self.line.single(tag.range),
            Element::InlineKept | Element::BlockKept if is_start && !void => {
                self.kept = Some(Kept {
                    ends_with_block: matches!(tag.name.as_str(), "code" | "kbd" | "samp" | "var")
                        && !own_word,
                    name: tag.name,
                    depth: 1,
                    inline_from: (!is_block).then_some(tag.range.start),
                });
            }
            Element::InlineKept => self.line.single(tag.range),
            Element::Block | Element::BlockKept | Element::LineBreak => {}
        }
    }

    fn attributes(&mut self, tag: &Tag) {
        for attribute in &tag.attributes {
            if !elements::is_translated(tag, &attribute.name, self.text) {
                continue;
            }
            let range = attribute.value.clone();
            let text = collapsed(&decode_value(&self.text[range.clone()]));
            let Some((mut slot, segment)) = inline::value(range, text.trim(), self.escapes.value)
            else {
                continue;
            };
            if attribute.quote.is_none() {
                slot.around = ("\"".into(), "\"".into());
            }
            self.slots.push((slot, segment));
        }
    }

    fn end_paragraph(&mut self) {
        self.breaks = None;
        std::mem::take(&mut self.line).finish(self.text, self.escapes.text, &mut self.slots);
    }
}

fn decode(text: &str) -> String {
    htmlize::unescape(text).into_owned()
}

fn decode_value(text: &str) -> String {
    htmlize::unescape_attribute(text).into_owned()
}

/// `text` with each run of white space as one space, as a browser shows it.
fn collapsed(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_ascii_whitespace() {
            collapsed.push(character);
        } else if !collapsed.ends_with(' ') {
            collapsed.push(' ');
        }
    }
    collapsed
}

#[cfg(test)]
mod tests;
