//! Bytes to text: UTF-8, or UTF-16 with a byte order mark. Nothing else is guessed.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use thiserror::Error;

/// How a file's text is written as bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-8 that begins with a byte order mark.
    Utf8WithMark,
    /// UTF-16, the low byte first, after a byte order mark.
    Utf16Le,
    /// UTF-16, the high byte first, after a byte order mark.
    Utf16Be,
}

/// A file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// How it was written.
    pub encoding: TextEncoding,
    /// Whether invalid bytes were replaced by U+FFFD.
    pub replaced: bool,
}

/// Why bytes are not text.
#[derive(Debug, Clone, Copy, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// A byte that UTF-8 does not allow.
    #[error(
        "byte {byte} (0x{value:02X}) is not valid UTF-8; only UTF-8 and UTF-16 with a byte order mark are read"
    )]
    Utf8 {
        /// Where, from 0.
        byte: usize,
        /// The byte.
        value: u8,
    },
    /// Half of a pair of UTF-16 units, or half a unit.
    #[error("byte {byte} is not valid UTF-16")]
    Utf16 {
        /// Where, from 0.
        byte: usize,
    },
    /// A NUL: this is a binary file.
    #[error("byte {byte} is NUL: this is a binary file")]
    Binary {
        /// Where, from 0.
        byte: usize,
    },
}

/// Reads bytes as text. With `lossy`, invalid bytes become U+FFFD, and binary files are read.
///
/// # Errors
/// If they are not UTF-8, nor UTF-16 with a byte order mark.
///
/// ```
/// use deshi_text::decode::decode;
///
/// assert_eq!(decode(b"\xFF\xFEh\0i\0", false)?.text, "hi");
/// assert_eq!(decode(b"caf\xE9", false).unwrap_err().to_string().split(';').next(), Some("byte 3 (0xE9) is not valid UTF-8"));
/// assert_eq!(decode(b"caf\xE9", true)?.text, "caf\u{FFFD}");
/// # Ok::<(), deshi_text::decode::DecodeError>(())
/// ```
pub fn decode(bytes: &[u8], lossy: bool) -> Result<Decoded, DecodeError> {
    let (encoding, mark) = match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (TextEncoding::Utf8WithMark, 3),
        [0xFF, 0xFE, ..] => (TextEncoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => (TextEncoding::Utf16Be, 2),
        _ => (TextEncoding::Utf8, 0),
    };
    let rest = &bytes[mark..];
    let (text, replaced) = match encoding {
        TextEncoding::Utf8 | TextEncoding::Utf8WithMark => utf8(rest, mark, lossy)?,
        TextEncoding::Utf16Le => utf16(UTF_16LE, rest, lossy)?,
        TextEncoding::Utf16Be => utf16(UTF_16BE, rest, lossy)?,
    };
    match text.find('\0') {
        Some(at) if !lossy => Err(DecodeError::Binary {
            byte: match encoding {
                TextEncoding::Utf8 | TextEncoding::Utf8WithMark => mark + at,
                _ => mark + 2 * text[..at].encode_utf16().count(),
            },
        }),
        _ => Ok(Decoded {
            text,
            encoding,
            replaced,
        }),
    }
}

fn utf8(bytes: &[u8], mark: usize, lossy: bool) -> Result<(String, bool), DecodeError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), false)),
        Err(_) if lossy => Ok((String::from_utf8_lossy(bytes).into_owned(), true)),
        Err(error) => {
            let at = error.valid_up_to();
            // A binary file has a NUL near its first wrong byte; its name says more than "not UTF-8".
            match bytes.iter().take(at + 512).position(|&byte| byte == 0) {
                Some(nul) => Err(DecodeError::Binary { byte: mark + nul }),
                None => Err(DecodeError::Utf8 {
                    byte: mark + at,
                    value: bytes[at],
                }),
            }
        }
    }
}

fn utf16(
    encoding: &'static Encoding,
    bytes: &[u8],
    lossy: bool,
) -> Result<(String, bool), DecodeError> {
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok((text.into_owned(), false));
    }
    if lossy {
        let (text, replaced) = encoding.decode_without_bom_handling(bytes);
        return Ok((text.into_owned(), replaced));
    }
    Err(DecodeError::Utf16 {
        byte: MARK + first_wrong(bytes, encoding == UTF_16BE),
    })
}

/// A UTF-16 byte order mark's length.
const MARK: usize = 2;

/// The place of the first invalid UTF-16 unit, or of the half unit at the end.
fn first_wrong(bytes: &[u8], big_endian: bool) -> usize {
    let (units, _) = bytes.as_chunks::<2>();
    let unit = |&bytes: &[u8; 2]| match big_endian {
        true => u16::from_be_bytes(bytes),
        false => u16::from_le_bytes(bytes),
    };
    let mut at = 0;
    for character in char::decode_utf16(units.iter().map(unit)) {
        match character {
            Ok(character) => at += 2 * character.len_utf16(),
            Err(_) => break,
        }
    }
    at
}

/// Writes a text as bytes, in the encoding it was read in.
///
/// ```
/// use deshi_text::decode::{decode, encode};
///
/// let bytes = b"\xFE\xFF\0h\0\xFC";
/// let decoded = decode(bytes, false)?;
/// assert_eq!(encode(&decoded.text, decoded.encoding), bytes);
/// # Ok::<(), deshi_text::decode::DecodeError>(())
/// ```
pub fn encode(text: &str, encoding: TextEncoding) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 3);
    match encoding {
        TextEncoding::Utf8 => bytes.extend(text.as_bytes()),
        TextEncoding::Utf8WithMark => {
            bytes.extend([0xEF, 0xBB, 0xBF]);
            bytes.extend(text.as_bytes());
        }
        TextEncoding::Utf16Le => {
            bytes.extend([0xFF, 0xFE]);
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        TextEncoding::Utf16Be => {
            bytes.extend([0xFE, 0xFF]);
            bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_comes_back_as_it_was() {
        for encoding in [
            TextEncoding::Utf8,
            TextEncoding::Utf8WithMark,
            TextEncoding::Utf16Le,
            TextEncoding::Utf16Be,
        ] {
            for text in ["", "a", "Grüße, 世界 😀\r\n"] {
                let decoded = decode(&encode(text, encoding), false).unwrap();
                assert_eq!((decoded.text.as_str(), decoded.encoding), (text, encoding));
            }
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        for (bytes, expected) in [
            (
                &b"ab\xE9c"[..],
                DecodeError::Utf8 {
                    byte: 2,
                    value: 0xE9,
                },
            ),
            (
                b"\xEF\xBB\xBFa\xFF",
                DecodeError::Utf8 {
                    byte: 4,
                    value: 0xFF,
                },
            ),
            (b"ab\0c", DecodeError::Binary { byte: 2 }),
            (
                b"\x7FELF\x02\x01\x01\0\0\xFF",
                DecodeError::Binary { byte: 7 },
            ),
            (b"\xFF\xFEa\0\0\0", DecodeError::Binary { byte: 4 }),
            (b"\xFF\xFEa\0b", DecodeError::Utf16 { byte: 4 }),
            (b"\xFF\xFE\x00\xDCa\0", DecodeError::Utf16 { byte: 2 }),
            (b"\xFE\xFF\0a\xD8\0\0b", DecodeError::Utf16 { byte: 4 }),
        ] {
            assert_eq!(decode(bytes, false), Err(expected), "{bytes:?}");
            assert!(decode(bytes, true).is_ok(), "{bytes:?}");
        }
    }
}
