//! Sentences of a line: boundaries by Unicode's rules (UAX 29, ICU4X), without those after abbreviations, ordinals and
//! initials, and inside quotations.

use std::ops::Range;

use icu_segmenter::SentenceSegmenter;
use icu_segmenter::options::SentenceBreakInvariantOptions;

use crate::capitals::heading_end;
use crate::languages::{Language, WrittenNumbers, has};
use crate::normalize::is_invisible;
use crate::protect::Span;

/// Closing quotation marks and brackets.
const CLOSING: &[char] = &[
    '"', '\'', ')', ']', '}', '»', '«', '”', '“', '’', '‘', '›', '‹',
];
/// Opening ones.
const OPENING: &[char] = &[
    '"', '\'', '(', '[', '{', '„', '‚', '«', '»', '“', '‘', '¿', '¡', '‹', '›',
];
/// Ends of sentences after which no space is written.
const WITHOUT_SPACE: &[char] = &['。', '！', '？', '｡', '．'];

/// Abbreviations of units, which behind a number end a sentence where a capital follows.
const UNITS: &[&str] = &[
    "min", "mins", "hr", "hrs", "sec", "secs", "oz", "lb", "lbs", "in", "ft",
];

/// The sentences of a text without line ends, without the white space between them. Spans are never split.
pub(crate) fn split(text: &str, all_spans: &[Span], language: &Language) -> Vec<Range<usize>> {
    let segmenter = SentenceSegmenter::new(SentenceBreakInvariantOptions::default());
    let mut sentences = Vec::new();
    let mut start = 0;
    let casual = !text.contains(char::is_uppercase);
    let mut spans = all_spans.iter().peekable();
    let mut candidates: Vec<usize> = segmenter.segment_str(text).collect();
    if casual {
        small_letters(text, &mut candidates);
    }
    behind_references(text, &mut candidates);
    behind_invisible(text, &mut candidates);
    without_space(text, language, &mut candidates);
    // "Done.\x1B[0mNext": what a terminal reads takes the place of the space.
    let is_control = |span: &&Span| {
        span.rule == "control" && text[..span.range.start].ends_with(['.', '!', '?'])
    };
    let controls: Vec<usize> = all_spans
        .iter()
        .filter(is_control)
        .map(|span| span.range.start)
        .collect();
    candidates.extend(&controls);
    candidates.sort_unstable();
    candidates.dedup();
    for boundary in candidates {
        while spans.next_if(|span| span.range.end <= boundary).is_some() {}
        let in_span = spans.peek().is_some_and(|span| span.range.start < boundary);
        let ends = boundary == text.len()
            || (!in_span
                && (ends_sentence(&text[start..boundary], &text[boundary..], casual, language)
                    || space_is_missing(text, boundary, language)
                    || controls.contains(&boundary)));
        if ends {
            push_trimmed(text, start..boundary, &mut sentences);
            start = boundary;
        }
    }
    sentences
}

/// Sentences with a heading in capitals or a salutation at their beginning as one of its own, but for those that are
/// `known` as they are.
pub(crate) fn beginnings_apart(
    text: &str,
    spans: &[Span],
    sentences: Vec<Range<usize>>,
    numbers: Option<&WrittenNumbers>,
    known: impl Fn(&str) -> bool,
) -> Vec<Range<usize>> {
    let in_span = |end: usize| {
        spans
            .iter()
            .any(|span| span.range.start < end && end < span.range.end)
    };
    let mut all = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        // "- Where are you? - At home.": the dash of who speaks is not translated.
        let all_content = &text[sentence.clone()];
        let dash = ["- ", "– ", "— "]
            .iter()
            .find(|dash| all_content.starts_with(**dash));
        let dash = dash
            .filter(|_| sentence.start > 0)
            .map_or(0, |dash| dash.len());
        let content = all_content[dash..].trim_start();
        let sentence = sentence.end - content.len()..sentence.end;
        let salutation = || numbers?.salutation_end(content);
        let end = heading_end(content).or_else(salutation);
        let end = end.map(|length| sentence.start + length);
        match end.filter(|&end| !in_span(end) && !known(content)) {
            Some(end) => {
                push_trimmed(text, sentence.start..end, &mut all);
                push_trimmed(text, end..sentence.end, &mut all);
            }
            None => all.push(sentence),
        }
    }
    all
}

