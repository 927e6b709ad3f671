//! A bundle's bytes, aligned so that its numbers can be read in place.

use std::fs;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use deshi_core::weights::Layout;

/// Bytes that start at a multiple of 8.
#[derive(Debug)]
pub(crate) struct AlignedBytes {
    words: Vec<u64>,
    length: usize,
}

impl AlignedBytes {
    pub(crate) fn copy(bytes: &[u8]) -> Self {
        let mut words = vec![0u64; bytes.len().div_ceil(8)];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Self {
            words,
            length: bytes.len(),
        }
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
        let mut words = vec![0u64; length.div_ceil(8)];
        file.read_exact(&mut bytemuck::cast_slice_mut(&mut words)[..length])?;
        Ok(Self { words, length })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.length]
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
