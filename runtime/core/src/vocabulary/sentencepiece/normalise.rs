//! Normalises text as SentencePiece does: by its character map, and with one space between words.

use super::{HASH_START, PieceKind, Pieces, hash_byte};
use crate::vocabulary::SPACE;

impl Pieces<'_> {
    /// Calls `each` with the characters of the normalised text. Spaces at its start are dropped, and runs of spaces become
    /// one [`SPACE`]. The caller adds the one before the text, and drops those at its end.
    pub(super) fn normalise<E>(
        &self,
        text: &str,
        mut each: impl FnMut(char) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = text;
        let mut after_space = true;
        while !rest.is_empty() {
            let (mut normalised, used) = self.normalise_start(rest);
            if after_space {
                normalised = normalised.trim_start_matches(' ');
            }
            for character in normalised.chars() {
                each(if character == ' ' { SPACE } else { character })?;
            }
            if !normalised.is_empty() {
                after_space = normalised.ends_with(' ');
            }
            rest = &rest[used..];
        }
        Ok(())
    }

    /// What the start of a text becomes, and how many bytes of the text that replaces.
    fn normalise_start<'t>(&'t self, text: &'t str) -> (&'t str, usize) {
        if let Some(length) = self.symbol_at_start(text.as_bytes()) {
            return (&text[..length], length);
        }
        if let Some(found) = self.rule_at_start(text) {
            return found;
        }
        let length = text.chars().next().map_or(0, char::len_utf8);
        (&text[..length], length)
    }

    /// The bytes of the longest symbol that a text, which is valid UTF-8, begins with.
    pub(super) fn symbol_at_start(&self, text: &[u8]) -> Option<usize> {
        let first = *text.first()?;
        if self.symbol_starts[usize::from(first / 8)] >> (first % 8) & 1 == 0 {
            return None;
        }
        let mut longest = None;
        let mut hash = HASH_START;
        for (index, &byte) in text.iter().take(self.longest_symbol).enumerate() {
            hash = hash_byte(hash, byte);
            // A piece's text is valid UTF-8, so no piece is found within a character.
            let found = self.find(hash, &text[..=index]);
            if found.and_then(|id| self.kind(id)) == Some(PieceKind::Symbol) {
                longest = Some(index + 1);
            }
        }
        longest
    }

    /// Finds the character map's rule for the longest start of a text: the replacement, and how many bytes it replaces.
    /// The trie is a double array as Darts-clone writes it (github.com/s-yata/darts-clone). A damaged trie may give
    /// other rules, but no rule splits a character.
    fn rule_at_start<'t>(&'t self, text: &'t str) -> Option<(&'t str, usize)> {
        let unit = |at: usize| self.trie.get(at).map(|unit| u32::from_le_bytes(*unit));
        let mut longest = None;
        let mut at = offset(unit(0)?);
        for (index, &byte) in text.as_bytes().iter().enumerate() {
            at ^= usize::from(byte);
            // A leaf's label has its highest bit set.
            match unit(at) {
                Some(unit) if unit & 0x8000_00FF == u32::from(byte) => {
                    at ^= offset(unit);
                    if unit >> 8 & 1 == 1 {
                        longest = Some((at, index + 1));
                    }
                }
                _ => break,
            }
        }
        let (leaf, used) = longest?;
        let start = (unit(leaf)? & 0x7FFF_FFFF) as usize;
        let replacement = self.replacements.get(start..)?;
        let length = replacement.iter().position(|&byte| byte == 0)?;
        let replacement = core::str::from_utf8(&replacement[..length]).ok()?;
        text.is_char_boundary(used).then_some((replacement, used))
    }
}

/// How far the children of a unit are from it.
const fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & 1 << 9) >> 6)) as usize
}