fn push_trimmed(text: &str, range: Range<usize>, sentences: &mut Vec<Range<usize>>) {
    let piece = &text[range.clone()];
    let mut trimmed = piece.trim();
    // Invisible characters between two sentences are all that sets them apart.
    if range.end < text.len() && !piece.ends_with(char::is_whitespace) {
        trimmed = trimmed.trim_end_matches(is_invisible);
    }
    if !trimmed.is_empty() {
        let start = range.start + piece.len() - piece.trim_start().len();
        sentences.push(start..start + trimmed.len());
    }
}

/// What may stand between sentences.
fn is_gap(character: char) -> bool {
    character.is_whitespace() || is_invisible(character)
}

/// Boundaries behind invisible characters without a space: Unicode's rules do not see them.
fn behind_invisible(text: &str, boundaries: &mut Vec<usize>) {
    if text.is_ascii() {
        return;
    }
    let mut from = 0;
    while let Some(at) = text[from..].find(is_invisible).map(|at| from + at) {
        let rest = text[at..].trim_start_matches(is_invisible);
        from = text.len() - rest.len();
        let ends = text[..at].trim_end_matches(CLOSING);
        if ends.ends_with(['.', '!', '?', '…'])
            && rest
                .trim_start_matches(OPENING)
                .starts_with(char::is_uppercase)
        {
            boundaries.push(from);
        }
    }
}

/// Boundaries where the space was forgotten: "morning.The cat".
fn without_space(text: &str, language: &Language, boundaries: &mut Vec<usize>) {
    for (at, sign) in text.match_indices(['.', '!', '?']) {
        let end = at + sign.len();
        if text[end..].starts_with(char::is_uppercase) && space_is_missing(text, end, language) {
            boundaries.push(end);
        }
    }
}

/// Whether a sentence ends at a place without a space: behind a word, before one that begins sentences.
fn space_is_missing(text: &str, end: usize, language: &Language) -> bool {
    let content = text[..end].trim_end_matches(['.', '!', '?']);
    let mut letters = content.chars().rev();
    let mut word = || letters.next().is_some_and(char::is_lowercase);
    let first = first_word(&text[end..]);
    content.len() < end && word() && word() && first.len() > 1 && has(language.starters, first)
}

/// Boundaries in text without capitals, where Unicode's rules see none: behind a full stop and a space.
fn small_letters(text: &str, boundaries: &mut Vec<usize>) {
    for (at, _) in text.match_indices(". ") {
        let before = &text[..at];
        let letters = before
            .chars()
            .rev()
            .take(2)
            .take_while(|c| c.is_alphabetic());
        let rest = text[at + 2..].trim_start_matches(' ');
        if letters.count() == 2 && rest.starts_with(char::is_alphabetic) {
            boundaries.push(text.len() - rest.len());
        }
    }
}

/// Boundaries behind a reference at a sentence's end: "true.[1] The".
fn behind_references(text: &str, boundaries: &mut Vec<usize>) {
    for (at, _) in text.match_indices("] ") {
        let before = text[..at].trim_end_matches(|c: char| c.is_ascii_digit());
        let reference = before.len() < at && at - before.len() <= 3;
        if reference
            && before
                .strip_suffix('[')
                .is_some_and(|text| text.ends_with(['.', '!', '?']))
        {
            boundaries.push(at + 2);
        }
    }
}

/// Whether a sentence ends between two texts that Unicode's rules separate.
fn ends_sentence(before: &str, after: &str, casual: bool, language: &Language) -> bool {
    let trimmed = before.trim_end_matches(is_gap);
    if trimmed.len() == before.len() {
        // No space: only signs that need none.
        return before.ends_with(WITHOUT_SPACE);
    }
    let content = trimmed.trim_end_matches(CLOSING);
    let closed = content.len() < trimmed.len();
    let next = after.trim_start_matches(OPENING);
    let small = next.starts_with(char::is_lowercase);
    if small && (!casual || closed) {
        return false;
    }
    if !content.ends_with('.') {
        return !content.ends_with('…') || !small;
    }
    if closed {
        // "(see Dr.) The": rare; "(etc.) The" ends only for a word that begins sentences.
        let word = last_word(content);
        return !(has(language.inside, word) || has(language.may_end, word))
            || is_starter(next, language);
    }
    full_stop_ends(content, next, language)
}

