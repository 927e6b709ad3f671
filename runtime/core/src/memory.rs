//! How much memory a model takes, known before it runs: on a host by `deshi info`, in firmware while it is compiled.
//!
//! ```
//! use deshi_core::{Architecture, DecoderKind, memory};
//!
//! const ARCHITECTURE: Architecture = Architecture {
//!     encoder_layers: 2,
//!     decoder_layers: 1,
//!     d_model: 64,
//!     d_ff: 128,
//!     n_heads: 4,
//!     decoder: DecoderKind::Ssru,
//!     vocabulary_size: 768,
//!     maximum_positions: 64,
//! };
//! const BYTES: usize = memory::working_bytes(&ARCHITECTURE, 32);
//! const { assert!(BYTES < 80_000) };
//! ```

use crate::Architecture;
use crate::native::{arena_elements, quantised_elements};

/// Bytes of the buffers that [`Native`](crate::native::Native) translates in, for sources of up to `source_len` tokens
/// (the end included): the f32 arena and the i8 rows. The model is read in place; the tokens of source and target, and
/// the stack, come on top.
pub const fn working_bytes(architecture: &Architecture, source_len: usize) -> usize {
    arena_elements(architecture, source_len) * size_of::<f32>()
        + quantised_elements(architecture, source_len) * size_of::<i8>()
}
