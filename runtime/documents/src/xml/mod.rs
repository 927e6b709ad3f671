//! XML as a list of tokens over the text it was read from, so that whatever is not translated is copied as it was.
//!
//! quick-xml finds the tokens. No entity but XML's own five and character references is resolved, no DTD is followed,
//! and nothing outside the text is read. Names are told apart by namespace: the prefixes that the root element declares
//! are mapped to those in the format's specification.

mod attributes;
mod escape;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::{Error, Format, Place};
pub(crate) use attributes::Attribute;
pub(crate) use escape::{escape_attribute, escape_text};

/// The most tokens of one XML text, which take 16 bytes each.
const MAX_TOKENS: usize = 8_000_000;

/// The most bytes of one XML text.
const MAX_BYTES: usize = 256 << 20;

const NONE: u32 = u32::MAX;

/// What is wrong with an XML text, and at which byte it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    offset: usize,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    TooDeep { limit: usize },
    Other(String),
}

impl Fault {
    fn new(offset: usize, problem: impl Into<String>) -> Self {
        Self {
            offset,
            problem: Problem::Other(problem.into()),
        }
    }

    fn at(self, format: Format, place: Place) -> Error {
        match self.problem {
            Problem::TooDeep { limit } => Error::TooDeep {
                format,
                place,
                limit,
            },
            Problem::Other(problem) => Error::Malformed {
                format,
                place,
                problem: problem.into(),
            },
        }
    }

    /// As an error of a text format; `text` is the file.
    pub(crate) fn in_text(self, format: Format, text: &str) -> Error {
        let place = Place::line(text, self.offset);
        self.at(format, place)
    }

    /// As an error of an archive's member.
    pub(crate) fn in_member(self, format: Format, name: &str) -> Error {
        let place = Place::Member {
            name: name.to_owned(),
            byte: self.offset,
        };
        self.at(format, place)
    }
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `<a>`
    Start,
    /// `</a>`
    End,
    /// `<a/>`
    Empty,
    /// Character data without references.
    Text,
    /// `<![CDATA[...]]>`
    CData,
    /// `&amp;`, `&#38;`
    Reference,
    /// Comment, processing instruction, XML declaration, DTD.
    Other,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    start: u32,
    /// The index of a start tag's end tag, and of an end tag's start tag.
    partner: u32,
    name: u32,
    kind: Kind,
}

/// An XML text and its tokens, which cover every byte of it.
#[derive(Debug)]
pub(crate) struct Xml {
    text: String,
    tokens: Vec<Token>,
    names: Vec<Box<str>>,
    root: u32,
    /// A prefix in this text (`""`: none) and the one that the specification uses.
    prefixes: Vec<(String, String)>,
}

impl Xml {
    /// Reads `text`, with elements nested at most `depth` deep. `namespaces` pairs each namespace with the prefix that names
    /// have here, whichever the text uses.
    pub(crate) fn parse(
        text: String,
        namespaces: &[(&str, &str)],
        depth: usize,
    ) -> Result<Self, (Fault, String)> {
        let mut xml = Self {
            text: String::new(),
            tokens: Vec::new(),
            names: Vec::new(),
            prefixes: Vec::new(),
            root: NONE,
        };
        match xml.tokenise(&text, namespaces, depth) {
            Ok(()) => {
                xml.text = text;
                Ok(xml)
            }
            Err(fault) => Err((fault, text)),
        }
    }

