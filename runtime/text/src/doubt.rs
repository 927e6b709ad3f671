//! Signs that a translation is unreliable: repetition, different digits, a copy of the source.

use std::borrow::Cow;

/// The longest n-gram, in words, whose repetition counts as a loop.
const LONGEST_LOOP_WORDS: usize = 12;
/// How often it must repeat in a row, where the source does not do the same.
const LOOP_TIMES: usize = 3;
/// The fewest words of a translation that counts as a copy of its source.
const COPIED_WORDS: usize = 4;

/// How often texts have each digit.
pub(crate) fn digits<'t>(texts: impl Iterator<Item = &'t str>) -> [u32; 10] {
    let mut counts = [0; 10];
    for byte in texts.flat_map(str::bytes).filter(u8::is_ascii_digit) {
        counts[usize::from(byte - b'0')] += 1;
    }
    counts
}

/// The numbers in texts, each run of digits as one, sorted.
pub(crate) fn numbers<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let runs = texts.flat_map(|text| text.split(|c: char| !c.is_ascii_digit()));
    let mut numbers: Vec<String> = runs
        .filter(|run| !run.is_empty())
        .map(str::to_owned)
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Cuts the repetitions of a loop: words that come [`LOOP_TIMES`] times or more in a row, more often than anything in
/// the source does.
pub(crate) fn without_loops<'t>(translation: &'t str, source: &str) -> Cow<'t, str> {
    let words: Vec<(usize, &str)> = words(translation);
    if words.len() < LOOP_TIMES * 2 {
        return Cow::Borrowed(translation);
    }
    let source_words = self::words(source);
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let found = (1..=LONGEST_LOOP_WORDS).find_map(|length| {
            let times = times(&words[at..], length);
            let covers = times * length >= LOOP_TIMES * 2 || times > 4;
            let looped =
                times >= LOOP_TIMES && covers && times > most_times(&source_words, length) + 1;
            looped.then_some((length, times))
        });
        match found {
            Some((length, times)) => {
                let start = words[at + length - 1];
                let last = words[at + length * times - 1];
                cuts.push((start.0 + start.1.len(), last.0 + last.1.len()));
                at += length * times;
            }
            None => at += 1,
        }
    }
    if cuts.is_empty() {
        return Cow::Borrowed(translation);
    }
    let (mut out, mut end) = (String::new(), 0);
    for (from, to) in cuts {
        out.push_str(&translation[end..from]);
        end = to;
    }
    Cow::Owned(out + &translation[end..])
}

/// Words without the punctuation after them, each with its place.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut at = 0;
    for run in text.split_inclusive(char::is_whitespace) {
        let word = run.trim_end().trim_end_matches([',', '.', ';', '!', '?']);
        if !word.is_empty() {
            words.push((at, word));
        }
        at += run.len();
    }
    words
}

/// How many times the first `length` words come in a row.
fn times(words: &[(usize, &str)], length: usize) -> usize {
    let Some(first) = words.get(..length) else {
        return 0;
    };
    let same = |chunk: &&[(usize, &str)]| chunk.iter().zip(first).all(|(a, b)| a.1 == b.1);
    words.chunks_exact(length).take_while(same).count()
}

/// The most times that any n-gram of a text comes in a row.
fn most_times(words: &[(usize, &str)], length: usize) -> usize {
    let mut most = 0;
    let mut at = 0;
    while at < words.len() {
        let here = times(&words[at..], length);
        most = most.max(here);
        at += if here > 1 {
            here * length - length + 1
        } else {
            1
        };
    }
    most
}

/// Whether a translation is its source again, although there was something to translate.
pub(crate) fn is_copy(source: &str, translation: &str) -> bool {
    let same = source.split_whitespace().eq(translation.split_whitespace());
    same && source.split_whitespace().nth(COPIED_WORDS - 1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_cut_to_one() {
        for (translation, source, expected) in [
            ("Ich bin da.", "I am here.", "Ich bin da."),
            ("ja ja ja ja ja ja ja ja.", "Yes.", "ja."),
            (
                "Er ging in das Haus, in das Haus, in das Haus, in das Haus.",
                "He went into the house.",
                "Er ging in das Haus.",
            ),
            (
                "ha ha ha ha ha ha",
                "ha ha ha ha ha ha",
                "ha ha ha ha ha ha",
            ),
            ("nein, nein, nein!", "no, no, no!", "nein, nein, nein!"),
            ("sehr sehr gut", "very very good", "sehr sehr gut"),
        ] {
            assert_eq!(without_loops(translation, source), expected);
        }
    }

    #[test]
    fn digits_are_counted_and_copies_are_seen() {
        assert_eq!(
            digits(["10:30", "1"].into_iter()),
            [2, 2, 0, 1, 0, 0, 0, 0, 0, 0]
        );
        assert!(is_copy("This is the same text.", "This is the  same text."));
        assert!(!is_copy("Hotel Berlin", "Hotel Berlin"));
    }
}
