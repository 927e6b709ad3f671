//! The best way to cut a run of characters into pieces, in bounded memory (Viterbi 1967).

use heapless::Vec;

use super::characters::{Characters, WINDOW, remove_start};
use super::encode::Cut;
use super::{HASH_START, PieceKind, Pieces, hash_byte};
use crate::Token;

/// Marks an unknown character. It is the id of the end, which no text becomes.
const UNKNOWN: u16 = 0;

/// The best way to reach a place.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Sum of the pieces' scores. Rounded as SentencePiece rounds it, so that ties fall the same way.
    score: f32,
    /// Where the last piece begins, in characters; [`UNREACHED`] before one is found.
    from: u16,
    /// The last piece.
    id: u16,
}

const UNREACHED: u16 = u16::MAX;
/// Beyond it, scores are counted from 0 again (SentencePiece's `kScoreResetThreshold`).
const GREATEST_SCORE: f32 = 100_000.0;

impl Place {
    const fn start(score: f32) -> Self {
        Self {
            score,
            from: UNREACHED,
            id: UNKNOWN,
        }
    }
}

/// The characters that are being cut into pieces.
pub(super) struct Window<'v, 'a> {
    pieces: &'v Pieces<'a>,
    characters: Characters,
    /// One for each place between characters, the start and the end.
    places: Vec<Place, { WINDOW + 1 }>,
    /// Places from which every piece has been tried.
    tried: usize,
}

impl<'v, 'a> Window<'v, 'a> {
    pub(super) fn new(pieces: &'v Pieces<'a>) -> Self {
        let mut window = Self {
            pieces,
            characters: Characters::new(),
            places: Vec::new(),
            tried: 0,
        };
        window.restart(0.0);
        window
    }

    fn restart(&mut self, score: f32) {
        self.characters.clear();
        self.places.clear();
        self.places.push(Place::start(score)).expect("it is empty");
        self.tried = 0;
    }

    /// Makes room in a full window: emits the pieces that all ways through it share.
    fn slide<E>(
        &mut self,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        // Pieces that begin before `limit` end inside the window.
        let longest = self.pieces.longest_piece.max(1);
        let limit = WINDOW - longest;
        self.try_pieces(limit);
        // Whatever follows, the best path goes through one of these places.
        let live = limit + 1 - longest..=limit;
        let mut common = limit;
        for mut place in live {
            while place != common {
                let later = if place > common {
                    &mut place
                } else {
                    &mut common
                };
                *later = usize::from(self.places[*later].from);
            }
        }
        let cut = if common > 0 { common } else { limit };
        self.emit_path(cut, emit)?;
        self.characters.remove_start(cut);
        remove_start(&mut self.places, cut);
        if common > 0 {
            self.tried = limit - cut;
            for place in &mut self.places {
                if place.from != UNREACHED {
                    // Places that are reached from before the cut are on no path any more.
                    place.from = place.from.saturating_sub(cut as u16);
                }
            }
        } else {
            // The paths share no place in the whole window: the one to `limit` is taken.
            self.tried = 0;
            let rest = self.places.iter_mut().skip(1);
            rest.for_each(|place| *place = Place::start(0.0));
        }
        Ok(())
    }

    /// Tries every piece from each place before `end`.
    fn try_pieces(&mut self, end: usize) {
        for start in self.tried..end {
            self.try_pieces_from(start);
        }
        self.tried = self.tried.max(end);
    }

    fn try_pieces_from(&mut self, start: usize) {
        let pieces = self.pieces;
        let mut before = self.places[start].score;
        if before.abs() > GREATEST_SCORE {
            // As SentencePiece does, so that long texts keep their precision.
            for place in &mut self.places[start + 1..] {
                if place.from != UNREACHED {
                    place.score -= before;
                }
            }
            before = 0.0;
            self.places[start].score = before;
        }
        let mut hash = HASH_START;
        let mut single = false;
        let last = self.characters.len().min(start + pieces.longest_piece);
        for end in start + 1..=last {
            for &byte in self.characters.text(end - 1, end) {
                hash = hash_byte(hash, byte);
            }
            let spelling = self.characters.text(start, end);
            let Some(id) = pieces.find(hash, spelling) else {
                continue;
            };
            single |= end == start + 1;
            let score = if pieces.kind(id) == Some(PieceKind::Symbol) {
                // Higher than any piece's score, so symbols are always chosen, and the longest one.
                (0.1 * (spelling.len() as f64 - 1.0)) as f32
            } else {
                pieces.score(id)
            };
            self.reach(start, end, score + before, id as u16);
        }
        if !single {
            let score = pieces.unknown_score + before;
            self.reach(start, start + 1, score, UNKNOWN);
        }
    }

    fn reach(&mut self, from: usize, to: usize, score: f32, id: u16) {
        let place = &mut self.places[to];
        if place.from == UNREACHED || score > place.score {
            *place = Place {
                score,
                from: from as u16,
                id,
            };
        }
    }

    fn emit_path<E>(
        &self,
        end: usize,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut ends: Vec<u16, WINDOW> = Vec::new();
        let mut at = end;
        while at > 0 {
            ends.push(at as u16).expect("pieces have characters");
            at = usize::from(self.places[at].from);
        }
        for &end in ends.iter().rev() {
            let place = self.places[usize::from(end)];
            let id = (place.id != UNKNOWN).then_some(u32::from(place.id));
            let (from, to) = (usize::from(place.from), usize::from(end));
            emit(id, self.characters.text(from, to))?;
        }
        Ok(())
    }
}

impl Cut for Window<'_, '_> {
    fn push<E>(
        &mut self,
        character: char,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.characters.len() == WINDOW {
            self.slide(emit)?;
        }
        self.characters.push(character);
        self.places
            .push(Place::start(0.0))
            .expect("slide makes room");
        Ok(())
    }

    /// The next run's scores are added to this one's, as SentencePiece does.
    fn finish<E>(
        &mut self,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let end = self.characters.len();
        self.try_pieces(end);
        self.emit_path(end, emit)?;
        self.restart(self.places[end].score);
        Ok(())
    }
}
