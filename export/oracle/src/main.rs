//! Compares imported models with fxtranslate 0.5: the carried model and random models of Firefox's shapes, each written in Marian's
//! format as a float32 and as an int8 file.
//!
//! ```sh
//! cargo run --release --manifest-path export/oracle/Cargo.toml
//! ```
//!
//! float32: deshi's reference, run on the imported model, must give fxtranslate's tokens. int8: prints, for deshi and for fxtranslate,
//! how many sentences have the tokens of float32. fxtranslate's scales of activations are measured on the same sentences.
//! Exit code: 0 if float32 agrees in at least 99% of the sentences of each model, else 1.

mod decode;
mod models;
mod watch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use deshi_export::marian::testing::{self, Form};
use deshi_export::marian::{self, Model, Vocabularies};
use deshi_export::reference::{Precision, Reference};

use models::Case;

/// Compares imported models with fxtranslate.
#[derive(Debug, Parser)]
struct Args {
    /// Sentences for the carried model
    #[arg(long, default_value_t = 200)]
    sentences: usize,
    /// Sentences for each random model of Firefox's shapes
    #[arg(long, default_value_t = 20)]
    random: usize,
    /// Write the carried model's files, its sentences and deshi's translations into this folder, for `export/check_bergamot.py`:
    /// a folder for each form of the model
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
    /// Only the models whose name contains this
    #[arg(long, default_value = "")]
    only: String,
}

/// A model as deshi imports it.
fn import(file: &[u8], case: &Case) -> Model {
    let vocabularies = match &case.source_vocabulary {
        None => Vocabularies::import(&case.vocabulary, None),
        Some(source) => Vocabularies::import(source, Some(&case.vocabulary)),
    };
    let vocabularies = vocabularies.expect("the vocabularies are some");
    marian::read(file, &vocabularies, &[]).expect("the model is one")
}

fn fxtranslate(file: &[u8], case: &Case) -> Vec<Vec<u32>> {
    let source = case.source_vocabulary.as_ref().unwrap_or(&case.vocabulary);
    let engine = fxtranslate::engine::Engine::from_bytes(file, source, &case.vocabulary)
        .expect("fxtranslate reads the model");
    let cut = |source: &Vec<u32>| {
        let mut tokens = engine.greedy(source);
        // Its length bound is four tokens longer.
        tokens.truncate(2 * source.len());
        tokens
    };
    case.sources.iter().map(cut).collect()
}

fn same(a: &[Vec<u32>], b: &[Vec<u32>]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a == b).count()
}

/// Compares one model. Returns whether float32 agrees.
fn compare(case: &Case, folder: Option<&Path>) -> bool {
    let write =
        |form: &Form| testing::file(&testing::items(&case.architecture, &case.tensors, form));
    let file = write(&Form::Float32);
    if let Some(bytes) = case.expected_bytes {
        // The published files' sizes are known. Their options take 1,595 bytes, these another number.
        let items = testing::items(
            &case.architecture,
            &case.tensors,
            &Form::Int8Alphas(Default::default()),
        );
        let options = items.last().expect("a model has items").data.len();
        let got = testing::file(&items).len() - options + 1595;
        assert_eq!(got, bytes, "{}: the published file's size", case.name);
    }
    let model = import(&file, case);
    let reference = Reference::new(&model.checkpoint, Precision::F32);
    let (float, scales) = watch::greedy(reference, &model, &case.sources);
    let theirs = fxtranslate(&file, case);
    let agree = same(&float, &theirs);

    let model = import(&write(&Form::Int8), case);
    let ours = decode::native(&model, &case.sources);
    let alphas = write(&Form::Int8Alphas(scales));
    let int8 = fxtranslate(&alphas, case);
    if let Some(folder) = folder {
        let folder = folder.join(case.name.replace(", ", "-").replace(' ', "-"));
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        let texts = |tokens: &[Vec<u32>]| decode::texts(case, tokens).into_bytes();
        for (name, content) in [
            ("float.bin", &file),
            ("int8.alphas.bin", &alphas),
            (
                "source.spm",
                case.source_vocabulary.as_ref().unwrap_or(&case.vocabulary),
            ),
            ("target.spm", &case.vocabulary),
            ("source.txt", &(case.lines.join("\n") + "\n").into_bytes()),
            ("float.txt", &texts(&float)),
            ("int8.txt", &texts(&ours)),
        ] {
            std::fs::write(folder.join(name), content).expect("the folder can be written");
        }
    }
    let count = case.sources.len();
    println!(
        "| {} | {count} | {agree} | {} | {} |",
        case.name,
        same(&ours, &float),
        same(&int8, &float)
    );
    agree * 100 >= count * 99
}

fn main() -> ExitCode {
    let args = Args::parse();
    println!(
        "| model | sentences | float32: as fxtranslate | int8 as float32: deshi | int8 as float32: fxtranslate |"
    );
    println!("|---|---|---|---|---|");
    let mut all = true;
    for case in models::cases(args.sentences, args.random, &args.only) {
        let case = case();
        let folder = args.write.as_deref().filter(|_| !case.lines.is_empty());
        all &= compare(&case, folder);
    }
    if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
