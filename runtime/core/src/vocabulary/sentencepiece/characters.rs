//! The characters of a run of text that is being cut into pieces.

use heapless::Vec;

use super::LONGEST_PIECE;

/// Characters that are considered at a time. A longer run without a space, such as a line of Japanese, slides through.
pub(super) const WINDOW: usize = 256;
const _: () = assert!(WINDOW >= 4 * LONGEST_PIECE);

/// Up to [`WINDOW`] characters.
pub(super) struct Characters {
    text: Vec<u8, { 4 * WINDOW }>,
    /// Where each character begins, and where the last one ends.
    begins: Vec<u16, { WINDOW + 1 }>,
}

impl Characters {
    pub(super) fn new() -> Self {
        let mut characters = Self {
            text: Vec::new(),
            begins: Vec::new(),
        };
        characters.clear();
        characters
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.begins.clear();
        self.begins.push(0).expect("it is empty");
    }

    pub(super) fn len(&self) -> usize {
        self.begins.len() - 1
    }

    /// Adds a character; there must be room.
    pub(super) fn push(&mut self, character: char) {
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).as_bytes();
        let room = "the caller makes room";
        self.text.extend_from_slice(bytes).expect(room);
        self.begins.push(self.text.len() as u16).expect(room);
    }

    /// Removes the first characters.
    pub(super) fn remove_start(&mut self, count: usize) {
        let removed = self.begins[count];
        remove_start(&mut self.text, usize::from(removed));
        remove_start(&mut self.begins, count);
        for begin in &mut self.begins {
            *begin -= removed;
        }
    }

    /// Where a character begins in the text, in bytes; the index after the last one's is the text's end.
    pub(super) fn begin(&self, character: usize) -> usize {
        usize::from(self.begins[character])
    }

    /// The text of some characters.
    pub(super) fn text(&self, from: usize, to: usize) -> &[u8] {
        &self.text[self.begin(from)..self.begin(to)]
    }
}

/// Removes the first items of a list.
pub(super) fn remove_start<T: Copy, const N: usize>(list: &mut Vec<T, N>, count: usize) {
    list.copy_within(count.., 0);
    list.truncate(list.len() - count);
}
