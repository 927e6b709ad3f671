//! [`Shard`]: one of several parts of a work.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::ops::Range;
use std::str::FromStr;

use thiserror::Error;

/// One of several parts of a work, which together have everything once: written `I/N`, the part I, counted from 0, of N.
///
/// Of a file it has the lines that begin in its share of the bytes ([`Self::range`]). So each worker finds its part alone, without
/// reading the others', and the parts in order are the whole file. Of a list it has every N-th item ([`Self::has`]).
///
/// ```
/// let shard: deshi::Shard = "1/4".parse()?;
/// assert_eq!((0..9).filter(|&item| shard.has(item)).collect::<Vec<_>>(), [1, 5]);
/// # Ok::<(), deshi::ShardError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: u32,
    count: u32,
}

/// Why a text is not a [`Shard`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ShardError {
    /// It is not two numbers with a slash between them.
    #[error("it is I/N, such as 0/8, the first of 8")]
    Format,
    /// There are fewer shards.
    #[error("shards are counted from 0, so the last of {count} is {}/{count}", count.saturating_sub(1))]
    Index {
        /// How many there are.
        count: u32,
    },
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(index, count)| Some((number(index)?, number(count)?)));
        let Some((index, count)) = numbers else {
            return Err(ShardError::Format);
        };
        if index >= count {
            return Err(ShardError::Index { count });
        }
        Ok(Self { index, count })
    }
}

/// Digits alone: with zeros in front too, as the names of sorted files have them.
fn number(digits: &str) -> Option<u32> {
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Shard {
    /// The whole: the only one of one.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Whether it has the item of this place in a list.
    pub fn has(self, item: usize) -> bool {
        item as u64 % u64::from(self.count) == u64::from(self.index)
    }

    /// The bytes of its lines in a file.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn range(self, file: &File) -> io::Result<Range<u64>> {
        let bytes = file.metadata()?.len();
        let start = line_start(file, self.share(bytes, self.index))?;
        let end = line_start(file, self.share(bytes, self.index + 1))?;
        Ok(start..end)
    }

    /// Where the share of a shard begins, before it is moved to a line's beginning.
    fn share(self, bytes: u64, index: u32) -> u64 {
        let offset = u128::from(bytes) * u128::from(index) / u128::from(self.count);
        u64::try_from(offset).expect("an index is at most the count")
    }
}

/// The beginning of the first line that begins at this byte or later; the end of the file, where none does.
fn line_start(mut file: &File, offset: u64) -> io::Result<u64> {
    let Some(before) = offset.checked_sub(1) else {
        return Ok(0);
    };
    file.seek(SeekFrom::Start(before))?;
    let skipped = BufReader::new(file).skip_until(b'\n')?;
    Ok(before + skipped as u64)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn every_byte_is_in_one_shard_and_no_line_in_two() {
        for text in [
            "",
            "\n",
            "one",
            "one\n",
            "a\n\n\nlonger than all the others together\nb\r\nc",
            "a\nb\nc\nd\ne\n",
        ] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            for count in 1..=text.len() as u32 + 2 {
                let mut next = 0;
                for index in 0..count {
                    let Range { start, end } = Shard { index, count }.range(&file).unwrap();
                    assert_eq!(start, next, "{index}/{count} of {text:?}");
                    let ends_a_line = end as usize == text.len()
                        || text.as_bytes()[..end as usize].ends_with(b"\n");
                    assert!(end == start || ends_a_line, "{index}/{count} of {text:?}");
                    next = end;
                }
                assert_eq!(next, text.len() as u64, "{count} shards of {text:?}");
            }
        }
    }

    #[test]
    fn a_file_of_many_terabytes_is_shared_without_overflow() {
        let shard = Shard {
            index: u32::MAX - 1,
            count: u32::MAX,
        };
        assert_eq!(shard.share(1 << 63, u32::MAX), 1 << 63);
    }

    #[test]
    fn every_item_is_in_one_shard() {
        for count in 1..6 {
            for item in 0..20 {
                let having = (0..count).filter(|&index| Shard { index, count }.has(item));
                assert_eq!(having.count(), 1, "{item} of {count}");
            }
        }
        assert!((0..9).all(|item| Shard::WHOLE.has(item)));
    }

    #[test]
    fn shards_are_written_as_index_and_count() {
        let shard = |index, count| Ok(Shard { index, count });
        assert_eq!("0/1".parse(), shard(0, 1));
        assert_eq!("007/100".parse(), shard(7, 100));
        for wrong in ["", "1", "/", "a/b", "-1/2", "+1/2", "1/", "0/4294967296"] {
            let error = wrong.parse::<Shard>().unwrap_err();
            assert_eq!(error, ShardError::Format, "{wrong}");
        }
        for wrong in ["8/8", "9/8", "0/0"] {
            let error = wrong.parse::<Shard>().unwrap_err();
            let last = if wrong == "0/0" { "0/0" } else { "7/8" };
            assert!(error.to_string().ends_with(last), "{wrong}: {error}");
        }
    }
}