/// Whether the full stop at the end of `content` ends a sentence.
fn full_stop_ends(content: &str, next: &str, language: &Language) -> bool {
    if content.ends_with("..") {
        return !next.starts_with(char::is_lowercase);
    }
    let word = last_word(content);
    let two = last_words(content, 2);
    let three = last_words(content, 3);
    let starter = is_starter(next, language);
    let digit = next.starts_with(|c: char| c.is_ascii_digit() || c == '#' || c == '§');
    // "Dipl.-Ing."
    let tail = word.rsplit('-').next().unwrap_or(word);
    let listed = |list: &[&str]| {
        [word, tail, two, three]
            .iter()
            .any(|words| has(list, words))
    };
    if word.is_empty() {
        return true;
    }
    if digit && has(language.before_number, word) {
        return false;
    }
    if listed(language.may_end) {
        // In capitals, every word looks like the beginning of a sentence.
        let small = |text: &str| text.contains(char::is_lowercase);
        let begins = starter && !next.starts_with(char::is_lowercase);
        // "Bake for 10 min. Serve."
        let number = || {
            let before = content[..content.len() - 1 - word.len()].trim_end();
            before.ends_with(|c: char| c.is_ascii_digit())
        };
        let capital = next.starts_with(char::is_uppercase) && small(next);
        let unit = || capital && has(UNITS, word) && number();
        return next.is_empty() || begins && (small(content) || small(next)) || unit();
    }
    if listed(language.inside) {
        return false;
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return !language.ordinals || ordinal_ends(content, word, next, starter, language);
    }
    let mut letters = word.chars();
    let single = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
    if single {
        // An initial: "J. Smith". "I." and a letter before a word that begins sentences end one.
        return starter && !initials_before(content)
            || word == "I" && !next.starts_with(char::is_uppercase);
    }
    if is_dotted_initials(word) {
        return starter;
    }
    true
}

/// Whether "3." ends a sentence, in a language where it may be an ordinal.
fn ordinal_ends(
    content: &str,
    digits: &str,
    next: &str,
    starter: bool,
    language: &Language,
) -> bool {
    let following = first_word(next);
    if has(language.months, following) {
        return false;
    }
    if digits.len() > 2 {
        return true;
    }
    if starter {
        return true;
    }
    // "Am 3. Tag", "der 2. Weltkrieg", "im 19. Jahrhundert": a word before it agrees with an ordinal.
    let before = content[..content.len() - 1 - digits.len()].trim_end();
    let word = before
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or("");
    const BEFORE_ORDINAL: &[&str] = &[
        "der",
        "die",
        "das",
        "den",
        "dem",
        "des",
        "am",
        "im",
        "vom",
        "zum",
        "zur",
        "beim",
        "ab",
        "bis",
        "seit",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "jeder",
        "jede",
        "jedes",
        "jeden",
        "jedem",
        "sein",
        "seinen",
        "seinem",
        "seiner",
        "seine",
        "ihr",
        "ihre",
        "ihren",
        "ihrem",
        "ihrer",
        "mein",
        "meinen",
        "meinem",
        "meine",
        "meiner",
        "unser",
        "unseren",
        "unserem",
        "unserer",
        "unsere",
        "dein",
        "deinen",
        "deinem",
        "diesen",
        "diesem",
        "dieser",
        "diese",
        "dieses",
        "und",
        "oder",
        "ins",
        "vor",
        "nach",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonntag",
        "jahrhunderts",
        "heinrich",
        "ludwig",
        "friedrich",
        "wilhelm",
        "karl",
        "otto",
        "elisabeth",
        "katharina",
        "papst",
        "kaiser",
        "könig",
        "königin",
        "zar",
        "georg",
    ];
    !(before.is_empty()
        || has(BEFORE_ORDINAL, word)
        || before.ends_with([',', '/', '–', '-'])
        || before.ends_with('.') && !has(language.before_number, last_word(before)))
}

