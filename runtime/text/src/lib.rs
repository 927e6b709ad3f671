//! The text layer: from people's text to sentences that a model can translate, and back.

#![forbid(unsafe_code)]

pub mod segment;
