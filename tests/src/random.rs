//! Numbers that are the same each time.

pub use deshi_core::random::Random;
