//! Translations of sentences, and of sources, from those of their units.

use std::borrow::Cow;
use std::ops::Range;

use super::{Output, Plan, Run, Sentence, Source};
use crate::case::Case;
use crate::doubt;
use crate::elements::{Atom, Mark};
use crate::escapes::Escapes;
use crate::layout;
use crate::model::Model;
use crate::negation;
use crate::normalize::normalize;
use crate::options::OnLowConfidence;
use crate::translated::{Note, TranslatedSentence};
use crate::unit::{Out, Outcome, Part};

impl<M: Model> Run<'_, M> {
    /// The translation of a source, from its sentences' and its layout.
    pub(super) fn assemble(&self, source: usize, sentences: Range<usize>) -> Output {
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
    pub(super) fn finish_sentence(&self, sentence: &Sentence, text: &str, output: &mut Output) {
        let start = output.translated.text.len();
        let marks = output.marks.len();
        let mut used = Vec::new();
        let mut flags = sentence.flags;
        let mut notes = sentence.notes.clone();
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
                let placed = self.placed(sentence, placement);
                let marks = placed.marks.into_iter();
                output
                    .marks
                    .extend(marks.map(|(at, mark)| (at + start, mark)));
                output.push(&placed.text);
                used = placed.used;
                if placed.widened {
                    flags.repaired = true;
                    notes.push(Note::MarksWidened);
                }
            }
            (Plan::Parts(parts), None) => {
                self.write(parts, sentence, output, &mut used);
                if sentence.marks.is_empty() {
                    let translation = &output.translated.text[start..];
                    if let Some(escaped) = Escapes::of(text).redo(translation) {
                        output.translated.text.replace_range(start.., &escaped);
                    }
                    let wide = layout::with_gaps(
                        text,
                        &output.translated.text[start..],
                        sentence.atoms.iter().map(Atom::target),
                    );
                    if let Cow::Owned(wide) = wide {
                        output.translated.text.replace_range(start.., &wide);
                    }
                }
            }
        }
        let mut done = TranslatedSentence {
            source: text.to_owned(),
            source_range: sentence.range.clone(),
            notes,
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
    pub(super) fn doubt(&self, sentence: &mut TranslatedSentence, source: &str, translation: &str) {
        let translates_terms = sentence
            .notes
            .iter()
            .any(|note| matches!(note, Note::Glossary { .. }));
        let digits = doubt::digits(std::iter::once(&*normalize(source)));
        sentence.flags.digits_differ =
            !translates_terms && digits != doubt::digits(std::iter::once(translation));
        sentence.flags.negation_differs =
            negation::differs(source, translation, self.layer.source, self.layer.target);
        sentence.flags.copied = doubt::is_copy(source, translation);
        let minimum = self.layer.options.minimum_confidence;
        if let Some(mean) = sentence.mean_log_probability() {
            sentence.flags.low_confidence = mean.exp() < minimum;
        }
    }

    /// Writes parts; `used` gets the units that they came from.
    pub(super) fn write(
        &self,
        parts: &[Part],
        sentence: &Sentence,
        output: &mut Output,
        used: &mut Vec<usize>,
    ) {
        let atom = |atom: usize, output: &mut Output| match &sentence.atoms[atom] {
            Atom::Mark(mark) => output.mark(*mark),
            // "UM 15 UHR", "KAPITEL IV": what the layer itself has translated.
            Atom::Span {
                rule: "clock" | "written date" | "weekdays" | "label",
                source,
                target: Some(target),
                ..
            } if sentence.case == Case::Upper || is_in_capitals(source) => {
                output.push(&target.to_uppercase())
            }
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

/// Whether a span has a word in capitals: "MAY 2024", not "3 PM".
fn is_in_capitals(span: &str) -> bool {
    let letters = span.chars().filter(|c| c.is_alphabetic());
    letters.clone().count() >= 3 && letters.into_iter().all(char::is_uppercase)
}
