//! Spans that come through unchanged: by the table of rules, by the glossary, and by their characters.

mod candidates;
pub(crate) mod clues;
mod compiled;

use std::ops::Range;

use regex_automata::Input;

use crate::characters::Characters;
use crate::glossary::Matcher;
use crate::languages::{WrittenNumbers, has};
use crate::rules::{Edge, Rule};
use crate::unknown::by_characters;
use candidates::next_candidate;
use clues::Clues;
use compiled::{Compiled, asked};

/// The longest run of ASCII characters without a space that can be a word; longer ones are protected. This also bounds how
/// far a search looks ahead.
const LONGEST_WORD: usize = 512;

/// Words that are no code before a number: "IT IS 100 YEARS OLD".
const SHORT_WORDS: &[&str] = &[
    "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no",
    "of", "on", "or", "so", "to", "up", "us", "we",
];

/// How far a span may reach.
const WINDOW: usize = 1 << 14;

/// A span that the model does not translate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its place, in bytes.
    pub(crate) range: Range<usize>,
    /// The rule that found it.
    pub(crate) rule: &'static str,
    /// Its fixed translation, if it has one.
    pub(crate) target: Option<String>,
}

/// The protected spans of a text, in order, none overlapping another.
pub(crate) fn protect(
    text: &str,
    glossary: Option<&Matcher>,
    numbers: Option<&WrittenNumbers>,
    characters: &Characters<'_>,
) -> Vec<Span> {
    let mut spans = joined_by_dashes(text, by_rules(text, numbers));
    if let Some(glossary) = glossary {
        spans = with_terms(text, spans, glossary);
    }
    by_characters(text, spans, characters)
}

/// Numbers outside the spans: each run of digits with the signs inside it.
pub(crate) fn numbers(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(u8::is_ascii_digit)?;
        let mut end = start;
        while end < bytes.len() {
            let inside = matches!(bytes[end], b'.' | b',' | b':')
                && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            if !bytes[end].is_ascii_digit() && !inside {
                break;
            }
            end += 1;
        }
        at = end;
        Some(start..end)
    })
}

pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric()
}

fn by_rules(text: &str, numbers: Option<&WrittenNumbers>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    for word in long_words(text) {
        scan(text, start..word.start, numbers, &mut spans);
        start = word.end;
        spans.push(Span {
            range: word,
            rule: "long word",
            target: None,
        });
    }
    scan(text, start..text.len(), numbers, &mut spans);
    spans
}

/// Spans with a dash between them as one: "{min}–{max}". A model changes the dash, or leaves it out.
fn joined_by_dashes(text: &str, spans: Vec<Span>) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        if let Some(last) = all.last_mut()
            && matches!(&text[last.range.end..span.range.start], "–" | "—" | "-")
            && last.target.is_none()
            && span.target.is_none()
        {
            last.range.end = span.range.end;
        } else {
            all.push(span);
        }
    }
    all
}

fn long_words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive(char::is_whitespace)
        .filter_map(move |run| {
            let word = run.trim_end();
            let range = start..start + word.len();
            start += run.len();
            (word.len() > LONGEST_WORD && word.is_ascii()).then_some(range)
        })
}

/// Finds the spans of a stretch.
fn scan(
    text: &str,
    stretch: Range<usize>,
    numbers: Option<&WrittenNumbers>,
    spans: &mut Vec<Span>,
) {
    let mut at = stretch.start;
    let clues = Clues::of(&text[stretch.clone()]);
    let asked = asked(clues);
    if asked == 0 {
        return;
    }
    loop {
        at = next_candidate(&text[..stretch.end], at, clues);
        if at >= stretch.end {
            return;
        }
        // What comes before `at` is the context of its edge, so the search sees the whole text.
        let window = text
            .floor_char_boundary(at.saturating_add(WINDOW))
            .min(stretch.end);
        let compiled = Compiled::with(asked);
        let Some(found) = compiled.regex.find(Input::new(text).range(at..window)) else {
            if window == stretch.end {
                return;
            }
            // A span may begin near the window's end.
            at = text.floor_char_boundary(window - WINDOW / 8).max(at + 1);
            at = text.ceil_char_boundary(at);
            continue;
        };
        let rule = compiled.rules[found.pattern().as_usize()];
        let fits = fit(text, rule, found.range());
        let written = |range: Range<usize>| {
            let target =
                numbers.and_then(|numbers| translated(rule, &text[range.clone()], numbers));
            let is_span = rule.edge != Edge::Translated || target.is_some();
            is_span.then_some((range, target))
        };
        match fits.and_then(written) {
            Some((range, target)) => {
                at = range.end;
                spans.push(Span {
                    range,
                    rule: rule.name,
                    target,
                });
            }
            // A long match that fits nowhere is not tried again from each of its characters.
            None if found.len() > 64 => at = found.end(),
            None => {
                let rest = &text[found.start()..];
                let run = rest
                    .find(|character| !is_word(character))
                    .unwrap_or(rest.len());
                let first = rest.chars().next().map_or(1, char::len_utf8);
                at = found.start() + run.max(first);
            }
        }
    }
}

