//! Swish, the activation of many teachers (Ramachandran et al. 2017, "Searching for Activation Functions").

use crate::lanes::{LANES, Lanes};

/// `y / (1 + e^-y)` in place, for whole groups of [`LANES`].
///
/// A pass of its own behind the linear layer: inlined into the layer's tiles, `exp` would push their sums out of the
/// registers, for ReLU as well.
#[inline(always)]
pub(crate) fn swish<L: Lanes>(lanes: L, y: &mut [f32]) {
    let (blocks, _) = y.as_chunks_mut::<LANES>();
    for block in blocks {
        let value = lanes.load(block);
        let power = lanes.exp(lanes.sub(lanes.splat(0.0), value));
        let result = lanes.div(value, lanes.add(lanes.splat(1.0), power));
        lanes.store(result, block);
    }
}
