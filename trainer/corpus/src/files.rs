//! Reads lines of plain or gzipped text, and writes files atomically.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};

use crate::Error;

/// Turns an I/O error into one that names the file.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    move |source| Error::Io {
        path: path.to_owned(),
        source,
    }
}

fn is_gz(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "gz")
}

/// The lines of a file as bytes, without their ends (`\n` or `\r\n`).
pub(crate) struct Lines {
    reader: Box<dyn BufRead>,
    path: PathBuf,
    buffer: Vec<u8>,
    /// Lines read so far.
    pub(crate) count: u64,
}

impl Lines {
    /// Opens a file, decompressing it if its name ends in `.gz`.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let plain = BufReader::new(File::open(path).map_err(at(path))?);
        let reader: Box<dyn BufRead> = if is_gz(path) {
            Box::new(BufReader::new(MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        Ok(Self {
            reader,
            path: path.to_owned(),
            buffer: Vec::new(),
            count: 0,
        })
    }

    /// The next line, `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, Error> {
        self.buffer.clear();
        let read = self
            .reader
            .read_until(b'\n', &mut self.buffer)
            .map_err(at(&self.path))?;
        if read == 0 {
            return Ok(None);
        }
        self.count += 1;
        let line = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

/// Writes a file atomically; compressed if its name ends in `.gz`.
///
/// # Errors
///
/// An error of `write`, or if the file cannot be created.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let compress = is_gz(path);
    deshi_whole_file::write_whole(path, |out| {
        if !compress {
            return write(out);
        }
        let mut compressor = GzEncoder::new(out, Compression::default());
        write(&mut compressor)?;
        compressor.finish().map(drop)
    })
    .map_err(at(path))
}

/// Writes a report atomically as indented JSON.
pub(crate) fn write_json(path: &Path, report: &impl serde::Serialize) -> Result<(), Error> {
    let mut json = serde_json::to_string_pretty(report).map_err(Error::Report)?;
    json.push('\n');
    write_whole(path, |file| file.write_all(json.as_bytes()))
}

/// Reads a report; `None` if it is missing or another version wrote it.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// The files of a folder named `PREFIX.*.tsv`, in order.
pub fn shards(folder: &Path, prefix: &str) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let is_shard = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| {
                name.strip_prefix(prefix)
                    .and_then(|rest| rest.strip_prefix('.'))
                    .and_then(|rest| rest.strip_suffix(".tsv"))
                    .is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
            });
        if is_shard {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
