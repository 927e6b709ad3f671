//! Prints the position of each section of a bundle's `weights.bin`, one line of JSON each, for scripts in other
//! languages.
//!
//! `cargo run -p deshi-core --features std --example sections -- NAME.deshi`

use std::error::Error;

use deshi_core::bundle::Bundle;
use deshi_core::weights::Layout;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("usage: sections NAME.deshi")?;
    let file = std::fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
    let bundle = Bundle::parse(&file)?;
    for section in Layout::new(&bundle.manifest().architecture)?.sections() {
        let tensor = section.tensor.map(|tensor| tensor.to_string());
        let shape = section.tensor.map(|tensor| tensor.shape().to_vec());
        let line = json!({
            "name": section.name.as_str(),
            "offset": section.offset,
            "bytes": section.bytes,
            "tensor": tensor,
            "shape": shape,
        });
        println!("{line}");
    }
    Ok(())
}
