//! JSON's syntax: the strings of a text with their keys, as offsets.

use crate::{Error, Format, Place};
use std::ops::Range;

/// A string value of the file.
pub(super) struct Found {
    pub(super) range: Range<usize>,
    /// The index of its key.
    pub(super) key: usize,
}

/// A key of an object, or an array, whose key is empty.
pub(super) struct Key {
    /// Without its quotes.
    pub(super) range: Range<usize>,
    /// The index of the key that it is under; its own for the outermost value.
    pub(super) parent: usize,
    pub(super) depth: usize,
    /// Whether its first character, or that of a key above it, says that it names no text: `@`, `$`, `_`, `//`.
    pub(super) is_about: bool,
}

/// Finds the strings of a JSON text and checks its syntax, without recursion.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) max_depth: usize,
    pub(super) keys: Vec<Key>,
    /// The keys under which the scanner is, by their indices.
    pub(super) open: Vec<usize>,
    pub(super) found: Vec<Found>,
    /// The keys of the outermost object, and whether each one's value is an object.
    pub(super) top_level: Vec<(usize, bool)>,
}

/// What the scanner is within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Object,
    Array,
}

impl Scanner<'_> {
    fn error(&self, problem: &'static str) -> Error {
        Error::Malformed {
            format: Format::Json,
            place: Place::line(self.text, self.at),
            problem: problem.into(),
        }
    }

    pub(super) fn document(&mut self) -> Result<(), Error> {
        let mut within: Vec<Within> = Vec::new();
        // Whether a value must come now.
        let mut needs_value = true;
        loop {
            self.skip_space();
            if needs_value {
                needs_value = false;
                match self.peek() {
                    Some(open @ (b'{' | b'[')) => {
                        if within.len() >= self.max_depth {
                            return Err(Error::TooDeep {
                                format: Format::Json,
                                place: Place::line(self.text, self.at),
                                limit: self.max_depth,
                            });
                        }
                        self.at += 1;
                        self.skip_space();
                        if self.peek() == Some(open + 2) {
                            self.at += 1;
                        } else if open == b'{' {
                            within.push(Within::Object);
                            self.key(&within)?;
                            needs_value = true;
                        } else {
                            within.push(Within::Array);
                            self.enter(self.at..self.at);
                            needs_value = true;
                        }
                    }
                    Some(b'"') => {
                        let range = self.string()?;
                        self.found.push(Found {
                            range,
                            key: self.innermost(),
                        });
                    }
                    Some(_) => self.scalar()?,
                    None => return Err(self.error("the file ends where a value was expected")),
                }
                continue;
            }
            let Some(inner) = within.last().copied() else {
                break;
            };
            match (self.peek(), inner) {
                (Some(b','), _) => {
                    self.at += 1;
                    self.skip_space();
                    if inner == Within::Object {
                        self.open.pop();
                        self.key(&within)?;
                    }
                    needs_value = true;
                }
                (Some(b'}'), Within::Object) | (Some(b']'), Within::Array) => {
                    self.at += 1;
                    self.open.pop();
                    within.pop();
                }
                (None, _) => {
                    return Err(self.error(
                        "the file ends inside an object or an array. Add the closing bracket",
                    ));
                }
                _ => return Err(self.error("expected a comma or a closing bracket here")),
            }
        }
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("text follows the end of the JSON value. A file holds one value; for one value per line, use JSON lines (.jsonl)")),
        }
    }

    /// A key and its colon.
    fn key(&mut self, within: &[Within]) -> Result<(), Error> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key in double quotes here"));
        }
        let range = self.string()?;
        self.enter(range.start + 1..range.end - 1);
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.error("a colon must follow the key"));
        }
        self.at += 1;
        if within.len() == 1 {
            self.skip_space();
            self.top_level
                .push((self.innermost(), self.peek() == Some(b'{')));
        }
        Ok(())
    }

    fn innermost(&self) -> usize {
        *self.open.last().expect("the outermost value's key stays")
    }

    /// Goes under a key.
    fn enter(&mut self, range: Range<usize>) {
        let parent = self.innermost();
        let name = &self.text[range.clone()];
        let is_about = name.starts_with(['@', '$', '_']) || name.starts_with("//");
        self.open.push(self.keys.len());
        self.keys.push(Key {
            range,
            parent,
            depth: self.keys[parent].depth + 1,
            is_about: is_about || self.keys[parent].is_about,
        });
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// A string with its quotes.
    fn string(&mut self) -> Result<Range<usize>, Error> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let escaped = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
                    let is_valid = match escaped.first() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
                        Some(b'u') => escaped
                            .get(1..5)
                            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
                        _ => false,
                    };
                    if !is_valid {
                        return Err(
                            self.error("a string has an invalid escape. Write a backslash as \\\\")
                        );
                    }
                    self.at += 2;
                }
                Some(0..0x20) => {
                    return Err(self.error("a string has no closing quote on its line"));
                }
                Some(_) => self.at += 1,
                None => {
                    return Err(self.error("the file ends inside a string. Add the closing quote"));
                }
            }
        }
        self.at += 1;
        Ok(start..self.at)
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Result<(), Error> {
        let rest = &self.text[self.at..];
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.'))
            .unwrap_or(rest.len());
        let scalar = &rest[..length];
        let is_number = scalar.starts_with(|c: char| c == '-' || c.is_ascii_digit())
            && scalar.parse::<f64>().is_ok();
        if !is_number && !matches!(scalar, "true" | "false" | "null") {
            return Err(self.error(
                "expected a value here: a string, a number, an object, an array, true, false or null",
            ));
        }
        self.at += length;
        Ok(())
    }
}
