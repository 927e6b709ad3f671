//! Files, read line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::Result;

fn named<T>(path: &Path, result: io::Result<T>) -> Result<T> {
    result.map_err(|error| format!("{}: {error}", path.display()).into())
}

pub(crate) fn open(path: &Path) -> Result<File> {
    named(path, File::open(path))
}

pub(crate) fn create(path: &Path) -> Result<File> {
    named(path, File::create(path))
}

/// Bytes that are read at once, and so about how much text is translated at once.
const WINDOW_BYTES: usize = 1 << 15;

/// Passes complete lines on as soon as they are buffered, so an interactive client gets each reply before it sends its
/// next line. U+FFFD stands for what is not valid UTF-8.
pub(crate) fn for_each_window(
    input: impl Read,
    mut each: impl FnMut(&[String]) -> Result<()>,
) -> Result<()> {
    let mut reader = BufReader::with_capacity(WINDOW_BYTES, input);
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        lines.push(text.strip_suffix('\n').unwrap_or(&text).to_owned());
        line.clear();
        if !reader.buffer().contains(&b'\n') {
            each(&lines)?;
            lines.clear();
        }
    }
    Ok(())
}
