//! The pairs that the repository carries are what their README says.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora")
}

/// The pairs' files, in the order of their names.
fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(corpora().join("pairs")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "tsv"));
    files.sort();
    assert!(files.len() >= 36, "{files:?}");
    files
}

/// Letters and digits in lower case: what two sentences that differ in punctuation share.
fn key(text: &str) -> String {
    let kept = |character: &char| character.is_alphanumeric() || is_symbol(character);
    let lower = text.to_lowercase();
    let words = lower.split_whitespace();
    let words = words.map(|word| word.chars().filter(kept).collect::<String>());
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_symbol(character: &char) -> bool {
    ('\u{E000}'..='\u{E007}').contains(character)
}

fn symbols(text: &str) -> Vec<char> {
    let mut symbols: Vec<_> = text.chars().filter(is_symbol).collect();
    symbols.sort_unstable();
    symbols
}

#[test]
fn every_line_is_a_pair_and_its_set() {
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}: {line}", file.display(), number + 1);
            let [source, target, set] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{place}");
            };
            assert!(
                !source.trim().is_empty() && !target.trim().is_empty(),
                "{place}"
            );
            assert!(set.starts_with("written-"), "{place}");
            assert_eq!(symbols(source), symbols(target), "{place}");
            assert!(
                !line.chars().any(|c| c.is_control() && c != '\t'),
                "{place}"
            );
        }
    }
}

#[test]
fn no_english_sentence_is_there_twice() {
    let mut seen = HashMap::<String, PathBuf>::new();
    for file in files() {
        for line in fs::read_to_string(&file).unwrap().lines() {
            let source = line.split('\t').next().unwrap();
            if let Some(other) = seen.insert(source.to_owned(), file.clone()) {
                panic!("{source}: in {} and in {}", other.display(), file.display());
            }
        }
    }
}

#[test]
fn none_is_in_a_set_to_test_with() {
    let source = |line: &str| key(line.split('\t').next().unwrap());
    let held_out: HashSet<_> = ["dev.tsv", "test.tsv"]
        .iter()
        .map(|name| fs::read_to_string(corpora().join("written").join(name)).unwrap())
        .flat_map(|text| text.lines().map(source).collect::<Vec<_>>())
        .collect();
    assert!(held_out.len() > 1000, "{}", held_out.len());
    for file in files() {
        for line in fs::read_to_string(&file).unwrap().lines() {
            assert!(
                !held_out.contains(&source(line)),
                "{}: {line}",
                file.display()
            );
        }
    }
}