    fn tokenise(
        &mut self,
        text: &str,
        namespaces: &[(&str, &str)],
        depth: usize,
    ) -> Result<(), Fault> {
        if text.len() > MAX_BYTES {
            return Err(Fault::new(
                MAX_BYTES,
                format!("more than {MAX_BYTES} bytes of XML"),
            ));
        }
        let skipped = if text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        if skipped > 0 {
            self.push(0, Kind::Other, NONE);
        }
        let mut reader = Reader::from_str(&text[skipped..]);
        let mut ids: HashMap<String, u32> = HashMap::new();
        let mut open: Vec<u32> = Vec::new();
        let mut start = skipped;
        loop {
            let event = reader.read_event();
            let event = event.map_err(|error| {
                Fault::new(
                    skipped + position(reader.error_position()),
                    error.to_string(),
                )
            })?;
            let range = start..skipped + position(reader.buffer_position());
            start = range.end;
            let fault = |problem: &str| Fault::new(range.start, problem);
            if self.tokens.len() == MAX_TOKENS {
                return Err(fault(
                    "the file has more markup than can be read. Split it into several files",
                ));
            }
            let (kind, name) = match &event {
                Event::Eof => break,
                Event::Start(tag) => (Kind::Start, Some(tag.name())),
                Event::Empty(tag) => (Kind::Empty, Some(tag.name())),
                Event::End(_) => (Kind::End, None),
                Event::Text(_) => (Kind::Text, None),
                Event::CData(_) => (Kind::CData, None),
                Event::GeneralRef(_) => (Kind::Reference, None),
                Event::Decl(declaration) => {
                    check_encoding(declaration).map_err(|name| {
                        Fault::new(
                            range.start,
                            format!("the encoding is {name}. Convert the file to UTF-8 first"),
                        )
                    })?;
                    (Kind::Other, None)
                }
                Event::Comment(_) | Event::PI(_) | Event::DocType(_) => (Kind::Other, None),
            };
            if range.is_empty() {
                continue;
            }
            if open.is_empty() && !matches!(kind, Kind::Other | Kind::Start | Kind::Empty) {
                if kind == Kind::Text && text[range.clone()].trim().is_empty() {
                    self.push(range.start, Kind::Other, NONE);
                    continue;
                }
                return Err(fault("there is text outside the root element"));
            }
            match (kind, name) {
                (Kind::End, _) => {
                    let begin = open
                        .pop()
                        .ok_or_else(|| fault("an end tag has no start tag"))?;
                    let end = self.push(range.start, kind, self.tokens[begin as usize].name);
                    self.tokens[begin as usize].partner = end;
                    self.tokens[end as usize].partner = begin;
                }
                (_, Some(name)) => {
                    if self.root == NONE {
                        self.root = to_u32(self.tokens.len());
                        self.prefixes = declared_prefixes(&text[range.clone()], namespaces);
                    } else if open.is_empty() {
                        return Err(fault("a second root element begins"));
                    }
                    let name = self.name_id(name.as_ref(), &mut ids);
                    let token = self.push(range.start, kind, name);
                    if kind == Kind::Start {
                        open.push(token);
                    }
                    if open.len() > depth {
                        let problem = Problem::TooDeep { limit: depth };
                        return Err(Fault {
                            offset: range.start,
                            problem,
                        });
                    }
                }
                _ => {
                    self.push(range.start, kind, NONE);
                }
            }
        }
        if let Some(&begin) = open.last() {
            let token = self.tokens[begin as usize];
            let problem = format!("<{}> has no end tag", self.names[token.name as usize]);
            return Err(Fault::new(token.start as usize, problem));
        }
        if self.root == NONE {
            return Err(Fault::new(text.len(), "the file has no XML element"));
        }
        Ok(())
    }

    fn name_id(&mut self, raw: &str, ids: &mut HashMap<String, u32>) -> u32 {
        if let Some(&id) = ids.get(raw) {
            return id;
        }
        let id = to_u32(self.names.len());
        self.names.push(self.canonical(raw).into());
        ids.insert(raw.to_owned(), id);
        id
    }

    fn push(&mut self, start: usize, kind: Kind, name: u32) -> u32 {
        let index = to_u32(self.tokens.len());
        self.tokens.push(Token {
            start: to_u32(start),
            partner: NONE,
            name,
            kind,
        });
        index
    }

    /// `raw` with the specification's prefix.
    fn canonical(&self, raw: &str) -> String {
        let (prefix, local) = raw.split_once(':').unwrap_or(("", raw));
        match self.prefixes.iter().find(|(used, _)| used == prefix) {
            Some((_, meant)) if meant.is_empty() => local.to_owned(),
            Some((_, meant)) => format!("{meant}:{local}"),
            None => raw.to_owned(),
        }
    }

    /// The prefix, with its colon, that this text uses where the specification uses `meant`.
    pub(crate) fn raw_prefix(&self, meant: &str) -> String {
        match self.prefixes.iter().find(|(_, known)| known == meant) {
            Some((used, _)) if used.is_empty() => String::new(),
            Some((used, _)) => format!("{used}:"),
            None => format!("{meant}:"),
        }
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The whole text again, without its tokens.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// The root element.
    pub(crate) fn root(&self) -> usize {
        self.root as usize
    }

    /// How many tokens there are.
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// What token `index` is.
    pub(crate) fn kind(&self, index: usize) -> Kind {
        self.tokens[index].kind
    }

    /// The name of a tag; empty for other tokens.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.names
            .get(self.tokens[index].name as usize)
            .map_or("", |name| name)
    }

    /// The bytes of a token.
    pub(crate) fn range(&self, index: usize) -> Range<usize> {
        let end = self
            .tokens
            .get(index + 1)
            .map_or(self.text.len(), |next| next.start as usize);
        self.tokens[index].start as usize..end
    }

    /// A token as it is written.
    pub(crate) fn raw(&self, index: usize) -> &str {
        &self.text[self.range(index)]
    }

    /// The end tag of the start tag `index`; any other token itself.
    pub(crate) fn end(&self, index: usize) -> usize {
        match self.tokens[index].kind {
            Kind::Start => self.tokens[index].partner as usize,
            _ => index,
        }
    }

