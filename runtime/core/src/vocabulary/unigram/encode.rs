//! Text to tokens.

use super::Unigram;
use super::viterbi::Window;
use crate::Token;
use crate::vocabulary::SPACE;

impl Unigram<'_> {
    /// See [`Vocabulary::encode`](super::super::Vocabulary::encode).
    // Not inlined: its window takes 6 KiB of stack, which a caller with another vocabulary does not need.
    #[inline(never)]
    pub(in super::super) fn encode<E>(
        &self,
        text: &str,
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
        let mut window = Window::new(self);
        // Pieces have a space only at their start, so each space ends a run. Every text begins with a space; spaces at the
        // end of a text are dropped.
        let mut spaces = 1u64;
        self.normalise(text, |character| {
            if character == SPACE {
                spaces += 1;
                return Ok(());
            }
            for _ in 0..core::mem::take(&mut spaces) {
                window.finish(&mut emit)?;
                window.push(SPACE, &mut emit)?;
            }
            window.push(character, &mut emit)
        })?;
        window.finish(&mut emit)
    }
}
