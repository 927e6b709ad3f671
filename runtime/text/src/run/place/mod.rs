//! Where the marks of a sentence stand in its translation.

mod cut_words;
mod stretch;

use std::ops::Range;

use super::{Output, Placement, Run, Sentence};
use crate::elements::{Atom, Element, Mark, texts};
use crate::languages::has;
use crate::model::Model;
use crate::placement::{self, alike, count_words, find, left_out, same_words};
use crate::unit::Part;
use cut_words::cut_word;
use stretch::{free_stretch, share};

/// Takes the place of a pair's words: Unicode's character for an object in a text.
const MASK: char = '\u{FFFC}';
/// A phrase with fewer letters may stand in a translation by chance.
const LONG_PHRASE: usize = 4;

/// A translation with its marks.
pub(super) struct Placed {
    pub(super) text: String,
    pub(super) marks: Vec<(usize, Mark)>,
    /// The units that it is made of.
    pub(super) used: Vec<usize>,
    /// Whether the place of a pair is a guess because its words were not found, or it encloses nothing because it was within a word.
    pub(super) widened: bool,
}

/// A translation: its text, its marks with their places in it, and the units that it is made of.
type WrittenParts = (String, Vec<(usize, Mark)>, Vec<usize>);

impl<M: Model> Run<'_, M> {
    /// The translation without pairs of marks, with each pair around the translation of what it encloses, or else around the words
    /// that the model put between its symbols. The translation with symbols itself is taken where its words are about the same: models
    /// that carry marks badly damage the words around them.
    pub(super) fn placed(&self, sentence: &Sentence, placement: &Placement) -> Placed {
        let (whole, alone, used) = self.written(&placement.whole, sentence);
        let carried = self.carried(sentence, placement);
        let order = outer_first(placement);
        let mut places = self.places(sentence, placement, &whole, &order);
        let found = places.iter().all(Option::is_some);
        if let Some((text, marks, used)) = carried
            && !found
            && placement::about_the_same(&text, &whole)
            && !self.copies_a_phrase(sentence, placement, &text, &marks)
        {
            return Placed {
                text,
                marks,
                used,
                widened: false,
            };
        }
        for at in 0..order.len() {
            if places[at].is_none() {
                places[at] = free_stretch(placement, &order, &places, at, &whole).map(|stretch| {
                    match holds_another(placement, order[at]) {
                        true => stretch,
                        false => share(sentence, placement, order[at], &whole, stretch),
                    }
                });
            }
        }
        let lost = places.iter().flatten().any(Range::is_empty);
        let ranges: Vec<(usize, Range<usize>)> = order
            .iter()
            .zip(places)
            .map(|(&pair, place)| match place {
                Some(range) => (pair, with_spaces(sentence, placement, pair, &whole, range)),
                None => (pair, 0..whole.len()),
            })
            .collect();
        Placed {
            marks: with_marks_alone(
                sentence,
                placement,
                nested_marks(sentence, placement, ranges),
                alone,
            ),
            text: whole,
            used,
            widened: !found || lost,
        }
    }

    /// The translation with marks as symbols; none where they stand within words, which they damage.
    fn carried(&self, sentence: &Sentence, placement: &Placement) -> Option<WrittenParts> {
        let cuts = placement
            .pairs
            .iter()
            .any(|pair| cut_word(sentence, pair).is_some());
        let parts = placement.carried.as_deref().filter(|_| !cuts)?;
        Some(self.written(parts, sentence))
    }

    /// Writes parts of a sentence's translation: its text, its marks, and the units that it is made of.
    fn written(&self, parts: &[Part], sentence: &Sentence) -> WrittenParts {
        let mut output = Output::default();
        let mut used = Vec::new();
        self.write(parts, sentence, &mut output, &mut used);
        (output.translated.text, output.marks, used)
    }

    /// Where the words of each pair stand in the whole translation, in the pairs' `order`.
    fn places(
        &self,
        sentence: &Sentence,
        placement: &Placement,
        whole: &str,
        order: &[usize],
    ) -> Vec<Option<Range<usize>>> {
        let carried = self.carried(sentence, placement);
        let mut places: Vec<Option<Range<usize>>> = vec![None; order.len()];
        for (at, &pair) in order.iter().enumerate() {
            if let Some(word) = cut_word(sentence, &placement.pairs[pair]) {
                let fits = |range: &Range<usize>| nests(placement, order, &places, at, range);
                let none = whole.len()..whole.len();
                places[at] = Some(word.place(whole, &fits).unwrap_or(none));
                continue;
            }
            let alone = self.written(&placement.phrases[pair], sentence).0;
            let number = number(sentence, placement, pair);
            // The model's own place, where it translates with marks as without.
            let own = carried.as_ref().filter(|(text, ..)| text == whole);
            let own = own
                .and_then(|(_, marks, _)| place_of(marks, number))
                .map(|range| without_spaces(whole, range));
            let carried = carried
                .as_ref()
                .map(|(text, marks, _)| enclosed(text, marks, number));
            let carried = carried.as_deref();
            let masked = placement.masked[pair].as_deref();
            let masked = masked.map(|parts| self.written(parts, sentence).0);
            // A translation has not many more words than its source.
            let inside = &sentence.elements[placement.pairs[pair].inside.clone()];
            let words = inside.iter().map(|element| match element {
                Element::Text(text) => count_words(text),
                Element::Atom(atom) => count_words(sentence.atoms[*atom].target()),
            });
            let words: usize = words.sum();
            let fits_in = |most: usize| {
                let (places, order) = (&places, order);
                move |range: &Range<usize>| {
                    count_words(&whole[range.clone()]) <= most
                        && nests(placement, order, places, at, range)
                }
            };
            let fits = fits_in(2 * words + 2);
            let near = fits_in(words + 1 + words / 2);
            // Of several places of a phrase, the model's own says which; a short word may be another's.
            let beside = |range: &Range<usize>| {
                own.as_ref()
                    .is_none_or(|own| range.start < own.end && own.start < range.end)
            };
            let is_long = alone.chars().filter(|c| c.is_alphanumeric()).count() >= LONG_PHRASE;
            let place = find(whole, &alone, &|range| fits(range) && beside(range))
                .or_else(|| find(whole, &alone, &fits).filter(|_| is_long))
                .or_else(|| {
                    // The model's place often leaves out words that belong to it.
                    let own = own.as_ref()?;
                    let holds = |range: &Range<usize>| {
                        near(range) && range.start <= own.start && own.end <= range.end
                    };
                    alike(whole, &alone, &holds)
                })
                .or_else(|| own.clone().filter(|range| !range.is_empty() && near(range)))
                .or_else(|| find(whole, carried?, &fits))
                .or_else(|| alike(whole, &alone, &fits))
                .or_else(|| {
                    let place = left_out(whole, &masked?, MASK, &near)?;
                    Some(self.without_articles(whole, place, inside))
                })
                .or_else(|| alike(whole, carried?, &near));
            // "the [house]" is not "[das Haus]".
            let opens = placement.pairs[pair].inside.start - 1;
            let before = sentence.elements[..opens].last().and_then(Element::text);
            let behind =
                before.is_some_and(|text| ends_with_one_of(text, self.layer.source.articles));
            places[at] = place.map(|range| match behind {
                true => behind_article(whole, range, self.layer.target.articles),
                false => range,
            });
        }
        places
    }

    /// A place without the articles at its ends that the source has no word for: they are their neighbours'.
    fn without_articles(
        &self,
        whole: &str,
        place: Range<usize>,
        inside: &[Element],
    ) -> Range<usize> {
        let source: String = texts(inside).collect();
        let begins = source.split_whitespace().next().unwrap_or("");
        let place = match has(self.layer.source.articles, begins) {
            true => place,
            false => behind_article(whole, place, self.layer.target.articles),
        };
        match whole[place.clone()].rsplit_once(' ') {
            Some((rest, word)) if has(self.layer.target.articles, word) => {
                place.start..place.start + rest.trim_end().len()
            }
            _ => place,
        }
    }

    /// Whether a translation with marks has a phrase of the source between them, which alone is translated.
    fn copies_a_phrase(
        &self,
        sentence: &Sentence,
        placement: &Placement,
        text: &str,
        marks: &[(usize, Mark)],
    ) -> bool {
        placement.pairs.iter().enumerate().any(|(pair, own)| {
            let inside = enclosed(text, marks, number(sentence, placement, pair));
            let source: String = texts(&sentence.elements[own.inside.clone()]).collect();
            let alone = self.written(&placement.phrases[pair], sentence).0;
            same_words(&inside, &source) && !same_words(&alone, &source)
        })
    }

    /// Asks for the sentences with pairs whose words were not found once more, with a symbol in the place of the words: what
    /// stands between the same words in the whole is their translation.
    pub(super) fn mask_pairs(&mut self) {
        for index in 0..self.sentences.len() {
            let sentence = &self.sentences[index];
            let Some(placement) = &sentence.placement else {
                continue;
            };
            if self.planner.symbols.is_empty() || placement.masked.iter().any(Option::is_some) {
                continue;
            }
            let (whole, _, _) = self.written(&placement.whole, sentence);
            let order = outer_first(placement);
            let places = self.places(sentence, placement, &whole, &order);
            let lost: Vec<usize> = order
                .iter()
                .zip(places)
                .filter(|(_, place)| place.is_none())
                .map(|(&pair, _)| pair)
                .collect();
            if lost.is_empty() {
                continue;
            }
            let mut sentence = std::mem::replace(&mut self.sentences[index], Sentence::empty());
            for pair in lost {
                self.mask(&mut sentence, index, pair);
            }
            self.sentences[index] = sentence;
        }
    }

    fn mask(&mut self, sentence: &mut Sentence, index: usize, pair: usize) {
        let Some(placement) = &sentence.placement else {
            return;
        };
        let inside = placement.pairs[pair].inside.clone();
        let mut elements = sentence.elements[..inside.start].to_vec();
        elements.push(Element::Atom(sentence.atoms.len()));
        elements.extend_from_slice(&sentence.elements[inside.end..]);
        sentence.atoms.push(Atom::Span {
            rule: "mask",
            source: MASK.to_string(),
            target: None,
            stand_in: None,
        });
        let first = self.units.len();
        let elements = placement::without_marks(&elements, &sentence.atoms);
        let (parts, _) = self.whole(&elements, sentence, index);
        for unit in &mut self.units[first..] {
            unit.aside = true;
        }
        if let Some(placement) = &mut sentence.placement {
            placement.masked[pair] = Some(parts);
        }
    }
}

