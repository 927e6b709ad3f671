//! Every operation, written once over [`Lanes`](crate::lanes::Lanes) and [`Dot`](crate::lanes::Dot).
//!
//! All of it is inlined into functions that are compiled for one instruction set each
//! (`kernel_set!`): hence `#[inline(always)]` everywhere, and no closures where time counts.

pub(crate) mod add_norm;
pub(crate) mod attention;
#[cfg(feature = "limits")]
pub(crate) mod limits;
pub(crate) mod linear;
pub(crate) mod logits;
pub(crate) mod quantise;
pub(crate) mod ssru;
