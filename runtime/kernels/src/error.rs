//! What can be wrong with the shape of a weight that comes from a file.

use core::fmt;

/// A linear layer's buffers do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeError {
    /// The inputs are none, too many, or not a multiple of [`INPUT_GROUP`](crate::INPUT_GROUP).
    Inputs {
        /// The inputs given.
        inputs: usize,
    },
    /// The outputs are none, or not a multiple of [`OUTPUT_GROUP`](crate::OUTPUT_GROUP).
    Outputs {
        /// The outputs given.
        outputs: usize,
    },
    /// A buffer has another length than the inputs and outputs ask for.
    Length {
        /// Which buffer: `"blocked"`, `"scales"`, `"sums"` or `"bias"`.
        buffer: &'static str,
        /// Its length in elements, as the shape asks.
        expected: usize,
        /// Its length in elements, as given.
        got: usize,
    },
    /// A shortlist names an output that the layer has not.
    Candidate {
        /// The output asked for.
        candidate: u32,
        /// The layer's outputs.
        outputs: usize,
    },
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Inputs { inputs } => {
                write!(
                    f,
                    "{inputs} inputs: must be a multiple of 4 from 4 to 65536"
                )
            }
            Self::Outputs { outputs } => {
                write!(f, "{outputs} outputs: must be a multiple of 16, and not 0")
            }
            Self::Length {
                buffer,
                expected,
                got,
            } => {
                write!(f, "{buffer} has {got} elements where {expected} are needed")
            }
            Self::Candidate { candidate, outputs } => {
                write!(f, "candidate {candidate} is not among {outputs} outputs")
            }
        }
    }
}

impl core::error::Error for ShapeError {}
