//! The error for weights from a file whose shape is wrong.

/// A linear layer's buffers do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// The inputs are 0, too many, or not a multiple of [`INPUT_GROUP`](crate::INPUT_GROUP).
    #[error("{inputs} inputs: must be a multiple of 4 from 4 to 65536")]
    Inputs {
        /// The inputs given.
        inputs: usize,
    },
    /// The outputs are 0, or not a multiple of [`OUTPUT_GROUP`](crate::OUTPUT_GROUP).
    #[error("{outputs} outputs: must be a multiple of 16, and not 0")]
    Outputs {
        /// The outputs given.
        outputs: usize,
    },
    /// A buffer's length does not match the inputs and outputs.
    #[error("{buffer} has {got} elements, but needs {expected}")]
    Length {
        /// Which buffer: `"blocked"`, `"scales"`, `"sums"` or `"bias"`.
        buffer: &'static str,
        /// The length that the shape needs, in elements.
        expected: usize,
        /// The given length, in elements.
        got: usize,
    },
}
