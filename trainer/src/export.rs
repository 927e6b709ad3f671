//! From a trained student to the bundle that ships, by the exporter ([`deshi_export`]).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use deshi::Translator;
use deshi_checkpoint::Checkpoint;
use deshi_export::Options;
use deshi_whole_file::write_whole;

use crate::recipe::Recipe;

/// Writes a bundle of a model of the recipe, verified against the exporter's reference; then translates the recipe's
/// samples with it, and prints them.
///
/// # Errors
/// If the model is not trained yet, cannot be exported, or the file cannot be written.
pub fn run(recipe: &Recipe, name: &str, out: &Path) -> Result<()> {
    let path = recipe.model_path(name);
    let file = fs::read(&path)
        .with_context(|| format!("cannot read {}; is {name} trained yet?", path.display()))?;
    let checkpoint = Checkpoint::parse(&file).with_context(|| path.display().to_string())?;
    let vocabulary = fs::read(recipe.vocabulary_path())?;
    let shortlist = match fs::read(recipe.shortlist_path()) {
        Ok(shortlist) => shortlist,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let title = recipe.export.name.clone().unwrap_or(stem.into_owned());
    let options = Options {
        source_language: recipe.prepare.source_language.clone(),
        target_language: recipe.prepare.target_language.clone(),
        card: format!("# {title}\n"),
        name: title,
        shortlist,
        date: deshi_export::today().to_string(),
        licence: recipe.export.licence.clone(),
        licences: recipe.export.licences.clone(),
        ..Options::default()
    };
    let (bundle, agreement) = deshi_export::export(&checkpoint, &vocabulary, &options)?;
    write_whole(out, |file| file.write_all(&bundle))
        .with_context(|| format!("cannot write {}", out.display()))?;
    eprintln!(
        "export: {}, {} bytes; {} tokens verified",
        out.display(),
        bundle.len(),
        agreement.tokens
    );
    let translator = Translator::from_bytes(&bundle)?;
    for sample in &recipe.export.samples {
        println!("{sample}\t{}", translator.translate(sample)?.text);
    }
    Ok(())
}
