//! A sentence as the layer handles it: text that is translated, and atoms that are not.

use crate::protect::{Span, numbers};
use crate::quotations::is_double;
use crate::signs;
use crate::stand_in::{StandIn, StandIns};

/// An inline mark, or a protected span: it comes through exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Atom {
    /// Its text, and its text in the translation, where that differs.
    Span {
        rule: &'static str,
        source: String,
        target: Option<String>,
        /// What the model sees in its place; none where it is a symbol.
        stand_in: Option<StandIn>,
    },
    /// A mark of the caller's.
    Mark(Mark),
}

/// A mark of a [`crate::segment::Segment`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Open(u32),
    Close(u32),
    Single(u32),
}

/// The rule of the atom in the place of direct speech, which has no text of its own.
pub(crate) const SPEECH: &str = "direct speech";

impl Atom {
    /// Whether it is in the place of direct speech.
    pub(crate) fn is_speech(&self) -> bool {
        matches!(self, Self::Span { rule: SPEECH, .. })
    }

    /// Its text in a translation; empty for a mark.
    pub(crate) fn target(&self) -> &str {
        match self {
            Self::Span { source, target, .. } => target.as_deref().unwrap_or(source),
            Self::Mark(_) => "",
        }
    }

    /// Whether it is a quotation mark or another sign of the sentence's own punctuation.
    pub(crate) fn is_punctuation(&self) -> bool {
        matches!(
            self,
            Self::Span {
                rule: signs::RULE,
                ..
            }
        )
    }

    /// Whether it is a quotation mark.
    pub(crate) fn is_quote(&self) -> bool {
        self.is_punctuation()
            && self
                .source()
                .starts_with(|c: char| is_double(c) || matches!(c, '\'' | '`'))
    }

    pub(crate) fn stand_in(&self) -> Option<&StandIn> {
        match self {
            Self::Span { stand_in, .. } => stand_in.as_ref(),
            Self::Mark(_) => None,
        }
    }

    /// Whether it is a tag, whose place says which words it is about.
    pub(crate) fn is_tag(&self) -> bool {
        matches!(self, Self::Span { rule: "tag", .. })
    }

    /// Makes it a symbol from now on.
    pub(crate) fn without_stand_in(&mut self) {
        if let Self::Span { stand_in, .. } = self {
            *stand_in = None;
        }
    }

    pub(crate) fn source(&self) -> &str {
        match self {
            Self::Span { source, .. } => source,
            Self::Mark(_) => "",
        }
    }

    /// Whether it can stand outside the sentence that the model sees, where it begins or ends it.
    fn is_ornament(&self) -> bool {
        match self {
            Self::Span { rule, .. } => {
                let ornaments = [
                    "emoji",
                    "sign",
                    "smiley",
                    "shortcode",
                    "private use",
                    "long word",
                    "control",
                    signs::RULE,
                ];
                ornaments.contains(rule)
            }
            Self::Mark(_) => false,
        }
    }
}

/// A stretch of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Element {
    /// Text for the model, normalised.
    Text(String),
    /// The index of an atom.
    Atom(usize),
}

impl Element {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Atom(_) => None,
        }
    }
}

/// Texts of elements.
pub(crate) fn texts(elements: &[Element]) -> impl Iterator<Item = &str> + Clone {
    elements.iter().filter_map(Element::text)
}

/// Whether there are letters to translate.
pub(crate) fn has_letters(elements: &[Element]) -> bool {
    texts(elements).any(|text| text.contains(char::is_alphabetic))
}

