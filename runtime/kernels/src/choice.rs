//! Which of the kernel sets this CPU can run.

use crate::plain::Plain;
use crate::set::KernelSet;

/// The sets that this CPU can run, best first; `plain` is the last.
///
/// With the feature `std`, the CPU is asked at run time (x86-64, aarch64 and ARM Linux). Without it, and on
/// other targets, the compiler's target features decide.
pub fn available() -> impl Iterator<Item = &'static dyn KernelSet> {
    let plain: &'static dyn KernelSet = Plain::instance();
    architecture::sets().into_iter().flatten().chain([plain])
}

/// The best set that this CPU can run.
pub fn best() -> &'static dyn KernelSet {
    available().next().expect("plain is always available")
}

/// The set of this name, if this CPU can run it.
pub fn by_name(name: &str) -> Option<&'static dyn KernelSet> {
    available().find(|set| set.name() == name)
}

#[cfg(all(
    target_arch = "aarch64",
    target_feature = "neon",
    target_endian = "little"
))]
use crate::aarch64 as architecture;
#[cfg(all(
    target_arch = "arm",
    target_endian = "little",
    feature = "std",
    any(target_os = "linux", target_os = "android")
))]
use crate::arm as architecture;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use crate::wasm32 as architecture;
#[cfg(target_arch = "x86_64")]
use crate::x86_64 as architecture;

#[cfg(not(any(
    all(
        target_arch = "aarch64",
        target_feature = "neon",
        target_endian = "little"
    ),
    all(
        target_arch = "arm",
        target_endian = "little",
        feature = "std",
        any(target_os = "linux", target_os = "android")
    ),
    all(target_arch = "wasm32", target_feature = "simd128"),
    target_arch = "x86_64",
)))]
mod architecture {
    use super::KernelSet;

    pub(super) fn sets() -> [Option<&'static dyn KernelSet>; 0] {
        []
    }
}