/// What is between the last space and the full stop at the end, without signs before it.
fn last_word(content: &str) -> &str {
    let content = content.strip_suffix('.').unwrap_or(content);
    let start = content.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = content.get(start..).unwrap_or_else(|| content.trim_start());
    word.trim_start_matches(|c: char| !c.is_alphanumeric())
}

/// The last words, with their full stops: "z. B".
fn last_words(content: &str, count: usize) -> &str {
    let content = content.strip_suffix('.').unwrap_or(content);
    let start = content
        .rmatch_indices(' ')
        .nth(count - 1)
        .map_or(0, |(at, _)| at + 1);
    content[start..].trim_start_matches(|c: char| !c.is_alphanumeric())
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'));
    &text[..end.unwrap_or(text.len())]
}

fn is_starter(next: &str, language: &Language) -> bool {
    let word = first_word(next);
    match word.contains('’') {
        true => has(language.starters, &word.replace('’', "'")),
        false => has(language.starters, word),
    }
}

/// "U.S", "e.g": single letters with full stops between them.
fn is_dotted_initials(word: &str) -> bool {
    word.contains('.') && word.split('.').all(|part| part.chars().count() == 1)
}

/// Whether another initial, or a name's first part, comes before the last one: "J. R".
fn initials_before(content: &str) -> bool {
    let before = content
        .rsplit_once(char::is_whitespace)
        .map_or("", |(before, _)| before);
    let word = last_word(before.trim_end());
    before.trim_end().ends_with('.') && word.chars().count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characters::Characters;
    use crate::languages::{language, written_numbers};
    use crate::protect::protect;

    /// The sentences of a case, and what was found.
    fn wrong(code: &str, file: &str) -> (usize, Vec<String>) {
        let mut wrong = Vec::new();
        let cases = file.lines().filter(|line| !line.starts_with('#'));
        let count = cases.clone().count();
        for case in cases {
            let text = case.replace(" | ", " ");
            let spans = protect(
                &text,
                None,
                written_numbers(code, "de"),
                &Characters::new(code, &|_| true),
            );
            let found: Vec<&str> = split(&text, &spans, language(code))
                .into_iter()
                .map(|range| &text[range])
                .collect();
            let found = found.join(" | ");
            if found != case {
                wrong.push(format!("{case}\n    {found}"));
            }
        }
        (count, wrong)
    }

    #[test]
    fn sentences_of_english_and_german_are_found() {
        let (english, mut faults) = wrong("en", include_str!("../tests/data/sentences.en.txt"));
        let (german, more) = wrong("de", include_str!("../tests/data/sentences.de.txt"));
        faults.extend(more);
        let count = english + german;
        assert!(count >= 300, "{count} cases");
        assert!(
            faults.len() * 100 <= count,
            "{} of {count} wrong:\n{}",
            faults.len(),
            faults.join("\n")
        );
    }

    #[test]
    fn unusual_text_is_split_without_loss() {
        for text in [
            "",
            " ",
            "...",
            ". . .",
            "a",
            "日本語です。次の文。",
            "\u{308}",
            "a.\u{A0}B.\u{A0}c",
            "))).",
        ] {
            let ranges = split(text, &[], language("en"));
            let letters: String = ranges
                .iter()
                .map(|range| text[range.clone()].trim())
                .collect();
            let all: String = text.split_whitespace().collect();
            assert_eq!(
                letters.split_whitespace().collect::<String>(),
                all,
                "{text:?}"
            );
        }
        assert_eq!(split("日本語です。次の文。", &[], language("ja")).len(), 2);
        for (text, count) in [
            ("Good morning.The cat sleeps.", 2),
            ("What?!No way!", 2),
            ("Use System.Collections.Generic and a.The", 1),
            ("Yes.\u{200B}No.", 2),
        ] {
            assert_eq!(split(text, &[], language("en")).len(), count, "{text}");
        }
    }
}
