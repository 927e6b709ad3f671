//! Tokens to text.

use core::fmt;

use heapless::Vec;

use super::{PieceKind, Pieces};
use crate::Token;
use crate::vocabulary::SPACE;

/// The bytes of a character that is not complete yet.
#[derive(Default)]
struct Bytes(Vec<u8, 4>);

impl Bytes {
    /// Writes complete characters, and U+FFFD for each byte that cannot begin one. An incomplete character is kept for
    /// later; with `all`, its bytes are written as U+FFFD too.
    fn flush(&mut self, all: bool, out: &mut impl fmt::Write) -> fmt::Result {
        while !self.0.is_empty() {
            let used = match core::str::from_utf8(&self.0) {
                Ok(text) => {
                    out.write_str(text)?;
                    self.0.len()
                }
                Err(error) if error.valid_up_to() > 0 => {
                    let valid = &self.0[..error.valid_up_to()];
                    out.write_str(core::str::from_utf8(valid).unwrap_or_default())?;
                    valid.len()
                }
                Err(error) if error.error_len().is_none() && !all => return Ok(()),
                Err(_) => {
                    out.write_char('\u{FFFD}')?;
                    1
                }
            };
            self.0 = Vec::from_slice(&self.0[used..]).expect("shorter than before");
        }
        Ok(())
    }
}

/// Records whether anything was written.
struct Noticing<'w, W> {
    out: &'w mut W,
    written: bool,
}

impl<W: fmt::Write> fmt::Write for Noticing<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.written |= !text.is_empty();
        self.out.write_str(text)
    }
}

impl Pieces<'_> {
    /// See [`Vocabulary::decode`](super::super::Vocabulary::decode).
    pub(in super::super) fn decode(
        &self,
        ids: impl Iterator<Item = Token>,
        out: &mut impl fmt::Write,
    ) -> fmt::Result {
        let mut out = Noticing {
            out,
            written: false,
        };
        let mut bytes = Bytes::default();
        for id in ids {
            if let Some(byte) = self.byte(id) {
                bytes
                    .0
                    .push(byte)
                    .expect("flushed when a character is whole");
                bytes.flush(false, &mut out)?;
                continue;
            }
            let spelling = match self.kind(id) {
                None => continue,
                Some(PieceKind::Control) => "",
                Some(PieceKind::Unknown) => {
                    let surface = self.spelling(self.len()).unwrap_or_default();
                    core::str::from_utf8(surface).unwrap_or_default()
                }
                Some(_) => self.piece(id).unwrap_or_default(),
            };
            bytes.flush(true, &mut out)?;
            let is_piece = self.kind(id) != Some(PieceKind::Unknown);
            let spelling = if is_piece && !out.written {
                spelling.strip_prefix(SPACE).unwrap_or(spelling)
            } else {
                spelling
            };
            for (index, part) in spelling.split(SPACE).enumerate() {
                if index > 0 && is_piece {
                    fmt::Write::write_char(&mut out, ' ')?;
                }
                fmt::Write::write_str(&mut out, part)?;
            }
        }
        bytes.flush(true, &mut out)
    }
}
