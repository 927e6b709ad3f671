//! Direct speech: "Sit down," she said. Small models know what is said and who says it, each alone, and spoil a sentence that
//! has both. So what is said is translated alone, and the rest with a symbol in its place.

use super::{Plan, Run, Sentence};
use crate::case::Case;
use crate::elements::{Atom, Element, SPEECH, has_letters};
use crate::model::Model;
use crate::quotations::{ATOM_LENGTH, QuotationMark, flat, quotation_marks};
use crate::signs;
use crate::unit::{Part, Stage};

/// What ends what is said, before its quotation mark.
const ENDS: &[char] = &[',', '?', '!', '…', '–', '—'];

/// What is said at the beginning of a sentence, who says it, and what is said behind that; places are those of [`flat`].
struct DirectSpeech {
    /// Its opening mark; none where it began in a sentence before.
    open: Option<QuotationMark>,
    close: QuotationMark,
    /// Where the clause about it ends.
    end: usize,
    /// The marks of what is said at the end.
    tail: Option<(QuotationMark, QuotationMark)>,
}

impl DirectSpeech {
    fn find(text: &str) -> Option<Self> {
        let marks = quotation_marks(text);
        let (open, close, others) = match marks[..] {
            [open, close, ref others @ ..] if open.opens && open.at == 0 && !close.opens => {
                (Some(open), close, others)
            }
            [close, ref others @ ..] if !close.opens => (None, close, others),
            _ => return None,
        };
        let said = &text[open.map_or(0, |open| open.length)..close.at];
        let rest = &text[close.at + close.length..];
        // "Yes", she said.
        let british = rest.starts_with(',');
        let rest = rest.strip_prefix(',').unwrap_or(rest);
        let begins = rest.starts_with(char::is_whitespace)
            && rest.trim_start().starts_with(char::is_alphabetic);
        let words = |text: &str| text.contains(char::is_alphanumeric);
        if !begins || !(british || said.ends_with(ENDS)) || !words(said) {
            return None;
        }
        let mut speech = Self {
            open,
            close,
            end: text.len(),
            tail: None,
        };
        if let [first, last] = *others
            && first.opens
            && !last.opens
            && last.at + last.length == text.len()
            && words(&text[first.at..last.at])
        {
            let clause = text[..first.at].trim_end();
            if clause.len() < first.at && clause.ends_with([',', ':']) {
                speech.end = clause.len();
                speech.tail = Some((first, last));
            }
        }
        Some(speech)
    }
}

