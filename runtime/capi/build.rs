//! Gives the shared library a name (soname) with the major version, so that a program never starts with an
//! incompatible version.

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
