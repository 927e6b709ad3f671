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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_columns_are_ignored_and_fewer_are_an_error_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.tsv");
        std::fs::write(&path, "a\tb\tset\nc\td\n").unwrap();
        assert_eq!(read_columns::<2>(&path).unwrap(), [["a", "b"], ["c", "d"]]);
        let error = read_columns::<3>(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("pairs.tsv:2: fewer than 3 columns"),
            "{error}"
        );
    }
}
