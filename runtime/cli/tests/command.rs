//! The command `deshi translate`, as other programs use it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

fn deshi(options: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_deshi"))
        .arg("translate")
        .args(options)
        .env_remove("DESHI_MODEL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The lines that come back for all of the text.
fn translate(text: &str, options: &[&str]) -> Vec<String> {
    let mut child = deshi(options);
    let mut input = child.stdin.take().unwrap();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    output.lines().map(str::to_owned).collect()
}

const LINES: [&str; 6] = [
    "Where is the station?",
    "",
    "I have three dogs and two cats.",
    "Tom sleeps.",
    "The weather is nice today, but tomorrow it will rain.",
    "12.50 € 😀",
];

#[test]
fn a_line_that_is_waited_for_comes_back_before_the_next_is_sent() {
    let mut child = deshi(&[]);
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut answers = Vec::new();
    for line in LINES {
        writeln!(input, "{line}").unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        answers.push(answer.trim_end().to_owned());
    }
    drop(input);
    assert!(child.wait().unwrap().success());
    assert_eq!(answers[0], "Wo ist der Bahnhof?");
    assert_eq!(answers, translate(&LINES.join("\n"), &[]));
}

#[test]
fn many_lines_come_back_in_order_and_alike() {
    let text: String = (0..300)
        .map(|at| format!("{} {}\n", LINES[at % 6], LINES[at * at % 5]))
        .collect();
    let expected = translate(&text, &["--threads", "1", "--batch-sentences", "1"]);
    assert_eq!(expected.len(), 300);
    for options in [&[][..], &["--threads", "3", "--batch-sentences", "64"]] {
        assert_eq!(translate(&text, options), expected, "{options:?}");
    }
    let whole = translate(&text, &["--no-shortlist"]);
    assert_eq!(whole.len(), 300);
    assert_eq!(whole[0], expected[0]);
}
