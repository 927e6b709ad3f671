//! Text in and out of the trainer: columns of tab-separated files, and tokens back to text.

use std::path::Path;

use anyhow::{Context, Result, bail};
use deshi_core::vocabulary::Vocabulary;

/// The first `N` columns of every line.
///
/// # Errors
/// If the file cannot be read, or a line has fewer columns: the error names it.
pub fn read_columns<const N: usize>(path: &Path) -> Result<Vec<[String; N]>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let columns: Vec<String> = line.split('\t').take(N).map(str::to_owned).collect();
        let Ok(row) = columns.try_into() else {
            bail!("{}:{}: fewer than {N} columns", path.display(), index + 1);
        };
        rows.push(row);
    }
    Ok(rows)
}

/// The text of tokens.
pub fn detokenise(vocabulary: &Vocabulary<'_>, tokens: &[u16]) -> String {
    let mut text = String::new();
    vocabulary
        .decode(tokens.iter().map(|&token| token.into()), &mut text)
        .expect("a String takes everything");
    text
}
