//! Picking some outputs of a linear layer into a smaller layer: the output layer over a shortlist.

use crate::weights::{BLOCK, INPUT_GROUP};
use crate::{LinearWeights, OUTPUT_GROUP, ShapeError};

/// Where [`LinearWeights::gather`] writes the smaller layer. Each buffer may be longer than needed.
///
/// # Shapes
/// With `padded = ` [`ShortlistBuffers::padded`]`(candidates)`: `blocked: [padded * inputs]`, the
/// others `[padded]`.
pub struct ShortlistBuffers<'b> {
    /// The int8 weights, blocked.
    pub blocked: &'b mut [i8],
    /// Each candidate's scale.
    pub scales: &'b mut [f32],
    /// The sum of each candidate's int8 weights.
    pub sums: &'b mut [i32],
    /// Each candidate's bias.
    pub bias: &'b mut [f32],
}

impl ShortlistBuffers<'_> {
    /// Outputs of a layer that holds so many candidates: the next multiple of 16.
    pub const fn padded(candidates: usize) -> usize {
        candidates.next_multiple_of(OUTPUT_GROUP)
    }
}

impl LinearWeights<'_> {
    /// Copies the outputs that `candidates` names, in its order, into a smaller layer: output `i` of
    /// that layer is output `candidates[i]` of this one.
    ///
    /// The outputs that pad it to a multiple of 16 have zero weights and a bias of minus infinity,
    /// so none of them has a higher logit than a candidate. Read the first `candidates.len()` logits
    /// all the same.
    ///
    /// # Errors
    /// [`ShapeError`] if `candidates` is empty or names an output that this layer has not, or if a
    /// buffer is too short.
    pub fn gather<'b>(
        &self,
        candidates: &[u32],
        buffers: ShortlistBuffers<'b>,
    ) -> Result<LinearWeights<'b>, ShapeError> {
        let padded = ShortlistBuffers::padded(candidates.len());
        let steps = self.inputs() / INPUT_GROUP;
        let blocked = shorten("blocked", buffers.blocked, padded * self.inputs())?;
        let scales = shorten("scales", buffers.scales, padded)?;
        let sums = shorten("sums", buffers.sums, padded)?;
        let bias = shorten("bias", buffers.bias, padded)?;

        blocked[padded.saturating_sub(OUTPUT_GROUP) * self.inputs()..].fill(0);
        scales.fill(0.0);
        sums.fill(0);
        bias.fill(f32::NEG_INFINITY);

        for (index, &candidate) in candidates.iter().enumerate() {
            let output = candidate as usize;
            if output >= self.outputs() {
                return Err(ShapeError::Candidate {
                    candidate,
                    outputs: self.outputs(),
                });
            }
            scales[index] = self.scales()[output];
            sums[index] = self.sums()[output];
            bias[index] = self.bias()[output];
            let (to, from) = (index % OUTPUT_GROUP, output % OUTPUT_GROUP);
            let (to_blocks, _) = blocked.as_chunks_mut::<BLOCK>();
            let (from_blocks, _) = self.blocked().as_chunks::<BLOCK>();
            let to_blocks = &mut to_blocks[index / OUTPUT_GROUP * steps..][..steps];
            let from_blocks = &from_blocks[output / OUTPUT_GROUP * steps..][..steps];
            for (to_block, from_block) in to_blocks.iter_mut().zip(from_blocks) {
                let (to_quads, _) = to_block.as_chunks_mut::<INPUT_GROUP>();
                let (from_quads, _) = from_block.as_chunks::<INPUT_GROUP>();
                to_quads[to] = from_quads[from];
            }
        }
        LinearWeights::new(self.inputs(), padded, blocked, scales, sums, bias)
    }
}

/// The first `expected` elements of a buffer.
fn shorten<'b, T>(
    buffer: &'static str,
    elements: &'b mut [T],
    expected: usize,
) -> Result<&'b mut [T], ShapeError> {
    let got = elements.len();
    elements.get_mut(..expected).ok_or(ShapeError::Length {
        buffer,
        expected,
        got,
    })
}
