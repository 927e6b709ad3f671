//! 32-bit ARM under Linux: NEON, where the CPU has it.

mod neon;

use crate::set::KernelSet;

/// The sets that this CPU can run, best first.
pub(crate) fn sets() -> [Option<&'static dyn KernelSet>; 1] {
    [neon::Neon::instance().map(|set| set as _)]
}
