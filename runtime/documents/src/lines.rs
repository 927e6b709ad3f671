//! The lines of a text, with any line end.

use crate::encoding::byte_order_mark_len;
use std::ops::Range;

/// A line of a text, as offsets in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) start: usize,
    /// Where its text ends and its line end (`\n`, `\r\n`, `\r` or nothing) begins.
    pub(crate) end: usize,
    /// Where the next line starts.
    pub(crate) next: usize,
}

impl Line {
    /// Its text, without the line end.
    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// The lines of `text`, after its byte order mark. What follows the last line end is not a line if it is empty.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line> {
    let bytes = text.as_bytes();
    let mut start = byte_order_mark_len(text);
    std::iter::from_fn(move || {
        if start == bytes.len() {
            return None;
        }
        let end = bytes[start..]
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'));
        let end = end.map_or(bytes.len(), |length| start + length);
        let next = match &bytes[end..] {
            [b'\r', b'\n', ..] => end + 2,
            [] => end,
            _ => end + 1,
        };
        let line = Line { start, end, next };
        start = next;
        Some(line)
    })
}

/// `range` without the white space at both ends of its text; at its start if it is all white space.
pub(crate) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    if start == range.end {
        return range.start..range.start;
    }
    start..range.start + part.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_is_one() {
        let text = "\u{feff}a\r\n\nb\rc\n\r\nd";
        let found: Vec<_> = lines(text).map(|line| &text[line.range()]).collect();
        assert_eq!(found, ["a", "", "b", "c", "", "d"]);
        let last: Vec<_> = lines(text).map(|line| line.next).collect();
        assert_eq!(last.last(), Some(&text.len()));
        assert_eq!(lines("").count(), 0);
        assert_eq!(lines("\n").count(), 1);
    }

    #[test]
    fn white_space_is_trimmed_at_both_ends() {
        let text = "x \u{a0}a b\t ";
        assert_eq!(&text[trim(text, 1..text.len())], "a b");
        assert_eq!(trim(text, 1..3 + 1), 1..1);
    }
}
