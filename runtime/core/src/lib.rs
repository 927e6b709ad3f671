//! What the trainer, the exporter and every runtime of deshi share, each idea once.
//!
//! | module | what it holds |
//! |---|---|
//! | [`architecture`] | a model's hyper-parameters |
//! | [`operations`] | the coarse operations that a model is made of, as a trait |
//! | [`model`] | the forward pass, written once over [`operations::Operations`] |
//! | [`parameters`] | every layer's name and shape, listed by running the forward pass |
//! | [`quantization`] | f32 weights to int8, in the kernels' layout |
//! | [`weights`] | the weights file: where each layer stands in it |
//! | `graph` | the names and shapes in the ONNX graphs (feature `std`) |
//! | [`vocabulary`] | text to token ids and back |
//! | `aligned` | a bundle's bytes, to be read in place (feature `std`) |
//! | `shared_weights` | weights that several engines share, with the bytes that hold them (feature `std`) |
//! | [`bundle`] | the file that ships: a tar of checked members |
//! | [`native`] | the forward pass by direct calls of the kernels, in a fixed arena |
//! | [`shortlist`] | the candidates among which a sentence's output tokens are chosen |
//! | [`output`] | the most likely token after a hidden row |
//! | [`memory`] | how many bytes that takes, before it runs |
//! | [`search`] | greedy decoding |
//! | `random_model` | random models, for tests and measurements (feature `random-model`) |
//!
//! `no_std`, and no allocation outside the feature `std`.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "std")]
pub mod aligned;
pub mod architecture;
pub mod bundle;
pub mod embedding;
#[cfg(feature = "std")]
pub mod graph;
pub mod memory;
pub mod model;
pub mod native;
pub mod operations;
pub mod output;
pub mod parameters;
pub mod quantization;
#[cfg(feature = "random-model")]
pub mod random_model;
pub mod search;
#[cfg(feature = "std")]
pub mod shared_weights;
pub mod shortlist;
pub mod vocabulary;
pub mod weights;

pub use architecture::{Architecture, ArchitectureError, DecoderKind};
