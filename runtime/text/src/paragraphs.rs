//! Hard-wrapped paragraphs: lines that belong together become one line.

use std::borrow::Cow;
use std::ops::Range;

/// A line that is shorter than this share of the longest one ends its paragraph if a sentence ends there too.
const SHORT_LINE: f32 = 0.6;
/// A short line of fewer characters, before one that begins with a capital, is a title.
const TITLE_LENGTH: usize = 40;
/// A line ends early if, with the first word of the next, it would still have less than this share of its block's width.
const EARLY_END: f32 = 0.75;
/// The most words and characters of a key, as in `Key: value`.
const KEY_WORDS: usize = 3;
const KEY_LENGTH: usize = 30;

/// A text whose paragraphs are one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined<'t> {
    /// The text.
    pub text: Cow<'t, str>,
    /// The parts that were kept, in order: where each begins in `text` and in the original. Each reaches to the next one.
    kept: Vec<(usize, usize)>,
}

impl Joined<'_> {
    /// A range of [`Self::text`], in the original text. Line ends and hyphens inside it belong to it.
    ///
    /// ```
    /// use deshi_text::paragraphs::join;
    ///
    /// let original = "The work was com-\npleted.\n";
    /// let joined = join(original);
    /// let place = joined.text.find("completed").unwrap();
    /// let range = joined.original(place..place + "completed".len());
    /// assert_eq!(&original[range], "com-\npleted");
    /// ```
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let place = |at: usize| {
            let part = self.kept.partition_point(|&(begin, _)| begin <= at);
            let (begin, original) = self.kept[part.max(1) - 1];
            original + at - begin
        };
        let start = place(range.start);
        match range.is_empty() {
            true => start..start,
            // What stands behind the range may be from another line.
            false => start..place(range.end - 1) + 1,
        }
    }
}

/// Joins the lines of paragraphs: "com-" and "pleted" to "completed", others with a space. Empty lines, bullets, other
/// indentation, headings and tables stay apart.
///
/// ```
/// use deshi_text::paragraphs::join;
///
/// let text = "The work was com-\npleted in a\nyear.\n\n- One\n- Two\n";
/// assert_eq!(join(text).text, "The work was completed in a year.\n\n- One\n- Two\n");
/// ```
pub fn join(text: &str) -> Joined<'_> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.len() < 2 {
        return Joined {
            text: Cow::Borrowed(text),
            kept: vec![(0, 0)],
        };
    }
    let goes_on = going_on(&lines);
    let mut out = String::with_capacity(text.len());
    let mut kept = Vec::with_capacity(lines.len());
    let mut joined = false;
    let mut next_line = 0;
    for (index, line) in lines.iter().enumerate() {
        next_line += line.len();
        // The indentation of a line that continues another one goes.
        let line = if joined { line.trim_start() } else { line };
        kept.push((out.len(), next_line - line.len()));
        let next = lines.get(index + 1).copied().unwrap_or("");
        joined = goes_on[index];
        if !joined {
            out.push_str(line);
            continue;
        }
        let content = line.trim_end();
        match hyphenated(content, next) {
            Some(stem) => out.push_str(stem),
            // "Anglo-", "American".
            None if content.ends_with(is_hyphen)
                && next.trim_start().starts_with(char::is_uppercase) =>
            {
                out.push_str(content)
            }
            None => {
                out.push_str(content);
                out.push(' ');
            }
        }
    }
    Joined {
        text: Cow::Owned(out),
        kept,
    }
}

