//! The recipe from start to end.

use std::path::Path;

use anyhow::{Context, Result};
use deshi::Shard;
use deshi_corpus::{prepare, shortlist, vocabulary};

use crate::progress::stages;
use crate::recipe::{Data, Recipe};
use crate::{export, select, train, translate};

/// Cleans the corpora.
///
/// # Errors
/// If a corpus cannot be read.
pub fn run_prepare(recipe: &Recipe) -> Result<()> {
    let report = prepare::run(&recipe.prepare, &recipe.prepared(), &mut stages("prepare"))?;
    eprintln!(
        "prepare: pairs {:?}, source text {:?}",
        report.pairs, report.mono
    );
    Ok(())
}

/// Learns the vocabulary.
///
/// # Errors
/// If there is nothing prepared.
pub fn run_vocabulary(recipe: &Recipe) -> Result<()> {
    let path = recipe.vocabulary_path();
    let mut progress = stages("vocabulary");
    let report = vocabulary::run(&recipe.vocabulary, &recipe.prepared(), &path, &mut progress)?;
    drop(progress);
    eprintln!(
        "vocabulary: {} pieces, {} merges",
        report.size, report.merges
    );
    Ok(())
}

/// Makes the lexical shortlist from the distilled pairs.
///
/// # Errors
/// If there are no distilled pairs.
pub fn run_shortlist(recipe: &Recipe) -> Result<()> {
    let report = shortlist::run(
        &recipe.shortlist,
        &recipe.distilled(),
        &recipe.vocabulary_path(),
        &recipe.shortlist_path(),
        &mut stages("shortlist"),
    )?;
    eprintln!(
        "shortlist: {} bytes, {:.0} candidates a sentence, which cover {:.2}% of the target tokens",
        report.bytes,
        report.candidates,
        report.coverage * 100.0
    );
    Ok(())
}

/// The last model of the recipe's pipeline: the one that ships.
///
/// # Errors
/// If the pipeline is empty.
pub fn last(recipe: &Recipe) -> Result<&str> {
    let last = recipe.pipeline.last();
    Ok(last.context("the recipe's pipeline is empty")?.as_str())
}

/// Makes what a model learns from, where it is missing: the teacher's translations, and the choice from them.
///
/// # Errors
/// If the teacher is not trained yet, or a file cannot be read or written.
pub fn make_data(recipe: &Recipe, data: Data) -> Result<()> {
    let (path, choose): (_, fn(&Recipe) -> Result<()>) = match data {
        Data::Prepared => return Ok(()),
        Data::Distilled => (recipe.distilled(), select::run),
        Data::Interpolated => (recipe.interpolated(), select::run_interpolated),
    };
    if path.exists() {
        return Ok(());
    }
    translate::run(recipe, Shard::WHOLE)?;
    choose(recipe)
}

/// Every step of the recipe, and the bundle where `out` says so. What is done already is not done again.
///
/// # Errors
/// The first step's that fails.
pub fn run(recipe: &Recipe, out: Option<&Path>) -> Result<()> {
    recipe.check_sets()?;
    run_prepare(recipe)?;
    run_vocabulary(recipe)?;
    for name in &recipe.pipeline {
        make_data(recipe, recipe.model(name)?.data)?;
        if recipe.distilled().exists() {
            run_shortlist(recipe)?;
        }
        train::run(recipe, name)?;
    }
    match out {
        Some(out) => export::run(recipe, last(recipe)?, out),
        None => Ok(()),
    }
}
