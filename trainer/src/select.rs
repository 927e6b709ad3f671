//! From n-best lists to the pairs that a student learns from: Seq-KD or Seq-Inter, and the filters.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use deshi_corpus::metrics::Tokeniser;
use deshi_corpus::nbest;
use deshi_corpus::selection::{self, Method, SelectionConfig, Similarity};

use crate::progress::stages;
use crate::recipe::Recipe;

/// Writes the distilled pairs, as the recipe's `[select]` says: source, target, set.
///
/// # Errors
/// If a shard has no n-best lists yet, or they are out of step with it.
pub fn run(recipe: &Recipe) -> Result<()> {
    write(recipe, &recipe.select, &recipe.distilled())
}

/// Writes the pairs with Seq-Inter's targets, the nearest to the reference of each n-best list: by `[select]`'s similarity or,
/// where it has none, the paper's sentence BLEU.
///
/// # Errors
/// As [`run`].
pub fn run_interpolated(recipe: &Recipe) -> Result<()> {
    let method = match recipe.select.method {
        Method::SequenceKd => Method::SequenceInterpolation {
            similarity: Similarity::Bleu(Tokeniser::default()),
        },
        method => method,
    };
    let config = SelectionConfig {
        method,
        ..recipe.select.clone()
    };
    write(recipe, &config, &recipe.interpolated())
}

/// Takes n-best lists from another engine for the prepared shards, into the folder that [`run`] selects from.
///
/// # Errors
/// If a file cannot be read, is not rows of source, hypothesis and score, or there are lists already and `pool` is false.
pub fn import(recipe: &Recipe, files: &[PathBuf], pool: bool) -> Result<()> {
    let folder = recipe.translated();
    fs::create_dir_all(&folder)?;
    let report = nbest::import(files, &recipe.prepared(), &folder, pool)?;
    eprintln!(
        "import-nbest: {} rows; {} sources have lists, {} in the same shards have none; {} sources are of no shard",
        report.rows, report.lists, report.without, report.foreign
    );
    Ok(())
}

fn write(recipe: &Recipe, config: &SelectionConfig, out: &Path) -> Result<()> {
    let inputs = selection::inputs(&recipe.prepared(), &recipe.translated())?;
    let report = selection::run(config, &inputs, out, &mut stages("select"))?;
    eprintln!(
        "select: {} pairs of {} kept; dropped {:?}",
        report.kept, report.sources, report.dropped
    );
    Ok(())
}
