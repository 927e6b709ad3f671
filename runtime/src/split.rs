//! Splits texts that are longer than the model allows: after a sentence, at a space, or anywhere.

/// Splits a text near its middle into two non-empty parts; `None` if it has fewer than two
/// characters.
pub(crate) fn halve(text: &str) -> Option<(&str, &str)> {
    let middle = text.len() / 2;
    let quarter = text.len() / 4;
    let mut before = None;
    let mut best: Option<((u8, usize), usize)> = None;
    for (at, character) in text.char_indices() {
        if at > 0 {
            let central = (quarter..=text.len() - quarter).contains(&at);
            let after_end = matches!(before, Some('.' | '!' | '?' | '…' | '。' | '！' | '？'));
            let rank = match (central, character.is_whitespace(), after_end) {
                (false, ..) | (true, false, false) => 2,
                (true, true, false) => 1,
                (true, _, true) => 0,
            };
            let key = (rank, at.abs_diff(middle));
            if best.is_none_or(|(best, _)| key < best) {
                best = Some((key, at));
            }
        }
        before = Some(character);
    }
    best.map(|(_, at)| text.split_at(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_where_it_hurts_least() {
        for (text, expected) in [
            ("", None),
            ("ü", None),
            ("üü", Some(("ü", "ü"))),
            ("one two. three four", Some(("one two.", " three four"))),
            ("one two three", Some(("one two", " three"))),
            ("a bcdefghijklmnop", Some(("a bcdefg", "hijklmnop"))),
        ] {
            assert_eq!(halve(text), expected, "{text:?}");
        }
    }
}
