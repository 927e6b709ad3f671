//! gettext message catalogues (`.po`, `.pot`).
//!
//! Entries without a translation get one. Comments, references, obsolete entries and everything else stay as they are.

mod access_key;
mod entries;

use crate::lines::lines;
use crate::pieces::{self, Message, Piece};
use crate::{Content, Error, Parsed, Settings, wrap};
use access_key::AccessKey;
use deshi_text::segment::Segment;
use entries::{Entry, Field, read};
use std::io::Write;
use std::ops::Range;

/// The widest line that gettext's tools write.
const COLUMNS: usize = 79;

/// A message's text.
#[derive(Debug, Clone)]
struct Text {
    pieces: Vec<Piece>,
    key: Option<AccessKey>,
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
    for entry in &entries {
        match entry.field("msgid") {
            Some(id) if id.value.is_empty() && entry.field("msgctxt").is_none() => {
                builder.header(entry)
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
    fn header(&mut self, entry: &Entry) {
        let Some(translation) = entry.field("msgstr") else {
            return;
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
        let is_declared = declared.is_some();
        let of_language = known.and_then(|forms| forms.split(['=', ';']).nth(1)?.parse().ok());
        self.n_plurals = declared.or(of_language).unwrap_or(2);
        let Some(language) = &self.settings.target_language else {
            return;
        };
        let language = language.replace('-', "_");
        let mut has_language = false;
        let mut has_plurals = false;
        let mut lines: Vec<String> = Vec::new();
        for line in header.lines() {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            lines.push(match name {
                "Language" => {
                    has_language = true;
                    format!("Language: {language}")
                }
                "Content-Type" if !value.to_ascii_lowercase().contains("utf-8") => {
                    "Content-Type: text/plain; charset=UTF-8".into()
                }
                "Plural-Forms" => {
                    has_plurals = true;
                    match known {
                        Some(forms) if !is_declared => format!("Plural-Forms: {forms}"),
                        _ => line.into(),
                    }
                }
                _ => line.into(),
            });
        }
        if !has_language {
            lines.push(format!("Language: {language}"));
        }
        if let Some(forms) = known.filter(|_| !has_plurals) {
            lines.push(format!("Plural-Forms: {forms}"));
        }
        let string = lines.join("\n") + "\n";
        if string != *header {
            let written = write_field("msgstr", &string, self.line_end, COLUMNS);
            self.edits
                .push((translation.range.clone(), Edit::Fixed(written)));
        }
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
        let (key, plain) = AccessKey::take(source).unzip();
        let plain = plain.as_deref().unwrap_or(source);
        Text {
            pieces: pieces::split(plain, Message::Lines, &mut self.segments),
            key,
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
                    let string = pieces::join(&text.pieces, translated);
                    let string = match &text.key {
                        Some(key) => key.set(&string),
                        None => string,
                    };
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
mod tests {
    use super::*;
    use crate::plain::{plain, text_of};
    use crate::{Document, Format, Place};

    const HEADER: &str = "msgid \"\"\nmsgstr \"Plural-Forms: nplurals=2; plural=n!=1;\\n\"\n\n";

    fn translated(text: &str, settings: &Settings, translate: impl Fn(&str) -> String) -> String {
        let document = Document::parse(Format::Po, text.as_bytes().to_vec(), settings).unwrap();
        let translate = |segment| plain(translate(&text_of(segment)));
        let segments: Vec<_> = document.segments().iter().map(translate).collect();
        let mut out = Vec::new();
        document.write(&segments, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn upper(text: &str, settings: &Settings) -> String {
        translated(text, settings, str::to_uppercase)
    }

    #[test]
    fn new_translations_are_marked() {
        let settings = Settings {
            mark_unreviewed: true,
            ..Settings::default()
        };
        for (before, after) in [
            (
                "#: a.c\nmsgid \"a\"\nmsgstr \"\"\n",
                "#: a.c\n#, fuzzy\nmsgid \"a\"\nmsgstr \"A\"\n",
            ),
            (
                "#, c-format\n#| msgid \"b\"\nmsgctxt \"c\"\nmsgid \"a\"\nmsgstr \"\"\n",
                "#, fuzzy, c-format\n#| msgid \"b\"\nmsgctxt \"c\"\nmsgid \"a\"\nmsgstr \"A\"\n",
            ),
            (
                "#| msgid \"b\"\nmsgid \"a\"\nmsgstr \"\"\n",
                "#, fuzzy\n#| msgid \"b\"\nmsgid \"a\"\nmsgstr \"A\"\n",
            ),
            (
                "#, fuzzy\nmsgid \"a\"\nmsgstr \"\"",
                "#, fuzzy\nmsgid \"a\"\nmsgstr \"A\"",
            ),
        ] {
            assert_eq!(upper(before, &settings), after);
        }
    }

    #[test]
    fn there_are_as_many_plurals_as_the_header_says() {
        let entry = "msgid \"one\"\nmsgid_plural \"many\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n";
        for (count, expected) in [
            (1, "msgstr[0] \"MANY\"\n"),
            (2, "msgstr[0] \"ONE\"\nmsgstr[1] \"MANY\"\n"),
            (
                3,
                "msgstr[0] \"ONE\"\nmsgstr[1] \"MANY\"\nmsgstr[2] \"MANY\"\n",
            ),
        ] {
            let text = HEADER.replace("=2", &format!("={count}")) + entry;
            let written = upper(&text, &Settings::default());
            assert!(
                written.ends_with(&format!("\"many\"\n{expected}")),
                "{written}"
            );
            assert_eq!(written.contains("fuzzy"), count == 3);
        }
    }

    #[test]
    fn a_template_gets_the_language() {
        let settings = Settings {
            target_language: Some("pt-BR".into()),
            ..Settings::default()
        };
        let text = "msgid \"\"\nmsgstr \"\"\n\"Language: \\n\"\n\"Content-Type: text/plain; charset=CHARSET\\n\"\n\
                    \"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n\"\n";
        let expected = "msgid \"\"\nmsgstr \"\"\n\"Language: pt_BR\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\
                        \"Plural-Forms: nplurals=2; plural=(n > 1);\\n\"\n";
        assert_eq!(upper(text, &settings), expected);
        assert_eq!(upper(expected, &settings), expected);
    }

    #[test]
    fn translations_that_are_there_are_kept_unless_asked() {
        let text = format!("{HEADER}msgid \"a\"\nmsgstr \"b\"\n\n#~ msgid \"c\"\n#~ msgstr \"\"\n");
        assert_eq!(upper(&text, &Settings::default()), text);
        let settings = Settings {
            retranslate: true,
            ..Settings::default()
        };
        assert_eq!(upper(&text, &settings), text.replace("\"b\"", "\"A\""));
        // An identity translation of a file that has one is the file.
        let id = "Lines are\\n\"\n\"wrapped as gettext's tools do, after spaces and line ends, at seventy-nine \"\n\"columns";
        let text = format!("{HEADER}msgid \"\"\n\"{id}\"\nmsgstr \"\"\n\"{id}\"\n");
        assert_eq!(translated(&text, &settings, str::to_owned), text);
    }

    #[test]
    fn escapes_are_read_and_written() {
        let text = "msgid \"\\\"\\t\\x41\\102\\\\ %s\\r\\n\"\nmsgstr \"\"\n";
        assert_eq!(
            upper(&format!("{HEADER}{text}"), &Settings::default()),
            format!(
                "{HEADER}{}",
                text.replace("\"\"", "\"\\\"\\tAB\\\\ %S\\r\\n\"")
            )
        );
    }

    #[test]
    fn invalid_catalogues_are_refused_with_their_line() {
        for (text, line) in [
            ("msgid \"a\"\n", 2),
            ("msgid \"a\nmsgstr \"\"", 1),
            ("\"a\"", 1),
            ("msgid \"a\"\nmsgstr\n", 2),
            ("msgid \"a\"\nmsgsrt \"\"\n", 2),
            ("msgid \"a\\q\"\nmsgstr \"\"\n", 1),
            ("msgid \"a\"\nmsgstr \"a\"b\"\n", 2),
            ("msgid \"a\"\nmsgstr[x] \"\"\n", 2),
            ("Hello.", 1),
        ] {
            let error = Document::parse(Format::Po, text.as_bytes().to_vec(), &Settings::default());
            let error = error.err().expect(text);
            assert!(
                matches!(&error, Error::Malformed { place, .. } if *place == Place::Line(line)),
                "{text}: {error}"
            );
        }
    }
}
