//! Gives the shared library its name, which ends with the major version: programs that were linked with one version never
//! start with an incompatible one.

fn main() {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let is_elf = variable("CARGO_CFG_TARGET_FAMILY") == "unix"
        && variable("CARGO_CFG_TARGET_VENDOR") != "apple";
    // cargo-c sets the name itself.
    let is_cargo_c = std::env::var_os("CARGO_CFG_CARGO_C").is_some();
    if is_elf && !is_cargo_c {
        let major = variable("CARGO_PKG_VERSION_MAJOR");
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libdeshi_c.so.{major}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
