//! Whether a translation has the marks of its source.

use super::Out;
use crate::elements::{Atom, Element, Mark};

/// Whether the marks of a translation are those of the source, each pair opened before it is closed, and nested.
pub(super) fn marks_are_valid(elements: &[Element], out: &[Out], atoms: &[Atom]) -> bool {
    let mark = |atom: &usize| match atoms[*atom] {
        Atom::Mark(mark) => Some(mark),
        Atom::Span { .. } => None,
    };
    let source = elements.iter().filter_map(|element| match element {
        Element::Atom(atom) => mark(atom),
        Element::Text(_) => None,
    });
    let target = out.iter().filter_map(|part| match part {
        Out::Atom(atom) => mark(atom),
        Out::Text(_) => None,
    });
    let (source, target): (Vec<Mark>, Vec<Mark>) = (source.collect(), target.collect());
    let paired = source == target
        || (left_open(&target).is_some() && left_open(&source) == left_open(&target));
    let source = || {
        elements.iter().map(|element| match element {
            Element::Atom(atom) => Piece::Atom(*atom),
            Element::Text(text) => Piece::Text(text),
        })
    };
    let target = || {
        out.iter().map(|part| match part {
            Out::Atom(atom) => Piece::Atom(*atom),
            Out::Text(text) => Piece::Text(text),
        })
    };
    paired
        && empty_pairs(source(), atoms) == empty_pairs(target(), atoms)
        && singles_within(source(), atoms) == singles_within(target(), atoms)
}

/// The marks that stand alone between words: a line break that comes at the end of a translation was misplaced.
fn singles_within<'t>(pieces: impl Iterator<Item = Piece<'t>>, atoms: &[Atom]) -> Vec<u32> {
    let mut within = Vec::new();
    let mut waiting = Vec::new();
    let mut words = false;
    for piece in pieces {
        match piece {
            Piece::Text(text) if text.contains(char::is_alphanumeric) => {
                within.append(&mut waiting);
                words = true;
            }
            Piece::Text(_) => {}
            Piece::Atom(atom) => match atoms[atom] {
                Atom::Mark(Mark::Single(number)) if words => waiting.push(number),
                Atom::Mark(_) => {}
                Atom::Span { .. } => {
                    within.append(&mut waiting);
                    words = true;
                }
            },
        }
    }
    within.sort_unstable();
    within
}

/// A part of a source or of a translation.
enum Piece<'t> {
    Text(&'t str),
    Atom(usize),
}

/// How many pairs of marks have no words between them: a phrase that a translation lost leaves one.
fn empty_pairs<'t>(pieces: impl Iterator<Item = Piece<'t>>, atoms: &[Atom]) -> usize {
    let mut open: Vec<(u32, bool)> = Vec::new();
    let mut empty = 0;
    for piece in pieces {
        let filled = match piece {
            Piece::Text(text) => text.contains(char::is_alphanumeric),
            Piece::Atom(atom) => match atoms[atom] {
                Atom::Mark(Mark::Open(number)) => {
                    open.push((number, false));
                    false
                }
                Atom::Mark(Mark::Close(number)) => {
                    if let Some((opened, filled)) = open.pop() {
                        empty += usize::from(opened == number && !filled);
                    }
                    false
                }
                Atom::Mark(Mark::Single(_)) | Atom::Span { .. } => true,
            },
        };
        if filled {
            for (_, pair_filled) in &mut open {
                *pair_filled = true;
            }
        }
    }
    empty
}

/// The pairs that marks close without opening and open without closing, in order; `None` if pairs cross.
fn left_open(marks: &[Mark]) -> Option<(Vec<u32>, Vec<u32>)> {
    let (mut closed, mut open) = (Vec::new(), Vec::new());
    for mark in marks {
        match *mark {
            Mark::Open(number) => open.push(number),
            Mark::Close(number) if open.last() == Some(&number) => {
                open.pop();
            }
            Mark::Close(number) if open.is_empty() => closed.push(number),
            Mark::Close(_) => return None,
            Mark::Single(_) => {}
        }
    }
    Some((closed, open))
}