fn ends_with_one_of(text: &str, words: &[&str]) -> bool {
    let text = text.trim_end();
    let word = text.rsplit(|c: char| !c.is_alphanumeric()).next();
    has(words, word.unwrap_or(""))
}

/// A range without the white space at its ends: some formats know no marks beside it.
fn without_spaces(whole: &str, range: Range<usize>) -> Range<usize> {
    let text = &whole[range.clone()];
    let start = range.end - text.trim_start().len();
    start..(range.start + text.trim_end().len()).max(start)
}

/// A range without the article that it begins with: it belongs to the words before the pair, as in the source.
fn behind_article(whole: &str, range: Range<usize>, articles: &[&str]) -> Range<usize> {
    let text = &whole[range.clone()];
    match text.split_once(' ') {
        Some((word, rest)) if has(articles, word) && rest.contains(char::is_alphanumeric) => {
            range.end - rest.len()..range.end
        }
        _ => range,
    }
}

/// The pairs, outer ones before those inside them, so that these are found inside them.
fn outer_first(placement: &Placement) -> Vec<usize> {
    let mut order: Vec<usize> = (0..placement.pairs.len()).collect();
    order.sort_by_key(|&pair| placement.pairs[pair].inside.start);
    order
}

/// Whether a range for the pair at `at` of `order` is nested with the places of the others as in the source.
fn nests(
    placement: &Placement,
    order: &[usize],
    places: &[Option<Range<usize>>],
    at: usize,
    range: &Range<usize>,
) -> bool {
    let own = &placement.pairs[order[at]].inside;
    let mut others = order.iter().zip(places).take(at);
    others.all(|(&other, place)| {
        let outer = &placement.pairs[other].inside;
        let nested = own.end <= outer.end;
        match place {
            // The other stands around the whole sentence.
            None => true,
            Some(place) if nested => place.start <= range.start && range.end <= place.end,
            Some(place) => range.end <= place.start || place.end <= range.start,
        }
    })
}

