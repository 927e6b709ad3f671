//! `cargo run --release -p deshi-corpus --example vocabulary_agreement -- VOCABULARY FILE.tsv.gz [LINES]`:
//! encodes and decodes the first two columns of a file's lines (100,000 by default, spread over the file) with
//! deshi and with HuggingFace's `tokenizers`, and prints the differences. Exit code 1 if there are any.

use std::{
    error::Error,
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::ExitCode,
};

use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::agreement::Oracle;
use flate2::read::MultiGzDecoder;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (vocabulary, file, limit) = match &arguments[..] {
        [vocabulary, file] => (vocabulary, file, 100_000),
        [vocabulary, file, limit] => (vocabulary, file, limit.parse()?),
        _ => return Err("usage: vocabulary_agreement VOCABULARY FILE.tsv[.gz] [LINES]".into()),
    };
    let bytes = fs::read(vocabulary)?;
    let oracle = Oracle::new(Vocabulary::parse(&bytes)?)?;
    let lines = lines(file.into())?;
    let step = (lines.len() / limit).max(1);
    let (mut texts, mut differing) = (0_u64, 0_u64);
    for line in lines.iter().step_by(step).take(limit) {
        for text in line.split('\t').take(2) {
            texts += 1;
            if let Some(disagreement) = oracle.check(text)? {
                differing += 1;
                if differing <= 10 {
                    println!("{text:?}: {disagreement:?}");
                }
            }
        }
    }
    println!("{texts} texts, {differing} differ");
    Ok(if texts > 0 && differing == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn lines(path: PathBuf) -> Result<Vec<String>, Box<dyn Error>> {
    let file = File::open(&path)?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    Ok(BufReader::new(reader).lines().collect::<Result<_, _>>()?)
}
