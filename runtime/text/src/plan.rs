//! Sentences to units: long sentences are cut at clauses, and what needs no model is set apart.

use crate::capitals::without_emphasis;
use crate::case::{self, Case};
use crate::elements::{Atom, Element, has_letters, peel, texts};
use crate::languages::{Language, has};
use crate::model::Model;
use crate::unit::{Part, Stage, Unit, write};

/// What planning needs to know.
pub(crate) struct Planner<'p, M> {
    pub(crate) model: &'p M,
    /// The source language.
    pub(crate) language: &'static Language,
    pub(crate) symbols: &'p [char],
    pub(crate) maximum_tokens: usize,
}

/// Where elements are cut: an element, a place in its text, the length of the white space there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    element: usize,
    at: usize,
    space: usize,
}

impl<M: Model> Planner<'_, M> {
    /// The parts of a sentence's translation, and whether the sentence was cut. Units are added to `units`.
    pub(crate) fn sentence(
        &self,
        sentence: usize,
        elements: &[Element],
        case: Case,
        stage: Stage,
        atoms: &[Atom],
        units: &mut Vec<Unit>,
    ) -> (Vec<Part>, bool) {
        let inner = peel(elements, atoms);
        let mut parts: Vec<Part> = elements[..inner.start].iter().map(literal).collect();
        let first = units.len();
        let core = self.in_case(&elements[inner.clone()], case);
        self.cut(sentence, core, stage, atoms, units, &mut parts, 0);
        parts.extend(elements[inner.end..].iter().map(literal));
        let cut = units.len() > first + 1;
        for (index, unit) in units[first..].iter_mut().enumerate() {
            unit.first = index == 0;
            unit.partial = cut;
        }
        (parts, cut)
    }

    /// The text between atoms as units of their own, and the atoms as they are.
    pub(crate) fn pieces(
        &self,
        whole: &Unit,
        elements: &[Element],
        atoms: &[Atom],
        units: &mut Vec<Unit>,
    ) -> Vec<Part> {
        let mut parts = Vec::new();
        let first = units.len();
        for element in elements {
            match element {
                Element::Text(text) => {
                    let piece = vec![Element::Text(text.clone())];
                    self.cut(
                        whole.sentence,
                        piece,
                        Stage::Pieces,
                        atoms,
                        units,
                        &mut parts,
                        0,
                    );
                }
                Element::Atom(atom) => parts.push(Part::Atom(*atom)),
            }
        }
        for (index, unit) in units[first..].iter_mut().enumerate() {
            unit.first = index == 0 && whole.first;
            unit.partial = true;
        }
        parts
    }

    /// A unit of the elements, or of each half where they are too long or have too many atoms.
    #[expect(
        clippy::too_many_arguments,
        reason = "one recursion, called from two places"
    )]
    fn cut(
        &self,
        sentence: usize,
        elements: Vec<Element>,
        stage: Stage,
        atoms: &[Atom],
        units: &mut Vec<Unit>,
        parts: &mut Vec<Part>,
        depth: usize,
    ) {
        if !has_letters(&elements) {
            parts.extend(elements.iter().map(literal));
            return;
        }
        let (before, core, after) = without_space(elements);
        parts.extend(before.map(Part::Literal));
        let written = write(&core, atoms, self.symbols);
        match written.filter(|written| self.fits(&written.text)) {
            Some(written) => {
                parts.push(Part::Unit(units.len()));
                units.push(Unit::new(sentence, core, stage, written));
            }
            None => match find_cut(&core, depth) {
                Some(cut) => {
                    let (left, space, right) = cut.apply(core);
                    self.cut(sentence, left, stage, atoms, units, parts, depth + 1);
                    if !space.is_empty() {
                        parts.push(Part::Literal(space));
                    }
                    self.cut(sentence, right, stage, atoms, units, parts, depth + 1);
                }
                // One character that is too long for the model is kept.
                None => parts.extend(core.iter().map(literal)),
            },
        }
        parts.extend(after.map(Part::Literal));
    }

    fn fits(&self, text: &str) -> bool {
        // A token has at least one byte, and one is for the space before the text.
        let surely = text.len() < self.maximum_tokens;
        let hardly = text.len() > self.maximum_tokens * 32;
        surely || (!hardly && self.model.count_tokens(text) <= self.maximum_tokens)
    }

    /// Whether a word of the source language, in small letters and with a capital, is usually capitalised. Where the language
    /// has no list of names, the model's vocabulary says so; it is often wrong, because programs write "Delete" and "Windows".
    pub(crate) fn prefers_capital(&self, small: &str, capital: &str) -> bool {
        if self.language.names.is_empty() {
            return self.model.count_tokens(capital) < self.model.count_tokens(small);
        }
        let possessor = small.trim_end_matches('\'').trim_end_matches("'s");
        has(self.language.names, possessor)
    }

    /// Whether a word is surely no name: the model's vocabulary has it in small letters, as it has the most common words.
    pub(crate) fn is_common(&self, small: &str, capital: &str) -> bool {
        let tokens = self.model.count_tokens(small);
        !has(self.language.names, small)
            && (tokens < self.model.count_tokens(capital) || tokens <= self.model.count_tokens("a"))
    }

    /// Elements in sentence case.
    fn in_case(&self, elements: &[Element], case: Case) -> Vec<Element> {
        let prefers_capital = |small: &str, capital: &str| self.prefers_capital(small, capital);
        let two_words = self.language.names_of_two_words;
        let mut first = true;
        elements
            .iter()
            .map(|element| match element {
                Element::Text(text) => {
                    let written = match case {
                        Case::Sentence => without_emphasis(text, first, self.language),
                        Case::Lower => case::from_lower_case(text, first),
                        _ => case::to_sentence_case(text, case, first, two_words, &prefers_capital),
                    };
                    first &= !text.contains(char::is_alphanumeric);
                    Element::Text(written)
                }
                Element::Atom(atom) => {
                    first = false;
                    Element::Atom(*atom)
                }
            })
            .collect()
    }
}

