//! Files that appear whole or not at all, also if the system crashes.
//!
//! A file is written under another name in the target's folder, because only there a rename is atomic; then it is synced and
//! takes the target's place.
//!
//! ```
//! use std::io::Write;
//!
//! use deshi_whole_file::WholeFile;
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("letter.txt");
//! let mut file = WholeFile::create(&path)?;
//! file.write_all(b"Good morning.")?;
//! assert!(!path.exists());
//! file.finish()?;
//! assert_eq!(std::fs::read(&path)?, b"Good morning.");
//! # Ok::<(), std::io::Error>(())
//! ```

#![forbid(unsafe_code)]

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that takes its place in [`finish`](Self::finish). Dropped before, it is removed, and the place stays as it was.
#[derive(Debug)]
pub struct WholeFile {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl WholeFile {
    /// Begins a file. Where `path` is a link, the file that it leads to will be replaced, and the link stays.
    ///
    /// # Errors
    /// If there can be no new file in its folder.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::create_announced(path, |_| ())
    }

    /// The same. Tells `announce` the path of the temporary file before it exists, so that a program which is interrupted
    /// can remove it.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_announced(path: &Path, mut announce: impl FnMut(&Path)) -> io::Result<Self> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        // Opened here, so that it gets the permissions of any new file; tempfile's are for its owner alone.
        let open = |temporary: &Path| {
            announce(temporary);
            let mut options = File::options();
            options.write(true).create_new(true).open(temporary)
        };
        let temporary = tempfile::Builder::new()
            .prefix(".deshi-")
            .suffix(".tmp")
            .make_in(folder_of(&path), open)?;
        Ok(Self { temporary, path })
    }

    /// Puts the file in its place, with the permissions of the file that it replaces.
    ///
    /// # Errors
    /// If it cannot be synced or renamed.
    pub fn finish(self) -> io::Result<()> {
        let Self { temporary, path } = self;
        if let Ok(metadata) = path.metadata() {
            // A file system without permissions has nothing to keep.
            let _ = fs::set_permissions(temporary.path(), metadata.permissions());
        }
        temporary.as_file().sync_all()?;
        // Closes it: Windows renames no open file.
        let (_, mut temporary) = temporary.into_parts();
        rename(&temporary, &path)?;
        temporary.disable_cleanup(true);
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.as_file_mut().flush()
    }
}

/// Writes a whole file.
///
/// # Errors
/// An error of `write`, or if the file cannot be created or renamed. Nothing is left behind.
pub fn write_whole<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let mut file = WholeFile::create(path)?;
    let mut buffered = BufWriter::new(&mut file);
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.finish()?;
    Ok(())
}

/// Puts a finished file of the same folder in the place of `path`.
///
/// # Errors
/// If it cannot be synced or renamed.
pub fn put_in_place(finished: &Path, path: &Path) -> io::Result<()> {
    File::options().append(true).open(finished)?.sync_all()?;
    rename(finished, path)
}

/// Renames a synced file, and syncs the folder: only then the new name survives a crash.
fn rename(from: impl AsRef<Path>, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    // A folder cannot be opened on Windows and WebAssembly, nor where its user may not list it. The file is whole in any case.
    if cfg!(unix)
        && let Ok(folder) = File::open(folder_of(to))
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_failed_write_leaves_what_was_there_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_whole(&path, |out| out.write_all(b"first")).unwrap();
        let failed = write_whole(&path, |out| {
            out.write_all(b"second")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), 1);
        write_whole(&path, |out| out.write_all(b"third")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    fn the_temporary_file_is_announced_before_it_exists() {
        let folder = tempfile::tempdir().unwrap();
        let mut announced = Vec::new();
        let file = WholeFile::create_announced(&folder.path().join("file"), |path| {
            announced.push((path.to_owned(), path.exists()));
        })
        .unwrap();
        assert_eq!(announced, [(file.temporary.path().to_owned(), false)]);
        assert_eq!(announced[0].0.parent(), Some(folder.path()));
    }

    #[test]
    fn a_part_is_put_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let (part, path) = (folder.path().join("file.part"), folder.path().join("file"));
        fs::write(&part, "text").unwrap();
        put_in_place(&part, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"text");
        assert!(!part.exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        write_whole(&path, |out| out.write_all(b"first")).unwrap();
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        // As any new file, whatever the umask is here.
        let other = folder.path().join("other");
        fs::write(&other, "").unwrap();
        assert_eq!(
            mode(),
            other.metadata().unwrap().permissions().mode() & 0o777
        );
        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        write_whole(&link, |out| out.write_all(b"second")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(mode(), 0o640);
        assert!(link.symlink_metadata().unwrap().is_symlink());
    }
}
