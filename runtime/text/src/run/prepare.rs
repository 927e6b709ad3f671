//! Sources to sentences, each with its plan.

use std::ops::Range;

use super::{Placement, Plan, Run, Sentence, Source};
use crate::case::{self, Case};
use crate::characters::Characters;
use crate::elements::{Atom, Element, Mark, elements, has_letters, texts};
use crate::error::TranslateError;
use crate::escapes::Escapes;
use crate::foreign::foreign;
use crate::layout;
use crate::model::Model;
use crate::normalize::{normalize, with_common_signs, write_out};
use crate::options::OnForeign;
use crate::placement::{self, Pair};
use crate::protect::{Span, protect};
use crate::sentences;
use crate::signs;
use crate::translated::{Flags, Note};
use crate::unit::{Part, Stage};

/// Characters of a sentence that an error shows.
const EXCERPT: usize = 60;

impl<M: Model> Run<'_, M> {
    /// Finds the sentences, and plans each.
    pub(super) fn prepare(&mut self) -> Result<(), TranslateError<M::Error>> {
        let model = self.planner.model;
        let knows = |character| model.knows(character);
        let characters = Characters::new(&self.layer.options.source_language, &knows);
        for source in 0..self.sources.len() {
            let text: &str = &self.sources[source].text;
            let mut found: Vec<(Range<usize>, Vec<Span>)> = Vec::new();
            let mut start = 0;
            for line in layout::lines(text) {
                let spans = protect(
                    line,
                    self.layer.glossary.as_ref(),
                    self.layer.numbers,
                    &characters,
                );
                let mut spans_left = spans.as_slice();
                let memory = &self.layer.options.memory;
                let sentences = sentences::beginnings_apart(
                    line,
                    &spans,
                    memory.join_known(line, layout::sentences(line, &spans, self.layer.source)),
                    self.layer.numbers,
                    |sentence| memory.get(sentence).is_some(),
                );
                for range in sentences {
                    let before = spans_left
                        .iter()
                        .take_while(|span| span.range.end <= range.start)
                        .count();
                    spans_left = &spans_left[before..];
                    let inside = spans_left
                        .iter()
                        .take_while(|span| span.range.start < range.end)
                        .count();
                    let relative = |span: &Span| {
                        let end = span.range.end.min(range.end);
                        // The full stop of "3 p.m." at its end is the sentence's too.
                        let stop = matches!(span.rule, "clock" | "written date" | "weekdays")
                            && end == range.end
                            && line[..end].ends_with('.');
                        Span {
                            range: span.range.start.max(range.start) - range.start
                                ..end - usize::from(stop) - range.start,
                            ..span.clone()
                        }
                    };
                    let own = spans_left[..inside].iter().map(relative).collect();
                    found.push((range.start + start..range.end + start, own));
                }
                start += line.len();
            }
            let mut next_mark = 0;
            for (range, spans) in found {
                let marks = inner_marks(&self.sources[source].marks, next_mark, &range);
                next_mark = marks.end;
                self.add_sentence(source, range, marks, &spans)?;
            }
        }
        Ok(())
    }

    pub(super) fn add_sentence(
        &mut self,
        source: usize,
        range: Range<usize>,
        marks: Range<usize>,
        spans: &[Span],
    ) -> Result<(), TranslateError<M::Error>> {
        let Source { text, marks: all } = &self.sources[source];
        let text = &text[range.clone()];
        let own: Vec<(usize, Mark)> = all[marks.clone()]
            .iter()
            .map(|&(at, mark)| (at.clamp(range.start, range.end) - range.start, mark))
            .collect();
        let mut atoms = Vec::new();
        // Marks would lose their places.
        let escapes = if own.is_empty() {
            Escapes::of(text)
        } else {
            Escapes::default()
        };
        let elements = elements(text, spans, &own, &mut atoms, |piece| {
            write_out(
                with_common_signs(escapes.undo(normalize(piece))),
                self.layer.source.written_out,
            )
            .into_owned()
        });
        let elements = self.with_plain_salutation(elements, &atoms);
        let notes = notes(&atoms);
        let elements = signs::enclosing_as_atoms(elements, &mut atoms, self.layer.target);
        let mut sentence = Sentence {
            source,
            marks,
            case: Case::Sentence,
            plan: Plan::Kept,
            flags: Flags::default(),
            notes,
            placement: None,
            atoms,
            elements,
            range: range.clone(),
        };
        let options = &self.layer.options;
        let known = if own.is_empty() {
            options.memory.get(text)
        } else {
            None
        };
        let translates_terms = sentence
            .atoms
            .iter()
            .any(|atom| atom.source() != atom.target() && !atom.is_punctuation());
        let phrase = self
            .layer
            .numbers
            .filter(|_| own.is_empty() && !translates_terms)
            .and_then(|table| table.set_phrase(text));
        if let Some(known) = known {
            sentence.plan = Plan::Known(known.to_owned());
            sentence.notes = vec![Note::Memory];
        } else if let Some(target) = phrase {
            sentence.plan = Plan::Known(target.clone());
            sentence.notes = vec![Note::Written {
                source: text.to_owned(),
                target,
            }];
        } else if !has_letters(&sentence.elements) || is_formula(&sentence.elements) {
            sentence.flags.passed_through = !translates_terms;
            let foreign = sentence.atoms.iter().find(|atom| {
                matches!(
                    atom,
                    Atom::Span {
                        rule: "foreign",
                        ..
                    }
                )
            });
            if let Some(atom) = foreign {
                let letters = atom.source().chars().filter(|c| c.is_alphabetic()).count();
                if letters > 1 {
                    self.foreign(&mut sentence, "another script")?;
                }
            }
            if translates_terms {
                sentence.plan = Plan::Parts(literals(&sentence.elements));
            }
        } else {
            let plain: String = texts(&sentence.elements).collect();
            if let Some(language) =
                foreign(&plain, &options.source_language, &options.target_language)
            {
                self.foreign(&mut sentence, language)?;
            }
            if !sentence.flags.passed_through {
                let is_common = |small: &str, capital: &str| self.planner.is_common(small, capital);
                sentence.case = case::detect(texts(&sentence.elements), &is_common);
                // "Dear Anna, we": it goes on with the salutation.
                let before = self.sentences.last();
                let behind_salutation = before.is_some_and(|before| {
                    before.source == source
                        && matches!(&before.plan, Plan::Known(known) if known.ends_with(','))
                });
                let text = &self.sources[source].text[range.clone()];
                // "...and he left."
                let clause = text.trim_start_matches(['.', '…', ' ']);
                let behind_ellipsis = clause.len() < text.len();
                let goes_on = (behind_salutation || behind_ellipsis) && case::may_go_on(clause);
                if sentence.case == Case::Sentence && goes_on {
                    sentence.case = Case::Lower;
                }
                // A sentence that begins with a span does not begin with a capital.
                let begins = sentence.elements.first();
                let begins_with_span = matches!(
                    begins,
                    Some(Element::Atom(atom)) if !sentence.atoms[*atom].is_punctuation()
                );
                if sentence.case == Case::Lower && begins_with_span {
                    sentence.case = Case::Sentence;
                }
                self.plan(&mut sentence, Stage::First);
            }
        }
        self.sentences.push(sentence);
        Ok(())
    }

    /// "Dear {{name}}," as "Hello {{name}},": whether it is "Lieber", "Liebe" or "Sehr geehrter", only the writer knows, and
    /// models leave the word out.
    fn with_plain_salutation(&self, mut elements: Vec<Element>, atoms: &[Atom]) -> Vec<Element> {
        let (formal, plain) = match self.layer.source.salutation {
            Some(salutation) => salutation,
            None => return elements,
        };
        if let [Element::Text(first), Element::Atom(next), ..] = &mut elements[..]
            && first.strip_suffix(' ') == Some(formal)
            && matches!(
                &atoms[*next],
                Atom::Span {
                    rule: "template" | "printf" | "variable",
                    ..
                }
            )
        {
            *first = format!("{plain} ");
        }
        elements
    }

    /// A sentence in another language is kept, translated, or an error.
    pub(super) fn foreign(
        &self,
        sentence: &mut Sentence,
        language: &str,
    ) -> Result<(), TranslateError<M::Error>> {
        let options = &self.layer.options;
        sentence.flags.foreign = true;
        sentence.notes.push(Note::Language {
            language: language.to_owned(),
        });
        match options.on_foreign {
            OnForeign::Keep => sentence.flags.passed_through = true,
            OnForeign::Translate => {}
            OnForeign::Error => {
                let text = &self.sources[sentence.source].text[sentence.range.clone()];
                return Err(TranslateError::Foreign {
                    text: sentence.source,
                    language: language.to_owned(),
                    expected: options.source_language.clone(),
                    excerpt: text.chars().take(EXCERPT).collect(),
                });
            }
        }
        Ok(())
    }

    /// Plans what the model translates of a sentence that has letters.
    pub(super) fn plan(&mut self, sentence: &mut Sentence, stage: Stage) {
        let index = self.sentences.len();
        let has_marks = sentence
            .atoms
            .iter()
            .any(|atom| matches!(atom, Atom::Mark(_)));
        if has_marks && self.plan_placement(sentence, index) {
            return;
        }
        if has_marks && self.planner.symbols.is_empty() {
            self.plan_between_marks(sentence, index);
            return;
        }
        if !has_marks && self.plan_direct_speech(sentence, index) {
            return;
        }
        let (parts, cut) = self.planner.sentence(
            index,
            &sentence.elements,
            sentence.case,
            stage,
            &sentence.atoms,
            &mut self.units,
        );
        sentence.flags.cut |= cut;
        sentence.plan = Plan::Parts(parts);
    }

    /// The sentence is translated without its pairs of marks, what they enclose alone, and both together with the marks as
    /// symbols. Says whether that can be: a pair is found by the words in it, and marks that stand alone only by symbols.
    fn plan_placement(&mut self, sentence: &mut Sentence, index: usize) -> bool {
        // Words, or a span that comes out as it is, are what a place is found by.
        let findable = |element: &Element| match element {
            Element::Text(text) => text.contains(char::is_alphanumeric),
            Element::Atom(atom) => matches!(sentence.atoms[*atom], Atom::Span { .. }),
        };
        let alone = |atom: &Atom| matches!(atom, Atom::Mark(Mark::Single(_)));
        if self.planner.symbols.is_empty() && sentence.atoms.iter().any(alone) {
            return false;
        }
        let pairs = placement::pairs(&sentence.elements, &sentence.atoms).filter(|pairs| {
            let found = |pair: &Pair| sentence.elements[pair.inside.clone()].iter().any(findable);
            !pairs.is_empty() && pairs.iter().all(found)
        });
        let Some(pairs) = pairs else {
            return false;
        };
        let carried = (!self.planner.symbols.is_empty()).then(|| {
            self.planner.sentence(
                index,
                &sentence.elements,
                sentence.case,
                Stage::First,
                &sentence.atoms,
                &mut self.units,
            )
        });
        let whole = placement::without_pairs(&sentence.elements, &sentence.atoms);
        let (whole, cut) = self.whole(&whole, sentence, index);
        let aside = self.units.len();
        let phrases: Vec<Vec<Part>> = pairs
            .iter()
            .map(|pair| {
                let inside = &sentence.elements[pair.inside.clone()];
                let inside = placement::without_marks(inside, &sentence.atoms);
                self.whole(&inside, sentence, index).0
            })
            .collect();
        for unit in &mut self.units[aside..] {
            unit.aside = true;
        }
        sentence.flags.cut |= cut;
        sentence.placement = Some(Placement {
            masked: vec![None; pairs.len()],
            pairs,
            whole,
            phrases,
            carried: carried.map(|(parts, _)| parts),
        });
        sentence.plan = Plan::Parts(Vec::new());
        true
    }

    /// The translation of elements in which there are no pairs of marks.
    pub(super) fn whole(
        &mut self,
        elements: &[Element],
        sentence: &Sentence,
        index: usize,
    ) -> (Vec<Part>, bool) {
        self.planner.sentence(
            index,
            elements,
            sentence.case,
            Stage::First,
            &sentence.atoms,
            &mut self.units,
        )
    }

    /// Each stretch between marks alone.
    pub(super) fn plan_between_marks(&mut self, sentence: &mut Sentence, index: usize) {
        let mut parts = Vec::new();
        let is_mark = |element: &Element| matches!(element, Element::Atom(atom) if matches!(sentence.atoms[*atom], Atom::Mark(_)));
        let first = self.units.len();
        for stretch in sentence
            .elements
            .chunk_by(|a, b| !is_mark(a) && !is_mark(b))
        {
            match stretch {
                [Element::Atom(atom)] => parts.push(Part::Atom(*atom)),
                text => {
                    let (own, _) = self.planner.sentence(
                        index,
                        text,
                        sentence.case,
                        Stage::First,
                        &sentence.atoms,
                        &mut self.units,
                    );
                    parts.extend(own);
                }
            }
        }
        for (index, unit) in self.units[first..].iter_mut().enumerate() {
            unit.first = index == 0;
            unit.partial = true;
        }
        sentence.plan = Plan::Parts(parts);
        sentence.placement = None;
    }
}

