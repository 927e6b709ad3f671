//! The memory that a process takes.

use std::io::{BufRead, BufReader};

use super::*;

/// `VmHWM` of a process of one thread that has answered every line and waits for the next, in bytes; so many lines
/// are given to it at once.
#[cfg(target_os = "linux")]
fn peak_memory(lines: &str, at_once: usize) -> usize {
    let mut command = deshi(&["translate", "-q", "--threads", "1", "--executor", "native"]);
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines: Vec<&str> = lines.lines().collect();
    for lines in lines.chunks(at_once) {
        writeln!(stdin, "{}", lines.join("\n")).unwrap();
        for _ in lines {
            answers.next().unwrap().unwrap();
        }
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().strip_suffix("kB").unwrap().trim();
    kilobytes.parse::<usize>().unwrap() * 1024
}

/// The bound that docs/measurements.md states: 1.5 times the bundle, and 20 MB; in batches 3 MB more.
#[test]
#[cfg(target_os = "linux")]
fn memory_stays_within_its_bound() {
    let sentences = include_str!("../../../../tests/data/sentences.en");
    let bundle = std::fs::metadata(carried()).unwrap().len() as usize;
    let bound = bundle * 3 / 2 + 20_000_000;
    for (at_once, bound) in [(1, bound), (100, bound + 3_000_000)] {
        let peak = peak_memory(sentences, at_once);
        eprintln!("{at_once} lines at once: peak {peak} bytes, bound {bound}");
        assert!(
            peak <= bound,
            "{at_once} lines at once: {peak} bytes, more than {bound}"
        );
    }
}
