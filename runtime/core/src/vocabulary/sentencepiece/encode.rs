//! Text to tokens.

use super::merge::Merger;
use super::viterbi::Window;
use super::{Model, Pieces};
use crate::Token;
use crate::vocabulary::SPACE;

/// Cuts runs of characters into pieces. `emit` gets each piece's id, if it is not unknown, and its text.
pub(super) trait Cut {
    /// Adds a character to the run, and emits the pieces that are then certain.
    fn push<E>(
        &mut self,
        character: char,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E>;

    /// Ends the run, and emits the rest of its pieces.
    fn finish<E>(
        &mut self,
        emit: &mut impl FnMut(Option<Token>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E>;
}

impl Pieces<'_> {
    /// See [`Vocabulary::encode`](super::super::Vocabulary::encode).
    pub(in super::super) fn encode<E>(
        &self,
        text: &str,
        push: impl FnMut(Token) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.model {
            Model::Unigram => self.encode_by_score(text, push),
            Model::BytePairs => self.encode_by_merges(text, push),
        }
    }

    // Not inlined: its window takes 6 KiB of stack, which a caller with another vocabulary does not need.
    #[inline(never)]
    fn encode_by_score<E>(
        &self,
        text: &str,
        push: impl FnMut(Token) -> Result<(), E>,
    ) -> Result<(), E> {
        self.cut(text, &mut Window::new(self), push)
    }

    // As above.
    #[inline(never)]
    fn encode_by_merges<E>(
        &self,
        text: &str,
        push: impl FnMut(Token) -> Result<(), E>,
    ) -> Result<(), E> {
        self.cut(text, &mut Merger::new(self), push)
    }

    fn cut<E>(
        &self,
        text: &str,
        cutter: &mut impl Cut,
        mut push: impl FnMut(Token) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut after_unknown = false;
        let mut prefix = self.prefix;
        let mut emit = |id: Option<Token>, spelling: &[u8]| {
            // Here, so that a text without tokens stays empty.
            if let Some(prefix) = prefix.take() {
                push(prefix)?;
            }
            if let Some(id) = id {
                after_unknown = false;
                return push(id);
            }
            if self.first_byte != 0 {
                let mut bytes = spelling.iter();
                return bytes.try_for_each(|&byte| push(self.first_byte + u32::from(byte)));
            }
            // A run of unknown characters is one token.
            if core::mem::replace(&mut after_unknown, true) {
                return Ok(());
            }
            push(self.unknown)
        };
        // Pieces have a space only at their start, so each space ends a run. Every text begins with a space; spaces at the
        // end of a text are dropped.
        let mut spaces = 1u64;
        self.normalise(text, |character| {
            if character == SPACE {
                spaces += 1;
                return Ok(());
            }
            for _ in 0..core::mem::take(&mut spaces) {
                cutter.finish(&mut emit)?;
                cutter.push(SPACE, &mut emit)?;
            }
            cutter.push(character, &mut emit)
        })?;
        cutter.finish(&mut emit)
    }
}
