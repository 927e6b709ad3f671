//! What the trainer, the exporter and every runtime of deshi share, each defined once.
//!
//! | module | what it holds |
//! |---|---|
//! | [`architecture`] | a model's hyper-parameters |
//! | [`operations`] | the coarse operations of a model, as a trait |
//! | [`forward`] | the forward pass, written once over [`operations::Operations`] |
//! | [`tensors`] | the list of a model's tensors: name, shape and kind, from the forward pass |
//! | [`quantization`] | f32 weights to int8, in the kernels' layout |
//! | [`weights`] | the weights file, and the position of each tensor in it |
//! | `graph` | the names and shapes in the ONNX graphs (feature `alloc`) |
//! | [`vocabulary`] | text to token ids and back |
//! | `aligned` | a bundle's bytes, aligned for reading in place (feature `std`) |
//! | `shared_weights` | weights that several engines share, with the bytes that hold them (feature `std`) |
//! | [`bundle`] | the file that ships: a tar of checked members |
//! | [`native`] | the forward pass by direct calls of the kernels, in a fixed arena |
//! | [`shortlist`] | the candidates for a sentence's output tokens |
//! | [`dispatch`] | from an operation to its kernel |
//! | [`output_layer`] | the most likely token after a hidden row |
//! | [`memory`] | how many bytes a model needs, known before it runs |
//! | [`search`] | greedy decoding |
//! | [`random`] | reproducible pseudo-random numbers |
//! | [`batching`] | cuts sentences into batches |
//! | `random_model` | random models, for tests and measurements (feature `random-model`) |
//!
//! `no_std`. Only the feature `alloc` allocates.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "std")]
pub mod aligned;
pub mod architecture;
pub mod batching;
pub mod bundle;
pub mod dispatch;
pub mod embedding;
pub mod forward;
#[cfg(feature = "alloc")]
pub mod graph;
pub mod memory;
pub mod native;
pub mod operations;
pub mod output_layer;
pub mod quantization;
pub mod random;
#[cfg(feature = "random-model")]
pub mod random_model;
pub mod search;
#[cfg(feature = "std")]
pub mod shared_weights;
pub mod shortlist;
pub mod tensors;
pub mod vocabulary;
pub mod weights;

pub use architecture::{
    Architecture, ArchitectureError, DecoderKind, Embeddings, FeedForwardActivation, Positions,
    Side, TargetEmbedding,
};
pub use vocabulary::Token;
