//! `--resume`: unfinished work stays in `OUTPUT.part`, and a later run goes on with it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::endpoint::Endpoint;

use super::config::{Config, Job};

/// The unfinished output of a job.
pub(super) struct Part {
    path: PathBuf,
    /// Beside it: what the work was, as JSON.
    work_path: PathBuf,
    file: Option<File>,
    /// Lines that an earlier run wrote.
    pub(super) lines: usize,
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

impl Part {
    /// Goes on with the part of an earlier run, or begins one. None where the output is not a file.
    ///
    /// # Errors
    /// If the part is another work's, or cannot be read and written.
    pub(super) fn open(job: &Job, config: &Config) -> Result<Option<Self>> {
        let Some(output) = job.destination.path() else {
            return Ok(None);
        };
        let (path, work_path) = (
            with_suffix(output, ".part"),
            with_suffix(output, ".part.json"),
        );
        let name = || path.display().to_string();
        let work = describe(job, config).with_context(|| job.source.to_string())?;
        let mut lines = 0;
        if path.exists() {
            let earlier = fs::read(&work_path).ok();
            let earlier =
                earlier.and_then(|earlier| serde_json::from_slice::<Value>(&earlier).ok());
            if earlier.as_ref() != Some(&work) {
                bail!(
                    "{0} was begun with another input, model or options: give the same ones, or delete {0} to begin anew",
                    path.display()
                );
            }
            lines = keep_whole_lines(&path).with_context(name)?;
        } else {
            fs::write(&work_path, work.to_string())
                .with_context(|| work_path.display().to_string())?;
        }
        let file = File::options().create(true).append(true).open(&path);
        Ok(Some(Self {
            file: Some(file.with_context(name)?),
            path,
            work_path,
            lines,
        }))
    }

    /// The file to append to.
    ///
    /// # Panics
    /// If it was taken before.
    pub(super) fn take_file(&mut self) -> File {
        self.file.take().expect("the file is taken once")
    }

    /// Puts the finished output in its place.
    ///
    /// # Errors
    /// If it cannot be synced or renamed.
    pub(super) fn finish(self, destination: &Endpoint) -> Result<()> {
        let output = destination.path().expect("a part is a file's");
        deshi_whole_file::put_in_place(&self.path, output)
            .with_context(|| output.display().to_string())?;
        fs::remove_file(&self.work_path).with_context(|| self.work_path.display().to_string())
    }
}

/// What a later run must share with this one.
fn describe(job: &Job, config: &Config) -> std::io::Result<Value> {
    let input = job
        .source
        .path()
        .expect("--resume takes a file")
        .canonicalize()?;
    let metadata = input.metadata()?;
    Ok(json!({
        "version": crate::version::SHORT,
        "input": input.display().to_string(),
        "input_bytes": metadata.len(),
        "input_modified_ns": nanoseconds(metadata.modified()?),
        "model": config.model.found.to_string(),
        "model_bytes": config.model.found.bytes(),
        "options": config.choices,
    }))
}

/// A time since 1970. Not as a float: what is read of one may differ from what was written.
fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Cuts off a last line that was not written whole, and counts the others.
fn keep_whole_lines(path: &Path) -> std::io::Result<usize> {
    let file = File::options().read(true).write(true).open(path)?;
    let mut reader = BufReader::new(file);
    let (mut lines, mut whole, mut line) = (0, 0, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            break;
        }
        lines += 1;
        whole += read as u64;
    }
    reader.into_inner().set_len(whole)?;
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_read_as_it_was_written() {
        for step in 0..10_000 {
            let time = UNIX_EPOCH + Duration::new(1_795_863_407 + step, 123_456_789);
            let written = json!({ "time": nanoseconds(time) });
            let read: Value = serde_json::from_str(&written.to_string()).unwrap();
            assert_eq!(read, written);
        }
        assert_eq!(nanoseconds(UNIX_EPOCH - Duration::from_secs(1)), 0);
    }
}
