//! gettext message catalogues (`.po`, `.pot`).
//!
//! Entries without a translation get one. Comments, references, obsolete entries and everything else stay as they are.

mod access_key;
mod entries;
mod header;

use crate::language::{check_source, check_target, same};
use crate::lines::lines;
use crate::pieces::{self, Message, Piece};
use crate::{Content, Error, Format, Parsed, Place, Settings, wrap};
use access_key::AccessKeys;
use deshi_text::segment::Segment;
use entries::{Entry, Field, read};
use std::borrow::Cow;
use std::io::Write;
use std::ops::Range;

/// The widest line that gettext's tools write.
const COLUMNS: usize = 79;

/// A message's text.
#[derive(Debug, Clone)]
struct Text {
    pieces: Vec<Piece>,
    keys: AccessKeys,
}

/// What replaces a part of the file.
enum Edit {
    /// Text that no translation changes.
    Fixed(String),
    /// `msgstr "..."`, from these pieces.
    Message { keyword: String, text: Text },
}

struct Catalogue {
    text: String,
    edits: Vec<(Range<usize>, Edit)>,
    line_end: &'static str,
    /// The widest line that is written.
    columns: usize,
}

pub(crate) fn parse(text: String, settings: &Settings) -> Result<Parsed, Error> {
    let entries = read(&text)?;
    let mut builder = Builder {
        text: &text,
        settings,
        n_plurals: 2,
        line_end: if text.contains("\r\n") { "\r\n" } else { "\n" },
        segments: Vec::new(),
        edits: Vec::new(),
    };
    let is_header = |entry: &Entry| {
        let id = entry.field("msgid");
        id.is_some_and(|id| id.value.is_empty()) && entry.field("msgctxt").is_none()
    };
    let has_translations = entries.iter().any(|entry| {
        !is_header(entry) && entry.translations().any(|field| !field.value.is_empty())
    });
    for entry in &entries {
        match entry.field("msgid") {
            Some(_) if is_header(entry) => {
                builder.header(entry, has_translations)?;
            }
            Some(id) => builder.entry(entry, id),
            None => {}
        }
    }
    let Builder {
        segments,
        mut edits,
        line_end,
        ..
    } = builder;
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    // A file that does not wrap its lines is not wrapped.
    let is_wrapped = lines(&text).all(|line| {
        let line = &text[line.range()];
        line.starts_with('#')
            || wrap::width(line) <= COLUMNS + 1
            || !line.trim_end_matches('"').contains(' ')
    });
    let columns = if is_wrapped { COLUMNS } else { usize::MAX };
    Ok(Parsed {
        segments,
        content: Box::new(Catalogue {
            text,
            edits,
            line_end,
            columns,
        }),
    })
}

struct Builder<'a> {
    text: &'a str,
    settings: &'a Settings,
    n_plurals: usize,
    line_end: &'static str,
    segments: Vec<Segment>,
    edits: Vec<(Range<usize>, Edit)>,
}

