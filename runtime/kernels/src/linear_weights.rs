//! The weights of an int8 linear layer, in the blocked layout that every kernel set reads.

use crate::error::ShapeError;

/// Number of outputs in one block of the layout.
pub const OUTPUT_GROUP: usize = 16;
/// Number of inputs in one block of the layout.
pub const INPUT_GROUP: usize = 4;
/// Number of weights in one block: [`OUTPUT_GROUP`] outputs by [`INPUT_GROUP`] inputs.
pub(crate) const BLOCK: usize = OUTPUT_GROUP * INPUT_GROUP;
/// With more inputs than this, the sum of the int8 products could overflow an i32.
const MAXIMUM_INPUTS: usize = 1 << 16;

/// The activation after a linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Activation {
    /// Nothing: `y`.
    #[default]
    None,
    /// `y` if `y > 0`, else `+0.0` (also for NaN).
    Relu,
    /// `y / (1 + e^-y)` (Ramachandran et al. 2017, with beta 1), with the exponent clamped as in [`exp`](crate::exp).
    Swish,
}

/// The weights of one int8 linear layer, borrowed from a mapped file, flash or memory.
///
/// # Shapes
/// - `blocked: [outputs / 16, inputs / 4, 16, 4]`: for each group of 16 outputs and each group of 4
///   inputs, a block of 16 outputs by 4 inputs. The values are int8, symmetric: `-127..=127`
///   (`-128` gives correct results, but the quantiser never writes it).
/// - `scales: [outputs]`: a weight's value is its int8 times its output's scale.
/// - `sums: [outputs]`: the sum of each output's int8 weights over the inputs.
/// - `bias: [outputs]`.
///
/// Any alignment works; `blocked` at a multiple of 64 bytes is read about 10% faster.
#[derive(Clone, Copy)]
pub struct LinearWeights<'a> {
    inputs: usize,
    outputs: usize,
    blocked: &'a [i8],
    scales: &'a [f32],
    sums: &'a [i32],
    bias: &'a [f32],
}

impl<'a> LinearWeights<'a> {
    /// Borrows the weights of a layer and checks that the shapes fit. Does not read the weights.
    ///
    /// `sums` is not checked. Only the kernel sets with unsigned activations use it, so wrong sums
    /// give wrong results that differ between sets, but never undefined behaviour. See
    /// [`Self::sums_are_right`].
    ///
    /// # Errors
    /// [`ShapeError`] if `inputs` is not a multiple of 4 from 4 to 65536, if `outputs` is not a
    /// multiple of 16 or is 0, or if a buffer has the wrong length.
    pub fn new(
        inputs: usize,
        outputs: usize,
        blocked: &'a [i8],
        scales: &'a [f32],
        sums: &'a [i32],
        bias: &'a [f32],
    ) -> Result<Self, ShapeError> {
        if inputs == 0 || !inputs.is_multiple_of(INPUT_GROUP) || inputs > MAXIMUM_INPUTS {
            return Err(ShapeError::Inputs { inputs });
        }
        if outputs == 0 || !outputs.is_multiple_of(OUTPUT_GROUP) {
            return Err(ShapeError::Outputs { outputs });
        }
        let weights = inputs
            .checked_mul(outputs)
            .ok_or(ShapeError::Outputs { outputs })?;
        for (buffer, expected, got) in [
            ("blocked", weights, blocked.len()),
            ("scales", outputs, scales.len()),
            ("sums", outputs, sums.len()),
            ("bias", outputs, bias.len()),
        ] {
            if expected != got {
                return Err(ShapeError::Length {
                    buffer,
                    expected,
                    got,
                });
            }
        }
        Ok(Self {
            inputs,
            outputs,
            blocked,
            scales,
            sums,
            bias,
        })
    }

    /// Inputs of the layer: a multiple of 4.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Outputs of the layer: a multiple of 16.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The int8 weights: `[outputs / 16, inputs / 4, 16, 4]`.
    pub fn blocked(&self) -> &'a [i8] {
        self.blocked
    }

    /// Each output's scale: `[outputs]`.
    pub fn scales(&self) -> &'a [f32] {
        self.scales
    }

    /// The sum of each output's int8 weights: `[outputs]`.
    pub fn sums(&self) -> &'a [i32] {
        self.sums
    }

    /// Each output's bias: `[outputs]`.
    pub fn bias(&self) -> &'a [f32] {
        self.bias
    }

    /// Copies one output's int8 weights, in the order of the inputs. Where the output layer shares
    /// its weights with the embeddings, this times `scales()[output]` is the embedding of token
    /// `output`.
    ///
    /// # Shapes
    /// `row: [inputs]`
    ///
    /// # Panics
    /// If the layer has no such output, or `row` has another length.
    pub fn row(&self, output: usize, row: &mut [i8]) {
        assert!(output < self.outputs, "output {output} of {}", self.outputs);
        assert_eq!(row.len(), self.inputs, "row: [inputs]");
        let (quads, _) = row.as_chunks_mut::<INPUT_GROUP>();
        for (quad, weights) in quads.iter_mut().zip(self.quads(output)) {
            *quad = *weights;
        }
    }

    /// Whether each sum is the sum of its weights. Reads all weights once.
    pub fn sums_are_right(&self) -> bool {
        (0..self.outputs).all(|output| {
            let sum = self
                .quads(output)
                .flatten()
                .map(|&weight| i32::from(weight))
                .sum::<i32>();
            sum == self.sums[output]
        })
    }

    /// One output's weights, by groups of 4 inputs.
    pub(crate) fn quads(&self, output: usize) -> impl Iterator<Item = &'a [i8; INPUT_GROUP]> {
        let group = output / OUTPUT_GROUP * OUTPUT_GROUP * self.inputs;
        let (quads, _) = self.blocked[group..][..OUTPUT_GROUP * self.inputs].as_chunks();
        quads[output % OUTPUT_GROUP..].iter().step_by(OUTPUT_GROUP)
    }
}
