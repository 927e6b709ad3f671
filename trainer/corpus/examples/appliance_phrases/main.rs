//! `cargo run --release -p deshi-corpus --example appliance_phrases -- FOLDER`: writes the corpus of the micro
//! student, English to German: numbers, dates, times, and phrases said to and by household appliances.
//!
//! Writes `FOLDER/train.tsv` and `FOLDER/dev.tsv` with source, target and set; they share no source. The output
//! is the same on every machine. It comes only from the templates and tables in this folder, so it contains no
//! third-party text.

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use phrases::{Example, SETS};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

mod calendar;
mod nouns;
mod numbers;
mod phrases;

const SEED: u64 = 1;
const DEV_PAIRS: usize = 500;
const TRAIN_PAIRS: usize = 60_000;

/// Distinct examples, in the order in which they are drawn.
fn examples() -> impl Iterator<Item = Example> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut seen = HashSet::new();
    std::iter::repeat_with(move || phrases::draw(&mut random))
        .filter(move |example| seen.insert(example.source.clone()))
}

/// Training and dev sets. Templates with few fillings can be memorised, so they are in no dev set.
fn split(examples: impl Iterator<Item = Example>) -> (Vec<Example>, Vec<Example>) {
    let (mut train, mut dev) = (Vec::new(), Vec::new());
    for example in examples.take(TRAIN_PAIRS + DEV_PAIRS) {
        let part = if dev.len() < DEV_PAIRS && example.set != SETS[0] {
            &mut dev
        } else {
            &mut train
        };
        part.push(example);
    }
    (train, dev)
}

fn write(path: &Path, examples: &[Example]) -> std::io::Result<()> {
    let lines: String = examples
        .iter()
        .map(
            |Example {
                 source,
                 target,
                 set,
             }| format!("{source}\t{target}\t{set}\n"),
        )
        .collect();
    fs::write(path, lines)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = &arguments[..] else {
        return Err("usage: appliance_phrases FOLDER".into());
    };
    let folder = Path::new(folder);
    fs::create_dir_all(folder)?;
    let (train, dev) = split(examples());
    write(&folder.join("train.tsv"), &train)?;
    write(&folder.join("dev.tsv"), &dev)?;
    println!(
        "{}: {} + {} pairs",
        folder.display(),
        train.len(),
        dev.len()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_different_whole_pairs_every_time() {
        let (train, dev) = split(examples());
        let all: Vec<_> = train.iter().chain(&dev).collect();
        assert_eq!((train.len(), dev.len()), (TRAIN_PAIRS, DEV_PAIRS));
        let sources: HashSet<_> = all.iter().map(|example| &example.source).collect();
        assert_eq!(sources.len(), all.len());
        for example in &all {
            for text in [&example.source, &example.target] {
                assert!(
                    !text.is_empty() && !text.contains(['{', '}', '\t']),
                    "{text}"
                );
            }
        }
        let again = split(examples()).0;
        assert!(
            train
                .iter()
                .zip(&again)
                .all(|(a, b)| a.source == b.source && a.target == b.target)
        );
    }
}
