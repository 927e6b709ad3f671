//! Hard-wrapped paragraphs: lines that belong together become one line.

use std::borrow::Cow;

/// A line that is shorter than this share of the longest one ends its paragraph if a sentence ends there too.
const SHORT_LINE: f32 = 0.6;
/// A short line of fewer characters, before one that begins with a capital, is a title.
const TITLE_LENGTH: usize = 40;

/// Joins the lines of paragraphs: "com-" and "pleted" to "completed", others with a space. Empty lines, bullets, other
/// indentation, headings and tables stay apart.
///
/// ```
/// use deshi_text::paragraphs::join;
///
/// let text = "The work was com-\npleted in a\nyear.\n\n- One\n- Two\n";
/// assert_eq!(join(text), "The work was completed in a year.\n\n- One\n- Two\n");
/// ```
pub fn join(text: &str) -> Cow<'_, str> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let longest = lines
        .iter()
        .map(|line| line.trim_end().chars().count())
        .max()
        .unwrap_or(0);
    if lines.len() < 2 {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut joined = false;
    for (index, line) in lines.iter().enumerate() {
        // The indentation of a line that continues another one goes.
        let line = if joined { line.trim_start() } else { line };
        let next = lines.get(index + 1).copied().unwrap_or("");
        joined = continues(line, next, longest);
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
    Cow::Owned(out)
}

/// Whether the next line goes on with this one's paragraph.
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
    let length = line.trim_end().chars().count();
    let short = (length as f32) < SHORT_LINE * longest as f32;
    let ends = content.ends_with(['.', '!', '?', ':', '"', '”', '“', ';', ')']);
    let last = short && ends;
    let title = short
        && length < TITLE_LENGTH
        && following.starts_with(char::is_uppercase)
        && !content.ends_with([',', '-']);
    !(starts_anew || alone || last || title)
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
                "# Title\nText goes here and\non.\n",
                "# Title\nText goes here and on.\n",
            ),
            (
                "This is a long line of a paragraph that was wrapped\nand ends here.\nThis is another long paragraph that was wrapped too\nby hand.\n",
                "This is a long line of a paragraph that was wrapped and ends here.\nThis is another long paragraph that was wrapped too by hand.\n",
            ),
        ] {
            assert_eq!(join(text), expected, "{text:?}");
        }
    }
}