/// Whether elements have no words, only the names of variables: "a² + b² = c²".
fn is_formula(elements: &[Element]) -> bool {
    const SIGNS: &[char] = &['=', '+', '/', '·', '×', '<', '>', ':', '^', '²', '³'];
    let words = || {
        texts(elements)
            .flat_map(|text| text.split(|c: char| !c.is_alphabetic()))
            .filter(|word| !word.is_empty())
    };
    words().all(|word| word.chars().count() == 1)
        && words().any(|word| !matches!(word, "I" | "a" | "A"))
        && texts(elements).any(|text| text.contains(SIGNS))
}

fn literals(elements: &[Element]) -> Vec<Part> {
    let literal = |element: &Element| match element {
        Element::Text(text) => Part::Literal(text.clone()),
        Element::Atom(atom) => Part::Atom(*atom),
    };
    elements.iter().map(literal).collect()
}

fn notes(atoms: &[Atom]) -> Vec<Note> {
    let note = |atom: &Atom| match atom {
        Atom::Span {
            rule: "glossary",
            source,
            target: Some(target),
            ..
        } => Some(Note::Glossary {
            source: source.clone(),
            target: target.clone(),
        }),
        Atom::Span {
            source,
            target: Some(target),
            ..
        } => Some(Note::Written {
            source: source.clone(),
            target: target.clone(),
        }),
        Atom::Span { rule, source, .. } => Some(Note::Protected {
            rule,
            text: source.clone(),
        }),
        Atom::Mark(_) => None,
    };
    atoms.iter().filter_map(note).collect()
}

