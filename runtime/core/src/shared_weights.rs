//! A model's weights, owned together with the bundle that holds them, so that several engines can share one copy.

use std::ops::Range;
use std::sync::Arc;

use crate::aligned::AlignedBytes;
use crate::weights::{Layout, Weights, WeightsError};

/// Checked weights within the bytes of a bundle. A clone shares the bytes.
#[derive(Debug, Clone)]
pub struct SharedWeights {
    bundle: Arc<AlignedBytes>,
    range: Range<usize>,
    layout: Layout,
}

impl SharedWeights {
    /// Takes weights that [`Weights::new`] has accepted: `range` is their position in the bundle.
    ///
    /// # Panics
    /// If `range` is not within the bundle.
    pub fn new(bundle: Arc<AlignedBytes>, range: Range<usize>, layout: Layout) -> Self {
        assert!(
            bundle.bytes().get(range.clone()).is_some(),
            "the range lies within the bundle"
        );
        Self {
            bundle,
            range,
            layout,
        }
    }

    /// The weights file.
    pub fn bytes(&self) -> &[u8] {
        &self.bundle.bytes()[self.range.clone()]
    }

    /// The position of each layer in the file.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The weights, read in place.
    ///
    /// # Errors
    /// If the bytes do not have the layout's length.
    pub fn weights(&self) -> Result<Weights<'_>, WeightsError> {
        Weights::attach(self.layout.clone(), self.bytes())
    }
}
