//! Units to the model and back, in rounds, until each has its translation.

use std::collections::HashMap;
use std::ops::Range;

use super::{Run, Sentence};
use crate::case::Case;
use crate::elements::{Atom, Element, texts, with_numbers};
use crate::error::TranslateError;
use crate::model::{Model, SentenceTranslation};
use crate::unit::{Context, Out, Outcome, Part, Stage, Unit};

impl<M: Model> Run<'_, M> {
    /// Asks the model until every unit has its translation.
    pub(super) fn ask(&mut self) -> Result<(), TranslateError<M::Error>> {
        let mut first = 0;
        while first < self.units.len() {
            let waiting = first..self.units.len();
            first = waiting.end;
            let answers = self.translations(waiting.clone())?;
            for (unit, answer) in waiting.clone().zip(answers) {
                self.settle(unit, answer);
            }
            self.place_marks();
        }
        Ok(())
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
                *places.entry(&unit.text).or_insert_with(|| {
                    distinct.push(&unit.text);
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
        let context = Context {
            case: sentence.case,
            target_code: &self.layer.options.target_language,
            target: self.layer.target,
            symbols: self.planner.symbols,
        };
        let unit = &mut self.units[index];
        if let Some(out) = unit.read(answer, &sentence.atoms, context) {
            unit.outcome = Outcome::Done(out);
            return;
        }
        if unit.stage == Stage::Pieces {
            // There is nothing to damage in a piece: the model gave no text at all. The source is not lost.
            let kept = texts(&unit.elements).collect();
            unit.outcome = Outcome::Done(vec![Out::Text(kept)]);
            sentence.flags.passed_through = true;
            return;
        }
        sentence.flags.repaired = true;
        let has_mark = unit
            .elements
            .iter()
            .any(|element| matches!(element, Element::Atom(atom) if matches!(sentence.atoms[*atom], Atom::Mark(_))));
        if has_mark {
            // The sentence as a whole: its marks are placed in another way, all of them.
            let owner = unit.sentence;
            self.replan_without_marks(owner, index);
            return;
        }
        let elements = with_numbers(unit.elements.clone(), &mut sentence.atoms);
        let more = elements != unit.elements;
        let mut unit = std::mem::replace(
            &mut self.units[index],
            Unit::new(0, Vec::new(), Stage::Pieces, String::new(), Vec::new()),
        );
        let parts = if unit.stage == Stage::First && more && !self.planner.symbols.is_empty() {
            let first = self.units.len();
            // The unit is in sentence case already.
            let (parts, _) = self.planner.sentence(
                unit.sentence,
                &elements,
                Case::Sentence,
                Stage::Numbers,
                &sentence.atoms,
                &mut self.units,
            );
            for (added, new) in self.units[first..].iter_mut().enumerate() {
                new.first = unit.first && added == 0;
                new.partial |= unit.partial;
            }
            parts
        } else {
            self.planner
                .pieces(&unit, &elements, &sentence.atoms, &mut self.units)
        };
        unit.outcome = Outcome::Replaced(parts);
        self.units[index] = unit;
    }

    /// A sentence whose marks came back wrong.
    pub(super) fn replan_without_marks(&mut self, owner: usize, unit: usize) {
        self.units[unit].outcome = Outcome::Replaced(Vec::new());
        if self.sentences[owner].placement.is_some() {
            return;
        }
        let mut sentence = std::mem::replace(&mut self.sentences[owner], Sentence::empty());
        let first = self.units.len();
        self.plan_placement(&mut sentence, owner);
        // Units that were planned before in this round belong to the plan that is given up.
        for unit in &mut self.units[..first] {
            if unit.sentence == owner && unit.outcome == Outcome::Waiting {
                unit.outcome = Outcome::Replaced(Vec::new());
            }
        }
        self.sentences[owner] = sentence;
    }

    /// Places the marks of the sentences whose phrases are translated.
    pub(super) fn place_marks(&mut self) {
        for index in 0..self.sentences.len() {
            let sentence = &self.sentences[index];
            let Some(placement) = &sentence.placement else {
                continue;
            };
            let ready = self.is_done(&placement.whole)
                && placement.phrases.iter().all(|parts| self.is_done(parts));
            if !ready {
                continue;
            }
            if self.placed(sentence, placement).is_none() {
                let mut sentence = std::mem::replace(&mut self.sentences[index], Sentence::empty());
                sentence.flags.repaired = true;
                self.plan_between_marks(&mut sentence, index);
                self.sentences[index] = sentence;
            }
        }
    }

    pub(super) fn is_done(&self, parts: &[Part]) -> bool {
        parts.iter().all(|part| match part {
            Part::Unit(unit) => match &self.units[*unit].outcome {
                Outcome::Waiting => false,
                Outcome::Done(_) => true,
                Outcome::Replaced(parts) => self.is_done(parts),
            },
            _ => true,
        })
    }
}