/// Which of the marks from `next` on stand inside a sentence: between its ends, and at its ends those whose pair does.
fn inner_marks(marks: &[(usize, Mark)], next: usize, sentence: &Range<usize>) -> Range<usize> {
    let first = next
        + marks[next..]
            .iter()
            .take_while(|(at, _)| *at <= sentence.start)
            .count();
    let last = first
        + marks[first..]
            .iter()
            .take_while(|(at, _)| *at < sentence.end)
            .count();
    let end = last
        + marks[last..]
            .iter()
            .take_while(|(at, _)| *at == sentence.end)
            .count();
    // Pairs by number, over the marks at the sentence's beginning, inside it, and at its end.
    let closed_inside = |number: u32| {
        marks[first..last]
            .iter()
            .any(|(_, mark)| *mark == Mark::Close(number))
    };
    let opened_inside = |number: u32, from: usize| {
        marks[from..last]
            .iter()
            .any(|(_, mark)| *mark == Mark::Open(number))
    };
    let start = (next..first)
        .find(|&at| {
            marks[at].0 == sentence.start
                && matches!(marks[at].1, Mark::Open(number) if closed_inside(number))
        })
        .unwrap_or(first);
    let stop = (last..end)
        .rev()
        .find(|&at| matches!(marks[at].1, Mark::Close(number) if opened_inside(number, start)))
        .map_or(last, |at| at + 1);
    start..stop
}
