//! The cues of SubRip and WebVTT files, as offsets in the text.

use super::Syntax;
use crate::lines::{Line, lines};
use crate::{Error, Format, Place};
use std::ops::Range;

/// A subtitle: the lines under one line of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cue {
    /// Never empty.
    pub(crate) lines: Vec<Line>,
    /// When it is shown, in milliseconds from the start of the film.
    pub(crate) times_ms: Range<u64>,
}

/// The cues of a file that have text.
///
/// # Errors
///
/// There is text but no line of times, or a WebVTT file does not begin as one.
pub(crate) fn read(text: &str, syntax: Syntax) -> Result<Vec<Cue>, Error> {
    let all: Vec<Line> = lines(text).collect();
    let content = |line: Line| text[line.range()].trim();
    let format = match syntax {
        Syntax::Srt => Format::Srt,
        Syntax::Vtt => Format::Vtt,
    };
    let error = |problem: &'static str| Error::Malformed {
        format,
        place: Place::Line(1),
        problem: problem.into(),
    };
    let has_text = all.iter().any(|&line| !content(line).is_empty());
    if syntax == Syntax::Vtt && has_text {
        let first = all.first().map_or("", |&line| content(line));
        let is_vtt = first
            .strip_prefix("WEBVTT")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
        if !is_vtt {
            return Err(error(
                "the file does not begin with WEBVTT. For subtitles in SRT, use the format srt",
            ));
        }
    }
    let mut cues: Vec<Cue> = Vec::new();
    let mut n_times = 0;
    let mut within = false;
    for (index, &line) in all.iter().enumerate() {
        let part = content(line);
        if let Some(times_ms) = times_ms(part) {
            n_times += 1;
            within = true;
            cues.push(Cue {
                lines: Vec::new(),
                times_ms,
            });
        } else if part.is_empty() {
            // In SubRip files, empty lines also come within a text: it ends before the next number or line of times.
            within &= syntax == Syntax::Srt;
        } else if within && syntax == Syntax::Srt && is_number_of_cue(&all[index..], part, content)
        {
            within = false;
        } else if within && let Some(cue) = cues.last_mut() {
            cue.lines.push(line);
        }
    }
    if n_times == 0 && has_text && syntax == Syntax::Srt {
        return Err(error(
            "the subtitle has no line of times, such as 00:00:01,000 --> 00:00:04,000",
        ));
    }
    cues.retain(|cue| !cue.lines.is_empty());
    Ok(cues)
}

/// The times of a line such as `00:00:01,000 --> 00:00:04,000`, with settings perhaps; hours may be missing.
fn times_ms(line: &str) -> Option<Range<u64>> {
    let (from, to) = line.split_once("-->")?;
    let to = to.trim_start().split([' ', '\t']).next();
    Some(time_ms(from.trim())?..time_ms(to.unwrap_or_default())?)
}

/// A time such as `00:00:01,500`, `1:02.5`, or `00:00:01:12`, whose frames do not count.
fn time_ms(time: &str) -> Option<u64> {
    let number = |part: &str| {
        let is_number = (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse::<u64>().ok()).flatten()
    };
    let (whole, fraction) = time.split_once([',', '.']).unwrap_or((time, "0"));
    let parts: Vec<u64> = whole.split(':').map(number).collect::<Option<_>>()?;
    let is_time = (2..=4).contains(&parts.len());
    let seconds = parts.iter().take(3).fold(0, |sum, part| sum * 60 + part);
    let ms = number(fraction)? * 1000 / 10_u64.pow(fraction.len() as u32);
    is_time.then_some(seconds * 1000 + ms)
}

/// Whether the first of `rest` is the number before the next line of times.
fn is_number_of_cue<'a>(rest: &[Line], number: &str, content: impl Fn(Line) -> &'a str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit())
        && rest
            .get(1)
            .is_some_and(|&next| times_ms(content(next)).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, syntax: Syntax) -> Vec<Vec<&str>> {
        let cues = read(text, syntax).unwrap();
        cues.iter()
            .map(|cue| cue.lines.iter().map(|line| &text[line.range()]).collect())
            .collect()
    }

    #[test]
    fn subrip_is_read_as_it_comes() {
        let text = "\u{feff}1\r\n00:00:01,000 --> 00:00:02,000 X1:1\r\nOne\r\ntwo\r\n\r\n2\r\n00:00:03.5-->00:00:04,000\r\n\r\n3\r\n\
                    1:02 --> 1:03\r\n42\r\n\r\nis late\r\n4\r\n0:0:5,0 --> 0:0:6,0\r\nEnd";
        assert_eq!(
            texts(text, Syntax::Srt),
            [vec!["One", "two"], vec!["42", "is late"], vec!["End"]]
        );
        assert!(texts("", Syntax::Srt).is_empty());
    }

    #[test]
    fn times_are_read_in_milliseconds() {
        for (line, expected) in [
            ("00:00:01,000 --> 00:00:03,500", Some(1000..3500)),
            ("00:01.000 --> 01:00:00.5 line:0", Some(1000..3_600_500)),
            ("1:02-->1:03,1239", Some(62_000..63_123)),
            ("12 --> 13", None),
            ("0:1,x --> 0:2,0", None),
            ("0:1,0000000000 --> 0:2", None),
            ("0:1 --> 0:é", None),
            ("1:2:3:4 --> 1:2:4:5", Some(3_723_000..3_724_000)),
            ("1:2:3:4:5 --> 1:2:3:4:6", None),
        ] {
            assert_eq!(times_ms(line), expected, "{line}");
        }
    }

    #[test]
    fn webvtt_blocks_without_times_are_no_cues() {
        let text = "WEBVTT - Title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnot --> this\n\nintro\n\
                    00:01.000 --> 00:02.000 line:0 align:start\nOne\ntwo\n\nNOTE no\n\n00:00:03.000 --> 00:00:04.000\nThree";
        assert_eq!(
            texts(text, Syntax::Vtt),
            [vec!["One", "two"], vec!["Three"]]
        );
    }

    #[test]
    fn other_files_are_refused() {
        for (text, syntax, part) in [
            ("Hello.\n", Syntax::Srt, "-->"),
            ("1\n00:01 -> 00:02\nHello", Syntax::Srt, "-->"),
            (
                "WEBVTTX\n\n00:01.000 --> 00:02.000\nHello",
                Syntax::Vtt,
                "WEBVTT",
            ),
        ] {
            let error = read(text, syntax).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