/// For each of a text's lines, whether the next one goes on with its paragraph. Signs of quotes before the lines are the caller's to
/// remove.
pub fn going_on(lines: &[&str]) -> Vec<bool> {
    let longest = |lines: &[&str]| lines.iter().map(|line| width(line)).max().unwrap_or(0);
    let widest = longest(lines);
    let mut goes_on = Vec::with_capacity(lines.len());
    for block in lines.chunk_by(|one, other| is_blank(one) == is_blank(other)) {
        let block_width = longest(block);
        for (index, line) in block.iter().enumerate() {
            goes_on.push(block.get(index + 1).is_some_and(|next| {
                continues(line, next, widest) && !ends_early(line, next, block_width, index == 0)
            }));
        }
    }
    goes_on
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn width(line: &str) -> usize {
    line.trim_end().chars().count()
}

/// Whether the next line goes on with this one's paragraph, by what the two look like.
fn continues(line: &str, next: &str, longest: usize) -> bool {
    let (content, following) = (line.trim(), next.trim());
    if content.is_empty()
        || following.is_empty()
        || content.contains('\t')
        || following.contains('\t')
    {
        return false;
    }
    let starts_anew = following.starts_with(['#', '>', '|', '•', '·', '‣', '=', '~'])
        || following.starts_with("```")
        || is_list_entry(following)
        || following.chars().all(|c| !c.is_alphanumeric());
    let alone = content.starts_with(['#', '|', '='])
        || content.starts_with("```")
        || content.chars().all(|c| !c.is_alphanumeric());
    let short = (width(line) as f32) < SHORT_LINE * longest as f32;
    let last = short && has_end(content);
    let title = short
        && width(line) < TITLE_LENGTH
        && following.starts_with(char::is_uppercase)
        && !content.ends_with([',', '-']);
    let values = is_value(content) && is_value(following);
    let capitals = is_in_capitals(content) != is_in_capitals(following);
    let code = is_code(content) || is_code(following);
    !(starts_anew || alone || last || title || values || capitals || code)
}

fn has_end(line: &str) -> bool {
    line.ends_with(['.', '!', '?', ':', '"', '”', '“', ';', ')'])
}

/// Whether a line ends although the next one's first word had room on it, and the next one may begin a text. So may the line after a
/// salutation, the `first` of its block.
fn ends_early(line: &str, next: &str, block_width: usize, first: bool) -> bool {
    let (content, following) = (line.trim(), next.trim());
    let word = following.split_whitespace().next().unwrap_or("");
    let early = ((width(line) + 1 + width(word)) as f32) <= EARLY_END * block_width as f32;
    let may_begin = !following.starts_with(char::is_lowercase)
        || has_end(content)
        || (first && content.ends_with(','));
    early && may_begin && !content.ends_with(is_hyphen)
}

/// Whether a line is `Key: value`.
fn is_value(line: &str) -> bool {
    line.split_once(':').is_some_and(|(key, value)| {
        key.starts_with(char::is_uppercase)
            && key.chars().count() <= KEY_LENGTH
            && key.split_whitespace().count() <= KEY_WORDS
            && (value.is_empty() || value.starts_with(char::is_whitespace))
    })
}

/// Whether a line is a heading in capitals.
fn is_in_capitals(line: &str) -> bool {
    let letters = || line.chars().filter(|c| c.is_alphabetic());
    letters().count() > 3 && letters().all(char::is_uppercase)
}

/// Whether a line looks like a program's.
fn is_code(line: &str) -> bool {
    let ends = line.ends_with(['{', '}']) || line.ends_with(");") || line.ends_with("();");
    let operators = [" = ", " == ", " := ", " += ", " => ", "()", " && "];
    ends || line.starts_with("//")
        || line.starts_with("$ ")
        || operators.iter().any(|operator| line.contains(operator))
}

fn is_list_entry(line: &str) -> bool {
    let mut words = line.splitn(2, char::is_whitespace);
    let (first, rest) = (words.next().unwrap_or(""), words.next());
    let number = first.trim_end_matches(['.', ')']);
    let numbered = number.len() < first.len()
        && !number.is_empty()
        && number.len() <= 3
        && number.bytes().all(|b| b.is_ascii_digit());
    rest.is_some() && (["-", "*", "+", "–", "—"].contains(&first) || numbered)
}

fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}' | '\u{AD}')
}

