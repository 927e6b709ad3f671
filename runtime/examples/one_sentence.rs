//! Translates one text, and says what to know of the translation.
//!
//! `cargo run --release -p deshi --example one_sentence -- "Where is the station?"`

use deshi::{Error, Translator};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/en-de.deshi");

fn main() -> Result<(), Error> {
    let text = std::env::args().nth(1);
    let text = text.as_deref().unwrap_or("Where is the station?");
    let translator = Translator::open(MODEL)?;
    let translation = translator.translate(text)?;
    println!("{}", translation.text);
    for sentence in &translation.sentences {
        let flags: Vec<_> = sentence.flags.names().collect();
        match sentence.mean_log_probability() {
            Some(mean) => println!(
                "{:?}: mean probability per token {:.2}, flags {flags:?}",
                sentence.source,
                mean.exp()
            ),
            None => println!(
                "{:?}: not given to the model, flags {flags:?}",
                sentence.source
            ),
        }
    }
    Ok(())
}
