//! English text to translate.

use std::fs;
use std::path::{Path, PathBuf};

/// 200 English sentences, a line each. `tests/data/make_sentences.py` wrote them.
pub const SENTENCES: &str = include_str!("../data/sentences.en");

/// Words that a line of a document or of documentation has at least, to be counted.
const WORDS: usize = 3;

/// The first `count` lines of English that the repository has: [`SENTENCES`], then its documents and its code's
/// documentation as people wrote them, with their marks, numbers and names. They change with the
/// repository, not between two calls.
///
/// # Panics
/// If the repository cannot be read, or has fewer lines.
pub fn lines(count: usize) -> Vec<String> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut prose: Vec<String> = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(repository.join(document)).expect("the repository has it");
        prose.extend(text.lines().map(str::to_owned));
    }
    for folder in [
        "runtime/kernels/src",
        "runtime/core/src",
        "runtime/src",
        "runtime/tract/src",
        "export/src",
    ] {
        for file in sources(&repository.join(folder)) {
            let text = fs::read_to_string(file).expect("the repository can be read");
            prose.extend(text.lines().filter_map(documentation).map(str::to_owned));
        }
    }
    prose.retain(|text| text.split_whitespace().count() >= WORDS);
    let mut texts: Vec<String> = SENTENCES.lines().map(str::to_owned).collect();
    texts.append(&mut prose);
    assert!(texts.len() >= count, "{} lines", texts.len());
    texts.truncate(count);
    texts
}

/// What a line of Rust says in documentation.
fn documentation(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("/// ")
        .or_else(|| line.strip_prefix("//! "))
}

/// Every Rust file in a folder and those in it, in order.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the repository has it");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
