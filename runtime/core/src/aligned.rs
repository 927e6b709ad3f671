//! A bundle's bytes, aligned so that its numbers can be read in place.

use std::convert::Infallible;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::vec;
use std::vec::Vec;

use crate::weights::ALIGNMENT_BYTES;

/// Bytes that start at a multiple of [`ALIGNMENT_BYTES`], like the members of a bundle.
#[derive(Debug)]
pub struct AlignedBytes(Storage);

#[derive(Debug)]
enum Storage {
    /// The bytes from `start` on. The buffer never grows, so it never moves.
    Owned { buffer: Vec<u8>, start: usize },
    /// Aligned bytes of the program itself.
    Static(&'static [u8]),
}

impl AlignedBytes {
    /// `length` bytes, written by `fill`.
    fn filled<E>(length: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut buffer = vec![0; length + ALIGNMENT_BYTES];
        let start = buffer.as_ptr().align_offset(ALIGNMENT_BYTES);
        buffer.truncate(start + length);
        fill(&mut buffer[start..])?;
        Ok(Self(Storage::Owned { buffer, start }))
    }

    /// A copy of bytes of any alignment.
    pub fn copy(bytes: &[u8]) -> Self {
        let Ok(aligned) = Self::filled(bytes.len(), |buffer| {
            buffer.copy_from_slice(bytes);
            Ok::<_, Infallible>(())
        });
        aligned
    }

    /// Bytes that are part of the program: read in place if they are aligned, copied otherwise.
    pub fn from_static(bytes: &'static [u8]) -> Self {
        if bytes.as_ptr().addr().is_multiple_of(ALIGNMENT_BYTES) {
            Self(Storage::Static(bytes))
        } else {
            Self::copy(bytes)
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut file = fs::File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            // The length of a pipe is known only at its end.
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            return Ok(Self::copy(&bytes));
        }
        let length = usize::try_from(metadata.len()).map_err(io::Error::other)?;
        Self::filled(length, |buffer| file.read_exact(buffer))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Storage::Owned { buffer, start } => &buffer[*start..],
            Storage::Static(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C, align(64))]
    struct Aligned([u8; 65]);

    static BYTES: Aligned = Aligned([7; 65]);

    #[test]
    fn the_programs_bytes_are_read_in_place_where_they_are_aligned() {
        let [aligned, other] =
            [&BYTES.0[..64], &BYTES.0[1..]].map(|bytes| (bytes, AlignedBytes::from_static(bytes)));
        assert_eq!(aligned.1.bytes().as_ptr(), aligned.0.as_ptr());
        assert_eq!(other.1.bytes(), other.0);
        assert!(
            other
                .1
                .bytes()
                .as_ptr()
                .addr()
                .is_multiple_of(ALIGNMENT_BYTES)
        );
    }
}