impl Builder<'_> {
    /// The catalogue's header: how many plural forms there are; and what the settings say about its language.
    ///
    /// # Errors
    ///
    /// It names other languages than the settings.
    fn header(&mut self, entry: &Entry, has_translations: bool) -> Result<(), Error> {
        let Some(translation) = entry.field("msgstr") else {
            return Ok(());
        };
        let header = &translation.value;
        let known = self
            .settings
            .target_language
            .as_deref()
            .and_then(plural_forms);
        let declared = header
            .split_once("nplurals=")
            .and_then(|(_, rest)| rest.split(';').next()?.trim().parse::<usize>().ok())
            .filter(|count| (1..=6).contains(count));
        let of_language = known.and_then(|forms| forms.split(['=', ';']).nth(1)?.parse().ok());
        self.n_plurals = declared.or(of_language).unwrap_or(2);
        let Some(language) = &self.settings.target_language else {
            return Ok(());
        };
        let value = |name: &str| {
            header.lines().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                (found == name).then_some(value.trim())
            })
        };
        let at = translation.range.clone();
        let place = || Place::line(self.text, at.start);
        let source = value("X-Source-Language").map(Cow::Borrowed);
        check_source(Format::Po, place, source, self.settings)?;
        let written = value("Language").filter(|written| !written.is_empty());
        let named = written.map(Cow::Borrowed);
        check_target(Format::Po, place, named, has_translations, self.settings)?;
        let mut changes = Vec::new();
        if written.is_none_or(|written| !same(written, language)) {
            changes.push(("Language", language.replace('-', "_")));
        }
        let content = value("Content-Type");
        if content.is_some_and(|content| !content.to_ascii_lowercase().contains("utf-8")) {
            changes.push(("Content-Type", "text/plain; charset=UTF-8".to_owned()));
        }
        if let Some(forms) = known.filter(|_| declared.is_none()) {
            changes.push(("Plural-Forms", forms.to_owned()));
        }
        if !changes.is_empty() {
            let raw = &self.text[at.clone()];
            let changed = header::changed(raw, &changes, self.line_end);
            self.edits.push((at, Edit::Fixed(changed)));
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, id: &Field) {
        let is_translated = entry.translations().any(|field| !field.value.is_empty());
        let translations: Vec<&Field> = entry.translations().collect();
        let (Some(first), Some(last)) = (translations.first(), translations.last()) else {
            return;
        };
        if is_translated && !self.settings.retranslate {
            return;
        }
        let before = self.segments.len();
        let mut messages = Vec::new();
        match entry.field("msgid_plural") {
            None => messages.push(("msgstr".to_owned(), self.text(&id.value))),
            Some(plural) => {
                let singular = if self.n_plurals == 1 { plural } else { id };
                messages.push(("msgstr[0]".to_owned(), self.text(&singular.value)));
                if self.n_plurals > 1 {
                    let text = self.text(&plural.value);
                    messages.extend(
                        (1..self.n_plurals).map(|form| (format!("msgstr[{form}]"), text.clone())),
                    );
                }
            }
        }
        if self.segments.len() == before {
            return;
        }
        // The source's two forms do not say how to write three or more.
        let is_unsure = messages.len() > 2;
        if self.settings.mark_unreviewed || is_unsure {
            self.mark_fuzzy(entry);
        }
        let range = first.range.start..last.range.end;
        for (index, (keyword, text)) in messages.into_iter().enumerate() {
            // The first replaces all that was there; the others follow it.
            let range = if index == 0 {
                range.clone()
            } else {
                range.end..range.end
            };
            if index > 0 {
                self.edits
                    .push((range.clone(), Edit::Fixed(self.line_end.into())));
            }
            self.edits.push((range, Edit::Message { keyword, text }));
        }
    }

    fn text(&mut self, source: &str) -> Text {
        let (keys, plain) = AccessKeys::take(source);
        Text {
            pieces: pieces::split(&plain, Message::Lines, &mut self.segments),
            keys,
        }
    }

    fn mark_fuzzy(&mut self, entry: &Entry) {
        match (&entry.flags, entry.flags_at) {
            (Some(flags), _) => {
                let line = &self.text[flags.clone()];
                if !line[1..].split(',').any(|flag| flag.trim() == "fuzzy") {
                    let at = flags.start + 2;
                    self.edits.push((at..at, Edit::Fixed(" fuzzy,".into())));
                }
            }
            (None, Some(at)) => {
                let line = format!("#, fuzzy{}", self.line_end);
                self.edits.push((at..at, Edit::Fixed(line)));
            }
            (None, None) => {}
        }
    }
}

/// The plural rule of a language, from gettext's manual.
fn plural_forms(language: &str) -> Option<&'static str> {
    let primary = language.split(['-', '_']).next()?;
    Some(match primary {
        "ja" | "ko" | "vi" | "zh" | "th" | "id" => "nplurals=1; plural=0;",
        "fr" => "nplurals=2; plural=(n > 1);",
        "pt" if language.to_ascii_lowercase().ends_with("br") => "nplurals=2; plural=(n > 1);",
        "de" | "en" | "nl" | "sv" | "da" | "no" | "nb" | "nn" | "es" | "it" | "pt" | "fi"
        | "et" | "el" | "hu" | "bg" | "ca" | "tr" => "nplurals=2; plural=(n != 1);",
        "pl" => {
            "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
        }
        "cs" | "sk" => "nplurals=3; plural=(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2;",
        "ru" | "uk" | "hr" | "sr" => {
            "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
        }
        _ => return None,
    })
}

impl Content for Catalogue {
    fn write(
        &self,
        _source: &[Segment],
        translated: &[Segment],
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut copied = 0;
        for (range, edit) in &self.edits {
            out.write_all(&self.text.as_bytes()[copied..range.start])?;
            match edit {
                Edit::Fixed(text) => out.write_all(text.as_bytes())?,
                Edit::Message { keyword, text } => {
                    let string = text.keys.set(&pieces::join(&text.pieces, translated));
                    let field = write_field(keyword, &string, self.line_end, self.columns);
                    out.write_all(field.as_bytes())?;
                }
            }
            copied = range.end;
        }
        Ok(out.write_all(&self.text.as_bytes()[copied..])?)
    }
}

/// A keyword with its string, wrapped as gettext's tools do: on one line if it fits and contains no line end; otherwise an
/// empty string first, then lines that end at line ends or after spaces.
fn write_field(keyword: &str, value: &str, line_end: &str, columns: usize) -> String {
    let escaped = escape(value);
    let has_lines = value.trim_end_matches('\n').contains('\n');
    if !has_lines && keyword.len() + 3 + wrap::width(&escaped) <= columns {
        return format!("{keyword} \"{escaped}\"");
    }
    let mut written = format!("{keyword} \"\"");
    for line in value.split_inclusive('\n') {
        let escaped = escape(line);
        let mut current = String::new();
        let mut used = 0;
        for word in escaped.split_inclusive(' ') {
            let width = wrap::width(word);
            if used > 0 && used + width + 2 > columns {
                written.push_str(&format!("{line_end}\"{current}\""));
                current.clear();
                used = 0;
            }
            current.push_str(word);
            used += width;
        }
        written.push_str(&format!("{line_end}\"{current}\""));
    }
    written
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            '\u{7}' => escaped.push_str("\\a"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{b}' => escaped.push_str("\\v"),
            '\u{c}' => escaped.push_str("\\f"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
