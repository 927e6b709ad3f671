//! Generates the firmware's constants from the model's manifest, and selects the machine's memory map.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use deshi_core::bundle::Bundle;
use deshi_core::native::{arena_elements, quantised_elements};

/// The default model; DESHI_MODEL sets another.
const MODEL: &str = "../../runtime/models/micro-en-de.deshi";
/// The longest source, in tokens, the end included.
const SOURCE_TOKENS: usize = 48;

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-env-changed=DESHI_MODEL");
    let model = here.join(env::var("DESHI_MODEL").unwrap_or(MODEL.to_owned()));
    write_limits(&model, &out)?;
    memory_map(&here, &out)
}

/// Writes `limits.rs`: the model, and the firmware's constants.
fn write_limits(model: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", model.display());
    let file = fs::read(model).map_err(|error| format!("{}: {error}", model.display()))?;
    let bundle = Bundle::parse(&file)?;
    let manifest = bundle.manifest();
    let architecture = &manifest.architecture;
    let source_tokens = SOURCE_TOKENS.min(architecture.maximum_positions);
    let constants = [
        ("SOURCE_TOKENS", "The longest source.", source_tokens),
        (
            "TARGET_TOKENS",
            "The longest translation.",
            manifest.maximum_tokens(source_tokens),
        ),
        (
            "ARENA_ELEMENTS",
            "f32 elements of working memory.",
            arena_elements(architecture, source_tokens),
        ),
        (
            "QUANTISED_ELEMENTS",
            "i8 elements of working memory.",
            quantised_elements(architecture, source_tokens),
        ),
    ];
    let mut text: String = constants
        .iter()
        .map(|(name, doc, value)| format!("/// {doc}\npub const {name}: usize = {value};\n"))
        .collect();
    text += &format!(
        "/// The model's file.\npub const MODEL: &[u8; {}] = include_bytes!({:?});\n",
        file.len(),
        model.canonicalize()?
    );
    fs::write(out.join("limits.rs"), text)?;
    Ok(())
}

/// Writes `memory.x`, which the linker script of cortex-m-rt includes.
fn memory_map(here: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let target = env::var("TARGET")?;
    let map = here.join("memory").join(format!("{target}.x"));
    println!("cargo:rerun-if-changed={}", map.display());
    fs::copy(&map, out.join("memory.x"))
        .map_err(|error| format!("no memory map for {target}: {}: {error}", map.display()))?;
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg=-Tlink.x");
    Ok(())
}
