//! Signs that text which is read as plain lines is of another format: what it began with tells.

use deshi_documents::Format;

/// How many lines with text are looked at.
const LINES: usize = 8;

/// The beginning of a text.
#[derive(Default)]
pub(super) struct Guess {
    lines: usize,
    is_xml: bool,
}

impl Guess {
    /// Takes the next line. Gives the format when there is a sign of one.
    pub(super) fn add(&mut self, line: &str) -> Option<Format> {
        let line = line.trim();
        if self.lines >= LINES || line.is_empty() {
            return None;
        }
        self.lines += 1;
        let start: String = line.chars().take(200).collect();
        let start = start.to_ascii_lowercase();
        let first = self.lines == 1;
        self.is_xml |= first && start.starts_with("<?xml");
        let found = if start.starts_with("<!doctype html")
            || start.contains("<html") && start.starts_with('<')
        {
            if self.is_xml {
                Format::Xhtml
            } else {
                Format::Html
            }
        } else if start.contains("<xliff") && start.starts_with('<') {
            Format::Xliff
        } else if first && (start == "webvtt" || start.starts_with("webvtt ")) {
            Format::Vtt
        } else if self.lines <= 2 && is_times(&start) {
            Format::Srt
        } else if start.starts_with("msgid \"") {
            Format::Po
        } else {
            return None;
        };
        self.lines = LINES;
        Some(found)
    }
}

/// Whether the line is like `00:00:01,000 --> 00:00:04,000`.
fn is_times(line: &str) -> bool {
    let is_time = |time: &str| {
        let time = time.trim();
        time.contains(':') && time.starts_with(|first: char| first.is_ascii_digit())
    };
    line.split_once("-->")
        .is_some_and(|(from, to)| is_time(from) && is_time(to))
}

/// The lines, counted from 1, that look like a subtitle's times but have another arrow than `-->`.
pub(super) fn wrong_times(text: &str) -> Vec<usize> {
    let is_wrong = |line: &str| {
        let arrow = line.find(['-', '>', '–', '—', '→', '=']);
        let Some((from, to)) = arrow.map(|at| line.split_at(at)) else {
            return false;
        };
        let to = to.trim_start_matches(|c: char| c.is_whitespace() || "->–—→=".contains(c));
        let is_time = |time: &str| {
            let time = time.split_whitespace().next().unwrap_or_default();
            let digits = time.bytes().filter(u8::is_ascii_digit).count();
            time.contains(':')
                && digits >= 7
                && time
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || b":.,".contains(&byte))
        };
        !line.contains("-->") && is_time(from) && is_time(to)
    };
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| is_wrong(line))
        .map(|(at, _)| at + 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_found_once() {
        for (text, expected) in [
            ("<!DOCTYPE html>\n<html>", Some(Format::Html)),
            ("\n  <html lang=\"en\"><body>", Some(Format::Html)),
            (
                "<?xml version=\"1.0\"?>\n<html xmlns=\"x\">",
                Some(Format::Xhtml),
            ),
            (
                "<?xml version=\"1.0\"?>\n<xliff version=\"1.2\">",
                Some(Format::Xliff),
            ),
            ("1\n00:00:00,000 --> 00:00:02,000\nHi.", Some(Format::Srt)),
            ("WEBVTT\n\n00:00.000 --> 00:02.000\nHi.", Some(Format::Vtt)),
            ("# A comment\nmsgid \"\"\nmsgstr \"\"", Some(Format::Po)),
            ("Hello.\nGo on --> here.", None),
            ("The tag <html> begins a page.", None),
            ("1\n2\n3\n4\n5\n6\n7\n8\n<html>", None),
        ] {
            let mut guess = Guess::default();
            let found: Vec<Format> = text.lines().filter_map(|line| guess.add(line)).collect();
            assert_eq!(found, Vec::from_iter(expected), "{text}");
        }
    }

    #[test]
    fn times_with_another_arrow_are_found() {
        let text = "WEBVTT\n\n00:01.000 -> 00:02.000\n10:15 - 10:30 we eat.\n\n00:03.000 --> 00:04.000 line:1\nHi.\n\n\
                    00:00:05,000 – 00:00:06,000\nHo.\n";
        assert_eq!(wrong_times(text), [3, 9]);
    }
}
