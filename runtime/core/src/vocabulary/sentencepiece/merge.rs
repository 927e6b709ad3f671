//! Byte-pair encoding as SentencePiece does it, in bounded memory: of all neighbours that together are a piece, those whose
//! piece has the highest score are merged first; among equal ones, the leftmost.

use heapless::Vec;

use super::characters::{Characters, WINDOW};
use super::encode::Cut;
use super::{LONGEST_PIECE, PieceKind, Pieces, hash};
use crate::Token;

/// The score of two neighbours that are not a piece.
const NO_PIECE: f32 = f32::NEG_INFINITY;

/// What begins at a character: at first that character, later what it was merged into. Unused where nothing begins any more.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Where it ends, and the next one begins.
    end: u16,
    /// Where the one before begins.
    before: u16,
    /// The score of the piece that it and the next one would become.
    score: f32,
    /// A symbol, which is never merged.
    is_symbol: bool,
    /// For a character that something was merged over: which merge that was, from 1.
    merge: u16,
}

/// The characters that are being merged.
pub(super) struct Merger<'v, 'a> {
    pieces: &'v Pieces<'a>,
    characters: Characters,
    nodes: [Node; WINDOW],
}

impl<'v, 'a> Merger<'v, 'a> {
    pub(super) fn new(pieces: &'v Pieces<'a>) -> Self {
        let node = Node {
            end: 0,
            before: 0,
            score: NO_PIECE,
            is_symbol: false,
            merge: 0,
        };
        Self {
            pieces,
            characters: Characters::new(),
            nodes: [node; WINDOW],
        }
    }

    /// Merges the first `end` characters as if the text ended there.
    fn merge(&mut self, end: usize) {
        let (mut at, mut before) = (0, 0);
        while at < end {
            let symbol = self.symbol_end(at, end);
            let next = symbol.unwrap_or(at + 1);
            for node in &mut self.nodes[at..next] {
                *node = Node {
                    end: next as u16,
                    before: before as u16,
                    score: NO_PIECE,
                    is_symbol: symbol.is_some(),
                    merge: 0,
                };
            }
            (before, at) = (at, next);
        }
        self.each_node(end, |merger, at| {
            merger.nodes[at].score = merger.score(at, end);
        });
        for merge in 1.. {
            let (mut left, mut highest) = (0, NO_PIECE);
            self.each_node(end, |merger, at| {
                let score = merger.nodes[at].score;
                if score > highest {
                    (left, highest) = (at, score);
                }
            });
            if highest == NO_PIECE {
                break;
            }
            let right = usize::from(self.nodes[left].end);
            let after = self.nodes[right].end;
            self.nodes[right].merge = merge;
            self.nodes[left].end = after;
            if usize::from(after) < end {
                self.nodes[usize::from(after)].before = left as u16;
            }
            self.nodes[left].score = self.score(left, end);
            if left > 0 {
                let before = usize::from(self.nodes[left].before);
                self.nodes[before].score = self.score(before, end);
            }
        }
    }

    fn each_node(&mut self, end: usize, mut each: impl FnMut(&mut Self, usize)) {
        let mut at = 0;
        while at < end {
            each(self, at);
            at = usize::from(self.nodes[at].end);
        }
    }

    /// Where the longest symbol ends that begins at a character.
    fn symbol_end(&self, at: usize, end: usize) -> Option<usize> {
        let text = self.characters.text(at, end);
        let bytes = self.pieces.symbol_at_start(text)?;
        let to = self.characters.begin(at) + bytes;
        (at..=end).find(|&place| self.characters.begin(place) == to)
    }

    /// The score of the piece that a node and the next one would become.
    fn score(&self, left: usize, end: usize) -> f32 {
        let Node {
            end: right,
            is_symbol,
            ..
        } = self.nodes[left];
        let right = usize::from(right);
        if is_symbol || right >= end || self.nodes[right].is_symbol {
            return NO_PIECE;
        }
        let to = usize::from(self.nodes[right].end);
        if to - left > self.pieces.longest_piece {
            return NO_PIECE;
        }
        let piece = self.find(left, to);
        piece.map_or(NO_PIECE, |piece| self.pieces.score(piece))
    }

    fn find(&self, from: usize, to: usize) -> Option<Token> {
        let text = self.characters.text(from, to);
        self.pieces.find(hash(text), text)
    }

    /// Emits what the first `end` characters were merged into.
    fn emit<E>(
        &self,
        end: usize,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = 0;
        while at < end {
            let next = usize::from(self.nodes[at].end);
            self.emit_node(at, next, emit)?;
            at = next;
        }
        Ok(())
    }

    /// Emits a node. One that is an unused piece is cut in two where it was merged last, and so are its parts; an unused
    /// character is unknown.
    fn emit_node<E>(
        &self,
        from: usize,
        to: usize,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest: Vec<(usize, usize), LONGEST_PIECE> = Vec::new();
        let mut part = Some((from, to));
        while let Some((from, to)) = part {
            let id = self.find(from, to);
            let is_unused = id.and_then(|id| self.pieces.kind(id)) == Some(PieceKind::Unused);
            let last = (from + 1..to).max_by_key(|&at| self.nodes[at].merge);
            part = match last {
                Some(last) if is_unused => {
                    rest.push((last, to))
                        .expect("a piece has at most LONGEST_PIECE characters");
                    Some((from, last))
                }
                _ => {
                    let id = id.filter(|_| !is_unused);
                    emit(id, self.characters.text(from, to))?;
                    rest.pop()
                }
            };
        }
        Ok(())
    }

    /// Makes room in a full window: emits the pieces that are certain, whatever follows.
    ///
    /// Whatever follows, a piece of the whole text ends at one of the `longest` places up to `limit`. Nothing was merged over
    /// that place, so the pieces before it are those of the text that ends there. Hence the pieces up to a place where all of
    /// these texts have an end are certain.
    fn slide<E>(
        &mut self,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let longest = self.pieces.longest_piece.max(1);
        let limit = WINDOW - longest;
        let mut ends = [true; WINDOW];
        for end in limit + 1 - longest..=limit {
            self.merge(end);
            let mut has_end = [false; WINDOW];
            has_end[end] = true;
            self.each_node(end, |_, at| has_end[at] = true);
            for (common, own) in ends.iter_mut().zip(has_end) {
                *common &= own;
            }
        }
        // If nothing is certain in the whole window, the text is taken to end at `limit`.
        let certain = (1..WINDOW).rev().find(|&end| ends[end]);
        let cut = certain.unwrap_or(limit);
        self.merge(cut);
        self.emit(cut, emit)?;
        self.characters.remove_start(cut);
        Ok(())
    }
}

impl Cut for Merger<'_, '_> {
    fn push<E>(
        &mut self,
        character: char,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.characters.len() == WINDOW {
            self.slide(emit)?;
        }
        self.characters.push(character);
        Ok(())
    }

    fn finish<E>(
        &mut self,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let end = self.characters.len();
        self.merge(end);
        self.emit(end, emit)?;
        self.characters.clear();
        Ok(())
    }
}
