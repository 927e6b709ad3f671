//! XLIFF 1.2 and 2: the translation of each `<source>` becomes its `<target>`.
//!
//! An existing translation is kept unless its state says that it is not a translation yet (`new`, `needs-translation`) or
//! [`Settings::retranslate`] asks for another. `translate="no"` is heeded wherever
//! the standards allow it. Inline codes become marks. A new target says how it came to be: in XLIFF 1.2 by
//! `state-qualifier="leveraged-mt"` and its `state` (`translated`, or `needs-review-translation`), in XLIFF 2 by its
//! segment's `state` (`translated`, or `initial`). A unit that gets a new translation is no longer `approved`.

mod codes;

use std::ops::Range;

use deshi_text::segment::Segment;

use crate::language::{check_source, check_target, same};
use crate::template::{Slot, Template};
use crate::xml::{Kind, Xml, escape_attribute, escape_text};
use crate::{Error, Format, Parsed, Place, Settings};

const NAMESPACES: &[(&str, &str)] = &[
    ("urn:oasis:names:tc:xliff:document:1.1", ""),
    ("urn:oasis:names:tc:xliff:document:1.2", ""),
    ("urn:oasis:names:tc:xliff:document:2.0", ""),
    ("urn:oasis:names:tc:xliff:document:2.1", ""),
    ("urn:oasis:names:tc:xliff:document:2.2", ""),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Takes an XLIFF file apart.
pub(crate) fn parse(text: String, settings: &Settings) -> Result<Parsed, Error> {
    let xml = read(text, settings)?;
    let version = version(&xml)?;
    let mut reader = Reader::new(&xml, version, settings);
    reader.check_languages()?;
    reader.find_units();
    let Reader {
        mut edits,
        slots,
        units,
        ..
    } = reader;
    if edits.is_empty() {
        return Ok(Template::parsed(xml.into_text(), slots));
    }
    // Attributes that change are changed first; then every offset is read anew. The tokens stay the same.
    let xml = read(edited(xml.text(), &mut edits), settings)?;
    let mut reader = Reader::new(&xml, version, settings);
    for unit in units {
        reader.unit(unit);
    }
    let slots = reader.slots;
    Ok(Template::parsed(xml.into_text(), slots))
}

fn read(text: String, settings: &Settings) -> Result<Xml, Error> {
    Xml::parse(text, NAMESPACES, settings.limits.depth)
        .map_err(|(fault, text)| fault.in_text(Format::Xliff, &text))
}

fn malformed(xml: &Xml, token: usize, problem: &'static str) -> Error {
    let place = Place::line(xml.text(), xml.range(token).start);
    Error::Malformed {
        format: Format::Xliff,
        place,
        problem: problem.into(),
    }
}

fn version(xml: &Xml) -> Result<Version, Error> {
    let root = xml.root();
    if xml.name(root) != "xliff" {
        return Err(malformed(xml, root, "the root element is not <xliff>"));
    }
    match xml.attribute(root, "version").as_deref() {
        Some(version) if version.starts_with("1.") => Ok(Version::One),
        Some(version) if version.starts_with("2.") => Ok(Version::Two),
        Some(_) => Err(malformed(
            xml,
            root,
            "the version of XLIFF is neither 1.x nor 2.x",
        )),
        None => Err(malformed(
            xml,
            root,
            "<xliff> has no attribute version. Add version=\"1.2\" or \"2.0\"",
        )),
    }
}

/// `text` with some ranges replaced.
fn edited(text: &str, edits: &mut [(Range<usize>, String)]) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len() + 64 * edits.len());
    let mut copied = 0;
    for (range, new) in edits {
        out.push_str(&text[copied..range.start]);
        out.push_str(new);
        copied = range.end;
    }
    out.push_str(&text[copied..]);
    out
}

