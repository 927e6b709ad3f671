//! Says which commit the command is built from: `DESHI_COMMIT` where a packager sets it, else git's.

use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

fn main() {
    println!("cargo:rerun-if-env-changed=DESHI_COMMIT");
    println!("cargo:rerun-if-changed=build.rs");
    // HEAD's log grows with each commit, whatever the branch.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={log}");
    }
    let commit = std::env::var("DESHI_COMMIT").ok();
    let commit = commit.or_else(|| git(&["rev-parse", "--short=9", "HEAD"]));
    let commit = commit.map_or("commit unknown".to_owned(), |commit| {
        format!("commit {commit}")
    });
    println!("cargo:rustc-env=DESHI_COMMIT={commit}");
}
