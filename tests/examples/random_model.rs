//! Writes a bundle of a random model with the "tiny" shape, for measurements: `cargo run --release
//! -p deshi-tests --example random_model -- tiny.deshi`

use deshi_tests::models;

fn main() -> std::io::Result<()> {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: random_model FILE");
        std::process::exit(2);
    };
    std::fs::write(path, models::random(deshi_core::random_model::TINY))
}