fn literal(element: &Element) -> Part {
    match element {
        Element::Text(text) => Part::Literal(text.clone()),
        Element::Atom(atom) => Part::Atom(*atom),
    }
}

/// Elements without the white space around them, which is copied.
fn without_space(mut elements: Vec<Element>) -> (Option<String>, Vec<Element>, Option<String>) {
    let mut before = None;
    let mut after = None;
    if let Some(Element::Text(text)) = elements.first_mut() {
        let space = text.len() - text.trim_start().len();
        if space > 0 {
            let rest = text.split_off(space);
            before = Some(std::mem::replace(text, rest));
        }
    }
    if let Some(Element::Text(text)) = elements.last_mut() {
        let end = text.trim_end().len();
        if end < text.len() {
            after = Some(text.split_off(end));
        }
    }
    elements.retain(|element| element.text() != Some(""));
    (before, elements, after)
}

/// How good a place for a cut is; lower is better.
fn rank(before: &str, after: &str) -> u8 {
    const CONJUNCTIONS: &[&str] = &[
        "and ", "but ", "or ", "because ", "which ", "while ", "that ", "who ", "when ", "where ",
        "if ", "so ", "as ", "und ", "aber ", "oder ", "weil ", "dass ", "wobei ", "wenn ",
        "falls ", "damit ", "als ",
    ];
    let conjunction = CONJUNCTIONS.iter().any(|word| after.starts_with(word));
    match before.chars().next_back() {
        Some('.' | '!' | '?' | '…') => 0,
        Some(';') => 1,
        Some(':' | '–' | '—') => 2,
        Some(',') if conjunction => 2,
        Some(',' | ')') => 3,
        _ if after.starts_with(['–', '—', '(']) => 3,
        _ if conjunction => 4,
        _ => 5,
    }
}

/// The best place to cut near the middle: behind a clause, else at any space, else at an atom, else anywhere.
fn find_cut(elements: &[Element], depth: usize) -> Option<Cut> {
    let length = |element: &Element| element.text().map_or(1, str::len);
    let total: usize = elements.iter().map(length).sum();
    let middle = total / 2;
    let central = total / 4..=total - total / 4;
    let mut best: Option<((bool, u8, usize), Cut)> = None;
    let mut start = 0;
    let mut consider = |place: usize, rank: u8, cut: Cut| {
        let key = (!central.contains(&place), rank, place.abs_diff(middle));
        if best.is_none_or(|(best, _)| key < best) {
            best = Some((key, cut));
        }
    };
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            let cut = Cut {
                element: index,
                at: 0,
                space: 0,
            };
            consider(start, 6, cut);
        }
        if let Element::Text(text) = element {
            for (at, character) in text.char_indices() {
                if character.is_whitespace() {
                    let inside = index > 0 || at > 0;
                    let space = character.len_utf8();
                    let more = index + 1 < elements.len() || at + space < text.len();
                    if inside && more {
                        let rank = rank(&text[..at], &text[at + space..]);
                        consider(
                            start + at,
                            rank,
                            Cut {
                                element: index,
                                at,
                                space,
                            },
                        );
                    }
                }
            }
        }
        start += length(element);
    }
    if best.is_none() && depth < 64 {
        // One word: near its middle.
        let text = texts(elements).next()?;
        let at = text.floor_char_boundary(text.len() / 2);
        let at = if at == 0 {
            text.chars().next()?.len_utf8()
        } else {
            at
        };
        return (at < text.len()).then_some(Cut {
            element: 0,
            at,
            space: 0,
        });
    }
    best.map(|(_, cut)| cut)
}

impl Cut {
    fn apply(self, mut elements: Vec<Element>) -> (Vec<Element>, String, Vec<Element>) {
        let mut right = elements.split_off(self.element);
        let mut space = String::new();
        if let Some(Element::Text(text)) = right.first_mut()
            && (self.at > 0 || self.space > 0)
        {
            let rest = text.split_off(self.at + self.space);
            space = text.split_off(self.at);
            let left = std::mem::replace(text, rest);
            elements.push(Element::Text(left));
        }
        let filled = |elements: Vec<Element>| {
            elements
                .into_iter()
                .filter(|e| e.text() != Some(""))
                .collect()
        };
        (filled(elements), space, filled(right))
    }
}