struct Reader<'a> {
    xml: &'a Xml,
    version: Version,
    settings: &'a Settings,
    /// The attributes that change.
    edits: Vec<(Range<usize>, String)>,
    slots: Vec<(Slot, Segment)>,
    /// The `<trans-unit>` and `<segment>` elements that have slots.
    units: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn new(xml: &'a Xml, version: Version, settings: &'a Settings) -> Self {
        let (edits, slots, units) = Default::default();
        Self {
            xml,
            version,
            settings,
            edits,
            slots,
            units,
        }
    }

    fn find_units(&mut self) {
        if self.version == Version::Two {
            self.set_language(self.xml.root(), "trgLang");
        }
        // Whether each element that is open allows translation, and the index of its end tag.
        let mut allowed: Vec<(bool, usize)> = Vec::new();
        let mut token = self.xml.root();
        while token < self.xml.len() {
            while allowed.last().is_some_and(|&(_, end)| end < token) {
                allowed.pop();
            }
            if !matches!(self.xml.kind(token), Kind::Start | Kind::Empty) {
                token += 1;
                continue;
            }
            let inherited = allowed.last().is_none_or(|&(allowed, _)| allowed);
            let translate = match self.xml.attribute(token, "translate").as_deref() {
                Some("no") => false,
                Some("yes") => true,
                _ => inherited,
            };
            match self.xml.name(token) {
                "file" if self.version == Version::One => {
                    self.set_language(token, "target-language")
                }
                // Units and segments are not nested; other sources and targets are not the unit's.
                "trans-unit" | "segment" | "bin-unit" | "alt-trans" => {
                    let is_unit = self.xml.name(token) == self.unit_name();
                    if translate && is_unit && !self.is_translated(token) {
                        self.unit(token);
                    }
                    token = self.xml.end(token) + 1;
                    continue;
                }
                name if name.ends_with(":matches") => {
                    token = self.xml.end(token) + 1;
                    continue;
                }
                _ => {}
            }
            if self.xml.kind(token) == Kind::Start {
                allowed.push((translate, self.xml.end(token)));
            }
            token += 1;
        }
    }

    /// Checks the languages that the file names: of each `<file>` in XLIFF 1.2, of all in XLIFF 2.
    fn check_languages(&self) -> Result<(), Error> {
        let xml = self.xml;
        let (element, source, target) = match self.version {
            Version::One => ("file", "source-language", "target-language"),
            Version::Two => ("xliff", "srcLang", "trgLang"),
        };
        let starts = |token: &usize| matches!(xml.kind(*token), Kind::Start | Kind::Empty);
        for token in (xml.root()..xml.len()).filter(starts) {
            if xml.name(token) != element {
                continue;
            }
            let place = || Place::line(xml.text(), xml.range(token).start);
            check_source(
                Format::Xliff,
                place,
                xml.attribute(token, source),
                self.settings,
            )?;
            let has_targets = (token..xml.end(token))
                .filter(starts)
                .any(|unit| xml.name(unit) == self.unit_name() && self.is_translated(unit));
            check_target(
                Format::Xliff,
                place,
                xml.attribute(token, target),
                has_targets,
                self.settings,
            )?;
        }
        Ok(())
    }

    /// The element that has a `<source>` and its `<target>`.
    fn unit_name(&self) -> &'static str {
        match self.version {
            Version::One => "trans-unit",
            Version::Two => "segment",
        }
    }

    fn set_language(&mut self, tag: usize, name: &str) {
        let Some(language) = &self.settings.target_language else {
            return;
        };
        if self
            .xml
            .attribute(tag, name)
            .is_none_or(|old| !same(&old, language))
        {
            self.set(tag, name, language);
        }
    }

    /// Sets an attribute of a tag, unless it has that value.
    fn set(&mut self, tag: usize, name: &str, value: &str) {
        if self.xml.attribute(tag, name).as_deref() == Some(value) {
            return;
        }
        let mut escaped = String::new();
        escape_attribute(value, &mut escaped);
        match self
            .xml
            .attributes(tag)
            .into_iter()
            .find(|attribute| attribute.name == name)
        {
            Some(attribute) => self.edits.push((attribute.value, escaped)),
            None => {
                let at = self.xml.attributes_end(tag);
                self.edits.push((at..at, format!(" {name}=\"{escaped}\"")));
            }
        }
    }

    fn has_content(&self, element: usize) -> bool {
        let range = self.xml.inner(element);
        !self.xml.text()[range].trim().is_empty()
    }

    fn is_translated(&self, unit: usize) -> bool {
        let Some(target) = self
            .xml
            .child(unit, "target")
            .filter(|_| !self.settings.retranslate)
        else {
            return false;
        };
        // Tools of XLIFF 1.2 fill a target with the source text and say so.
        let state = self.xml.attribute(target, "state");
        self.has_content(target) && !matches!(state.as_deref(), Some("new" | "needs-translation"))
    }

    /// A `<trans-unit>` or `<segment>`.
    fn unit(&mut self, unit: usize) {
        let Some(source) = self
            .xml
            .child(unit, "source")
            .filter(|&source| self.has_content(source))
        else {
            return;
        };
        let first = self.slots.len();
        match self.version {
            Version::One => self.unit_one(unit, source),
            Version::Two => self.segment_two(unit, source),
        }
        if self.slots.len() > first {
            self.units.push(unit);
        }
    }

    /// A `<trans-unit>` of XLIFF 1.2.
    fn unit_one(&mut self, unit: usize, source: usize) {
        let xml = self.xml;
        let target = xml.child(unit, "target");
        let segmented = xml
            .child(unit, "seg-source")
            .filter(|&element| self.has_content(element));
        let first = self.slots.len();
        match segmented {
            Some(segmented) => self.segments_one(segmented),
            None => self.whole(source),
        }
        if self.slots.len() == first {
            return;
        }
        if xml.attribute(unit, "approved").as_deref() == Some("yes") {
            self.set(unit, "approved", "no");
        }
        let state = if self.settings.mark_unreviewed {
            "needs-review-translation"
        } else {
            "translated"
        };
        if let Some(target) = target {
            self.set(target, "state", state);
            self.set(target, "state-qualifier", "leveraged-mt");
        }
        let attributes = format!(" state=\"{state}\" state-qualifier=\"leveraged-mt\"");
        self.place(
            first,
            xml.child(unit, "seg-source").unwrap_or(source),
            target,
            &attributes,
        );
    }

    /// A `<segment>` of XLIFF 2.
    fn segment_two(&mut self, segment: usize, source: usize) {
        let xml = self.xml;
        let target = xml.child(segment, "target");
        let first = self.slots.len();
        self.whole(source);
        if self.slots.len() == first {
            return;
        }
        if self.settings.mark_unreviewed {
            // `initial` is the default; a sub-state belongs to the state that it was given with.
            if xml.attribute(segment, "state").is_some() {
                self.set(segment, "state", "initial");
            }
        } else {
            self.set(segment, "state", "translated");
        }
        self.place(first, source, target, "");
    }

    /// One segment for all of `element`'s content.
    fn whole(&mut self, element: usize) {
        let content = self.xml.inner(element);
        let items = codes::items(self.xml, element, self.version == Version::Two);
        let Some((mut slot, segment)) = crate::spans::slot(items, escape_text) else {
            return;
        };
        slot.around = (
            self.raw(content.start..slot.range.start),
            self.raw(slot.range.end..content.end),
        );
        self.slots.push((slot, segment));
    }

    /// One segment for each `<mrk mtype="seg">` of a `<seg-source>`.
    fn segments_one(&mut self, segmented: usize) {
        let xml = self.xml;
        let first = self.slots.len();
        let content = xml.inner(segmented);
        let mut copied = content.start;
        let marks = (segmented + 1..xml.end(segmented)).filter(|&token| {
            xml.kind(token) == Kind::Start
                && xml.name(token) == "mrk"
                && xml.attribute(token, "mtype").as_deref() == Some("seg")
        });
        for mark in marks {
            // A segment within another is part of it.
            if xml.range(mark).start < copied {
                continue;
            }
            let items = codes::items(xml, mark, false);
            let Some((mut slot, segment)) = crate::spans::slot(items, escape_text) else {
                continue;
            };
            let end = xml.inner(mark).end;
            slot.around = (
                self.raw(copied..slot.range.start),
                self.raw(slot.range.end..end),
            );
            copied = end;
            self.slots.push((slot, segment));
        }
        let rest = self.raw(copied..content.end);
        match self.slots[first..].last_mut() {
            Some((slot, _)) => slot.around.1 = format!("{}{rest}", slot.around.1).into(),
            None => self.whole(segmented),
        }
    }

    /// Puts the slots from `first` on, which together are one translation, into the target: the one there is, or a new
    /// one behind `after`.
    fn place(&mut self, first: usize, after: usize, target: Option<usize>, attributes: &str) {
        let xml = self.xml;
        let (at, before, behind) = match target {
            Some(target) if xml.kind(target) == Kind::Start => {
                (xml.inner(target), String::new(), String::new())
            }
            Some(target) => {
                // `<target/>`: its tag again, with an end tag.
                let tag = &xml.text()[xml.range(target).start..xml.attributes_end(target)];
                (
                    xml.range(target),
                    format!("{tag}>"),
                    format!("</{}>", raw_name(tag)),
                )
            }
            None => {
                let name = raw_name(xml.raw(after));
                let prefix = name
                    .rsplit_once(':')
                    .map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
                let name = format!("{prefix}target");
                let end = xml.span(after).end;
                let indent = self.white_space_before(xml.range(after).start);
                let language = self.language_of_new(after);
                (
                    end..end,
                    format!("{indent}<{name}{language}{attributes}>"),
                    format!("</{name}>"),
                )
            }
        };
        let slots = &mut self.slots[first..];
        let count = slots.len();
        for (index, (slot, _)) in slots.iter_mut().enumerate() {
            // All but the first go to where the first ends: nothing is left to replace there.
            slot.range = if index == 0 {
                at.clone()
            } else {
                at.end..at.end
            };
            slot.always = true;
            if index == 0 {
                slot.around.0 = format!("{before}{}", slot.around.0).into();
            }
            if index + 1 == count {
                slot.around.1 = format!("{}{behind}", slot.around.1).into();
            }
        }
    }

    /// `xml:lang` for a new target whose source has one.
    fn language_of_new(&self, source: usize) -> String {
        match &self.settings.target_language {
            Some(language) if self.xml.attribute(source, "xml:lang").is_some() => {
                let mut escaped = String::new();
                escape_attribute(language, &mut escaped);
                format!(" xml:lang=\"{escaped}\"")
            }
            _ => String::new(),
        }
    }

    fn white_space_before(&self, at: usize) -> &str {
        let before = &self.xml.text()[..at];
        &before[before.trim_end().len()..]
    }

    fn raw(&self, range: Range<usize>) -> Box<str> {
        self.xml.text()[range].into()
    }
}

/// The name in a start tag, as it is written there.
fn raw_name(tag: &str) -> &str {
    let name = tag.trim_start_matches('<');
    let end = name
        .find(|character: char| character.is_ascii_whitespace() || matches!(character, '/' | '>'));
    &name[..end.unwrap_or(name.len())]
}
