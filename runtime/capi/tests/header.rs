//! The committed header must match the code. To regenerate it: `DESHI_RENEW=1 cargo test -p deshi-capi`.

use std::path::Path;

#[test]
fn the_header_is_what_cbindgen_writes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = here.join("include/deshi.h");
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml")).unwrap();
    let mut written = Vec::new();
    cbindgen::Builder::new()
        .with_config(config)
        .with_src(here.join("src/lib.rs"))
        .generate()
        .unwrap()
        .write(&mut written);
    if std::env::var_os("DESHI_RENEW").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap();
    assert_eq!(checked_in, String::from_utf8(written).unwrap());
}
