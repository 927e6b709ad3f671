//! Translates many texts at once, some of them with a glossary.
//!
//! `cargo run --release -p deshi --example batch`

use deshi::{Error, Glossary, Layer, Translator};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/en-de.deshi");

fn main() -> Result<(), Error> {
    let texts = [
        "Where is the station?",
        "I have three dogs and two cats. Tom sleeps.",
        "",
        "Thank you very much for your help.",
    ];
    let translator = Translator::open(MODEL)?;
    // Sentences of about equal length run side by side. The translations are those of one text after the other.
    for translation in translator.translate_batch(&texts)? {
        println!("{}", translation.text);
    }

    // Options can also differ from call to call.
    let mut options = translator.text_options().clone();
    let mut glossary = Glossary::default();
    glossary.add("Tom", "Tim");
    options.glossary = glossary;
    for translation in translator.translate_batch_with(&Layer::new(options), &texts[1..2])? {
        println!("{}", translation.text);
    }
    Ok(())
}