/// The fixed translation of a span, if the pair of languages has one.
fn translated(rule: &Rule, span: &str, numbers: &WrittenNumbers) -> Option<String> {
    match rule.name {
        "label" => numbers.label(span),
        "written date" => numbers.date(span),
        "clock" => numbers.clock(span),
        "weekdays" => numbers.weekdays(span),
        _ => None,
    }
}

/// The match as the span it is, if its neighbours allow it.
fn fit(text: &str, rule: &Rule, found: Range<usize>) -> Option<Range<usize>> {
    let before = text[..found.start].chars().next_back();
    let after = text[found.end..].chars().next();
    let mut range = found;
    match rule.edge {
        Edge::Any => {
            // "100% done" and "5%d": a percent sign after a digit is a percent sign.
            let percent =
                text[range.clone()].starts_with('%') && before.is_some_and(|c| c.is_ascii_digit());
            if percent {
                return None;
            }
        }
        Edge::Word | Edge::Translated => {
            if before.is_some_and(is_word) || after.is_some_and(is_word) {
                return None;
            }
            let span = &text[range.clone()];
            // "IT IS 100 YEARS" has no code of two letters.
            let word = span.split(' ').next().unwrap_or_default();
            if rule.name == "code number" && word.len() < span.len() && has(SHORT_WORDS, word) {
                return None;
            }
            // ".5", not the end of "....5".
            if is_word_with_number(span) || span.starts_with('.') && before == Some('.') {
                return None;
            }
        }
        Edge::Letters => {
            if before.is_some_and(is_word) {
                return None;
            }
            if rule.name == "inches" {
                return (!closes_a_quotation(text, &range) && !after.is_some_and(is_word))
                    .then_some(range);
            }
            let rest = &text[range.end..];
            range.end += rest
                .find(|character: char| !is_word(character) && character != '_')
                .unwrap_or(rest.len());
        }
        Edge::Address => {
            if before.is_some_and(|c| is_word(c) || matches!(c, '-' | '.' | '_' | '@' | '/' | '&'))
            {
                return None;
            }
            range.end = without_punctuation(text, &range);
            let after = text[range.end..].chars().next();
            if range.is_empty() || after.is_some_and(is_word) {
                return None;
            }
        }
    }
    Some(range)
}

/// Whether the sign at a span's end is the second of a pair of quotation marks: "I am 12".
fn closes_a_quotation(text: &str, span: &Range<usize>) -> bool {
    let sign = text[..span.end].chars().next_back();
    let before = &text[..span.start];
    match sign {
        Some('"') => {
            let inches = |at: usize| before[..at].ends_with(|c: char| c.is_ascii_digit());
            let marks = before.match_indices('"').filter(|(at, _)| !inches(*at));
            marks.count() % 2 == 1
        }
        Some('”') => before.contains('“'),
        Some('\'') => before
            .match_indices('\'')
            .any(|(at, _)| !before[..at].ends_with(is_word)),
        _ => false,
    }
}

/// Numbers that a translation writes in another way, and so go through the model: "1st", "90s".
fn is_word_with_number(span: &str) -> bool {
    let digits = span.len() - span.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &span[digits..];
    digits > 0
        && [
            "st", "nd", "rd", "th", "ST", "ND", "RD", "TH", "s", "x", "er", "h",
        ]
        .contains(&rest)
}

/// Where an address ends: punctuation at its end is the sentence's, and so is a bracket that it did not open.
fn without_punctuation(text: &str, range: &Range<usize>) -> usize {
    let mut end = range.end;
    while let Some(last) = text[range.start..end].chars().next_back() {
        let address = &text[range.start..end];
        let cut = match last {
            '.' if address.chars().all(|c| matches!(c, '.' | '/')) => false,
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '…' => address.len() > 1,
            ')' => address.len() > 2 && unopened(address, '(', ')'),
            ']' => address.len() > 2 && unopened(address, '[', ']'),
            _ => false,
        };
        if !cut {
            break;
        }
        end -= last.len_utf8();
    }
    end
}

fn unopened(address: &str, open: char, close: char) -> bool {
    // A smiley's mouth.
    !address.starts_with([':', ';', '=', '8'])
        && address.matches(close).count() > address.matches(open).count()
}