/// The elements of a text, with every number in them as an atom too.
pub(crate) fn with_numbers(elements: Vec<Element>, atoms: &mut Vec<Atom>) -> Vec<Element> {
    let mut all = Vec::with_capacity(elements.len());
    for element in elements {
        let Element::Text(text) = element else {
            all.push(element);
            continue;
        };
        let mut end = 0;
        for range in numbers(&text) {
            if range.start > end {
                all.push(Element::Text(text[end..range.start].to_owned()));
            }
            end = range.end;
            all.push(Element::Atom(atoms.len()));
            atoms.push(Atom::Span {
                rule: "number",
                source: text[range].to_owned(),
                target: None,
                stand_in: None,
            });
        }
        if end < text.len() {
            all.push(Element::Text(text[end..].to_owned()));
        }
    }
    all
}

/// The elements that the model sees: ornaments at the ends, and what is outside them, need no model.
pub(crate) fn peel(elements: &[Element], atoms: &[Atom]) -> std::ops::Range<usize> {
    let outside = |element: &Element| match element {
        Element::Text(text) => !text.contains(char::is_alphanumeric),
        Element::Atom(atom) => atoms[*atom].is_ornament(),
    };
    let ornament = |element: &Element| matches!(element, Element::Atom(_));
    let front = elements
        .iter()
        .take_while(|element| outside(element))
        .count();
    // An opening bracket and the like belong to the sentence, unless an ornament follows them.
    let start = elements[..front]
        .iter()
        .rposition(ornament)
        .map_or(0, |at| at + 1);
    let back = elements[start..]
        .iter()
        .rev()
        .take_while(|element| outside(element))
        .count();
    let tail = elements.len() - back;
    let end = elements[tail..]
        .iter()
        .position(ornament)
        .map_or(elements.len(), |at| tail + at);
    start..end
}

/// The sentence's elements: its spans and marks as atoms, the text between them as the model sees it. `place` of a span
/// or a mark is its place in the sentence.
pub(crate) fn elements(
    sentence: &str,
    spans: &[Span],
    marks: &[(usize, Mark)],
    atoms: &mut Vec<Atom>,
    normalize: impl Fn(&str) -> String,
) -> Vec<Element> {
    let mut all: Vec<Element> = Vec::new();
    let mut stand_ins = StandIns::new(sentence);
    let mut marks = marks.iter().peekable();
    let mut end = 0;
    let text = |range: std::ops::Range<usize>, all: &mut Vec<Element>| {
        let text = normalize(&sentence[range]);
        if !text.is_empty() {
            all.push(Element::Text(text));
        }
    };
    let mut atom = |atom: Atom, all: &mut Vec<Element>| {
        all.push(Element::Atom(atoms.len()));
        atoms.push(atom);
    };
    for span in spans {
        while let Some(&&(at, mark)) = marks.peek() {
            if at > span.range.start {
                break;
            }
            text(end..at, &mut all);
            end = at;
            atom(Atom::Mark(mark), &mut all);
            marks.next();
        }
        text(end..span.range.start, &mut all);
        end = span.range.start;
        // A mark inside a span: the span is in pieces, side by side. A glossary's term is not taken then.
        let marked = marks.peek().is_some_and(|(at, _)| *at < span.range.end);
        while let Some(&&(at, mark)) = marks.peek() {
            if at >= span.range.end {
                break;
            }
            let source = sentence[end..at].to_owned();
            if !source.is_empty() {
                atom(
                    Atom::Span {
                        rule: span.rule,
                        source,
                        target: None,
                        stand_in: None,
                    },
                    &mut all,
                );
            }
            end = at;
            atom(Atom::Mark(mark), &mut all);
            marks.next();
        }
        let source = sentence[end..span.range.end].to_owned();
        end = span.range.end;
        let target = span.target.clone().filter(|_| !marked);
        let stand_in = match marked {
            true => None,
            false => stand_ins.of(span.rule, &source, target.as_deref()),
        };
        atom(
            Atom::Span {
                rule: span.rule,
                source,
                target,
                stand_in,
            },
            &mut all,
        );
    }
    for &(at, mark) in marks {
        text(end..at, &mut all);
        end = at;
        atom(Atom::Mark(mark), &mut all);
    }
    text(end..sentence.len(), &mut all);
    all
}
