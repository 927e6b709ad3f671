//! Reproducible random numbers.

pub use deshi_core::random::Random;
