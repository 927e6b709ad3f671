//! Tokens to text.

use core::fmt;

use heapless::Vec;

use super::Pairs;
use crate::Token;
use crate::vocabulary::{FIRST_BYTE, FIRST_PIECE, SPACE, symbol_character};

impl Pairs<'_> {
    /// See [`Vocabulary::decode`](super::super::Vocabulary::decode).
    pub(in super::super) fn decode(
        &self,
        ids: impl Iterator<Item = Token>,
        out: &mut impl fmt::Write,
    ) -> fmt::Result {
        let mut bytes: Vec<u8, 4> = Vec::new();
        let mut first = true;
        let mut put = |character: char, out: &mut dyn fmt::Write| {
            let character = if character == SPACE { ' ' } else { character };
            let leading = core::mem::take(&mut first) && character == ' ';
            if leading {
                Ok(())
            } else {
                out.write_char(character)
            }
        };
        let flush =
            |bytes: &mut Vec<u8, 4>, all: bool, put: &mut dyn FnMut(char) -> fmt::Result| {
                while !bytes.is_empty() {
                    let (characters, used) = match core::str::from_utf8(bytes) {
                        Ok(text) => (
                            text.chars().next(),
                            text.chars().next().map_or(0, char::len_utf8),
                        ),
                        Err(error) if error.valid_up_to() > 0 => {
                            (Some('\u{FFFD}'), error.valid_up_to())
                        }
                        Err(error) => match error.error_len() {
                            None if !all => return Ok(()),
                            Some(length) => (None, length),
                            None => (None, bytes.len()),
                        },
                    };
                    put(characters.unwrap_or('\u{FFFD}'))?;
                    let rest = Vec::from_slice(&bytes[used..]).expect("shorter than before");
                    *bytes = rest;
                }
                Ok(())
            };
        for id in ids {
            if let Some(character) = symbol_character(id).filter(|_| self.symbols) {
                flush(&mut bytes, true, &mut |character| put(character, out))?;
                put(character, out)?;
            } else if (FIRST_BYTE..FIRST_PIECE).contains(&id) {
                bytes
                    .push((id - FIRST_BYTE) as u8)
                    .expect("flushed when a character is whole");
                flush(&mut bytes, false, &mut |character| put(character, out))?;
            } else if let Some(piece) = self.piece(id)
                && id >= FIRST_PIECE
            {
                flush(&mut bytes, true, &mut |character| put(character, out))?;
                for character in piece.chars() {
                    put(character, out)?;
                }
            }
        }
        flush(&mut bytes, true, &mut |character| put(character, out))
    }
}
