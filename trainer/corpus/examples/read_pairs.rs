//! `cargo run --release -p deshi-corpus --example read_pairs -- MODEL.deshi SHARD.tsv…`: measures how long it
//! takes to split pairs into tokens: word by word as in the runtime, and as in the trainer, on one thread and
//! on all cores. Exit code 1 if the tokens differ.

use std::{
    collections::BTreeMap, convert::Infallible, env, error::Error, fs, path::PathBuf,
    process::ExitCode, thread::available_parallelism, time::Instant,
};

use deshi_core::bundle::{Bundle, VOCABULARY};
use deshi_core::vocabulary::{END, Vocabulary};
use deshi_corpus::augment::AugmentConfig;
use deshi_corpus::examples::{Example, Reading};

fn tokens(vocabulary: &Vocabulary<'_>, text: &str) -> Vec<u16> {
    let mut ids = Vec::new();
    let Ok(()) = vocabulary.encode(text, |id| {
        ids.push(id as u16);
        Ok::<(), Infallible>(())
    });
    ids.push(END as u16);
    ids
}

fn word_by_word(
    vocabulary: &Vocabulary<'_>,
    paths: &[PathBuf],
) -> Result<Vec<Example>, Box<dyn Error>> {
    let mut examples = Vec::new();
    for path in paths {
        for line in fs::read_to_string(path)?.lines() {
            let mut columns = line.split('\t');
            let mut side = || tokens(vocabulary, columns.next().unwrap_or_default());
            let (source, target) = (side(), side());
            examples.push(Example { source, target });
        }
    }
    Ok(examples)
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(model), paths) = (arguments.next(), arguments.collect::<Vec<_>>()) else {
        return Err("usage: read_pairs MODEL.deshi SHARD.tsv…".into());
    };
    let model = fs::read(model)?;
    let bundle = Bundle::parse(&model)?;
    let file = bundle.member(VOCABULARY).ok_or("no vocabulary")?;
    let vocabulary = Vocabulary::parse(file)?;
    let (weights, augment) = (BTreeMap::new(), AugmentConfig::default());
    let reading = Reading {
        vocabulary,
        weights: &weights,
        augment: &augment,
        seed: 1,
        longest: usize::MAX,
    };
    let started = Instant::now();
    let expected = word_by_word(&vocabulary, &paths)?;
    println!(
        "{} pairs; word by word {:.2?}",
        expected.len(),
        started.elapsed()
    );
    for threads in [1, available_parallelism()?.get()] {
        let started = Instant::now();
        let examples = reading.read(&paths, threads)?;
        println!("{threads} threads {:.2?}", started.elapsed());
        if examples != expected {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
