//! Quotation marks, brackets and other signs, which a model loses now and then: those around a sentence stay outside of what
//! it sees, and the others are counted, and are asked for again as symbols where their numbers differ.

use crate::elements::{Atom, Element, has_letters};
use crate::languages::Language;
use crate::quotations::{ATOM_LENGTH, enclosing, flat, quotation_marks};

/// The rule of a quotation mark or a sign that is an atom.
pub(crate) const RULE: &str = "mark of punctuation";

/// Kinds of signs that a translation has as often as its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Quotation marks of any form.
    Quote,
    /// One of [`COUNTED`].
    Sign(char),
}

/// Signs that no word of another language stands for.
const COUNTED: &[char] = &[
    '(', ')', '[', ']', '{', '}', '<', '>', '=', '*', '|', '~', '^', '\\', '_', '$', '#', '`', '▁',
];

fn kind(character: char) -> Option<Kind> {
    COUNTED
        .contains(&character)
        .then_some(Kind::Sign(character))
}

/// The kinds of signs of a source that its translation has more or less often, without quotation marks.
pub(crate) fn differing<'t>(
    source: impl Iterator<Item = &'t str>,
    translation: impl Iterator<Item = &'t str>,
) -> Vec<Kind> {
    let mut counts: Vec<(Kind, i32)> = Vec::new();
    for kind in source.flat_map(str::chars).filter_map(kind) {
        match counts.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    }
    if counts.is_empty() {
        return Vec::new();
    }
    for kind in translation.flat_map(str::chars).filter_map(kind) {
        if let Some((_, count)) = counts.iter_mut().find(|(other, _)| *other == kind) {
            *count -= 1;
        }
    }
    counts.retain(|(_, count)| *count != 0);
    counts.into_iter().map(|(kind, _)| kind).collect()
}

/// Elements with the signs of some kinds as atoms: each run of one sign is one. `enclosed` says whether quotation marks stand
/// around all of them.
pub(crate) fn as_atoms(
    elements: Vec<Element>,
    kinds: &[Kind],
    enclosed: bool,
    atoms: &mut Vec<Atom>,
    target: &Language,
) -> Vec<Element> {
    let mut all = Vec::with_capacity(elements.len() + 4);
    let text = flat(elements.iter().map(Element::text));
    let mut marks = quotation_marks(&text).into_iter().peekable();
    // The place of an element in `text`.
    let mut start = 0;
    for element in elements {
        let Element::Text(own) = element else {
            start += ATOM_LENGTH;
            all.push(element);
            continue;
        };
        let mut end = 0;
        let mut signs = own.char_indices().peekable();
        while let Some((at, sign)) = signs.next() {
            let mark = marks.next_if(|mark| mark.at == start + at);
            let quote = mark.filter(|_| kinds.contains(&Kind::Quote));
            let wanted = kind(sign).is_some_and(|kind| kinds.contains(&kind));
            if quote.is_none() && !wanted {
                continue;
            }
            push_text(&mut all, &own[end..at]);
            end = at + sign.len_utf8();
            let run = |(_, next): &(usize, char)| quote.is_none() && *next == sign;
            while signs.next_if(run).is_some() {
                end += sign.len_utf8();
            }
            let form = quote.and_then(|mark| mark.form(target, enclosed));
            push_atom(&mut all, atoms, &own[at..end], form);
        }
        push_text(&mut all, &own[end..]);
        start += own.len();
    }
    all
}

/// Elements with the quotation marks and brackets around the whole sentence as atoms, which are then left outside. Also
/// where only one end has one, because the sentence is one of several within them.
pub(crate) fn enclosing_as_atoms(
    elements: Vec<Element>,
    atoms: &mut Vec<Atom>,
    target: &Language,
) -> Vec<Element> {
    let (Some(Element::Text(first)), Some(Element::Text(last))) =
        (elements.first(), elements.last())
    else {
        return elements;
    };
    let count = |wanted: &dyn Fn(char) -> bool| {
        let texts = elements.iter().filter_map(Element::text);
        texts.flat_map(str::chars).filter(|c| wanted(*c)).count()
    };
    let (begin, end) = (first.chars().next(), last.chars().next_back());
    let (opens, closes) = enclosing(&elements);
    let quoted = (opens, closes);
    let brackets = [('(', ')'), ('[', ']')];
    let bracket = brackets.into_iter().find(|(open, close)| {
        let ends = (begin == Some(*open), end == Some(*close));
        let counts = (count(&|c| c == *open), count(&|c| c == *close));
        matches!(
            (ends, counts),
            ((true, true), (1, 1)) | ((true, false), (1, 0)) | ((false, true), (0, 1))
        )
    });
    let opens = opens || bracket.is_some_and(|(open, _)| begin == Some(open));
    let closes = closes || bracket.is_some_and(|(_, close)| end == Some(close));
    let mut inner = elements.clone();
    let (mut before, mut after) = (None, None);
    if opens && let Some(Element::Text(text)) = inner.first_mut() {
        before = Some(text.remove(0));
    }
    if closes && let Some(Element::Text(text)) = inner.last_mut() {
        after = text.pop();
    }
    inner.retain(|element| element.text() != Some(""));
    if (before.is_none() && after.is_none()) || !has_letters(&inner) {
        return elements;
    }
    let mut all = Vec::with_capacity(inner.len() + 2);
    let mut push = |all: &mut Vec<Element>, sign: Option<char>, form: Option<&'static str>| {
        if let Some(sign) = sign {
            push_atom(all, atoms, sign.encode_utf8(&mut [0; 4]), form);
        }
    };
    let (open, close) = target
        .quotes
        .map_or((None, None), |((open, close), _)| (Some(open), Some(close)));
    push(&mut all, before, open.filter(|_| quoted.0));
    all.extend(inner);
    push(&mut all, after, close.filter(|_| quoted.1));
    all
}

