//! What a model sees of a sentence.

use crate::elements::{Atom, Element, Mark};
use crate::quotations::{QuotationMark, quotation_marks};
use crate::stand_in::{StandIn, forms};

/// What a model sees, and what its symbols stand for.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) text: String,
    /// For each symbol, the elements that it stands for.
    pub(super) groups: Vec<Vec<Element>>,
    /// The spans that the model sees as text, and the ways in which each may come out.
    pub(super) shown: Vec<(usize, Vec<String>)>,
    /// Its quotation marks; none where the spans themselves may hold some.
    pub(super) quotes: Option<Vec<QuotationMark>>,
    /// The signs that end it, where they are several or a comma or a dash: "?!".
    pub(super) end: Option<String>,
}

impl Written {
    /// Single quotation marks as double ones, and one sign at the end: what models know.
    fn write_signs_plainly(&mut self) {
        let quotes = quotation_marks(&self.text);
        for mark in quotes
            .iter()
            .filter(|mark| mark.is_single() && mark.length == 1)
        {
            self.text.replace_range(mark.at..=mark.at, "\"");
        }
        self.quotes = Some(quotes);
        let kept = self.text.trim_end_matches(['!', '?']).len();
        let end = &self.text[kept..];
        let words = self.text.trim_end_matches([',', '–', '—', ' ']);
        if end.len() > 1 && kept > 0 {
            let one = if end.contains('?') { "?" } else { "!" };
            self.end = Some(end.to_owned());
            self.text.replace_range(kept.., one);
        } else if words.len() < self.text.len() && words.ends_with(char::is_alphanumeric) {
            // "Hello Tom,", "But I—": models leave the sign out.
            self.end = Some(self.text[words.len()..].to_owned());
            self.text.replace_range(words.len().., ".");
        }
    }

    /// The spans themselves, for a model without symbols.
    fn spell_out(&mut self, group: &[Element], atoms: &[Atom]) {
        for element in group {
            match element {
                Element::Text(text) => self.text.push_str(text),
                Element::Atom(atom) => {
                    let target = atoms[*atom].target();
                    self.text.push_str(target);
                    if !target.is_empty() {
                        self.shown.push((*atom, forms(target).collect()));
                    }
                }
            }
        }
    }
}

/// What the model sees of elements. A span with a stand-in is shown as that. Each run of other atoms, with the punctuation
/// between them, is one symbol. A model without symbols sees the spans themselves, and no marks. `None` if there are more
/// runs than symbols.
pub(crate) fn write(elements: &[Element], atoms: &[Atom], symbols: &[char]) -> Option<Written> {
    let mut written = Written::default();
    for run in runs(elements, atoms, symbols.len()) {
        match run {
            [Element::Text(only)] => written.text.push_str(only),
            group => match stand_in(group, atoms) {
                Some((atom, stand_in)) => {
                    written.text.push_str(&stand_in.shown);
                    written.shown.push((atom, stand_in.accepted.clone()));
                }
                None if symbols.is_empty() => written.spell_out(group, atoms),
                None => {
                    written.text.push(*symbols.get(written.groups.len())?);
                    written.groups.push(group.to_vec());
                }
            },
        }
    }
    if !symbols.is_empty() {
        written.write_signs_plainly();
    }
    Some(written)
}

fn stand_in<'a>(run: &[Element], atoms: &'a [Atom]) -> Option<(usize, &'a StandIn)> {
    match run {
        [Element::Atom(atom)] => Some((*atom, atoms[*atom].stand_in()?)),
        _ => None,
    }
}

/// Elements in runs: a text or a span with a stand-in alone, or other atoms side by side. Where there are more than `most`
/// runs of these, those with no letters between them are one run.
fn runs<'e>(elements: &'e [Element], atoms: &[Atom], most: usize) -> Vec<&'e [Element]> {
    let is_symbol = |element: &Element| matches!(element, Element::Atom(atom) if atoms[*atom].stand_in().is_none());
    let join = |between: &dyn Fn(&str) -> bool| {
        let mut runs: Vec<&[Element]> = Vec::new();
        let mut start = 0;
        while start < elements.len() {
            let mut end = start + 1;
            if is_symbol(&elements[start]) {
                loop {
                    match &elements[end..] {
                        [next @ Element::Atom(atom), ..]
                            if is_symbol(next) && beside(&elements[end - 1], *atom, atoms) =>
                        {
                            end += 1
                        }
                        [Element::Text(text), next, ..] if between(text) && is_symbol(next) => {
                            end += 2
                        }
                        _ => break,
                    }
                }
            }
            runs.push(&elements[start..end]);
            start = end;
        }
        runs
    };
    let count = |runs: &[&[Element]]| runs.iter().filter(|run| is_symbol(&run[0])).count();
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
