//! The entries of a catalogue, as offsets in its text.

use crate::lines::{Line, lines, trim};
use crate::{Error, Format, Place};
use std::ops::Range;

/// A keyword with its string: `msgid "..."`, over as many lines as it takes.
#[derive(Debug)]
pub(super) struct Field {
    /// `msgid`, `msgstr[1]`
    pub(super) keyword: String,
    /// From the keyword to the end of the last string, without the line end.
    pub(super) range: Range<usize>,
    /// Its string, with the escapes read.
    pub(super) value: String,
}

/// An entry: comments, then fields.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// The line of flags, `#, fuzzy, c-format`.
    pub(super) flags: Option<Range<usize>>,
    /// Where a line of flags would go.
    pub(super) flags_at: Option<usize>,
    pub(super) fields: Vec<Field>,
}

impl Entry {
    pub(super) fn field(&self, keyword: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.keyword == keyword)
    }

    pub(super) fn translations(&self) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(|field| field.keyword.starts_with("msgstr"))
    }
}

fn malformed(text: &str, at: usize, problem: &'static str) -> Error {
    Error::Malformed {
        format: Format::Po,
        place: Place::line(text, at),
        problem: problem.into(),
    }
}

/// The entries of a catalogue, without the obsolete ones.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut entry = Entry::default();
    let mut n_fields = 0_usize;
    for line in lines(text) {
        let range = trimmed(text, line);
        let content = &text[range.clone()];
        // A comment, a new message or an empty line ends an entry that has its translation.
        let is_complete = entry.translations().next().is_some();
        let starts_entry = content.starts_with('#')
            || content.starts_with("msgctxt")
            || is_keyword(content, "msgid");
        if is_complete && starts_entry {
            entries.push(std::mem::take(&mut entry));
        }
        if content.is_empty() || content.starts_with("#~") {
            continue;
        }
        if content.starts_with('#') {
            if content.starts_with("#,") && entry.flags.is_none() {
                entry.flags = Some(range);
            } else if content.starts_with("#|") {
                entry.flags_at.get_or_insert(line.start);
            }
            continue;
        }
        if content.starts_with('"') {
            let Some(field) = entry.fields.last_mut() else {
                return Err(malformed(
                    text,
                    line.start,
                    "a string has no keyword before it, such as msgid",
                ));
            };
            field.value.push_str(&string(text, range.clone())?);
            field.range.end = range.end;
            continue;
        }
        let quote = content.find('"').ok_or_else(|| {
            malformed(
                text,
                line.start,
                "a keyword has no string in double quotes behind it",
            )
        })?;
        let keyword = content[..quote].trim_end();
        if !is_known(keyword) {
            return Err(malformed(
                text,
                line.start,
                "the line begins with none of the keywords msgctxt, msgid, msgid_plural, msgstr and msgstr[N]",
            ));
        }
        entry.flags_at.get_or_insert(line.start);
        entry.fields.push(Field {
            keyword: keyword.into(),
            value: string(text, range.start + quote..range.end)?,
            range,
        });
        n_fields += 1;
    }
    if entry
        .fields
        .iter()
        .any(|field| field.keyword.starts_with("msgid"))
        && entry.translations().next().is_none()
    {
        return Err(malformed(
            text,
            text.len(),
            "the last message has no msgstr",
        ));
    }
    entries.push(entry);
    if n_fields == 0 && text.contains(|c: char| c.is_alphanumeric()) && !text.contains("#~") {
        return Err(malformed(
            text,
            0,
            "the file has no messages (msgid \"...\" and msgstr \"...\")",
        ));
    }
    Ok(entries)
}

fn is_keyword(content: &str, keyword: &str) -> bool {
    content
        .strip_prefix(keyword)
        .is_some_and(|rest| rest.trim_start().starts_with('"'))
}

fn is_known(keyword: &str) -> bool {
    let form = keyword
        .strip_prefix("msgstr[")
        .and_then(|rest| rest.strip_suffix(']'));
    matches!(keyword, "msgctxt" | "msgid" | "msgid_plural" | "msgstr")
        || form
            .is_some_and(|form| !form.is_empty() && form.bytes().all(|byte| byte.is_ascii_digit()))
}

fn trimmed(text: &str, line: Line) -> Range<usize> {
    trim(text, line.range())
}

/// The text of a string with its quotes, which must be the whole of `range`.
fn string(text: &str, range: Range<usize>) -> Result<String, Error> {
    let inner = text[range.clone()]
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or_else(|| {
            malformed(
                text,
                range.start,
                "a string has no closing quote on its line",
            )
        })?;
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                return Err(malformed(
                    text,
                    range.start,
                    "a string has a double quote inside. Write it as \\\"",
                ));
            }
            '\\' => value.push(match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('a') => '\u{7}',
                Some('b') => '\u{8}',
                Some('v') => '\u{b}',
                Some('f') => '\u{c}',
                Some(other @ ('"' | '\\' | '\'' | '?')) => other,
                Some('x') => ascii(&mut characters, None, 16).ok_or_else(|| {
                    malformed(
                        text,
                        range.start,
                        "a string has an unknown escape. Write a backslash as \\\\",
                    )
                })?,
                Some(digit @ '0'..='7') => {
                    ascii(&mut characters, Some(digit), 8).ok_or_else(|| {
                        malformed(
                            text,
                            range.start,
                            "a string has an unknown escape. Write a backslash as \\\\",
                        )
                    })?
                }
                Some(_) => {
                    return Err(malformed(
                        text,
                        range.start,
                        "a string has an unknown escape. Write a backslash as \\\\",
                    ));
                }
                None => {
                    return Err(malformed(
                        text,
                        range.start,
                        "a string has no closing quote on its line",
                    ));
                }
            }),
            _ => value.push(character),
        }
    }
    Ok(value)
}

/// The ASCII character of an octal or hexadecimal escape.
fn ascii(characters: &mut std::str::Chars<'_>, first: Option<char>, radix: u32) -> Option<char> {
    let mut value = first.and_then(|digit| digit.to_digit(radix));
    let most = if radix == 8 { 2 } else { 8 };
    for _ in 0..most {
        let Some(digit) = characters
            .clone()
            .next()
            .and_then(|next| next.to_digit(radix))
        else {
            break;
        };
        characters.next();
        value = Some(value.unwrap_or(0).checked_mul(radix)?.checked_add(digit)?);
    }
    value.and_then(char::from_u32).filter(char::is_ascii)
}