/// The line without the hyphen at its end, where a word goes on in the next line.
fn hyphenated<'l>(content: &'l str, next: &str) -> Option<&'l str> {
    let stem = content.strip_suffix(is_hyphen)?;
    let goes_on =
        stem.ends_with(char::is_alphabetic) && next.trim_start().starts_with(char::is_lowercase);
    // "ein- und ausschalten" keeps its hyphen.
    let first = next.split_whitespace().next().unwrap_or("");
    (goes_on && !["und", "oder", "bis", "and", "or", "to"].contains(&first)).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_joined_and_the_rest_stays() {
        for (text, expected) in [
            ("", ""),
            ("One line.", "One line."),
            (
                "The first line\nand the second.\n",
                "The first line and the second.\n",
            ),
            (
                "Es wurde fertig-\ngestellt.\n",
                "Es wurde fertiggestellt.\n",
            ),
            ("Das Ein-\nund Ausschalten\n", "Das Ein- und Ausschalten\n"),
            (
                "A well-known Anglo-\nAmerican thing\n",
                "A well-known Anglo-American thing\n",
            ),
            (
                "Some text here\n\nAnother one\n",
                "Some text here\n\nAnother one\n",
            ),
            (
                "Some text that is here\n- a\n- b\n1. c\n",
                "Some text that is here\n- a\n- b\n1. c\n",
            ),
            (
                "  Indented text that\n  goes on here.\r\n",
                "  Indented text that goes on here.\r\n",
            ),
            (
                "Name: Tom Smith\nAge: 42\nCity: London\n",
                "Name: Tom Smith\nAge: 42\nCity: London\n",
            ),
            (
                "INTRODUCTION\nThis is the first paragraph of the\ntext. It has been wrapped by hand at\nabout forty characters.\n",
                "INTRODUCTION\nThis is the first paragraph of the text. It has been wrapped by hand at about forty characters.\n",
            ),
            (
                "of the whole\nINTRODUCTION\n",
                "of the whole\nINTRODUCTION\n",
            ),
            (
                "    code = 1\n    more = 2\n",
                "    code = 1\n    more = 2\n",
            ),
            (
                "1. Getting started\nOpen the box and take out the ma-\nchine. Then plug it in.\n",
                "1. Getting started\nOpen the box and take out the machine. Then plug it in.\n",
            ),
            (
                "Dear Anna,\nthank you for your letter. I was very\nhappy to read it.\nYours,\nTom\n",
                "Dear Anna,\nthank you for your letter. I was very happy to read it.\nYours,\nTom\n",
            ),
            // A line may be broken early within a sentence.
            (
                "The rain that fell on the whole of the island\nin spring,\nand in summer, was warm.\n",
                "The rain that fell on the whole of the island in spring, and in summer, was warm.\n",
            ),
            (
                "# Title\nText goes here and\non.\n",
                "# Title\nText goes here and on.\n",
            ),
            (
                "This is a long line of a paragraph that was wrapped\nand ends here.\nThis is another long paragraph that was wrapped too\nby hand.\n",
                "This is a long line of a paragraph that was wrapped and ends here.\nThis is another long paragraph that was wrapped too by hand.\n",
            ),
        ] {
            assert_eq!(join(text).text, expected, "{text:?}");
        }
    }

    #[test]
    fn every_word_is_found_again_in_the_original() {
        let text = "  Größe: The work\n  was com-\r\n  pleted, and Anglo-\nAmerican “ties”\nheld.\n\n- One\n";
        let joined = join(text);
        let mut words = 0;
        let mut at = 0;
        for word in joined.text.split_inclusive(char::is_whitespace) {
            let range = at..at + word.trim_end().len();
            at += word.len();
            if range.is_empty() {
                continue;
            }
            let original: String = text[joined.original(range.clone())]
                .split_whitespace()
                .collect();
            let expected = &joined.text[range];
            assert!(
                original == expected || original.replace('-', "") == expected,
                "{original:?} for {expected:?}"
            );
            words += 1;
        }
        assert_eq!(words, 11);
        assert_eq!(joined.original(0..0), 0..0);
        let end = joined.text.len();
        assert_eq!(joined.original(0..end), 0..text.len());
        assert_eq!(join("One line.").original(4..8), 4..8);
    }
}