/// The range with the white space beside it, where the source has white space inside the pair.
fn with_spaces(
    sentence: &Sentence,
    placement: &Placement,
    pair: usize,
    whole: &str,
    mut range: Range<usize>,
) -> Range<usize> {
    let inside = &sentence.elements[placement.pairs[pair].inside.clone()];
    let begins = texts(inside)
        .next()
        .is_some_and(|text| text.starts_with(' '));
    let ends = texts(inside).last().is_some_and(|text| text.ends_with(' '));
    // One pair alone: the space between two could be taken by both.
    if placement.pairs.len() == 1 {
        range.start -= usize::from(begins && whole[..range.start].ends_with(' '));
        range.end += usize::from(ends && whole[range.end..].starts_with(' '));
    }
    range
}

fn number(sentence: &Sentence, placement: &Placement, pair: usize) -> Option<u32> {
    match sentence.atoms[placement.pairs[pair].open] {
        Atom::Mark(Mark::Open(number)) => Some(number),
        _ => None,
    }
}

/// The place of a pair of marks in a text.
fn place_of(marks: &[(usize, Mark)], number: Option<u32>) -> Option<Range<usize>> {
    let place = |wanted: Option<Mark>| {
        let mark = marks.iter().find(|(_, mark)| Some(*mark) == wanted);
        mark.map(|(at, _)| *at)
    };
    Some(place(number.map(Mark::Open))?..place(number.map(Mark::Close))?)
}

