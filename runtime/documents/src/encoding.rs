//! The encodings of text formats: detected by the byte order mark, and kept when the file is written.

use crate::{Error, Format};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The encoding that a file was read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// With or without a byte order mark, which is a part of the text.
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
}

impl Encoding {
    /// A file's text, with its byte order mark if it has one.
    pub(crate) fn decode(format: Format, bytes: Vec<u8>) -> Result<(Self, String), Error> {
        let (encoding, text) = match bytes.get(..2) {
            Some([0xff, 0xfe]) => (
                Self::Utf16LittleEndian,
                utf16(format, &bytes, u16::from_le_bytes)?,
            ),
            Some([0xfe, 0xff]) => (
                Self::Utf16BigEndian,
                utf16(format, &bytes, u16::from_be_bytes)?,
            ),
            _ => {
                // A zero byte first: binary files are seldom valid UTF-8, and "binary" says more.
                if let Some(byte) = bytes.iter().position(|&byte| byte == 0) {
                    return Err(Error::Binary { format, byte });
                }
                let text = String::from_utf8(bytes).map_err(|error| Error::Encoding {
                    format,
                    encoding: "UTF-8",
                    byte: error.utf8_error().valid_up_to(),
                })?;
                (Self::Utf8, text)
            }
        };
        match text.find('\0') {
            Some(_) => Err(Error::Binary {
                format,
                byte: bytes_before_zero(&text),
            }),
            None => Ok((encoding, text)),
        }
    }

    /// The bytes of `text`, which is valid UTF-8.
    pub(crate) fn encode(self, text: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        match self {
            Self::Utf8 => text.into_owned().into_bytes(),
            Self::Utf16LittleEndian => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16BigEndian => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

/// Where the zero character is, in bytes of UTF-16.
fn bytes_before_zero(text: &str) -> usize {
    text.encode_utf16().take_while(|&unit| unit != 0).count() * 2
}

fn utf16(format: Format, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Error> {
    let invalid = |byte| Error::Encoding {
        format,
        encoding: "UTF-16",
        byte,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(invalid(bytes.len() - 1));
    }
    let mut text = String::with_capacity(bytes.len());
    for character in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        let units = || text.encode_utf16().count();
        text.push(character.map_err(|_| invalid(2 * units()))?);
    }
    Ok(text)
}

/// The length of the byte order mark that `text` begins with, or 0.
pub(crate) fn byte_order_mark_len(text: &str) -> usize {
    if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len_utf8()
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_written_in_its_encoding() {
        let units: Vec<u16> = "\u{feff}Grüße 😀\r\n".encode_utf16().collect();
        let little: Vec<u8> = units.iter().copied().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units.iter().copied().flat_map(u16::to_be_bytes).collect();
        let utf8 = "\u{feff}Grüße 😀\r\n".as_bytes().to_vec();
        for (bytes, expected) in [
            (utf8, Encoding::Utf8),
            (little, Encoding::Utf16LittleEndian),
            (big, Encoding::Utf16BigEndian),
        ] {
            let (encoding, text) = Encoding::decode(Format::Text, bytes.clone()).unwrap();
            assert_eq!(
                (encoding, text.as_str()),
                (expected, "\u{feff}Grüße 😀\r\n")
            );
            assert_eq!(encoding.encode(text.as_bytes()), bytes);
        }
    }

    #[test]
    fn other_encodings_and_binary_files_are_refused_with_the_byte() {
        for (bytes, place) in [
            (&b"Gr\xfc\xdfe"[..], 2),
            (&b"\xff\xfea\0\x00\xd8b\0"[..], 4),
            (&b"\xff\xfea"[..], 2),
        ] {
            let error = Encoding::decode(Format::Text, bytes.to_vec()).unwrap_err();
            assert!(
                matches!(error, Error::Encoding { byte, .. } if byte == place),
                "{error}"
            );
        }
        for (bytes, place) in [(&b"\x7fELF\0\xff"[..], 4), (&b"\xff\xfea\0\0\0"[..], 4)] {
            let error = Encoding::decode(Format::Text, bytes.to_vec()).unwrap_err();
            assert!(
                matches!(error, Error::Binary { byte, .. } if byte == place),
                "{error}"
            );
        }
    }
}
