//! `deshi-train` on the toy recipe's corpus, with fewer sentences and smaller models: every run gives the same.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use deshi_core::random::Random;

/// What makes the toy recipe small, and equal in every run: nothing ends by the time.
const CHANGES: [&str; 16] = [
    "prepare.limits={ \"written-\" = 30 }",
    "prepare.lines_per_shard=150",
    "vocabulary.size=400",
    "dev.lines=4",
    "translate.maximum_seconds=0",
    "translate.precision=\"f32\"",
    "select.max_repeats=1000",
    "select.max_length_ratio=1000.0",
    "architectures.teacher.d_model=64",
    "architectures.teacher.d_ff=128",
    "architectures.student.d_model=64",
    "architectures.student.d_ff=128",
    "models.teacher.maximum_seconds=0",
    "models.teacher.maximum_steps=40",
    "models.teacher.precision=\"f32\"",
    "models.teacher.batch_tokens=300",
];

/// The command for a step, into this folder.
pub fn step(step: &[&str], folder: &Path, changes: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deshi-train"));
    command
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .args(step)
        .args(["--threads", "1", "-r", "trainer/recipes/toy.toml"]);
    for change in CHANGES.iter().chain(changes) {
        command.args(["--set", change]);
    }
    command.args([
        "--set",
        &format!("folder={:?}", folder.display().to_string()),
    ]);
    command
}

/// Runs it to its end; gives what it prints.
pub fn run(mut command: Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Numbers from 0 to 1, which differ from run to run of the test.
pub fn moments(count: usize) -> Vec<f64> {
    let mut random = Random::new(std::process::id().into());
    let mut next = || f64::from(random.number()).midpoint(1.0);
    (0..count).map(|_| next()).collect()
}

/// Starts it, and ends it with SIGKILL once `now` says so; it may have ended by itself.
pub fn kill(mut command: Command, mut now: impl FnMut() -> bool) {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() && !now() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    child.wait().unwrap();
}
