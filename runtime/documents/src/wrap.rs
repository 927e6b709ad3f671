//! Wrapping of translations to lines.

/// The number of columns that `text` takes: its characters without combining ones, and without those of the last private
/// plane, which stand for marks.
pub(crate) fn width(text: &str) -> usize {
    let takes_none = |character: &char| matches!(character, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{100000}'..);
    text.chars()
        .filter(|character| !takes_none(character))
        .count()
}

/// Breaks `text` at its white space (not at no-break spaces) into lines of at most `columns`; a longer word has a line of
/// its own. `keep_together` says of a word that no line may begin with it.
pub(crate) fn fill(
    text: &str,
    columns: usize,
    keep_together: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in words(text) {
        let word_width = width(word);
        match lines.last_mut() {
            Some(line) if used + 1 + word_width <= columns || keep_together(word) => {
                line.push(' ');
                line.push_str(word);
                used += 1 + word_width;
            }
            _ => {
                lines.push(word.to_owned());
                used = word_width;
            }
        }
    }
    lines
}

/// Breaks `text` at white space into exactly `count` parts whose lengths are as close as possible to `shares`.
/// Where there are fewer words than parts, the last parts are empty.
pub(crate) fn split(text: &str, shares: &[usize]) -> Vec<String> {
    let words: Vec<&str> = words(text).collect();
    let total: usize = words.iter().map(|word| width(word) + 1).sum();
    let all_shares: usize = shares.iter().sum::<usize>().max(1);
    let mut parts = Vec::with_capacity(shares.len());
    let (mut next, mut used, mut share_before) = (0, 0, 0);
    for (index, share) in shares.iter().enumerate() {
        share_before += share;
        let parts_after = shares.len() - index - 1;
        let first = next;
        while next < words.len() {
            let after = used + width(words[next]) + 1;
            // Each part has a word while there are enough; the last part has the rest.
            let must = next == first || parts_after == 0;
            let may = words.len() - next > parts_after;
            // The word goes where the larger half of it falls.
            let fits = (used + after) * all_shares <= 2 * total * share_before;
            if !(must || may && fits) {
                break;
            }
            used = after;
            next += 1;
        }
        parts.push(words[first..next].join(" "));
    }
    parts
}

/// The words between white space; a no-break space does not separate words.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| {
        character.is_whitespace() && !matches!(character, '\u{a0}' | '\u{2007}' | '\u{202f}')
    })
    .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_filled() {
        let text = "Der  schnelle braune\nFuchs springt, z.\u{a0}B. über - den Hund.";
        let lines = fill(text, 20, |word| word == "-");
        assert_eq!(
            lines,
            [
                "Der schnelle braune",
                "Fuchs springt, z.\u{a0}B.",
                "über - den Hund."
            ]
        );
        assert_eq!(
            fill("Donaudampfschiff ja", 5, |_| false),
            ["Donaudampfschiff", "ja"]
        );
        assert!(fill(" ", 5, |_| false).is_empty());
    }

    #[test]
    fn text_is_split_by_shares() {
        for (text, shares, expected) in [
            (
                "one two three four",
                &[1, 1][..],
                &["one two", "three four"][..],
            ),
            ("one two three four", &[3, 1], &["one two three", "four"]),
            ("one two three four", &[0, 1], &["one", "two three four"]),
            ("one two three four", &[1, 0], &["one two three", "four"]),
            ("a b", &[1, 1, 1], &["a", "b", ""]),
            ("", &[1, 1], &["", ""]),
            ("one two", &[0], &["one two"]),
        ] {
            assert_eq!(split(text, shares), expected, "{text} {shares:?}");
        }
    }
}
