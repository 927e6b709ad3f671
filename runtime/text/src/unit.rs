//! A unit: what the model translates at once, and how its answer is read.

use crate::case::{self, Case};
use crate::doubt;
use crate::elements::{Atom, Element, Mark, texts};
use crate::languages::Language;
use crate::model::SentenceTranslation;

/// How hard it is tried to get an answer that keeps everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Small numbers go through the model.
    First,
    /// Numbers are atoms too.
    Numbers,
    /// The text between atoms, alone: there is nothing left to damage.
    Pieces,
}

/// A stretch of a translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Out {
    Text(String),
    Atom(usize),
}

/// The sentence that a unit is of, as far as its units need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) case: Case,
    pub(crate) target_code: &'c str,
    pub(crate) target: &'c Language,
    pub(crate) symbols: &'c [char],
}

/// What the model translates at once.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) sentence: usize,
    pub(crate) elements: Vec<Element>,
    pub(crate) stage: Stage,
    /// Whether it begins its sentence.
    pub(crate) first: bool,
    /// Whether it is only a part of a sentence.
    pub(crate) partial: bool,
    /// What the model sees.
    pub(crate) text: String,
    /// For each symbol, the elements that it stands for.
    groups: Vec<Vec<Element>>,
    /// What came of it.
    pub(crate) outcome: Outcome,
    pub(crate) log_probability: f32,
    pub(crate) tokens: usize,
    pub(crate) truncated: bool,
    pub(crate) repeated: bool,
}

/// What came of a unit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The model was not asked yet.
    Waiting,
    /// Its translation.
    Done(Vec<Out>),
    /// Others stand for it: its answer was damaged.
    Replaced(Vec<Part>),
}

/// A part of a sentence's translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// As it is: white space between clauses.
    Literal(String),
    Atom(usize),
    /// A unit's translation.
    Unit(usize),
}

impl Unit {
    /// A unit of `elements`. What the model sees is written by [`write`].
    pub(crate) fn new(
        sentence: usize,
        elements: Vec<Element>,
        stage: Stage,
        text: String,
        groups: Vec<Vec<Element>>,
    ) -> Self {
        Self {
            sentence,
            elements,
            stage,
            first: true,
            partial: false,
            text,
            groups,
            outcome: Outcome::Waiting,
            log_probability: 0.0,
            tokens: 0,
            truncated: false,
            repeated: false,
        }
    }

    /// Reads the model's answer. None if it damaged an atom or, before the last stage, a number.
    pub(crate) fn read(
        &mut self,
        answer: SentenceTranslation,
        atoms: &[Atom],
        context: Context<'_>,
    ) -> Option<Vec<Out>> {
        self.log_probability = answer.log_probability;
        self.tokens = answer.tokens;
        self.truncated = answer.truncated;
        self.repeated = answer.repeated;
        let text = answer.text.trim();
        let cut = doubt::without_loops(text, &self.text);
        if matches!(cut, std::borrow::Cow::Owned(_)) {
            self.repeated = true;
        }
        let text = self.like_source(&cut);
        if text.is_empty() {
            return None;
        }
        let out = if context.symbols.is_empty() {
            self.find_spans(text, atoms)?
        } else {
            if answer.appended_symbols > 0 {
                return None;
            }
            self.find_symbols(text, context.symbols)?
        };
        let out = strip_foreign_symbols(out, context.symbols);
        let digits = doubt::digits(texts(&self.elements));
        let kept = digits == doubt::digits(out_texts(&out));
        let had_numbers = digits.iter().any(|&count| count > 0);
        if !kept && self.stage < Stage::Pieces && (had_numbers || self.stage == Stage::Numbers) {
            return None;
        }
        let kept_marks = marks_are_valid(&self.elements, &out, atoms);
        kept_marks.then(|| self.set_back(out, context))
    }

