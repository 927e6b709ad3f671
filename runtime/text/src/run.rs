//! A run of the layer: sources to sentences, sentences to units, units to the model and back, in rounds.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use crate::case::{self, Case};
use crate::characters::Characters;
use crate::doubt;
use crate::elements::{Atom, Element, Mark, elements, has_letters, texts, with_numbers};
use crate::error::TranslateError;
use crate::layer::Layer;
use crate::layout;
use crate::model::{Model, SentenceTranslation};
use crate::normalize::normalize;
use crate::options::{OnForeign, OnLowConfidence};
use crate::placement::{self, Pair};
use crate::plan::Planner;
use crate::protect::{Span, protect};
use crate::segment::{Part as SegmentPart, Segment};
use crate::translated::{Flags, Note, Translated, TranslatedSegment, TranslatedSentence};
use crate::unit::{Context, Out, Outcome, Part, Stage, Unit};

/// Characters of a sentence that an error shows.
const EXCERPT: usize = 60;

/// What is translated: a text, with marks at places in it, in order.
pub(crate) struct Source<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) marks: Vec<(usize, Mark)>,
}

impl Source<'_> {
    pub(crate) fn of_segment(segment: &Segment) -> Self {
        let (mut text, mut marks) = (String::new(), Vec::new());
        for part in &segment.parts {
            match part {
                SegmentPart::Text(piece) => text.push_str(piece),
                SegmentPart::Open(number) => marks.push((text.len(), Mark::Open(*number))),
                SegmentPart::Close(number) => marks.push((text.len(), Mark::Close(*number))),
                SegmentPart::Single(number) => marks.push((text.len(), Mark::Single(*number))),
            }
        }
        Self {
            text: Cow::Owned(text),
            marks,
        }
    }
}

/// A source's translation, and its marks at places in it.
pub(crate) struct Output {
    pub(crate) translated: Translated,
    marks: Vec<(usize, Mark)>,
}

impl Output {
    pub(crate) fn into_segment(self) -> TranslatedSegment {
        let mut segment = Segment::default();
        let text = &self.translated.text;
        let mut end = 0;
        for (at, mark) in self.marks {
            if at > end {
                segment
                    .parts
                    .push(SegmentPart::Text(text[end..at].to_owned()));
                end = at;
            }
            segment.parts.push(match mark {
                Mark::Open(number) => SegmentPart::Open(number),
                Mark::Close(number) => SegmentPart::Close(number),
                Mark::Single(number) => SegmentPart::Single(number),
            });
        }
        if end < text.len() {
            segment
                .parts
                .push(SegmentPart::Text(text[end..].to_owned()));
        }
        TranslatedSegment {
            segment,
            translated: self.translated,
        }
    }

    fn push(&mut self, text: &str) {
        self.translated.text.push_str(text);
    }

    fn mark(&mut self, mark: Mark) {
        self.marks.push((self.translated.text.len(), mark));
    }
}

/// How a sentence gets its translation.
enum Plan {
    /// It is its own: nothing to translate, or another language.
    Kept,
    /// From the memory.
    Known(String),
    /// From the model.
    Parts(Vec<Part>),
}

/// A sentence of a source.
struct Sentence {
    source: usize,
    range: Range<usize>,
    /// The marks of its source that stand inside it.
    marks: Range<usize>,
    atoms: Vec<Atom>,
    elements: Vec<Element>,
    case: Case,
    plan: Plan,
    flags: Flags,
    notes: Vec<Note>,
    /// Marks that the model does not carry: the pairs, and the units of the whole and of what the pairs enclose.
    placement: Option<Placement>,
}

struct Placement {
    pairs: Vec<Pair>,
    whole: Vec<Part>,
    phrases: Vec<Vec<Part>>,
}

/// One run over many sources.
pub(crate) struct Run<'r, M: Model> {
    layer: &'r Layer,
    planner: Planner<'r, M>,
    sources: Vec<Source<'r>>,
    sentences: Vec<Sentence>,
    units: Vec<Unit>,
}

impl<'r, M: Model> Run<'r, M> {
    pub(crate) fn new(layer: &'r Layer, model: &'r M, sources: Vec<Source<'r>>) -> Self {
        Self {
            layer,
            planner: Planner {
                model,
                symbols: model.symbols(),
                maximum_tokens: model.maximum_tokens().max(1),
            },
            sources,
            sentences: Vec::new(),
            units: Vec::new(),
        }
    }

