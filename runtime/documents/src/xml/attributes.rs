//! The attributes of a tag, with their places in it.

use std::ops::Range;

/// An attribute, as its tag has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// Its name, with the specification's prefix.
    pub(crate) name: String,
    /// From the first byte of its name to its closing quote, in the text.
    pub(crate) range: Range<usize>,
    /// Its value in the text, between the quotes.
    pub(crate) value: Range<usize>,
}

/// The attributes of `<name a="1" b='2'>`, with ranges in the tag.
pub(super) fn scan(tag: &str) -> Vec<Attribute> {
    let bytes = tag.as_bytes();
    let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
        bytes[from..]
            .iter()
            .position(|&byte| stop(byte))
            .map_or(bytes.len(), |found| from + found)
    };
    let mut found = Vec::new();
    let mut at = until(1.min(bytes.len()), &|byte| byte.is_ascii_whitespace());
    loop {
        at = until(at, &|byte| !byte.is_ascii_whitespace());
        let name_end = until(at, &|byte| {
            byte == b'=' || byte.is_ascii_whitespace() || byte == b'>' || byte == b'/'
        });
        let equals = until(name_end, &|byte| !byte.is_ascii_whitespace());
        if name_end == at || bytes.get(equals) != Some(&b'=') {
            return found;
        }
        let quote_at = until(equals + 1, &|byte| !byte.is_ascii_whitespace());
        let Some(&quote @ (b'"' | b'\'')) = bytes.get(quote_at) else {
            return found;
        };
        let value = quote_at + 1..until(quote_at + 1, &|byte| byte == quote);
        if value.end == bytes.len() {
            return found;
        }
        let next = value.end + 1;
        found.push(Attribute {
            name: tag[at..name_end].to_owned(),
            range: at..next,
            value,
        });
        at = next;
    }
}