    /// A part of a sentence that does not end with a full stop is not given one.
    fn like_source<'t>(&self, translation: &'t str) -> &'t str {
        let ends = |text: &str| text.trim_end().ends_with(['.', '!', '?', '…', ':', ';']);
        if !self.partial || ends(&self.text) {
            return translation;
        }
        translation
            .strip_suffix('.')
            .filter(|rest| !rest.ends_with('.'))
            .unwrap_or(translation)
    }

    fn set_back(&self, out: Vec<Out>, context: Context<'_>) -> Vec<Out> {
        if context.case == Case::Sentence {
            return out;
        }
        let mut first = self.first;
        let set = |part| match part {
            Out::Text(text) => {
                let written = case::set_back(
                    &text,
                    context.case,
                    first,
                    context.target_code,
                    context.target,
                );
                first &= !text.contains(char::is_alphanumeric);
                Out::Text(written)
            }
            atom => atom,
        };
        out.into_iter().map(set).collect()
    }

    /// The answer with what the symbols stand for; none if one is missing, doubled or unknown.
    fn find_symbols(&self, text: &str, symbols: &[char]) -> Option<Vec<Out>> {
        let mut out = Vec::new();
        let mut seen = vec![false; self.groups.len()];
        let mut rest = text;
        while let Some(at) = rest.find(|c| symbols.contains(&c)) {
            let symbol = rest[at..].chars().next()?;
            let index = symbols.iter().position(|&other| other == symbol)?;
            let group = self.groups.get(index)?;
            if std::mem::replace(&mut seen[index], true) {
                return None;
            }
            let spaced = self.spaces_around(symbol);
            push_text(&mut out, &rest[..at]);
            if spaced.0 && ends_with_word(&out) {
                push_text(&mut out, " ");
            }
            for element in group {
                match element {
                    Element::Text(text) => push_text(&mut out, text),
                    Element::Atom(atom) => out.push(Out::Atom(*atom)),
                }
            }
            rest = &rest[at + symbol.len_utf8()..];
            if spaced.1 && rest.starts_with(char::is_alphanumeric) {
                push_text(&mut out, " ");
            }
        }
        push_text(&mut out, rest);
        seen.iter().all(|&seen| seen).then_some(out)
    }

    /// Whether white space, or nothing, stands before and after a symbol in the source.
    fn spaces_around(&self, symbol: char) -> (bool, bool) {
        let Some((before, after)) = self.text.split_once(symbol) else {
            return (false, false);
        };
        let space = |character: Option<char>| character.is_none_or(char::is_whitespace);
        (
            space(before.chars().next_back()),
            space(after.chars().next()),
        )
    }

    /// The answer of a model without symbols: each span must stand in it as often as in the source.
    fn find_spans(&self, text: &str, atoms: &[Atom]) -> Option<Vec<Out>> {
        let mut wanted: Vec<(usize, &str)> = (self.elements.iter())
            .filter_map(|element| match element {
                Element::Atom(atom) => Some((*atom, atoms[*atom].target())),
                Element::Text(_) => None,
            })
            .filter(|(_, text)| !text.is_empty())
            .collect();
        // Long ones first: a short one may stand inside a long one.
        wanted.sort_by_key(|(_, span)| std::cmp::Reverse(span.len()));
        let mut found: Vec<(usize, usize, usize)> = Vec::new();
        for &(atom, span) in &wanted {
            let free = |at: &usize| {
                found
                    .iter()
                    .all(|&(start, end, _)| at + span.len() <= start || end <= *at)
            };
            if let Some(at) = text.match_indices(span).map(|(at, _)| at).find(free) {
                found.push((at, at + span.len(), atom));
                continue;
            }
            // "1,234.5" written as "1.234,5" is the number; it is set back.
            let other = other_separators(span)?;
            let at = text.match_indices(&other).map(|(at, _)| at).find(free)?;
            found.push((at, at + other.len(), atom));
        }
        found.sort_unstable();
        let mut out = Vec::new();
        let mut end = 0;
        for (start, next, atom) in found {
            push_text(&mut out, &text[end..start]);
            out.push(Out::Atom(atom));
            end = next;
        }
        push_text(&mut out, &text[end..]);
        let doubled =
            out_texts(&out).any(|text| wanted.iter().any(|(_, span)| text.contains(span)));
        (!doubled).then_some(out)
    }
}

/// A number with full stops for commas, and commas for full stops; none if it has neither.
fn other_separators(span: &str) -> Option<String> {
    if !span.contains([',', '.']) || span.contains(char::is_alphabetic) {
        return None;
    }
    let swap = |c| match c {
        ',' => '.',
        '.' => ',',
        other => other,
    };
    Some(span.chars().map(swap).collect())
}

fn push_text(out: &mut Vec<Out>, text: &str) {
    if text.is_empty() {
        return;
    }
    match out.last_mut() {
        Some(Out::Text(last)) => last.push_str(text),
        _ => out.push(Out::Text(text.to_owned())),
    }
}

fn ends_with_word(out: &[Out]) -> bool {
    matches!(out.last(), Some(Out::Text(text)) if text.ends_with(char::is_alphanumeric))
}

/// The texts of a translation, without what atoms stand for.
pub(crate) fn out_texts(out: &[Out]) -> impl Iterator<Item = &str> {
    out.iter().filter_map(|part| match part {
        Out::Text(text) => Some(text.as_str()),
        Out::Atom(_) => None,
    })
}

/// No symbol, and no other private-use character, comes out that the caller did not put in.
fn strip_foreign_symbols(out: Vec<Out>, symbols: &[char]) -> Vec<Out> {
    let strange =
        |c: char| symbols.contains(&c) || c.is_control() || crate::characters::is_private_use(c);
    let strip = |part| match part {
        Out::Text(text) if text.contains(strange) => {
            Out::Text(text.chars().filter(|&c| !strange(c)).collect())
        }
        other => other,
    };
    out.into_iter().map(strip).collect()
}