/// What a pair of marks encloses in a text.
fn enclosed(text: &str, marks: &[(usize, Mark)], number: Option<u32>) -> String {
    place_of(marks, number).map_or(String::new(), |range| text[range].to_owned())
}

/// Whether another pair is inside a pair.
fn holds_another(placement: &Placement, pair: usize) -> bool {
    let own = &placement.pairs[pair].inside;
    let mut others = placement.pairs.iter().map(|other| &other.inside);
    others.any(|inside| inside != own && own.start <= inside.start && inside.end <= own.end)
}

/// The marks of pairs at ranges of a text, each of which holds another or is apart from it. Outer pairs come first.
fn nested_marks(
    sentence: &Sentence,
    placement: &Placement,
    mut ranges: Vec<(usize, Range<usize>)>,
) -> Vec<(usize, Mark)> {
    let mark = |atom: usize| match sentence.atoms[atom] {
        Atom::Mark(mark) => mark,
        Atom::Span { .. } => unreachable!("a pair is of marks"),
    };
    // Stable: of equal ranges, the outer pair stays first.
    ranges.sort_by_key(|(_, range)| (range.start, std::cmp::Reverse(range.end)));
    let mut marks = Vec::new();
    let mut open: Vec<(usize, Mark)> = Vec::new();
    for (pair, range) in ranges {
        let closed = open
            .iter()
            .rposition(|(end, _)| *end > range.start)
            .map_or(0, |at| at + 1);
        marks.extend(open.drain(closed..).rev());
        marks.push((range.start, mark(placement.pairs[pair].open)));
        open.push((range.end, mark(placement.pairs[pair].close)));
    }
    marks.extend(open.into_iter().rev());
    marks
}

/// The marks of pairs and those that stand alone, in order. Where both are at one place, each is on its side of the other
/// as in the source.
fn with_marks_alone(
    sentence: &Sentence,
    placement: &Placement,
    pairs: Vec<(usize, Mark)>,
    alone: Vec<(usize, Mark)>,
) -> Vec<(usize, Mark)> {
    let in_source = |mark: Mark| {
        let at = |element: &Element| matches!(element, Element::Atom(atom) if sentence.atoms[*atom] == Atom::Mark(mark));
        sentence.elements.iter().position(at)
    };
    let inside = |pair: Mark, single: Mark| {
        let single = in_source(single);
        placement.pairs.iter().any(|own| {
            let numbers = [own.open, own.close].map(|atom| &sentence.atoms[atom]);
            numbers.contains(&&Atom::Mark(pair))
                && single.is_some_and(|single| own.inside.contains(&single))
        })
    };
    let mut marks = pairs;
    for (at, single) in alone {
        // After the pairs that end here and those that open around it; before the others.
        let before = marks.partition_point(|(place, _)| *place < at);
        let here = marks[before..]
            .iter()
            .take_while(|(place, mark)| {
                *place == at
                    && match mark {
                        Mark::Open(_) => inside(*mark, single),
                        Mark::Close(_) => !inside(*mark, single),
                        Mark::Single(_) => true,
                    }
            })
            .count();
        marks.insert(before + here, (at, single));
    }
    marks
}
