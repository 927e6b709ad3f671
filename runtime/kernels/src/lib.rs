//! The numeric kernels of deshi: int8 linear layers, attention, layer normalisation and the SSRU.
//!
//! Every operation exists once for each instruction set (a [`KernelSet`]), and **every set gives the same
//! bits**: int8 products are summed exactly in i32; f32 sums run over [`LANES`] fixed lanes that are folded in
//! a fixed order; no multiplication is fused with an addition; `exp` is our own polynomial. The formula of each
//! operation is in the doc of its [`KernelSet`] method. (One exception: where a result is NaN, it is NaN in
//! every set, but its sign and payload depend on the CPU.)
//!
//! This crate and the boundary of the C interface are the only unsafe code of the project. An instruction set's
//! type can be constructed only where the CPU supports that set, so the functions here are safe.
//!
//! ```
//! use deshi_kernels::{Activation, LinearWeights, best};
//!
//! // y = W x + b with 4 inputs and 16 outputs; every weight is 1 * 0.5, every bias is 1.
//! let (weights, scales, sums, bias) = ([1i8; 64], [0.5f32; 16], [4i32; 16], [1f32; 16]);
//! let weights = LinearWeights::new(4, 16, &weights, &scales, &sums, &bias)?;
//!
//! let kernels = best();
//! let (mut quantised, mut row_scales) = ([0i8; 4], [0f32; 1]);
//! kernels.quantise_rows(&[1.0, -1.0, 0.5, 0.5], 4, &mut quantised, &mut row_scales);
//! assert_eq!(quantised, [127, -127, 64, 64]);
//!
//! let mut y = [0f32; 16];
//! kernels.linear(1, &quantised, &row_scales, &weights, Activation::None, &mut y);
//! assert!((y[0] - 1.5).abs() < 0.01);
//! # Ok::<(), deshi_kernels::ShapeError>(())
//! ```
//!
//! | target | sets, best first |
//! |---|---|
//! | x86-64 | `avx512-vnni`, `avx-vnni`, `avx2`, `plain` |
//! | aarch64 | `neon-dotprod`, `neon`, `plain` |
//! | ARM (32 bits) under Linux, with the feature `std` | `neon` (f32 as in `plain`), `plain` |
//! | wasm32, compiled with `simd128` | `simd128`, `plain` |
//! | any other | `plain` |
//!
//! On 32-bit ARM only the int8 products use vectors: its NEON has neither division nor denormal numbers
//! in f32, and the contract needs both.

#![no_std]
#![warn(missing_docs)]

#[cfg(feature = "std")]
extern crate std;

#[cfg(all(
    target_arch = "aarch64",
    target_feature = "neon",
    target_endian = "little"
))]
mod aarch64;
mod arithmetic;
#[cfg(all(
    target_arch = "arm",
    target_endian = "little",
    feature = "std",
    any(target_os = "linux", target_os = "android")
))]
mod arm;
mod check;
mod choice;
mod error;
mod lanes;
mod linear_weights;
mod math;
mod operations;
mod plain;
mod set;
mod transpose;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm32;
#[cfg(target_arch = "x86_64")]
mod x86_64;

pub use choice::{available, best, by_name};
pub use error::ShapeError;
pub use lanes::LANES;
pub use linear_weights::{Activation, INPUT_GROUP, LinearWeights, OUTPUT_GROUP};
pub use math::{exp, ln, sigmoid};
pub use operations::attention::{cross_attention_scratch, self_attention_scratch};
pub use set::KernelSet;
pub use transpose::transpose;
