//! A bundle's bytes, aligned so that its numbers can be read in place.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::vec;
use std::vec::Vec;

use crate::weights::ALIGNMENT_BYTES;

/// Bytes that start at a multiple of [`ALIGNMENT_BYTES`], as the members of a bundle do within them.
#[derive(Debug)]
pub struct AlignedBytes {
    /// It never grows, and so stays where it is.
    buffer: Vec<u8>,
    start: usize,
}

impl AlignedBytes {
    fn zeros(length: usize) -> Self {
        let mut buffer = vec![0; length + ALIGNMENT_BYTES];
        let start = buffer.as_ptr().align_offset(ALIGNMENT_BYTES);
        buffer.truncate(start + length);
        Self { buffer, start }
    }

    /// A copy of bytes that may start anywhere.
    pub fn copy(bytes: &[u8]) -> Self {
        let mut aligned = Self::zeros(bytes.len());
        aligned.bytes_mut().copy_from_slice(bytes);
        aligned
    }

    /// A file's bytes.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut file = fs::File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            // A pipe has no length before its end.
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            return Ok(Self::copy(&bytes));
        }
        let length = usize::try_from(metadata.len()).map_err(io::Error::other)?;
        let mut aligned = Self::zeros(length);
        file.read_exact(aligned.bytes_mut())?;
        Ok(aligned)
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[self.start..]
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
}
