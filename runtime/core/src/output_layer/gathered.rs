//! Gathers some outputs of a linear layer into a smaller layer.

use crate::Token;
use core::ops::Range;

use deshi_kernels::{INPUT_GROUP, LinearWeights, OUTPUT_GROUP};

use super::padded;

/// Rows of the output layer that are gathered into a smaller layer.
///
/// # Shapes
/// `blocked: [rows / 16, d_model / 4, 16, 4]`, the others `[rows]`
pub(super) struct Gathered<'m> {
    pub(super) blocked: &'m mut [i8],
    pub(super) scales: &'m mut [f32],
    pub(super) sums: &'m mut [i32],
    pub(super) bias: &'m mut [f32],
}

impl<'m> Gathered<'m> {
    pub(super) fn part(self, rows: Range<usize>, d_model: usize) -> Self {
        Self {
            blocked: &mut self.blocked[rows.start * d_model..rows.end * d_model],
            scales: &mut self.scales[rows.clone()],
            sums: &mut self.sums[rows.clone()],
            bias: &mut self.bias[rows],
        }
    }

    /// Gathers the next candidates, as many as there is room for, and returns their number. The padding to a
    /// multiple of 16 has zero weights and a bias of minus infinity.
    pub(super) fn gather(
        &mut self,
        layer: &LinearWeights<'_>,
        candidates: &mut impl Iterator<Item = Token>,
    ) -> usize {
        const BLOCK: usize = OUTPUT_GROUP * INPUT_GROUP;
        let steps = layer.inputs() / INPUT_GROUP;
        let (to_blocks, _) = self.blocked.as_chunks_mut::<BLOCK>();
        let (from_blocks, _) = layer.blocked().as_chunks::<BLOCK>();
        let mut count = 0;
        for (index, candidate) in (0..self.scales.len()).zip(candidates) {
            let output = candidate as usize;
            self.scales[index] = layer.scales()[output];
            self.sums[index] = layer.sums()[output];
            self.bias[index] = layer.bias()[output];
            let (to, from) = (index % OUTPUT_GROUP, output % OUTPUT_GROUP);
            let to_blocks = &mut to_blocks[index / OUTPUT_GROUP * steps..][..steps];
            let from_blocks = &from_blocks[output / OUTPUT_GROUP * steps..][..steps];
            if to == 0 {
                to_blocks.as_flattened_mut().fill(0);
            }
            for (to_block, from_block) in to_blocks.iter_mut().zip(from_blocks) {
                let (to_quads, _) = to_block.as_chunks_mut::<INPUT_GROUP>();
                let (from_quads, _) = from_block.as_chunks::<INPUT_GROUP>();
                to_quads[to] = from_quads[from];
            }
            count = index + 1;
        }
        let padding = count..padded(count);
        self.scales[padding.clone()].fill(0.0);
        self.sums[padding.clone()].fill(0);
        self.bias[padding].fill(f32::NEG_INFINITY);
        count
    }

    /// The layer of the gathered candidates.
    pub(super) fn layer(&self, d_model: usize, candidates: usize) -> LinearWeights<'_> {
        let outputs = padded(candidates);
        LinearWeights::new(
            d_model,
            outputs,
            &self.blocked[..outputs * d_model],
            &self.scales[..outputs],
            &self.sums[..outputs],
            &self.bias[..outputs],
        )
        .expect("there is a candidate, and the rows have the shape of a layer")
    }
}
