//! HTML's tokens, as offsets in the text: every byte belongs to exactly one.
//!
//! The tokeniser splits text where the
//! [standard](https://html.spec.whatwg.org/multipage/parsing.html#tokenization) does. It accepts any text.

use super::Syntax;
use std::ops::Range;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// Text, with its entities.
    Text(Range<usize>),
    /// A start or end tag.
    Tag(Tag),
    /// The content of `script`, `style` and the like; comments, declarations, processing instructions.
    Other(Range<usize>),
}

/// A start or end tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) range: Range<usize>,
    /// In lower case.
    pub(crate) name: String,
    pub(crate) kind: TagKind,
    pub(crate) attributes: Vec<Attribute>,
}

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagKind {
    Start,
    End,
    /// `<name/>`, which ends an element only in XML.
    SelfClosing,
}

/// An attribute with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// In lower case.
    pub(crate) name: String,
    /// Its value, without the quotes.
    pub(crate) value: Range<usize>,
    /// The quote, if there is one.
    pub(crate) quote: Option<u8>,
}

impl Tag {
    /// The attribute of a name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }
}

/// Elements whose content is text without tags.
const RAW_TEXT: [&str; 8] = [
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
];

/// Reads the tokens of a text.
pub(crate) struct Tokens<'a> {
    text: &'a str,
    position: usize,
    syntax: Syntax,
    /// The element whose text without tags comes next.
    raw: Option<&'static str>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str, syntax: Syntax) -> Self {
        Self {
            text,
            position: 0,
            syntax,
            raw: None,
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.position..]
    }

    /// From here to the end of `end`'s first occurrence after `skip` bytes, or to the end of the text.
    fn until(&mut self, skip: usize, end: &str) -> Range<usize> {
        let start = self.position;
        let from = (start + skip).min(self.text.len());
        let found = self.text.as_bytes()[from..]
            .windows(end.len())
            .position(|w| w == end.as_bytes());
        self.position = found.map_or(self.text.len(), |found| from + found + end.len());
        start..self.position
    }

    /// What begins with `<` and is not text.
    fn markup(&mut self) -> Option<Token> {
        Some(match self.rest() {
            [b'<', b'!', b'-', b'-', b'>', ..] => Token::Other(self.until(0, ">")),
            [b'<', b'!', b'-', b'-', ..] => Token::Other(self.until(4, "-->")),
            [b'<', b'!', b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..] => {
                Token::Other(self.until(9, "]]>"))
            }
            [b'<', b'?', ..] if self.syntax == Syntax::Xhtml => Token::Other(self.until(2, "?>")),
            [b'<', b'!' | b'?', ..] => Token::Other(self.until(2, ">")),
            [b'<', b'/', letter, ..] if letter.is_ascii_alphabetic() => self.tag(2),
            [b'<', b'/', _, ..] => Token::Other(self.until(2, ">")),
            [b'<', letter, ..] if letter.is_ascii_alphabetic() => self.tag(1),
            _ => return None,
        })
    }

    /// A tag whose name begins after `skip` bytes. If it does not end, the rest of the text is kept as it is.
    fn tag(&mut self, skip: usize) -> Token {
        let bytes = self.text.as_bytes();
        let start = self.position;
        let scan = |from: usize, stop: fn(u8) -> bool| {
            bytes[from..]
                .iter()
                .position(|&byte| stop(byte))
                .map_or(bytes.len(), |length| from + length)
        };
        let name_end = scan(start + skip, |byte| {
            byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')
        });
        let name = self.text[start + skip..name_end].to_ascii_lowercase();
        let mut kind = if skip == 2 {
            TagKind::End
        } else {
            TagKind::Start
        };
        let mut attributes = Vec::new();
        let mut at = name_end;
        loop {
            at = scan(at, |byte| !byte.is_ascii_whitespace());
            match bytes.get(at) {
                None => {
                    self.position = bytes.len();
                    return Token::Other(start..bytes.len());
                }
                Some(b'>') => break,
                Some(b'/') => {
                    if bytes.get(at + 1) == Some(&b'>') && kind == TagKind::Start {
                        kind = TagKind::SelfClosing;
                    }
                    at += 1;
                    continue;
                }
                Some(_) => {}
            }
            // A name may begin with `=`.
            let name_start = at;
            at = scan(at + 1, |byte| {
                byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=')
            });
            let attribute_name = name_start..at;
            let equals = scan(at, |byte| !byte.is_ascii_whitespace());
            if bytes.get(equals) != Some(&b'=') {
                continue;
            }
            at = scan(equals + 1, |byte| !byte.is_ascii_whitespace());
            let quote = bytes
                .get(at)
                .copied()
                .filter(|byte| matches!(byte, b'"' | b'\''));
            let value = match quote {
                Some(quote) => {
                    let end = match quote {
                        b'"' => scan(at + 1, |byte| byte == b'"'),
                        _ => scan(at + 1, |byte| byte == b'\''),
                    };
                    at + 1..end
                }
                None => at..scan(at, |byte| byte.is_ascii_whitespace() || byte == b'>'),
            };
            at = (value.end + usize::from(quote.is_some())).min(bytes.len());
            attributes.push(Attribute {
                name: self.text[attribute_name].to_ascii_lowercase(),
                value,
                quote,
            });
        }
        self.position = at + 1;
        let is_element =
            kind == TagKind::Start || (kind == TagKind::SelfClosing && self.syntax == Syntax::Html);
        if is_element {
            self.raw = RAW_TEXT.into_iter().find(|raw| *raw == name);
        }
        Token::Tag(Tag {
            range: start..at + 1,
            name,
            kind,
            attributes,
        })
    }

    /// The text of an element that has no tags within, up to its end tag.
    fn raw_text(&mut self, name: &str) -> Range<usize> {
        let start = self.position;
        let rest = self.rest();
        let is_end = |at: &usize| {
            let after = &rest[*at..];
            after.get(1) == Some(&b'/')
                && after
                    .get(2..2 + name.len())
                    .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
                && after
                    .get(2 + name.len())
                    .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
        };
        let mut tags = rest
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'<')
            .map(|(at, _)| at);
        self.position = tags.find(is_end).map_or(self.text.len(), |at| start + at);
        start..self.position
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if let Some(name) = self.raw.take() {
            let range = self.raw_text(name);
            if !range.is_empty() {
                return Some(match name {
                    "title" => Token::Text(range),
                    _ => Token::Other(range),
                });
            }
        }
        let start = self.position;
        if start == self.text.len() {
            return None;
        }
        if let Some(token) = self.markup() {
            return Some(token);
        }
        // A `<` that begins no markup is text.
        while self.position < self.text.len() {
            let next = self.rest()[1..].iter().position(|&byte| byte == b'<');
            self.position = next.map_or(self.text.len(), |next| self.position + 1 + next);
            let begins_markup = matches!(self.rest(), [b'<', b'!' | b'?', ..])
                || matches!(self.rest(), [b'<', b'/', _, ..])
                || matches!(self.rest(), [b'<', letter, ..] if letter.is_ascii_alphabetic());
            if begins_markup {
                break;
            }
        }
        Some(Token::Text(start..self.position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str, syntax: Syntax) -> Vec<String> {
        let mut end = 0;
        let shown = Tokens::new(text, syntax).map(|token| {
            let (range, shown) = match token {
                Token::Text(range) => (range.clone(), format!("text {}", &text[range])),
                Token::Other(range) => (range.clone(), format!("other {}", &text[range])),
                Token::Tag(tag) => {
                    let mut shown = format!("{:?} {}", tag.kind, tag.name);
                    for attribute in tag.attributes {
                        shown += &format!(" {}={}", attribute.name, &text[attribute.value]);
                    }
                    (tag.range, shown)
                }
            };
            assert_eq!(range.start, end, "every byte belongs to a token");
            end = range.end;
            shown
        });
        let shown = shown.collect();
        assert_eq!(end, text.len());
        shown
    }

    #[test]
    fn tokens_are_found_as_the_standard_says() {
        let text = "a < b<!-- <p> -->\n<P Class=x  TITLE = 'a>b' hidden alt=\"\">1 & 2</p x=y><br/><>&lt;</ ><3";
        assert_eq!(
            tokens(text, Syntax::Html),
            [
                "text a < b",
                "other <!-- <p> -->",
                "text \n",
                "Start p class=x title=a>b alt=",
                "text 1 & 2",
                "End p x=y",
                "SelfClosing br",
                "text <>&lt;",
                "other </ >",
                "text <3"
            ]
        );
    }

    #[test]
    fn raw_text_ends_with_its_own_tag() {
        let text =
            "<script>if (a</b>) '</scripts>'</SCRIPT ><title>a <b> c</title><style/>p</style>";
        assert_eq!(
            tokens(text, Syntax::Html),
            [
                "Start script",
                "other if (a</b>) '</scripts>'",
                "End script",
                "Start title",
                "text a <b> c",
                "End title",
                "SelfClosing style",
                "other p",
                "End style"
            ]
        );
        assert_eq!(
            tokens(
                "<?xml version='1.0'?><script/>a<![CDATA[<b>]]>",
                Syntax::Xhtml
            ),
            [
                "other <?xml version='1.0'?>",
                "SelfClosing script",
                "text a",
                "other <![CDATA[<b>]]>"
            ]
        );
    }

    #[test]
    fn what_does_not_end_is_left_alone() {
        for text in [
            "<p class='a>b",
            "<!-- a",
            "<script>a",
            "<",
            "</",
            "<a b",
            "<a b=",
            "<a b=\"",
            "<!",
            "<![CDATA[",
            "a<",
        ] {
            tokens(text, Syntax::Html);
        }
    }
}
