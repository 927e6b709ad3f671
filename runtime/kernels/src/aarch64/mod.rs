//! aarch64: NEON, which every such CPU has, and NEON with the dot product of ARMv8.2.

mod neon;
mod neon_dotprod;

use crate::set::KernelSet;

/// The sets that this CPU can run, best first.
pub(crate) fn sets() -> [Option<&'static dyn KernelSet>; 2] {
    [
        neon_dotprod::NeonDotprod::instance().map(|set| set as _),
        Some(neon::Neon::instance()),
    ]
}

/// Calls NEON intrinsics.
macro_rules! intrinsics {
    ($calls:expr) => {
        // SAFETY: this module is compiled only for targets that have NEON, which is all that these
        // intrinsics need. Those that access memory get references to exactly the bytes they touch.
        unsafe { $calls }
    };
}

use intrinsics;
