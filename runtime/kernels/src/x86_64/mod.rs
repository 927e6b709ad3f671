//! x86-64: AVX2, AVX-VNNI, and AVX-512 with VNNI.

mod avx2;
mod avx512_vnni;
mod avx_vnni;

use crate::set::KernelSet;

/// The sets that this CPU can run, best first.
pub(crate) fn sets() -> [Option<&'static dyn KernelSet>; 3] {
    [
        avx512_vnni::Avx512Vnni::instance().map(|set| set as _),
        avx_vnni::AvxVnni::instance().map(|set| set as _),
        avx2::Avx2::instance().map(|set| set as _),
    ]
}

/// Whether the CPU has a target feature: detected at run time with the feature `std`, else a
/// constant from the compiler's target features.
macro_rules! cpu_has {
    ($($feature:tt),*) => {{
        #[cfg(feature = "std")]
        let has = $(std::arch::is_x86_feature_detected!($feature))&&*;
        #[cfg(not(feature = "std"))]
        let has = $(cfg!(target_feature = $feature))&&*;
        has
    }};
}

/// Calls intrinsics whose instructions the CPU has, as a value of the set's type proves.
macro_rules! intrinsics {
    ($calls:expr) => {
        // SAFETY: `self` is constructed only where the CPU has the set's target features, which are
        // all that these intrinsics need. Those that access memory get references to exactly the
        // bytes they touch, at any alignment.
        unsafe { $calls }
    };
}

use {cpu_has, intrinsics};
