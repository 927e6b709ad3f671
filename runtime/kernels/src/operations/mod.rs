//! Every operation, written once over [`Lanes`](crate::lanes::Lanes) and [`Dot`](crate::lanes::Dot).
//!
//! All of it is inlined into functions that are each compiled for one instruction set
//! (`kernel_set!`). That is why everything is `#[inline(always)]`, and why hot loops contain no
//! closures.

pub(crate) mod add_norm;
pub(crate) mod attention;
#[cfg(feature = "limits")]
pub(crate) mod limits;
pub(crate) mod linear;
pub(crate) mod logits;
pub(crate) mod quantise;
pub(crate) mod ssru;
pub(crate) mod swish;
