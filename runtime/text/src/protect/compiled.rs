//! The rules' patterns, compiled: those that a text has clues for.

use std::sync::OnceLock;

use regex_automata::meta::Regex;

use super::clues::Clues;
use crate::rules::{Edge, RULES, Rule};

/// Some of the rules, compiled.
pub(super) struct Compiled {
    /// Their places in [`RULES`], as bits.
    set: u64,
    pub(super) rules: Vec<&'static Rule>,
    pub(super) regex: Regex,
}

/// The rules that can match in a text with these clues, as bits.
pub(super) fn asked(clues: Clues) -> u64 {
    const { assert!(RULES.len() <= u64::BITS as usize) };
    let rules = RULES.iter().enumerate();
    rules.fold(0, |set, (at, rule)| {
        set | u64::from(rule.needs.met_by(clues)) << at
    })
}

impl Compiled {
    /// Compiled rules with at least those of `set`. The first text gets what it asks for, because compiling all rules takes
    /// longer than translating a sentence; a text that asks for more gets all.
    pub(super) fn with(set: u64) -> &'static Self {
        static FIRST: OnceLock<Compiled> = OnceLock::new();
        static ALL: OnceLock<Compiled> = OnceLock::new();
        let first = FIRST.get_or_init(|| Self::new(set));
        match set & !first.set {
            0 => first,
            _ => ALL.get_or_init(|| Self::new(u64::MAX)),
        }
    }

    fn new(set: u64) -> Self {
        let rules: Vec<&Rule> = (RULES.iter().enumerate())
            .filter(|(at, _)| set >> at & 1 == 1)
            .map(|(_, rule)| rule)
            .collect();
        let patterns: Vec<String> = rules.iter().map(|rule| pattern(rule)).collect();
        let regex = Regex::builder()
            .configure(
                // Engines that are built and then not used cost a quarter of the time that it takes to start.
                Regex::config()
                    .nfa_size_limit(None)
                    .hybrid_cache_capacity(8 << 20)
                    .auto_prefilter(false)
                    .onepass(false)
                    .backtrack(false)
                    .dfa(false),
            )
            .build_many(&patterns)
            .expect("the rules' patterns are valid: a test compiles them");
        Self { set, rules, regex }
    }
}

/// A rule's pattern with what its edges ask of ASCII neighbours; [`super::fit`] asks the rest.
fn pattern(rule: &Rule) -> String {
    const START: &str = r"(?-u:\b{start-half})";
    const END: &str = r"(?-u:\b{end-half})";
    let pattern = rule.pattern;
    match rule.edge {
        Edge::Any => pattern.to_owned(),
        Edge::Word | Edge::Translated => format!("{START}(?:{pattern}){END}"),
        Edge::Letters | Edge::Address => format!("{START}(?:{pattern})"),
    }
}

#[cfg(test)]
mod tests {
    use regex_automata::Input;

    use super::super::translated;
    use super::*;
    use crate::languages::written_numbers;

    #[test]
    fn a_rule_matches_only_where_its_needs_are_met() {
        let all = Compiled::new(u64::MAX);
        let numbers = written_numbers("en", "de").expect("the pair has a table");
        let signs: Vec<char> = "aAeXvV159 .:;,-+'()/\\@#&<>[]{}`$%|_^=!?~*°€é≥½I\u{1B}\u{8}"
            .chars()
            .collect();
        let words = [
            "Mon", "May", "BIC", "no", "km", "www", "://", "com", "txt", "pm", "II", "::", "O'",
            "USD",
        ];
        let mut random = 1_u64;
        let mut next = |below: usize| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (random >> 33) as usize % below
        };
        let mut found = [false; RULES.len()];
        let examples = RULES.iter().flat_map(|rule| rule.examples);
        let examples = examples.map(|example| example.replace(['⟦', '⟧'], ""));
        let texts: Vec<String> = examples
            .chain((0..30_000).map(|_| {
                let parts = 1 + next(9);
                (0..parts).fold(String::new(), |mut text, _| {
                    match next(4) {
                        0 => text += words[next(words.len())],
                        _ => text.push(signs[next(signs.len())]),
                    }
                    text
                })
            }))
            .collect();
        for text in texts {
            let mut at = 0;
            while let Some(span) = all.regex.find(Input::new(&text).range(at..)) {
                let index = span.pattern().as_usize();
                let matched = &text[span.range()];
                found[index] = true;
                // "May", which has no translation, is no span.
                let is_span = RULES[index].edge != Edge::Translated
                    || translated(&RULES[index], matched, numbers).is_some();
                assert!(
                    !is_span || RULES[index].needs.met_by(Clues::of(&text)),
                    "{}: {matched:?} in {text:?}",
                    RULES[index].name
                );
                at = text.ceil_char_boundary(span.start() + 1);
            }
        }
        assert!(
            found.iter().all(|&found| found),
            "every rule has an example"
        );
    }
}
