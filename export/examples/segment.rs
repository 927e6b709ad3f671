//! Segments lines with a SentencePiece vocabulary as deshi does, or joins tokens; for `export/check_sentencepiece.py`.
//!
//! ```sh
//! cargo run --release -p deshi-export --example segment -- encode VOCAB.spm < LINES > IDS
//! cargo run --release -p deshi-export --example segment -- decode VOCAB.spm < IDS > LINES
//! ```
//!
//! Ids are those of the `.spm` file, separated by spaces; only a line feed ends a line.

use std::convert::Infallible;
use std::error::Error;
use std::io::{BufRead, Write};

use deshi_core::vocabulary::Vocabulary;
use deshi_export::sentencepiece;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, path] = &arguments[..] else {
        return Err("usage: segment encode|decode VOCAB.spm".into());
    };
    let imported = sentencepiece::import(&std::fs::read(path)?)?;
    let vocabulary = Vocabulary::parse(&imported.file)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().split(b'\n') {
        let line = String::from_utf8(line?)?;
        if mode == "encode" {
            let mut ids: Vec<String> = Vec::new();
            let push = |id| {
                let original = imported.original_id(id).unwrap_or(id);
                ids.push(original.to_string());
                Ok::<(), Infallible>(())
            };
            let Ok(()) = vocabulary.encode(&line, push);
            writeln!(out, "{}", ids.join(" "))?;
        } else {
            let ids = line.split_whitespace().map(str::parse::<u32>);
            let ids: Vec<u32> = ids.collect::<Result<_, _>>()?;
            let own = |id| match (id, imported.unknown) {
                (1, Some(unknown)) => unknown,
                _ => id,
            };
            let mut text = String::new();
            vocabulary.decode(ids.into_iter().map(own), &mut text)?;
            writeln!(out, "{text}")?;
        }
    }
    Ok(())
}
