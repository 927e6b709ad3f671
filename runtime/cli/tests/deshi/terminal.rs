//! What a person at a terminal sees.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::*;

/// A terminal: the side of a person, and the side of a program.
fn terminal() -> (File, File) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let program = open(
        std::ffi::OsStr::from_bytes(name.as_bytes()),
        OFlags::RDWR | OFlags::NOCTTY,
        Mode::empty(),
    );
    (person.into(), program.unwrap().into())
}

/// What comes to the terminal until `part` is there.
fn wait_for(terminal: &mut File, part: &str) -> String {
    let (mut seen, started) = (Vec::new(), Instant::now());
    loop {
        let mut buffer = [0; 1024];
        let read = terminal.read(&mut buffer).unwrap_or(0);
        seen.extend(&buffer[..read]);
        let text = String::from_utf8_lossy(&seen).into_owned();
        if text.contains(part) {
            return text;
        }
        assert!(
            read > 0 && started.elapsed() < Duration::from_secs(120),
            "no {part:?} in {text:?}"
        );
    }
}

#[test]
fn reading_from_a_terminal_is_said() {
    let (mut person, program) = terminal();
    let mut command = deshi(&["translate"]);
    command.stdin(program.try_clone().unwrap()).stderr(program);
    let mut child = command.spawn().unwrap();
    drop(command);
    wait_for(&mut person, "reading from the terminal");
    person.write_all(b"Tom sleeps.\n\x04").unwrap();
    let mut out = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(out, "Tom schläft.\n");
}

#[cfg(feature = "progress")]
#[test]
fn long_work_shows_its_progress() {
    // Different lines: a sentence that comes again is not translated again.
    let lines: String = (0..8000)
        .map(|platform| {
            format!("The train on platform {platform} leaves in ten minutes, so we must hurry.\n")
        })
        .collect();
    let folder = Folder::new(&[("in.txt", lines.as_bytes())]);
    let (mut person, program) = terminal();
    let mut command = folder.deshi(&["translate", "-i", "in.txt", "-o", "out.txt"]);
    command.stderr(program);
    let mut child = command.spawn().unwrap();
    drop(command);
    let seen = wait_for(&mut person, " left");
    assert!(
        seen.contains("in.txt") && seen.contains(" a second"),
        "{seen:?}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}
