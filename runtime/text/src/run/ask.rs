//! Units to the model and back, in rounds, until each has its translation.

use std::collections::HashMap;
use std::ops::Range;

use super::{Run, Sentence};
use crate::case::Case;
use crate::elements::{Atom, Element, Mark, texts, with_numbers};
use crate::error::TranslateError;
use crate::languages::Language;
use crate::model::{Model, SentenceTranslation};
use crate::negation;
use crate::signs::{self, Kind};
use crate::unit::{Context, Damage, Out, Outcome, Part, Stage, Unit, out_texts};

impl<M: Model> Run<'_, M> {
    /// Asks the model until every unit has its translation.
    pub(super) fn ask(&mut self) -> Result<(), TranslateError<M::Error>> {
        let mut first = 0;
        loop {
            while first < self.units.len() {
                let waiting = first..self.units.len();
                first = waiting.end;
                let answers = self.translations(waiting.clone())?;
                for (unit, answer) in waiting.zip(answers) {
                    // Another plan may have taken its place.
                    if self.units[unit].outcome == Outcome::Waiting {
                        self.settle(unit, answer);
                    }
                }
            }
            self.mask_pairs();
            if first == self.units.len() {
                return Ok(());
            }
        }
    }

    /// The model's translations of units. Equal texts are translated once.
    pub(super) fn translations(
        &self,
        units: Range<usize>,
    ) -> Result<Vec<SentenceTranslation>, TranslateError<M::Error>> {
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(units.len());
        let mut distinct: Vec<&str> = Vec::with_capacity(units.len());
        let indices: Vec<usize> = self.units[units]
            .iter()
            .map(|unit| {
                *places.entry(&unit.written.text).or_insert_with(|| {
                    distinct.push(&unit.written.text);
                    distinct.len() - 1
                })
            })
            .collect();
        let answers = self.planner.model.translate(&distinct)?;
        if answers.len() != distinct.len() {
            return Err(TranslateError::Count {
                expected: distinct.len(),
                got: answers.len(),
            });
        }
        Ok(indices
            .into_iter()
            .map(|index| answers[index].clone())
            .collect())
    }

    /// Takes a unit's answer, or plans others in its place.
    pub(super) fn settle(&mut self, index: usize, answer: SentenceTranslation) {
        let sentence = &mut self.sentences[self.units[index].sentence];
        let model = self.planner.model;
        let context = Context {
            case: sentence.case,
            target_code: &self.layer.options.target_language,
            source: self.layer.source,
            target: self.layer.target,
            symbols: self.planner.symbols,
            enclosed: sentence.is_enclosed(),
            is_shorter: &|one, other| model.count_tokens(other) < model.count_tokens(one),
        };
        let unit = &mut self.units[index];
        let damage = match unit.read(answer, &sentence.atoms, context) {
            Ok(out) => {
                let elements = reworded(unit, &out, self.layer.source, self.layer.target);
                unit.outcome = Outcome::Done(out);
                if let Some(elements) = elements {
                    sentence.flags.repaired = true;
                    self.ask_with(index, &elements);
                }
                return;
            }
            Err(damage) => damage,
        };
        if unit.stage == Stage::Pieces {
            // There is nothing to damage in a piece: the model gave no text at all. The source is not lost.
            let kept = texts(&unit.elements).collect();
            unit.outcome = Outcome::Done(vec![Out::Text(kept)]);
            sentence.flags.passed_through |= !unit.aside;
            return;
        }
        let has_mark = unit
            .elements
            .iter()
            .any(|element| matches!(element, Element::Atom(atom) if matches!(sentence.atoms[*atom], Atom::Mark(_))));
        let carries_pairs = unit.elements.iter().any(|element| matches!(element, Element::Atom(atom) if matches!(sentence.atoms[*atom], Atom::Mark(Mark::Open(_) | Mark::Close(_)))));
        if carries_pairs && let Some(placement) = &mut sentence.placement {
            // Its marks find their places without it.
            unit.outcome = Outcome::Replaced(Vec::new());
            placement.carried = None;
            return;
        }
        sentence.flags.repaired |= !unit.aside;
        if let Damage::Spans(spans) = &damage
            && !self.planner.symbols.is_empty()
        {
            self.ask_with_symbols(index, spans);
            return;
        }
        if let Damage::Signs(kinds) = &damage
            && !has_mark
        {
            self.ask_with_signs(index, kinds);
            return;
        }
        if has_mark {
            let owner = unit.sentence;
            self.replan_between_marks(owner, index);
            return;
        }
        let elements = with_numbers(unit.elements.clone(), &mut sentence.atoms);
        let more = elements != unit.elements;
        let unit = std::mem::replace(&mut self.units[index], Unit::gone());
        let first = self.units.len();
        if unit.stage == Stage::First && more && !self.planner.symbols.is_empty() {
            // The unit is in sentence case already.
            let (parts, _) = self.planner.sentence(
                unit.sentence,
                &elements,
                Case::Sentence,
                Stage::Numbers,
                &sentence.atoms,
                &mut self.units,
            );
            self.replace(index, unit, parts, first);
        } else {
            let parts = self
                .planner
                .pieces(&unit, &elements, &sentence.atoms, &mut self.units);
            for new in &mut self.units[first..] {
                new.aside = unit.aside;
            }
            self.replace(index, unit, parts, self.units.len());
        }
    }

    /// Asks again for a unit that lost spans, with symbols in their places; the second time, in the places of all.
    fn ask_with_symbols(&mut self, index: usize, spans: &[usize]) {
        let unit = std::mem::replace(&mut self.units[index], Unit::gone());
        let sentence = &mut self.sentences[unit.sentence];
        for element in &unit.elements {
            if let Element::Atom(atom) = element
                && (unit.again || spans.contains(atom))
            {
                sentence.atoms[*atom].without_stand_in();
            }
        }
        let elements = unit.elements.clone();
        self.units[index] = unit;
        self.ask_with(index, &elements);
    }

    /// Asks again for a unit that lost signs, with symbols in their places.
    fn ask_with_signs(&mut self, index: usize, kinds: &[Kind]) {
        let unit = std::mem::replace(&mut self.units[index], Unit::gone());
        let sentence = &mut self.sentences[unit.sentence];
        let enclosed = sentence.is_enclosed();
        let elements = signs::as_atoms(
            unit.elements.clone(),
            kinds,
            enclosed,
            &mut sentence.atoms,
            self.layer.target,
        );
        self.units[index] = unit;
        self.ask_with(index, &elements);
    }

    /// Asks again for a unit, with other elements in its place.
    fn ask_with(&mut self, index: usize, elements: &[Element]) {
        let unit = std::mem::replace(&mut self.units[index], Unit::gone());
        let first = self.units.len();
        // The unit is in sentence case already.
        let (parts, _) = self.planner.sentence(
            unit.sentence,
            elements,
            Case::Sentence,
            unit.stage,
            &self.sentences[unit.sentence].atoms,
            &mut self.units,
        );
        self.replace(index, unit, parts, first);
    }

    /// Others take the place of a unit: those from `first` on.
    fn replace(&mut self, index: usize, mut unit: Unit, parts: Vec<Part>, first: usize) {
        if let Some(Part::Unit(last)) = parts.last()
            && let Some(end) = unit.end.take()
        {
            self.units[*last].end = Some(end);
        }
        for (added, new) in self.units[first..].iter_mut().enumerate() {
            new.first = unit.first && added == 0;
            new.behind_speech = unit.behind_speech && added == 0;
            new.partial |= unit.partial;
            new.aside = unit.aside;
            new.again = true;
        }
        unit.outcome = Outcome::Replaced(parts);
        self.units[index] = unit;
    }

    /// A sentence whose marks came back wrong, one of them alone: the text between marks is translated alone.
    fn replan_between_marks(&mut self, owner: usize, unit: usize) {
        self.units[unit].outcome = Outcome::Replaced(Vec::new());
        let mut sentence = std::mem::replace(&mut self.sentences[owner], Sentence::empty());
        let first = self.units.len();
        self.plan_between_marks(&mut sentence, owner);
        // Units that were planned before in this round belong to the plan that is given up.
        for unit in &mut self.units[..first] {
            if unit.sentence == owner && unit.outcome == Outcome::Waiting {
                unit.outcome = Outcome::Replaced(Vec::new());
            }
        }
        self.sentences[owner] = sentence;
    }
}

/// A unit's elements with its negation in another form, where the model's first translation lost it.
fn reworded(unit: &Unit, out: &[Out], from: &Language, to: &Language) -> Option<Vec<Element>> {
    if unit.again || unit.aside {
        return None;
    }
    let source: String = texts(&unit.elements).collect();
    let translation: String = out_texts(out).collect();
    if !negation::differs(&source, &translation, from, to) {
        return None;
    }
    let mut elements = unit.elements.clone();
    for element in &mut elements {
        if let Element::Text(text) = element
            && let Some(other) = negation::reworded(text, from)
        {
            *text = other;
            return Some(elements);
        }
    }
    None
}
