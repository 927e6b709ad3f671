//! Prints a bundle's content for `peers/throughput.py`, so that another engine gets the same work.
//!
//! `read-bundle BUNDLE` prints a line of JSON: `architecture`, `start` and `end` (ids), `first_piece` (the
//! first id that is neither special nor a byte), `maximum_tokens` (of a translation, by number of source
//! tokens), `positions` (the sine table, row by row), `shortlist` (null, or `always` and `lists`, one list per
//! source token). `read-bundle BUNDLE decode` reads a JSON list of ids per line from standard input, and prints
//! the text of each.

use std::error::Error;
use std::io::BufRead;

use deshi_core::Architecture;
use deshi_core::bundle::{self, Bundle};
use deshi_core::embedding::sine;
use deshi_core::shortlist::Shortlist;
use deshi_core::vocabulary::{END, FIRST_PIECE, START, Vocabulary};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (path, decodes) = match arguments[..] {
        [path] => (path, false),
        [path, "decode"] => (path, true),
        _ => return Err("usage: read-bundle BUNDLE [decode]".into()),
    };
    let file = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let bundle = Bundle::parse(&file)?;
    let vocabulary = Vocabulary::parse(member(&bundle, bundle::VOCABULARY))?;
    if decodes {
        decode(&vocabulary)
    } else {
        describe(&bundle, &vocabulary)
    }
}

fn member<'f>(bundle: &Bundle<'f>, name: &str) -> &'f [u8] {
    bundle
        .member(name)
        .expect("a parsed bundle has every member")
}

fn describe(bundle: &Bundle<'_>, vocabulary: &Vocabulary<'_>) -> Result<()> {
    let manifest = bundle.manifest();
    let architecture = manifest.architecture;
    let lengths = 0..=architecture.maximum_positions;
    let shortlist = match member(bundle, bundle::SHORTLIST) {
        [] => Value::Null,
        file => lists(&Shortlist::parse(file, vocabulary.len())?, vocabulary),
    };
    let description = json!({
        "architecture": architecture,
        "start": START,
        "end": END,
        "first_piece": FIRST_PIECE,
        "maximum_tokens": lengths.map(|length| manifest.maximum_tokens(length)).collect::<Vec<_>>(),
        "positions": positions(&architecture),
        "shortlist": shortlist,
    });
    println!("{description}");
    Ok(())
}

fn lists(shortlist: &Shortlist<'_>, vocabulary: &Vocabulary<'_>) -> Value {
    let sources = 0..vocabulary.len() as u32;
    let lists = sources.map(|source| shortlist.tokens(source).collect::<Vec<_>>());
    json!({ "always": shortlist.always().collect::<Vec<_>>(), "lists": lists.collect::<Vec<_>>() })
}

fn positions(architecture: &Architecture) -> Vec<Vec<f32>> {
    let d_model = architecture.d_model;
    let row = |position| (0..d_model).map(move |column| sine(architecture, position, column));
    (0..architecture.maximum_positions)
        .map(|position| row(position).collect())
        .collect()
}

fn decode(vocabulary: &Vocabulary<'_>) -> Result<()> {
    for line in std::io::stdin().lock().lines() {
        let ids: Vec<u32> = serde_json::from_str(&line?)?;
        let mut text = String::new();
        vocabulary.decode(ids.into_iter(), &mut text)?;
        println!("{text}");
    }
    Ok(())
}
