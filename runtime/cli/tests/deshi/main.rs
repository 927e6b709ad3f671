//! The command `deshi`, run as a program: what it prints, what it leaves on the disk, how it ends.

mod cases;
mod documents;
mod files;
mod formats;
mod json;
mod memory;
mod models;
mod quality;
mod resume;
#[cfg(all(unix, feature = "server"))]
mod serve;
mod shards;
#[cfg(feature = "verify")]
mod signatures;
mod streams;
#[cfg(unix)]
mod terminal;
mod usage;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use deshi_core::random_model::CARRIED_MODEL;
use tempfile::TempDir;

const STATION: &str = "Where is the station?";
const BAHNHOF: &str = "Wo ist der Bahnhof?";

fn carried() -> PathBuf {
    PathBuf::from(CARRIED_MODEL)
}

/// The command, with nothing of the user's own about it.
fn deshi(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deshi"));
    command
        .args(arguments)
        .env_remove("DESHI_MODEL")
        .env_remove("DESHI_KERNELS")
        .env_remove("DESHI_VERIFY")
        .env("XDG_DATA_HOME", "/nowhere/home")
        .env("XDG_DATA_DIRS", "/nowhere/system")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if !cfg!(feature = "carried-model") {
        command.env("DESHI_MODEL", carried());
    }
    command
}

/// How a run ended, and what it said.
#[derive(Debug)]
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    /// Its output.
    ///
    /// # Panics
    /// If it did not succeed, or said something on standard error.
    fn result(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{self:?}");
        self.out
    }

    /// # Panics
    /// If it did not end with this code, or its errors lack a part; or if it printed a result all the same.
    fn fails(self, code: i32, parts: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "no {part:?} in {self:?}");
        }
    }
}

/// Runs to the end on this standard input.
fn run_on(mut command: Command, input: &[u8]) -> Run {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A program that refuses its arguments reads nothing.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(arguments: &[&str]) -> Run {
    run_on(deshi(arguments), b"")
}

/// A folder with files, where a command runs.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, bytes) in files {
            std::fs::write(folder.path(name), bytes).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn deshi(&self, arguments: &[&str]) -> Command {
        let mut command = deshi(arguments);
        command.current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run_on(self.deshi(arguments), b"")
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names in the folder, sorted.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}
