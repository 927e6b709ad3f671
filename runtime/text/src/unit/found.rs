//! Finds in an answer what the model did not translate: symbols, and spans that it saw as text.

use std::cmp::Reverse;

use super::{Damage, Out, Unit, out_texts};
use crate::elements::{Atom, Element};
use crate::languages::{Language, has};

impl Unit {
    /// The answer with each symbol replaced by what it stands for; `None` if a symbol is missing, doubled or unknown.
    pub(super) fn find_symbols(
        &self,
        text: &str,
        atoms: &[Atom],
        symbols: &[char],
        target: &Language,
    ) -> Option<Vec<Out>> {
        let mut out = Vec::new();
        let mut seen = vec![false; self.written.groups.len()];
        let mut rest = text;
        while let Some(at) = rest.find(|c| symbols.contains(&c)) {
            let symbol = rest[at..].chars().next()?;
            let index = symbols.iter().position(|&other| other == symbol)?;
            let group = self.written.groups.get(index)?;
            if std::mem::replace(&mut seen[index], true) {
                return None;
            }
            let beside = self.beside(symbol);
            push_text(&mut out, &rest[..at]);
            rest = &rest[at + symbol.len_utf8()..];
            // The search added the symbol after the model had ended the sentence.
            let late = !rest.contains(char::is_alphanumeric) && !beside.ends_sentence;
            let end = late.then(|| take_end(&mut out, target)).flatten();
            let is_tag =
                |element: &Element| matches!(element, Element::Atom(atom) if atoms[*atom].is_tag());
            if end.is_some() && group.iter().any(is_tag) {
                return None;
            }
            if beside.space_before && ends_with_word(&out) {
                push_text(&mut out, " ");
            }
            for element in group {
                match element {
                    Element::Text(text) => push_text(&mut out, text),
                    Element::Atom(atom) => out.push(Out::Atom(*atom)),
                }
            }
            if let Some(end) = end
                && !rest.trim_start().starts_with(SIGNS)
            {
                push_text(&mut out, end);
            }
            // The model left out what stood there.
            if rest.starts_with(char::is_alphanumeric) {
                push_text(&mut out, beside.after);
            }
        }
        push_text(&mut out, rest);
        seen.iter().all(|&seen| seen).then_some(out)
    }

    /// What is beside a symbol in the source.
    fn beside(&self, symbol: char) -> Beside {
        let (before, after) = self.written.text.split_once(symbol).unwrap_or_default();
        let space = |character: Option<char>| character.is_none_or(char::is_whitespace);
        let mut following = after.chars();
        let next = following.next();
        let signs = [(',', ", "), (';', "; "), (':', ": ")];
        let sign = signs.iter().find(|(sign, _)| Some(*sign) == next);
        Beside {
            ends_sentence: before.trim_end().ends_with(ENDS),
            space_before: space(before.chars().next_back()),
            after: match sign {
                Some((_, text)) if space(following.next()) => text,
                _ if space(next) => " ",
                _ => "",
            },
        }
    }

    /// Puts the spans that the model saw as text, or as stand-ins, where the answer has them. Each must occur once.
    pub(super) fn find_spans(&self, mut out: Vec<Out>) -> Result<Vec<Out>, Damage> {
        let mut wanted: Vec<&(usize, Vec<String>)> = self.written.shown.iter().collect();
        // Long ones first: a short one may stand inside a long one.
        wanted.sort_by_key(|(_, forms)| Reverse(forms[0].len()));
        let mut place = |(atom, forms): &&&(usize, Vec<String>)| {
            forms.iter().any(|form| place(&mut out, form, *atom))
        };
        let missing: Vec<usize> = wanted
            .iter()
            .filter(|span| !place(span))
            .map(|(atom, _)| *atom)
            .collect();
        if !missing.is_empty() {
            return Err(Damage::Spans(missing));
        }
        let comes_again = |form: &str| {
            out_texts(&out).any(|text| match is_plain(form) {
                // "12" within "1,200" is another number.
                true => find_whole(text, form).is_some(),
                false => text.contains(form),
            })
        };
        let doubled: Vec<usize> = wanted
            .iter()
            .filter(|(_, forms)| comes_again(&forms[0]))
            .map(|(atom, _)| *atom)
            .collect();
        match doubled.is_empty() {
            true => Ok(out),
            false => Err(Damage::Spans(doubled)),
        }
    }
}

/// What ends sentences.
const ENDS: &[char] = &['.', '!', '?', '…'];
/// What comes behind a word.
const SIGNS: &[char] = &['.', '!', '?', '…', ',', ';', ':'];

/// Removes the punctuation that ends the sentence, unless it is an abbreviation's full stop.
fn take_end(out: &mut Vec<Out>, target: &Language) -> Option<&'static str> {
    let Some(Out::Text(text)) = out.last_mut() else {
        return None;
    };
    let ends = [".", "!", "?", "…"];
    let end = ends
        .into_iter()
        .find(|end| text.trim_end().ends_with(end))?;
    let kept = text.trim_end().len() - end.len();
    let word = text[..kept].rsplit(' ').next().unwrap_or("");
    let lists = [target.inside, target.before_number, target.may_end];
    if word.chars().count() == 1 || lists.iter().any(|list| has(list, word)) {
        return None;
    }
    text.truncate(kept);
    if text.is_empty() {
        out.pop();
    }
    Some(end)
}

/// What is beside a symbol.
struct Beside {
    /// Whether a sentence ends before it.
    ends_sentence: bool,
    space_before: bool,
    /// White space, with the punctuation before it, or nothing.
    after: &'static str,
}

/// Puts an atom in the first place of its text.
fn place(out: &mut Vec<Out>, form: &str, atom: usize) -> bool {
    for index in 0..out.len() {
        let Out::Text(text) = &out[index] else {
            continue;
        };
        let Some(at) = find_whole(text, form) else {
            continue;
        };
        let (before, after) = (text[..at].to_owned(), text[at + form.len()..].to_owned());
        let parts = [Out::Text(before), Out::Atom(atom), Out::Text(after)];
        let filled = parts
            .into_iter()
            .filter(|part| !matches!(part, Out::Text(text) if text.is_empty()));
        out.splice(index..=index, filled);
        return true;
    }
    false
}

/// Whether a text could also come about as a part of another word or number.
fn is_plain(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | ':'))
}

/// Where a text occurs, not as a part of a word or number.
fn find_whole(text: &str, part: &str) -> Option<usize> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let sign = |c: Option<char>| matches!(c, Some('.' | ',' | ':'));
    let mut found = text.match_indices(part).map(|(at, _)| at);
    found.find(|&at| {
        let mut before = text[..at].chars().rev();
        let mut after = text[at + part.len()..].chars();
        let (left, right) = (before.next(), after.next());
        let first = part.chars().next();
        let last = part.chars().next_back();
        let joined_left =
            letter(first) && letter(left) || digit(first) && sign(left) && digit(before.next());
        let joined_right =
            letter(last) && letter(right) || digit(last) && sign(right) && digit(after.next());
        !joined_left && !joined_right
    })
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

/// Whether a space belongs between a translation and what follows.
fn ends_with_word(out: &[Out]) -> bool {
    match out.last() {
        Some(Out::Text(text)) => {
            text.ends_with(|c: char| c.is_alphanumeric() || SIGNS.contains(&c))
        }
        Some(Out::Atom(_)) => true,
        None => false,
    }
}
