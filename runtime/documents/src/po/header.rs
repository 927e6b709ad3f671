//! The header of a catalogue, `Name: value` on each line of the empty message's translation.

/// The header's field with other values of some lines. Every other line stays as it is written, however it is wrapped; a
/// line that is missing is added at the end.
pub(super) fn changed(raw: &str, changes: &[(&str, String)], line_end: &str) -> String {
    let mut header = raw.to_owned();
    for (name, value) in changes {
        match find(&header, name) {
            Some((start, end)) => header.replace_range(start..end, &format!(" {value}")),
            None => {
                let whole = header.strip_suffix('"').unwrap_or(&header);
                // The last line may lack its end, and there may be none.
                let is_ended = whole.ends_with("\\n") || whole.ends_with('"');
                let end = if is_ended { "" } else { "\\n" };
                header = format!("{whole}{end}\"{line_end}\"{name}: {value}\\n\"");
            }
        }
    }
    header
}

/// Where the value of a line stands, in bytes: from behind the colon up to the escape that ends the line.
fn find(header: &str, name: &str) -> Option<(usize, usize)> {
    let line = format!("{name}:");
    let (at, _) = header.match_indices(&line).find(|&(at, _)| {
        let before = &header[..at];
        // A string that goes on within a line begins with a quote too.
        before.ends_with("\\n")
            || before
                .strip_suffix('"')
                .map(str::trim_end)
                .is_some_and(|before| before.ends_with("\\n\"") || !before.contains("\\n"))
    })?;
    let start = at + line.len();
    let mut end = start + header[start..].find("\\n").unwrap_or(header.len() - start);
    if end == header.len() {
        // The last line, without its end.
        end = header.len() - 1;
    }
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_change_change() {
        let german = [("Language", "de".to_owned())];
        for (before, after) in [
            (
                "msgstr \"\"\n\"A: b \"\n\"c\\n\"\n\"Language: \\n\"\n\"Language-Team: Language: x\\n\"",
                "msgstr \"\"\n\"A: b \"\n\"c\\n\"\n\"Language: de\\n\"\n\"Language-Team: Language: x\\n\"",
            ),
            (
                "msgstr \"Language: hu\\nA: b\\n\"",
                "msgstr \"Language: de\\nA: b\\n\"",
            ),
            (
                "msgstr \"A: b\\nLanguage: hu\"",
                "msgstr \"A: b\\nLanguage: de\"",
            ),
            (
                "msgstr \"\"\n\"Language: a very \"\n\"long one\\n\"\n\"A: b\\n\"",
                "msgstr \"\"\n\"Language: de\\n\"\n\"A: b\\n\"",
            ),
            (
                "msgstr \"\"\n\"A: b\\n\"",
                "msgstr \"\"\n\"A: b\\n\"\n\"Language: de\\n\"",
            ),
            ("msgstr \"A: b\"", "msgstr \"A: b\\n\"\n\"Language: de\\n\""),
            ("msgstr \"\"", "msgstr \"\"\n\"Language: de\\n\""),
        ] {
            assert_eq!(changed(before, &german, "\n"), after);
        }
    }
}