impl<M: Model> Run<'_, M> {
    /// Plans a sentence that begins with direct speech. Says whether it is one.
    pub(super) fn plan_direct_speech(&mut self, sentence: &mut Sentence, index: usize) -> bool {
        if !matches!(sentence.case, Case::Sentence | Case::Lower) || self.planner.symbols.is_empty()
        {
            return false;
        }
        let text = flat(sentence.elements.iter().map(Element::text));
        let Some(speech) = DirectSpeech::find(&text) else {
            return false;
        };
        let british = text[speech.close.at + speech.close.length..].starts_with(',');
        let form = |mark: QuotationMark| mark.form(self.layer.target, false);
        // Where the target language's marks are not known, neither is how it writes direct speech.
        let Some(close) = form(speech.close) else {
            return false;
        };
        let mut parts = Vec::new();
        let begin = speech.open.map_or(0, |open| open.length);
        if let Some(open) = speech.open {
            self.push_mark(sentence, open, &mut parts);
        }
        let said = slice(&sentence.elements, begin, speech.close.at);
        let ends: &[&str] = match british && !text[begin..speech.close.at].ends_with(ENDS) {
            true => &[""],
            false => &[","],
        };
        self.push_clause(sentence, index, said, ends, "", &mut parts);
        parts.push(Part::Atom(sentence.atoms.len()));
        signs::push_mark(&mut sentence.atoms, speech.close.sign(), Some(close));
        // Who says it.
        let mut clause = vec![Element::Atom(sentence.atoms.len())];
        sentence.atoms.push(Atom::Span {
            rule: SPEECH,
            source: String::new(),
            target: None,
            stand_in: None,
        });
        let mut rest = slice(
            &sentence.elements,
            speech.close.at + speech.close.length,
            speech.end,
        );
        if let Some(Element::Text(text)) = rest.first_mut() {
            *text = format!(", {}", text.trim_start_matches([',', ' ']));
        }
        clause.extend(rest);
        let first = self.units.len();
        match speech.tail {
            None => self.push_clause(sentence, index, clause, &[], "", &mut parts),
            Some((open, last)) => {
                let sign = &text[speech.end - 1..speech.end];
                self.push_clause(sentence, index, clause, &[",", ":"], sign, &mut parts);
                let space = &text[speech.end..open.at];
                parts.push(Part::Literal(space.to_owned()));
                self.push_mark(sentence, open, &mut parts);
                let said = slice(&sentence.elements, open.at + open.length, last.at);
                let own = self.units.len();
                self.push_clause(sentence, index, said, &[], "", &mut parts);
                for unit in &mut self.units[own..] {
                    unit.first = false;
                    unit.partial = true;
                }
                self.push_mark(sentence, last, &mut parts);
            }
        }
        if let Some(unit) = self.units.get_mut(first) {
            unit.first = false;
            unit.behind_speech = true;
        }
        sentence.plan = Plan::Parts(parts);
        true
    }

    fn push_mark(&self, sentence: &mut Sentence, mark: QuotationMark, parts: &mut Vec<Part>) {
        parts.push(Part::Atom(sentence.atoms.len()));
        let form = mark.form(self.layer.target, false);
        signs::push_mark(&mut sentence.atoms, mark.sign(), form);
    }

    /// Plans a clause as a sentence: what it ends with, if that is one of `ends`, becomes a full stop for the model, and
    /// `end` in the translation.
    fn push_clause(
        &mut self,
        sentence: &mut Sentence,
        index: usize,
        mut elements: Vec<Element>,
        ends: &[&str],
        end: &str,
        parts: &mut Vec<Part>,
    ) {
        let mut replaced = false;
        if let Some(Element::Text(text)) = elements.last_mut()
            && let Some(kept) = ends.iter().find_map(|end| text.strip_suffix(end))
        {
            *text = format!("{kept}.");
            replaced = true;
        }
        if !has_letters(&elements) {
            // A number: "12," he said.
            parts.extend(elements.into_iter().map(|element| match element {
                Element::Text(text) => Part::Literal(text.trim_end_matches('.').to_owned()),
                Element::Atom(atom) => Part::Atom(atom),
            }));
            return;
        }
        if replaced
            && let [Element::Text(text)] = &elements[..]
            && let Some(phrase) = self.layer.numbers.and_then(|table| table.set_phrase(text))
        {
            parts.push(Part::Literal(format!(
                "{}{end}",
                phrase.trim_end_matches('.')
            )));
            return;
        }
        let (own, cut) = self.planner.sentence(
            index,
            &elements,
            sentence.case,
            Stage::First,
            &sentence.atoms,
            &mut self.units,
        );
        if replaced && let Some(unit) = self.units.last_mut() {
            unit.end = Some(end.to_owned());
        }
        sentence.flags.cut |= cut;
        parts.extend(own);
    }
}

/// Elements between two places of their [`flat`] text.
fn slice(elements: &[Element], from: usize, to: usize) -> Vec<Element> {
    let mut start = 0;
    let mut all = Vec::new();
    for element in elements {
        let length = element.text().map_or(ATOM_LENGTH, str::len);
        let (left, right) = (
            from.clamp(start, start + length),
            to.clamp(start, start + length),
        );
        if left < right {
            all.push(match element {
                Element::Text(text) => Element::Text(text[left - start..right - start].to_owned()),
                Element::Atom(atom) => Element::Atom(*atom),
            });
        }
        start += length;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_speech_is_found() {
        // What is said, who says it, and what is said then.
        for (text, found) in [
            (
                "\"Sit down,\" she said.",
                Some(("Sit down,", " she said.", "")),
            ),
            ("“Why?” he asked.", Some(("Why?", " he asked.", ""))),
            (
                "Sit down!' she said.",
                Some(("Sit down!", " she said.", "")),
            ),
            (
                "\"Yes,\" she said, \"but not now.\"",
                Some(("Yes,", " she said,", "but not now.")),
            ),
            (
                "\"Yes,\" he said and \"no\" again.",
                Some(("Yes,", " he said and \"no\" again.", "")),
            ),
            ("“Yes”, she said.", Some(("Yes", ", she said.", ""))),
            ("\"Casablanca\" is a film.", None),
            ("\"A,\" \"B\" and \"C\"", None),
            ("\"Come.\"", None),
            ("He said, \"Come.\"", None),
            ("\"12,\" he said.", Some(("12,", " he said.", ""))),
        ] {
            let speech = DirectSpeech::find(text);
            let shown = speech.as_ref().map(|speech| {
                let begin = speech.open.map_or(0, |open| open.length);
                (
                    &text[begin..speech.close.at],
                    &text[speech.close.at + speech.close.length..speech.end],
                    speech
                        .tail
                        .map_or("", |(open, last)| &text[open.at + open.length..last.at]),
                )
            });
            assert_eq!(shown, found, "{text}");
        }
    }
}
