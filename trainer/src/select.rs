//! From n-best lists to the pairs that a student learns from: Seq-KD or Seq-Inter, and the filters.

use anyhow::Result;
use deshi_corpus::selection;

use crate::recipe::Recipe;

/// Writes the distilled pairs: source, target, set.
///
/// # Errors
/// If a shard has no n-best lists yet, or they are out of step with it.
pub fn run(recipe: &Recipe) -> Result<()> {
    let inputs = selection::inputs(&recipe.prepared(), &recipe.translated())?;
    let report = selection::run(&recipe.select, &inputs, &recipe.distilled(), &mut |_| ())?;
    eprintln!(
        "select: {} pairs of {} kept; dropped {:?}",
        report.kept, report.sources, report.dropped
    );
    Ok(())
}
