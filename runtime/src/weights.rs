//! The weights, where they lie in a bundle's bytes.

use std::ops::Range;
use std::sync::Arc;

use deshi_core::aligned::AlignedBytes;
use deshi_core::weights::Layout;

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