/// The rules' spans and the glossary's terms: a term that holds a span wins, one inside a span does not.
fn with_terms(text: &str, spans: Vec<Span>, glossary: &Matcher) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::with_capacity(spans.len());
    let mut spans = spans.into_iter().peekable();
    for (range, target) in glossary.find(text) {
        while let Some(span) = spans.next_if(|span| span.range.end <= range.start) {
            all.push(span);
        }
        let overlaps = |span: &Span| span.range.start < range.end;
        let holds = |span: &Span| range.start <= span.range.start && span.range.end <= range.end;
        if spans
            .peek()
            .is_some_and(|span| overlaps(span) && !holds(span))
        {
            continue;
        }
        while spans.next_if(|span| holds(span)).is_some() {}
        if spans.peek().is_some_and(overlaps) {
            continue;
        }
        all.push(Span {
            range,
            rule: "glossary",
            target: Some(target),
        });
    }
    all.extend(spans);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::written_numbers;
    use crate::rules::RULES;

    fn protected(text: &str, knows: &dyn Fn(char) -> bool) -> String {
        let spans = protect(
            text,
            None,
            written_numbers("en", "de"),
            &Characters::new("en", knows),
        );
        let (mut out, mut end) = (String::new(), 0);
        for span in spans {
            assert!(span.range.start >= end, "{text}: {span:?}");
            out += &format!(
                "{}⟦{}⟧",
                &text[end..span.range.start],
                &text[span.range.clone()]
            );
            end = span.range.end;
        }
        out + &text[end..]
    }

    #[test]
    fn each_rule_finds_its_examples_and_nothing_else() {
        let mut wrong = vec![];
        for rule in RULES {
            for example in rule.examples {
                let got = protected(&example.replace(['⟦', '⟧'], ""), &|_| true);
                if got != *example {
                    wrong.push(format!("{}:\n  {example}\n  {got}", rule.name));
                }
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }

    #[test]
    fn a_dash_joins_spans() {
        for text in [
            "⟦{min}–{max}⟧ items, ⟦%d–%d⟧ of ⟦%d⟧",
            "⟦5 kg–{max}⟧ and ⟦<b>⟧a⟦</b>⟧ - b",
            "⟦$5⟧ – ⟦{max}⟧",
        ] {
            assert_eq!(protected(&text.replace(['⟦', '⟧'], ""), &|_| true), text);
        }
    }

    #[test]
    fn plain_sentences_have_no_spans() {
        for text in [
            "Hello, how are you today?",
            "He said: \"I don't know (yet).\" Then he left...",
            "The well-known U.S. company, e.g. this one, and/or his/her friend; ok?",
            "Wait - what? A/B, on/off, 12 apples and 3 pears.",
            "Is it 100% true? It is 5 o'clock on the 21st, in the 1990s.",
            "Mr. Smith's \u{201C}house\u{201D} \u{2013} big & old; I've seen it: yes!",
        ] {
            assert_eq!(protected(text, &|_| true).replace("⟦100%⟧", "100%"), text);
        }
    }

    #[test]
    fn characters_that_the_model_does_not_know_are_protected() {
        let knows = |character: char| character.is_ascii() || "äöüßÄÖÜ".contains(character);
        for text in [
            "Well done ⟦👍🏽⟧ and ⟦👨‍👩‍👧⟧!",
            "He said ⟦Привет, мир⟧ to her.",
            "The city of ⟦Łódź⟧ is big ⟦→⟧ see ⟦東京⟧.",
            "a⟦\u{E000}⟧b",
            "platform 9⟦¾⟧ is a room, and ⟦①⟧ is a number",
            "Grüße, Gru\u{308}ße, \u{FB01}n",
        ] {
            assert_eq!(protected(&text.replace(['⟦', '⟧'], ""), &knows), text);
        }
    }

    #[test]
    fn numbers_are_found_with_their_signs() {
        let text = "12 of 3,5 at 10:30. 7";
        let found: Vec<&str> = numbers(text).map(|range| &text[range]).collect();
        assert_eq!(found, ["12", "3,5", "10:30", "7"]);
    }

    #[test]
    fn a_long_line_takes_linear_time() {
        let unit = [
            "a.1234.", "1.1.1.1a", "{a{b}", "{{ ", "`a ", "<a ", "$(", "1 ", "a@", "+1 ", "((",
            "[[", "%(a", "//", "-a", "x_y.", "é1", "12:",
        ];
        for unit in unit {
            let text = unit.repeat((1 << 18) / unit.len());
            let started = std::time::Instant::now();
            protect(
                &text,
                None,
                written_numbers("en", "de"),
                &Characters::new("en", &|_| true),
            );
            assert!(
                started.elapsed().as_secs_f64() < 8.0,
                "{unit}: {:?}",
                started.elapsed()
            );
        }
    }
}
