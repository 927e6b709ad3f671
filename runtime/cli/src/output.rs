//! Writing results: a file is written whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use deshi_whole_file::WholeFile;

use crate::endpoint::Endpoint;

/// An open destination. Without [`Output::finish`], a file stays as it was.
pub(crate) struct Output {
    destination: Endpoint,
    writer: BufWriter<Sink>,
}

enum Sink {
    Standard(io::Stdout),
    /// Not a regular file, such as `/dev/null`, or a part that a later run may go on with.
    Direct(File),
    Whole(WholeFile),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(out) => out.write(bytes),
            Self::Direct(file) => file.write(bytes),
            Self::Whole(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(out) => out.flush(),
            Self::Direct(file) => file.flush(),
            Self::Whole(file) => file.flush(),
        }
    }
}

impl Output {
    /// Opens the destination; what it holds stays as it is until [`Output::finish`].
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn create(destination: &Endpoint) -> Result<Self> {
        let sink = match destination {
            Endpoint::StandardInput | Endpoint::StandardOutput => Sink::Standard(io::stdout()),
            Endpoint::File(path) if is_special(path) => {
                let file = File::options().write(true).open(path);
                Sink::Direct(file.with_context(|| path.display().to_string())?)
            }
            Endpoint::File(path) => Sink::Whole(whole(path)?),
        };
        Ok(Self::new(destination, sink))
    }

    /// Writes into this file, and renames it at the end.
    pub(crate) fn part(destination: &Endpoint, part: File) -> Self {
        Self::new(destination, Sink::Direct(part))
    }

    fn new(destination: &Endpoint, sink: Sink) -> Self {
        Self {
            destination: destination.clone(),
            writer: BufWriter::new(sink),
        }
    }

    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write_text(&mut self, text: &str) -> Result<()> {
        let written = self.writer.write_all(text.as_bytes());
        written.with_context(|| self.destination.to_string())
    }

    /// Hands on what was written so far, for a reader that waits for it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn hand_on(&mut self) -> Result<()> {
        self.writer
            .flush()
            .with_context(|| self.destination.to_string())
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.hand_on()?;
        let sink = self
            .writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error);
        let sink = sink.with_context(|| self.destination.to_string())?;
        match sink {
            Sink::Whole(file) => file.finish().with_context(|| self.destination.to_string()),
            Sink::Standard(_) | Sink::Direct(_) => Ok(()),
        }
    }
}

/// For what writes documents; the error does not name the file.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Whether the path exists and is not a regular file: a device or a pipe is written to, never replaced.
fn is_special(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// A new file that will take the place of `path`.
fn whole(path: &Path) -> Result<WholeFile> {
    if path.is_dir() {
        bail!(
            "{} is a folder: give -o a file, or use --output-folder",
            path.display()
        );
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if folder.exists() && !folder.is_dir() {
        bail!(
            "{}: {} is a file, not a folder",
            path.display(),
            folder.display()
        );
    }
    if !folder.is_dir() {
        bail!(
            "{}: there is no folder {}; make it first",
            path.display(),
            folder.display()
        );
    }
    WholeFile::create_announced(path, interrupt::remove)
        .map_err(|error| anyhow!(error).context(format!("{}: cannot write there", path.display())))
}

/// Removes the temporary file when Ctrl-C ends the program.
#[cfg(not(target_family = "wasm"))]
mod interrupt {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, Once, PoisonError};

    /// The exit code that shells report for a program that Ctrl-C ended.
    const EXIT_CODE: i32 = 130;

    static TEMPORARY: Mutex<Option<PathBuf>> = Mutex::new(None);
    static HANDLER: Once = Once::new();

    /// From now on, removes the file if the program is interrupted.
    pub(super) fn remove(path: &Path) {
        *TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner) = Some(path.to_owned());
        HANDLER.call_once(|| {
            // Where there can be no handler, the file stays behind: no reason not to translate.
            let _ = ctrlc::set_handler(|| {
                if let Some(path) = TEMPORARY
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take()
                {
                    let _ = fs::remove_file(path);
                }
                std::process::exit(EXIT_CODE);
            });
        });
    }
}

/// Nobody interrupts a program there.
#[cfg(target_family = "wasm")]
mod interrupt {
    pub(super) fn remove(_: &std::path::Path) {}
}
