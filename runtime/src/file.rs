//! A bundle's bytes, aligned so that its numbers can be read in place.

use std::fs;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use deshi_core::weights::Layout;

use deshi_core::weights::ALIGNMENT_BYTES;

/// Bytes that start at a multiple of [`ALIGNMENT_BYTES`], as the members of a bundle do within them.
#[derive(Debug)]
pub(crate) struct AlignedBytes {
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

    pub(crate) fn copy(bytes: &[u8]) -> Self {
        let mut aligned = Self::zeros(bytes.len());
        aligned.bytes_mut().copy_from_slice(bytes);
        aligned
    }

    pub(crate) fn read(path: &Path) -> io::Result<Self> {
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

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
}

/// The weights within a bundle's bytes, which have been checked.
#[derive(Debug, Clone)]
pub(crate) struct WeightsFile {
    bundle: Arc<AlignedBytes>,
    range: Range<usize>,
    layout: Layout,
}

impl WeightsFile {
    /// # Panics
    /// If the bundle ends before the range does.
    pub(crate) fn new(bundle: Arc<AlignedBytes>, range: Range<usize>, layout: Layout) -> Self {
        assert!(
            range.end <= bundle.bytes().len(),
            "the range is the bundle's"
        );
        Self {
            bundle,
            range,
            layout,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bundle.bytes()[self.range.clone()]
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }
}