fn push_text(all: &mut Vec<Element>, text: &str) {
    if !text.is_empty() {
        all.push(Element::Text(text.to_owned()));
    }
}

fn push_atom(all: &mut Vec<Element>, atoms: &mut Vec<Atom>, sign: &str, form: Option<&str>) {
    all.push(Element::Atom(atoms.len()));
    atoms.push(atom(sign, form));
}

/// A quotation mark, and its form in the translation, as an atom.
pub(crate) fn push_mark(atoms: &mut Vec<Atom>, sign: char, form: Option<&str>) {
    atoms.push(atom(sign.encode_utf8(&mut [0; 4]), form));
}

fn atom(sign: &str, form: Option<&str>) -> Atom {
    Atom::Span {
        rule: RULE,
        source: sign.to_owned(),
        target: form.map(str::to_owned),
        stand_in: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::language;

    fn shown(elements: &[Element], atoms: &[Atom]) -> String {
        let show = |element: &Element| match element {
            Element::Text(text) => text.clone(),
            Element::Atom(atom) => format!("⟦{}⟧", atoms[*atom].target()),
        };
        elements.iter().map(show).collect()
    }

    #[test]
    fn what_encloses_a_sentence_stands_outside() {
        for (text, expected) in [
            ("\"Ask him.\"", "⟦„⟧Ask him.⟦“⟧"),
            ("“Ask him.", "⟦„⟧Ask him."),
            ("Go home.”", "Go home.⟦“⟧"),
            ("(See page 12.)", "⟦(⟧See page 12.⟦)⟧"),
            ("[Laughs", "⟦[⟧Laughs"),
            ("\"Yes,\" he said.", "\"Yes,\" he said."),
            ("\"Yes\" and \"no\"", "\"Yes\" and \"no\""),
            ("(One) and (two)", "(One) and (two)"),
            ("He is 5' 10\"", "He is 5' 10\""),
            ("\"12\"", "\"12\""),
            ("'It's late.'", "⟦„⟧It's late.⟦“⟧"),
            ("'How are you?", "⟦„⟧How are you?"),
            ("\"Say 'yes'.\"", "⟦„⟧Say 'yes'.⟦“⟧"),
            ("\"", "\""),
        ] {
            let mut atoms = Vec::new();
            let elements = vec![Element::Text(text.to_owned())];
            let found = enclosing_as_atoms(elements, &mut atoms, language("de"));
            assert_eq!(shown(&found, &atoms), expected);
        }
    }

    #[test]
    fn signs_are_counted_and_made_atoms() {
        let texts = |text: &'static str| std::iter::once(text);
        assert_eq!(differing(texts("a (b) \"c\""), texts("a (b) „c“")), []);
        assert_eq!(
            differing(texts("\"a\" **b** <c"), texts("„a **b***")),
            [Kind::Sign('*'), Kind::Sign('<')]
        );
        assert_eq!(differing(texts("a"), texts("(a)")), []);
        let mut atoms = Vec::new();
        let elements = vec![Element::Text("\"a,\" b, **c** \"d\" (e)".to_owned())];
        let kinds = [Kind::Quote, Kind::Sign('*')];
        let found = as_atoms(elements, &kinds, false, &mut atoms, language("de"));
        assert_eq!(shown(&found, &atoms), "⟦„⟧a,⟦“⟧ b, ⟦**⟧c⟦**⟧ ⟦„⟧d⟦“⟧ (e)");
        assert_eq!(atoms[2].source(), "**");
        let elements = vec![Element::Text("f(\"a\") is (\"b\")".to_owned())];
        let found = as_atoms(elements, &[Kind::Quote], false, &mut atoms, language("de"));
        assert_eq!(shown(&found, &atoms), "f(⟦\"⟧a⟦\"⟧) is (⟦„⟧b⟦“⟧)");
    }
}
