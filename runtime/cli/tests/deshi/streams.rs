//! Standard input and output, as other programs use them.

use std::io::{BufRead, BufReader};

use super::*;

const LINES: [&str; 6] = [
    STATION,
    "",
    "I have three dogs and two cats.",
    "Tom sleeps.",
    "The weather is nice today, but tomorrow it will rain.",
    "12.50 € 😀",
];

fn translate(text: &str, options: &[&str]) -> Vec<String> {
    let command = deshi(&[&["translate", "-q"], options].concat());
    let output = run_on(command, text.as_bytes()).result();
    output.lines().map(str::to_owned).collect()
}

#[test]
fn a_line_that_is_waited_for_comes_back_before_the_next_is_sent() {
    let mut child = deshi(&["translate", "-q"]).spawn().unwrap();
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
    assert_eq!(answers[0], BAHNHOF);
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

#[test]
fn there_is_a_line_out_for_every_line_in() {
    let long = "All work and no play. ".repeat(455);
    assert!(long.len() > 10_000);
    let unbroken = "x".repeat(10_000);
    let lines: [&[u8]; 10] = [
        STATION.as_bytes(),
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
    let input = lines.join(&b'\n');
    for executor in deshi::EngineKind::AVAILABLE {
        let executor = &executor.to_string();
        for raw in [&[][..], &["--raw"]] {
            let options = [&["translate", "-q", "--lossy", "--executor", executor], raw].concat();
            let text = run_on(deshi(&options), &input).result();
            let got: Vec<_> = text.split('\n').collect();
            assert_eq!(got.len(), lines.len(), "{text}");
            assert_eq!(got[0], BAHNHOF);
            assert_eq!((got[1], got[2].trim()), ("", ""));

            let text = run_on(deshi(&[&options[..], &["--jsonl"]].concat()), &input).result();
            assert_eq!(text.lines().count(), lines.len());
            for line in text.lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(line["translation"].is_string());
            }
        }
    }
}

/// `deshi … | head -1` ends without a complaint.
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut child = deshi(&["translate", "-q"]).spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let _ = stdin.write_all("Where is the station?\n".repeat(3).as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

/// Also for what is printed without a translation, and where nobody hears the errors.
#[test]
fn a_closed_pipe_ends_no_run_with_a_panic() {
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    for arguments in [
        &["--version"][..],
        &["--help"],
        &["info"],
        &["models"],
        &["man"],
    ] {
        let mut command = deshi(arguments);
        command.stdout(closed());
        let output = run_on(command, b"");
        assert_eq!((output.code, output.err.as_str()), (0, ""), "{arguments:?}");
    }
    let mut command = deshi(&["translate", "-i", "missing.txt"]);
    command.stderr(closed());
    assert_eq!(run_on(command, b"").code, 1);
}

#[test]
fn control_characters_separate_sentences_and_stay() {
    let command = deshi(&["translate", "-q", "--lossy"]);
    let text = format!("{STATION}\0Tom sleeps.\x1f{STATION}\u{9d}\x07\n");
    let expected = format!("{BAHNHOF}\0Tom schläft.\x1f{BAHNHOF}\u{9d}\x07\n");
    assert_eq!(run_on(command, text.as_bytes()).result(), expected);
}
