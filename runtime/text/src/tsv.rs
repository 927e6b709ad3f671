//! Two columns with a tab between them.

use crate::error::ResourceError;

/// Characters of a wrong line that an error shows.
const EXCERPT: usize = 40;

/// The first two columns of each line that is neither empty nor begins with `#`.
pub(crate) fn pairs(file: &str) -> Result<impl Iterator<Item = (String, String)>, ResourceError> {
    let mut pairs = Vec::new();
    let file = file.strip_prefix('\u{FEFF}').unwrap_or(file);
    for (index, line) in file.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut columns = line.split('\t').map(str::trim);
        match (columns.next(), columns.next()) {
            (Some(source), Some(target)) if !source.is_empty() && !target.is_empty() => {
                pairs.push((source.to_owned(), target.to_owned()));
            }
            _ => {
                return Err(ResourceError::Columns {
                    line: index + 1,
                    got: line.chars().take(EXCERPT).collect(),
                });
            }
        }
    }
    Ok(pairs.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_are_skipped_and_wrong_lines_are_named() {
        let pairs = |file| Ok::<_, ResourceError>(pairs(file)?.collect::<Vec<_>>());
        let expected = vec![("a b".to_owned(), "c".to_owned())];
        assert_eq!(
            pairs("\u{FEFF}# a comment\r\n\r\na b\tc\tmore\r\n").unwrap(),
            expected
        );
        for (file, line) in [("a\tb\nno tab", 2), ("\tb", 1), ("a\t ", 1)] {
            let error = pairs(file).unwrap_err();
            assert!(
                matches!(error, ResourceError::Columns { line: got, .. } if got == line),
                "{file:?}: {error}"
            );
        }
    }
}
