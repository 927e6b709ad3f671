//! `cargo run --release -p deshi-corpus --example corpus -- RECIPE.toml FOLDER`: runs the steps `prepare` and
//! `vocabulary` of a recipe, into `FOLDER/prepared` and `FOLDER/vocabulary`.

use std::{error::Error, fs, path::PathBuf};

use deshi_corpus::{
    Progress,
    prepare::{self, PrepareConfig},
    vocabulary::{self, VocabularyConfig},
};

#[derive(serde::Deserialize)]
struct Recipe {
    prepare: PrepareConfig,
    vocabulary: VocabularyConfig,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [recipe, folder] = &arguments[..] else {
        return Err("usage: corpus RECIPE.toml FOLDER".into());
    };
    let recipe: Recipe = toml::from_str(&fs::read_to_string(recipe)?)?;
    let mut progress = |at: Progress| {
        if at.lines.is_multiple_of(200_000) {
            eprintln!("{}: {} lines", at.stage, at.lines);
        }
    };
    let prepared = folder.join("prepared");
    let report = prepare::run(&recipe.prepare, &prepared, &mut progress)?;
    println!("pairs {:?}\nmono {:?}", report.pairs, report.mono);
    let report = vocabulary::run(
        &recipe.vocabulary,
        &prepared,
        &folder.join("vocabulary"),
        &mut progress,
    )?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}