/// Whether the marks of a translation are those of the source, each pair opened before it is closed, and nested.
fn marks_are_valid(elements: &[Element], out: &[Out], atoms: &[Atom]) -> bool {
    let mark = |atom: &usize| match atoms[*atom] {
        Atom::Mark(mark) => Some(mark),
        Atom::Span { .. } => None,
    };
    let source = elements.iter().filter_map(|element| match element {
        Element::Atom(atom) => mark(atom),
        Element::Text(_) => None,
    });
    let target = out.iter().filter_map(|part| match part {
        Out::Atom(atom) => mark(atom),
        Out::Text(_) => None,
    });
    let (source, target): (Vec<Mark>, Vec<Mark>) = (source.collect(), target.collect());
    let paired = source == target
        || (left_open(&target).is_some() && left_open(&source) == left_open(&target));
    paired
        && empty_pairs(
            elements.iter().map(|element| match element {
                Element::Atom(atom) => Piece::Atom(*atom),
                Element::Text(text) => Piece::Text(text),
            }),
            atoms,
        ) == empty_pairs(
            out.iter().map(|part| match part {
                Out::Atom(atom) => Piece::Atom(*atom),
                Out::Text(text) => Piece::Text(text),
            }),
            atoms,
        )
}

/// What a source and a translation are made of alike.
enum Piece<'t> {
    Text(&'t str),
    Atom(usize),
}

/// How many pairs of marks have no words between them: a phrase that a translation lost leaves one.
fn empty_pairs<'t>(pieces: impl Iterator<Item = Piece<'t>>, atoms: &[Atom]) -> usize {
    let mut open: Vec<(u32, bool)> = Vec::new();
    let mut empty = 0;
    for piece in pieces {
        let filled = match piece {
            Piece::Text(text) => text.contains(char::is_alphanumeric),
            Piece::Atom(atom) => match atoms[atom] {
                Atom::Mark(Mark::Open(number)) => {
                    open.push((number, false));
                    false
                }
                Atom::Mark(Mark::Close(number)) => {
                    if let Some((opened, filled)) = open.pop() {
                        empty += usize::from(opened == number && !filled);
                    }
                    false
                }
                Atom::Mark(Mark::Single(_)) | Atom::Span { .. } => true,
            },
        };
        if filled {
            for (_, pair_filled) in &mut open {
                *pair_filled = true;
            }
        }
    }
    empty
}

/// What marks close from outside and leave open, in order; none if pairs cross.
fn left_open(marks: &[Mark]) -> Option<(Vec<u32>, Vec<u32>)> {
    let (mut closed, mut open) = (Vec::new(), Vec::new());
    for mark in marks {
        match *mark {
            Mark::Open(number) => open.push(number),
            Mark::Close(number) if open.last() == Some(&number) => {
                open.pop();
            }
            Mark::Close(number) if open.is_empty() => closed.push(number),
            Mark::Close(_) => return None,
            Mark::Single(_) => {}
        }
    }
    Some((closed, open))
}

/// What the model sees of elements: each run of atoms, with what stands between them and has no letters or digits, is
/// one symbol. A model without symbols sees the spans themselves, and no marks. None if there are more runs than symbols.
pub(crate) fn write(
    elements: &[Element],
    atoms: &[Atom],
    symbols: &[char],
) -> Option<(String, Vec<Vec<Element>>)> {
    if symbols.is_empty() {
        let text = elements.iter().map(|element| match element {
            Element::Text(text) => text.as_str(),
            Element::Atom(atom) => atoms[*atom].target(),
        });
        return Some((text.collect(), Vec::new()));
    }
    let runs = runs(elements, atoms, symbols.len());
    let mut text = String::new();
    let mut groups = Vec::new();
    for run in runs {
        match run {
            [Element::Text(only)] => text.push_str(only),
            group => {
                text.push(*symbols.get(groups.len())?);
                groups.push(group.to_vec());
            }
        }
    }
    Some((text, groups))
}

/// Elements in runs: a text alone, or atoms side by side. Where there are more than `most` runs of atoms, those with no
/// letters between them are one run.
fn runs<'e>(elements: &'e [Element], atoms: &[Atom], most: usize) -> Vec<&'e [Element]> {
    let join = |between: &dyn Fn(&str) -> bool| {
        let mut runs: Vec<&[Element]> = Vec::new();
        let mut start = 0;
        while start < elements.len() {
            let mut end = start + 1;
            if matches!(elements[start], Element::Atom(_)) {
                loop {
                    match &elements[end..] {
                        [Element::Atom(next), ..] if beside(&elements[end - 1], *next, atoms) => {
                            end += 1
                        }
                        [Element::Text(text), Element::Atom(_), ..] if between(text) => end += 2,
                        _ => break,
                    }
                }
            }
            runs.push(&elements[start..end]);
            start = end;
        }
        runs
    };
    let count = |runs: &[&[Element]]| {
        runs.iter()
            .filter(|run| !matches!(run, [Element::Text(_)]))
            .count()
    };
    let runs = join(&|_| false);
    if count(&runs) <= most {
        return runs;
    }
    join(&|text| !text.contains(char::is_alphanumeric))
}

/// Whether two atoms side by side are one run. A mark that closes and one that opens are two: words may come between.
fn beside(before: &Element, next: usize, atoms: &[Atom]) -> bool {
    let Element::Atom(before) = before else {
        return true;
    };
    !matches!(
        (&atoms[*before], &atoms[next]),
        (Atom::Mark(Mark::Close(_)), Atom::Mark(Mark::Open(_)))
    )
}
