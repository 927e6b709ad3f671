//! The command `deshi`: a line out for every line in, memory within its bound, damage named, exit codes.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const EXECUTORS: &[&str] = &[
    "native",
    #[cfg(feature = "tract")]
    "tract",
];

fn deshi() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deshi"));
    command
        .env_remove("DESHI_MODEL")
        .env_remove("DESHI_KERNELS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn carried() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/en-de.deshi")
}

/// Runs to the end on this standard input.
fn run(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // A program that refuses its arguments reads nothing.
    let _ = writer.join().unwrap();
    output
}

#[test]
fn there_is_a_line_out_for_every_line_in() {
    let mut input = Vec::new();
    let long = "All work and no play. ".repeat(455);
    assert!(long.len() > 10_000);
    let unbroken = "x".repeat(10_000);
    let lines: [&[u8]; 10] = [
        b"Where is the station?",
        b"",
        b" \t ",
        long.as_bytes(),
        unbroken.as_bytes(),
        b"\x00\x07\x1b[31m\x7f",
        b"one\rtwo\x0bthree\xc2\x85four\xe2\x80\xa8five",
        "😀👩‍👩‍👧 العربية 漢字".as_bytes(),
        b"\xff\xfe broken \xc3\x28 \xe2\x82",
        b"the last one has no newline",
    ];
    for line in lines {
        input.extend(line);
        input.push(b'\n');
    }
    input.pop();
    for executor in EXECUTORS {
        let mut command = deshi();
        command.args(["translate", "--executor", executor]);
        let output = run(command, &input);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let got: Vec<_> = text.lines().collect();
        assert_eq!(text.matches('\n').count(), lines.len(), "{text}");
        assert_eq!(got[0], "Wo ist der Bahnhof?");
        assert_eq!((got[1], got[2]), ("", ""));
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));

        let mut command = deshi();
        command.args(["translate", "--jsonl", "--executor", executor]);
        let output = run(command, &input);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().count(), lines.len());
        for (line, translation) in text.lines().zip(got) {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = line["translation"].as_str().unwrap();
            assert_eq!(text.replace(char::is_control, " "), translation);
            assert!(line["log_probability"].as_f64().unwrap() <= 0.0);
            assert!(line["source_tokens"].is_array() && line["tokens"].is_array());
        }
    }
}

#[test]
fn an_empty_input_has_an_empty_output() {
    let mut command = deshi();
    command.arg("translate");
    let output = run(command, b"");
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
}

/// `VmHWM` of a process of one thread that has answered every line and waits for the next, in bytes; so many lines
/// are given to it at once.
#[cfg(target_os = "linux")]
fn peak_memory(executor: &str, lines: &str, at_once: usize) -> usize {
    let mut command = deshi();
    command.args(["translate", "--threads", "1", "--executor", executor]);
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

/// The bound that README states: 1.5 times the bundle, and 8 MB; in batches 3 MB more.
#[test]
#[cfg(target_os = "linux")]
fn memory_stays_within_its_bound() {
    let sentences = include_str!("../../../tests/data/sentences.en");
    let bundle = std::fs::metadata(carried()).unwrap().len() as usize;
    let bound = bundle * 3 / 2 + 8_000_000;
    for executor in EXECUTORS {
        for (at_once, bound) in [(1, bound), (100, bound + 3_000_000)] {
            let peak = peak_memory(executor, sentences, at_once);
            eprintln!("{executor}, {at_once} lines at once: peak {peak} bytes, bound {bound}");
            assert!(
                *executor != "native" || peak <= bound,
                "{executor}, {at_once} lines at once: {peak} bytes, more than {bound}"
            );
        }
    }
}

#[test]
fn what_is_wrong_is_said_and_the_exit_code_tells() {
    let folder = std::env::temp_dir().join(format!("deshi-program-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("damaged.deshi");
    let mut damaged = std::fs::read(carried()).unwrap();
    damaged.truncate(damaged.len() / 2);
    std::fs::write(&path, damaged).unwrap();
    let damaged = path.to_str().unwrap();
    let cases: [(&[&str], i32, &str); 4] = [
        (&["translate", "-m", damaged, "x"], 1, "weights.bin"),
        (
            &["translate", "-m", "/nowhere.deshi", "x"],
            1,
            "/nowhere.deshi",
        ),
        (&["translate", "--executor", "magic", "x"], 2, "magic"),
        (&["translate", "-i", "/nowhere.txt"], 1, "/nowhere.txt"),
    ];
    for (arguments, code, message) in cases {
        let mut command = deshi();
        command.args(arguments);
        let output = run(command, b"");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(message), "{error}");
        assert!(output.stdout.is_empty());
    }
    std::fs::remove_dir_all(folder).unwrap();
}
