//! The cases that every face of deshi runs: the command, the library, C, Python, WebAssembly and HTTP give the same words.
//!
//! `cases.tsv` has one case on each line, in the columns of [`COLUMNS`]. In a field, `\n`, `\r`, `\t` and `\\` stand for a
//! line feed, a carriage return, a tab and a backslash. `translation` and `flags` are the carried model's. When the model
//! or the text layer changes on purpose, write them anew:
//!
//! ```sh
//! cargo run --release -p deshi --features carried-model --example write_cases
//! ```
//!
//! The Rust tests include this file; the other faces read the table themselves.

use std::path::{Path, PathBuf};

/// The table's path, on the machine that compiled this: the crates that include this file lie at different depths.
///
/// # Panics
/// If no folder above the crate has the table.
pub fn path() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .ancestors()
        .map(|folder| folder.join("tests/cases/cases.tsv"))
        .find(|path| path.is_file())
        .expect("the table of cases")
}

/// The table's columns. `options` are `name=value` with spaces between them: `paragraphs=true`, `minimum_confidence=0.9`,
/// `on_low_confidence=keep`, `on_foreign=translate`. `glossary` and `memory` are the text of TSV files.
pub const COLUMNS: [&str; 7] = [
    "name",
    "text",
    "options",
    "glossary",
    "memory",
    "translation",
    "flags",
];

/// One case.
#[derive(Debug, Default)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The text to translate.
    pub text: String,
    /// The options, by name.
    pub options: Vec<(String, String)>,
    /// A glossary, as TSV.
    pub glossary: String,
    /// A translation memory, as TSV.
    pub memory: String,
    /// The expected translation.
    pub translation: String,
    /// The names of the expected flags, with spaces between them.
    pub flags: String,
}

/// The cases.
///
/// # Panics
/// If the file is not such a table, or has no cases.
pub fn cases() -> Vec<Case> {
    let file = std::fs::read_to_string(path()).expect("the table of cases");
    let mut lines = file.lines();
    assert_eq!(lines.next(), Some(COLUMNS.join("\t").as_str()));
    let cases: Vec<Case> = lines.map(parse).collect();
    assert!(!cases.is_empty());
    cases
}

fn parse(line: &str) -> Case {
    let fields: Vec<String> = line.split('\t').map(read_field).collect();
    let [name, text, options, glossary, memory, translation, flags] =
        <[String; 7]>::try_from(fields).unwrap_or_else(|_| panic!("not 7 fields: {line}"));
    let option = |option: &str| {
        let (name, value) = option.split_once('=').expect("name=value");
        (name.to_owned(), value.to_owned())
    };
    Case {
        name,
        text,
        options: options.split_whitespace().map(option).collect(),
        glossary,
        memory,
        translation,
        flags,
    }
}

fn read_field(field: &str) -> String {
    let mut read = String::new();
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        read.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('\\') => '\\',
                other => panic!("\\ before {other:?} in {field}"),
            },
            other => other,
        });
    }
    read
}