    /// The bytes of a whole element, tags included; of any other token, the token's.
    pub(crate) fn span(&self, index: usize) -> Range<usize> {
        self.range(index).start..self.range(self.end(index)).end
    }

    /// The bytes between an element's tags; behind its tag where it is empty.
    pub(crate) fn inner(&self, index: usize) -> Range<usize> {
        let start = self.range(index).end;
        start..self.range(self.end(index)).start.max(start)
    }

    /// The children of a start tag: elements (their start tags), text and the rest.
    pub(crate) fn children(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.end(index);
        let first = Some(index + 1).filter(|&first| first < end);
        std::iter::successors(first, move |&child| {
            Some(self.end(child) + 1).filter(|&next| next < end)
        })
    }

    /// The first child element of that name.
    pub(crate) fn child(&self, index: usize, name: &str) -> Option<usize> {
        self.children(index).find(|&child| self.name(child) == name)
    }

    /// The text of a token; `None` for markup and for references that only a DTD could resolve.
    pub(crate) fn characters(&self, index: usize) -> Option<Cow<'_, str>> {
        let raw = self.raw(index);
        match self.kind(index) {
            Kind::Text => Some(line_ends(raw)),
            Kind::CData => raw
                .strip_prefix("<![CDATA[")?
                .strip_suffix("]]>")
                .map(line_ends),
            Kind::Reference => quick_xml::escape::unescape(raw).ok(),
            _ => None,
        }
    }

    /// The text of an element that holds only text; unknown references are kept.
    pub(crate) fn content(&self, index: usize) -> String {
        let tokens = index + 1..self.end(index).max(index + 1);
        tokens
            .filter_map(|token| match self.kind(token) {
                Kind::Reference => Some(
                    self.characters(token)
                        .unwrap_or(Cow::Borrowed(self.raw(token))),
                ),
                _ => self.characters(token),
            })
            .collect()
    }

    /// The attributes of a tag, up to the first that is malformed.
    pub(crate) fn attributes(&self, index: usize) -> Vec<Attribute> {
        let start = self.range(index).start;
        let mut found = attributes::scan(self.raw(index));
        for attribute in &mut found {
            // An attribute without a prefix is in no namespace, whatever the default one is.
            if attribute.name.contains(':') {
                attribute.name = self.canonical(&attribute.name);
            }
            attribute.range = attribute.range.start + start..attribute.range.end + start;
            attribute.value = attribute.value.start + start..attribute.value.end + start;
        }
        found
    }

    /// The byte before the `>` or `/>` of a tag.
    pub(crate) fn attributes_end(&self, index: usize) -> usize {
        let start = self.range(index).start;
        let tag = self.raw(index).trim_end_matches('>');
        start + tag.strip_suffix('/').unwrap_or(tag).trim_end().len()
    }

    /// The value of an attribute, references resolved.
    pub(crate) fn attribute(&self, index: usize, name: &str) -> Option<Cow<'_, str>> {
        let attribute = self
            .attributes(index)
            .into_iter()
            .find(|attribute| attribute.name == name)?;
        let raw = &self.text[attribute.value];
        Some(quick_xml::escape::unescape(raw).unwrap_or(Cow::Borrowed(raw)))
    }
}

/// A declaration's encoding, if it is not one that the text can have: a text that came as UTF-16 was decoded before.
fn check_encoding(declaration: &quick_xml::events::BytesDecl<'_>) -> Result<(), String> {
    let Some(Ok(name)) = declaration.encoding() else {
        return Ok(());
    };
    match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "us-ascii" | "utf-16" | "utf-16le" | "utf-16be" => Ok(()),
        _ => Err(name.into_owned()),
    }
}

/// The prefixes that a root tag declares for `namespaces`. If it uses one of the specification's prefixes for another
/// namespace, that prefix becomes one that no name has.
fn declared_prefixes(root: &str, namespaces: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut prefixes = Vec::new();
    for attribute in attributes::scan(root) {
        let used = match attribute.name.strip_prefix("xmlns") {
            Some("") => "",
            Some(rest) => match rest.strip_prefix(':') {
                Some(prefix) => prefix,
                None => continue,
            },
            None => continue,
        };
        let uri = &root[attribute.value];
        match namespaces.iter().find(|(known, _)| *known == uri) {
            Some((_, meant)) => prefixes.push((used.to_owned(), (*meant).to_owned())),
            None if namespaces.iter().any(|(_, meant)| *meant == used) => {
                prefixes.push((used.to_owned(), "other".to_owned()));
            }
            None => {}
        }
    }
    prefixes
}

/// Line ends as an XML reader sees them (XML 1.0, section 2.11).
fn line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).expect("an XML text is shorter than 4 GiB")
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).expect("an offset into a text in memory")
}

#[cfg(test)]
mod tests;
