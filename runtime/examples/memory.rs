//! Says how much memory a sentence takes before it is translated.
//!
//! `cargo run --release -p deshi --example memory`

use deshi::{Error, Options};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/en-de.deshi");

fn main() -> Result<(), Error> {
    // One thread and one sentence at a time: the least memory.
    let translator = Options::new().threads(1)?.batch_sentences(1)?.open(MODEL)?;
    for tokens in [16, 64, translator.maximum_positions()] {
        println!(
            "a sentence of {tokens} tokens: {} bytes, and at most {} tokens of translation",
            translator
                .working_bytes(tokens)
                .expect("the model has deshi's architecture"),
            translator.maximum_tokens(tokens),
        );
    }
    println!("{}", translator.translate("Where is the station?")?.text);
    Ok(())
}
