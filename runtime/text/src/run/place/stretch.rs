//! Where a pair goes whose words were not found in the translation.

use std::ops::Range;

use super::super::{Placement, Sentence};
use crate::elements::{Element, texts};
use crate::placement::{closest_window, count_words};

/// The longest stretch that a pair may enclose: inside the pairs that hold it, around those that it holds, and apart from the
/// others, in their order if possible.
pub(super) fn free_stretch(
    placement: &Placement,
    order: &[usize],
    places: &[Option<Range<usize>>],
    at: usize,
    whole: &str,
) -> Option<Range<usize>> {
    let holds = |outer: &Range<usize>, inner: &Range<usize>| {
        outer.start <= inner.start && inner.end <= outer.end
    };
    let own = &placement.pairs[order[at]].inside;
    let mut within = 0..whole.len();
    let (mut held, mut apart) = (Vec::new(), Vec::new());
    for (other, place) in order
        .iter()
        .zip(places)
        .enumerate()
        .filter(|(other, _)| *other != at)
        .map(|(_, pair)| pair)
    {
        let Some(place) = place.as_ref().filter(|place| !place.is_empty()) else {
            continue;
        };
        let inside = &placement.pairs[*other].inside;
        if holds(inside, own) {
            within = within.start.max(place.start)..within.end.min(place.end);
        } else if holds(own, inside) {
            held.push(place);
        } else {
            apart.push((place, inside.end <= own.start));
        }
    }
    let mut ends: Vec<usize> = vec![within.start, within.end];
    ends.extend(apart.iter().flat_map(|(place, _)| [place.start, place.end]));
    ends.retain(|end| within.start <= *end && *end <= within.end);
    ends.sort_unstable();
    let stretches = ends.windows(2).map(|ends| ends[0]..ends[1]);
    stretches
        .filter(|stretch| {
            whole[stretch.clone()].contains(char::is_alphanumeric)
                && held.iter().all(|place| holds(stretch, place))
                && apart
                    .iter()
                    .all(|(place, _)| place.end <= stretch.start || stretch.end <= place.start)
        })
        .max_by_key(|stretch| {
            let in_order = apart
                .iter()
                .filter(|(place, before)| *before == (place.end <= stretch.start));
            (in_order.count(), stretch.len())
        })
        .map(|stretch| {
            let text = &whole[stretch.clone()];
            let start = stretch.end - text.trim_start_matches([' ', ',', ';']).len();
            start..stretch.start + text.trim_end_matches([' ', ',', ';']).len()
        })
}

/// The words of a stretch that a pair stands around when nothing says which: as great a share of the translation as its words are of the
/// source, where they are in the source, or else around a word or number that both have.
pub(super) fn share(
    sentence: &Sentence,
    placement: &Placement,
    pair: usize,
    whole: &str,
    stretch: Range<usize>,
) -> Range<usize> {
    let words = |elements: &[Element]| -> usize {
        let count = |element: &Element| match element {
            Element::Text(text) => count_words(text),
            Element::Atom(atom) => count_words(sentence.atoms[*atom].source()),
        };
        elements.iter().map(count).sum()
    };
    let inside = &placement.pairs[pair].inside;
    let own = &sentence.elements[inside.clone()];
    let (total, all) = (words(&sentence.elements).max(1), count_words(whole));
    let scaled = |count: usize| (count * all + total / 2) / total;
    let wanted: String = texts(own).collect();
    let place = scaled(words(&sentence.elements[..inside.start]));
    closest_window(whole, &stretch, place, scaled(words(own)).max(1), &wanted).unwrap_or(stretch)
}