    /// Translates everything.
    pub(crate) fn finish(mut self) -> Result<Vec<Output>, TranslateError<M::Error>> {
        self.prepare()?;
        self.ask()?;
        let mut outputs = Vec::with_capacity(self.sources.len());
        let mut first = 0;
        for source in 0..self.sources.len() {
            let count = self.sentences[first..]
                .iter()
                .take_while(|sentence| sentence.source == source)
                .count();
            outputs.push(self.assemble(source, first..first + count));
            first += count;
        }
        Ok(outputs)
    }

    /// Finds the sentences, and plans each.
    fn prepare(&mut self) -> Result<(), TranslateError<M::Error>> {
        let model = self.planner.model;
        let knows = |character| model.knows(character);
        let characters = Characters::new(&self.layer.options.source_language, &knows);
        for source in 0..self.sources.len() {
            let text: &str = &self.sources[source].text;
            let mut found: Vec<(Range<usize>, Vec<Span>)> = Vec::new();
            let mut start = 0;
            for line in layout::lines(text) {
                let spans = protect(line, self.layer.glossary.as_ref(), &characters);
                let mut spans_left = spans.as_slice();
                for range in layout::sentences(line, &spans, self.layer.source) {
                    let before = spans_left
                        .iter()
                        .take_while(|span| span.range.end <= range.start)
                        .count();
                    spans_left = &spans_left[before..];
                    let inside = spans_left
                        .iter()
                        .take_while(|span| span.range.start < range.end)
                        .count();
                    let relative = |span: &Span| Span {
                        range: span.range.start.max(range.start) - range.start
                            ..span.range.end.min(range.end) - range.start,
                        ..span.clone()
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

    fn add_sentence(
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
        let elements = elements(text, spans, &own, &mut atoms, |piece| {
            normalize(piece).into_owned()
        });
        let mut sentence = Sentence {
            source,
            marks,
            case: Case::Sentence,
            plan: Plan::Kept,
            flags: Flags::default(),
            notes: notes(&atoms),
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
            .any(|atom| atom.source() != atom.target());
        if let Some(known) = known {
            sentence.plan = Plan::Known(known.to_owned());
            sentence.notes = vec![Note::Memory];
        } else if !has_letters(&sentence.elements) {
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
                doubt::foreign(&plain, &options.source_language, self.layer.source)
            {
                self.foreign(&mut sentence, language)?;
            }
            if !sentence.flags.passed_through {
                sentence.case = case::detect(texts(&sentence.elements));
                self.plan(&mut sentence, Stage::First);
            }
        }
        self.sentences.push(sentence);
        Ok(())
    }

    /// A sentence in another language is kept, translated, or an error.
    fn foreign(
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
    fn plan(&mut self, sentence: &mut Sentence, stage: Stage) {
        let index = self.sentences.len();
        let has_marks = sentence
            .atoms
            .iter()
            .any(|atom| matches!(atom, Atom::Mark(_)));
        if has_marks && self.planner.symbols.is_empty() {
            self.plan_placement(sentence, index);
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

    /// The model carries no marks, or did not: the sentence is translated without them, and what they enclose alone, to
    /// find it again. Where that cannot be, the text between marks is translated alone.
    fn plan_placement(&mut self, sentence: &mut Sentence, index: usize) {
        let pairs = placement::pairs(&sentence.elements, &sentence.atoms).filter(|pairs| {
            pairs
                .iter()
                .all(|pair| has_letters(&sentence.elements[pair.inside.clone()]))
        });
        let Some(pairs) = pairs else {
            self.plan_between_marks(sentence, index);
            return;
        };
        let mut translated = |elements: &[Element], stage| {
            let without = placement::without_marks(elements, &sentence.atoms);
            self.planner.sentence(
                index,
                &without,
                sentence.case,
                stage,
                &sentence.atoms,
                &mut self.units,
            )
        };
        let (whole, cut) = translated(&sentence.elements, Stage::First);
        let phrases = pairs
            .iter()
            .map(|pair| translated(&sentence.elements[pair.inside.clone()], Stage::First).0)
            .collect();
        sentence.flags.cut |= cut;
        sentence.placement = Some(Placement {
            pairs,
            whole,
            phrases,
        });
        sentence.plan = Plan::Parts(Vec::new());
    }

    /// Each stretch between marks alone.
    fn plan_between_marks(&mut self, sentence: &mut Sentence, index: usize) {
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

    /// Asks the model until every unit has its translation.
    fn ask(&mut self) -> Result<(), TranslateError<M::Error>> {
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
    fn translations(
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
    fn settle(&mut self, index: usize, answer: SentenceTranslation) {
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
    fn replan_without_marks(&mut self, owner: usize, unit: usize) {
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
    fn place_marks(&mut self) {
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

    fn is_done(&self, parts: &[Part]) -> bool {
        parts.iter().all(|part| match part {
            Part::Unit(unit) => match &self.units[*unit].outcome {
                Outcome::Waiting => false,
                Outcome::Done(_) => true,
                Outcome::Replaced(parts) => self.is_done(parts),
            },
            _ => true,
        })
    }

    /// A translation with its marks at the phrases that they enclose.
    fn placed(
        &self,
        sentence: &Sentence,
        placement: &Placement,
    ) -> Option<(String, Vec<(usize, Mark)>)> {
        let text = |parts: &[Part]| {
            let mut output = Output::default();
            self.write(parts, sentence, &mut output, &mut Vec::new());
            output.translated.text
        };
        let whole = text(&placement.whole);
        // Outer pairs first, so that inner ones are found inside them.
        let mut order: Vec<usize> = (0..placement.pairs.len()).collect();
        order.sort_by_key(|&pair| placement.pairs[pair].inside.start);
        let phrases: Vec<String> = order
            .iter()
            .map(|&pair| text(&placement.phrases[pair]))
            .collect();
        let ranges = placement::find(&whole, &phrases)?;
        let mut nested: Vec<(usize, Range<usize>)> = order.into_iter().zip(ranges).collect();
        for (a, (_, outer)) in nested.iter().enumerate() {
            for (b, (_, inner)) in nested.iter().enumerate().skip(a + 1) {
                let source_nested = placement.pairs[nested[b].0].inside.end
                    <= placement.pairs[nested[a].0].inside.end;
                let inside = outer.start <= inner.start && inner.end <= outer.end;
                if source_nested != inside {
                    return None;
                }
            }
        }
        nested.sort_by_key(|(_, range)| (range.start, std::cmp::Reverse(range.end)));
        let mark = |atom: usize| match sentence.atoms[atom] {
            Atom::Mark(mark) => Some(mark),
            Atom::Span { .. } => None,
        };
        let mut marks = Vec::new();
        let mut open: Vec<(usize, Mark)> = Vec::new();
        for (pair, range) in nested {
            let closed = open
                .iter()
                .rposition(|(end, _)| *end > range.start)
                .map_or(0, |at| at + 1);
            marks.extend(open.drain(closed..).rev());
            marks.push((range.start, mark(placement.pairs[pair].open)?));
            open.push((range.end, mark(placement.pairs[pair].close)?));
        }
        marks.extend(open.into_iter().rev());
        Some((whole, marks))
    }

    /// The translation of a source, from its sentences' and its layout.
    fn assemble(&self, source: usize, sentences: Range<usize>) -> Output {
        let Source { text, marks } = &self.sources[source];
        let mut output = Output::default();
        output.translated.text.reserve(text.len() + text.len() / 4);
        let (mut end, mut next_mark) = (0, 0);
        let layout = |output: &mut Output, from: usize, to: usize, marks: &[(usize, Mark)]| {
            let mut end = from;
            for &(at, mark) in marks {
                let at = at.clamp(end, to);
                output.push(&text[end..at]);
                output.mark(mark);
                end = at;
            }
            output.push(&text[end..to]);
        };
        for sentence in &self.sentences[sentences] {
            layout(
                &mut output,
                end,
                sentence.range.start,
                &marks[next_mark..sentence.marks.start],
            );
            self.finish_sentence(sentence, &text[sentence.range.clone()], &mut output);
            end = sentence.range.end;
            next_mark = sentence.marks.end;
        }
        layout(&mut output, end, text.len(), &marks[next_mark..]);
        output
    }

    /// Appends a sentence's translation.
    fn finish_sentence(&self, sentence: &Sentence, text: &str, output: &mut Output) {
        let start = output.translated.text.len();
        let marks = output.marks.len();
        let mut used = Vec::new();
        let mut flags = sentence.flags;
        let keep = |output: &mut Output| {
            let own = &self.sources[sentence.source].marks[sentence.marks.clone()];
            let mut end = 0;
            for &(at, mark) in own {
                let at = at.clamp(sentence.range.start, sentence.range.end) - sentence.range.start;
                output.push(&text[end..at]);
                output.mark(mark);
                end = at;
            }
            output.push(&text[end..]);
        };
        match (&sentence.plan, &sentence.placement) {
            (Plan::Kept, _) => keep(output),
            (Plan::Known(known), _) => output.push(known),
            (Plan::Parts(_), Some(placement)) => {
                match self.placed(sentence, placement) {
                    Some((whole, marks)) => {
                        output
                            .marks
                            .extend(marks.into_iter().map(|(at, mark)| (at + start, mark)));
                        output.push(&whole);
                    }
                    None => keep(output),
                }
                self.write(
                    &placement.whole,
                    sentence,
                    &mut Output::default(),
                    &mut used,
                );
            }
            (Plan::Parts(parts), None) => self.write(parts, sentence, output, &mut used),
        }
        let mut done = TranslatedSentence {
            source: text.to_owned(),
            source_range: sentence.range.clone(),
            notes: sentence.notes.clone(),
            ..TranslatedSentence::default()
        };
        for &unit in &used {
            let unit = &self.units[unit];
            done.log_probability += unit.log_probability;
            done.tokens += unit.tokens;
            flags.truncated |= unit.truncated;
            flags.repeated |= unit.repeated;
        }
        done.flags = flags;
        if !used.is_empty() {
            self.doubt(&mut done, text, &output.translated.text[start..]);
        }
        if done.flags.low_confidence
            && self.layer.options.on_low_confidence == OnLowConfidence::Keep
        {
            output.translated.text.truncate(start);
            output.marks.truncate(marks);
            keep(output);
            done.flags.passed_through = true;
        }
        done.target = output.translated.text[start..].to_owned();
        done.target_range = start..output.translated.text.len();
        output.translated.flags = output.translated.flags.or(done.flags);
        output.translated.log_probability += done.log_probability;
        output.translated.tokens += done.tokens;
        output.translated.sentences.push(done);
    }

    /// Flags what a reader should look at again.
    fn doubt(&self, sentence: &mut TranslatedSentence, source: &str, translation: &str) {
        let translates_terms = sentence
            .notes
            .iter()
            .any(|note| matches!(note, Note::Glossary { .. }));
        let digits = doubt::digits(std::iter::once(&*normalize(source)));
        sentence.flags.digits_differ =
            !translates_terms && digits != doubt::digits(std::iter::once(translation));
        sentence.flags.copied = doubt::is_copy(source, translation);
        let minimum = self.layer.options.minimum_confidence;
        if let Some(mean) = sentence.mean_log_probability() {
            sentence.flags.low_confidence = mean.exp() < minimum;
        }
    }

    /// Writes parts; `used` gets the units that they came from.
    fn write(
        &self,
        parts: &[Part],
        sentence: &Sentence,
        output: &mut Output,
        used: &mut Vec<usize>,
    ) {
        let atom = |atom: usize, output: &mut Output| match &sentence.atoms[atom] {
            Atom::Mark(mark) => output.mark(*mark),
            span => output.push(span.target()),
        };
        for part in parts {
            match part {
                Part::Literal(text) => output.push(text),
                Part::Atom(index) => atom(*index, output),
                Part::Unit(unit) => match &self.units[*unit].outcome {
                    Outcome::Replaced(parts) => self.write(parts, sentence, output, used),
                    Outcome::Waiting => {}
                    Outcome::Done(out) => {
                        used.push(*unit);
                        for part in out {
                            match part {
                                Out::Text(text) => output.push(text),
                                Out::Atom(index) => atom(*index, output),
                            }
                        }
                    }
                },
            }
        }
    }
}

impl Default for Output {
    fn default() -> Self {
        Self {
            translated: Translated::default(),
            marks: Vec::new(),
        }
    }
}

impl Sentence {
    /// Stands for a sentence while it is planned anew.
    fn empty() -> Self {
        Self {
            source: 0,
            range: 0..0,
            marks: 0..0,
            atoms: Vec::new(),
            elements: Vec::new(),
            case: Case::Sentence,
            plan: Plan::Kept,
            flags: Flags::default(),
            notes: Vec::new(),
            placement: None,
        }
    }
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
            source,
            target: Some(target),
            ..
        } => Some(Note::Glossary {
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
