//! A run of the layer: sources to sentences, sentences to units, units to the model and back, in rounds.

mod ask;
mod assemble;
mod direct_speech;
mod place;
mod prepare;

use std::borrow::Cow;
use std::ops::Range;

use crate::case::Case;
use crate::elements::{Atom, Element, Mark};
use crate::error::TranslateError;
use crate::layer::Layer;
use crate::model::Model;
use crate::placement::Pair;
use crate::plan::Planner;
use crate::segment::{Part as SegmentPart, Segment};
use crate::translated::{Flags, Note, Translated, TranslatedSegment};
use crate::unit::{Part, Unit};

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
#[derive(Default)]
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
    /// It is kept: nothing to translate, or another language.
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
    /// How its marks find their places.
    placement: Option<Placement>,
}

/// The translations of a sentence with pairs of marks by which the marks' places are found.
struct Placement {
    pairs: Vec<Pair>,
    /// Without pairs of marks: this gives the words of the result.
    whole: Vec<Part>,
    /// What each pair encloses, alone.
    phrases: Vec<Vec<Part>>,
    /// With the marks as symbols; none for a model without symbols, or where it damaged them.
    carried: Option<Vec<Part>>,
    /// For each pair, with one symbol in the place of what it encloses; asked for where nothing else finds its place.
    masked: Vec<Option<Vec<Part>>>,
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
                language: layer.source,
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
}

impl Sentence {
    /// Whether quotation marks stand around all of it.
    fn is_enclosed(&self) -> bool {
        let quote = |element: Option<&Element>| matches!(element, Some(Element::Atom(atom)) if self.atoms[*atom].is_quote());
        quote(self.elements.first()) || quote(self.elements.last())
    }

    /// A placeholder for a sentence while it is planned anew.
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
