//! Shares one model between threads: inside a call, and between calls.
//!
//! `cargo run --release -p deshi --example threads`

use std::thread;

use deshi::{Error, Options};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/en-de.deshi");

fn main() -> Result<(), Error> {
    // A batch is spread over up to four threads.
    let translator = Options::new().threads(4)?.open(MODEL)?;
    let texts = vec!["I have three dogs and two cats."; 100];
    let translations = translator.translate_batch(&texts)?;
    println!(
        "{} translations, the last: {}",
        translations.len(),
        translations[99].text
    );

    // A translator can be used by many threads at once, without locks.
    thread::scope(|scope| {
        let calls = ["Where is the station?", "Tom sleeps."].map(|text| {
            let translator = &translator;
            scope.spawn(move || translator.translate(text))
        });
        for call in calls {
            println!("{}", call.join().expect("no panic")?.text);
        }
        Ok(())
    })
}
