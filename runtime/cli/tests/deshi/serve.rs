//! `deshi serve`, as a process with a socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr};

use rustix::process::{Pid, Signal, kill_process};

use super::*;

/// A server that runs until it is dropped.
struct Server {
    child: Child,
    stderr: BufReader<ChildStderr>,
    address: String,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line.strip_prefix("deshi: http://").expect(&line);
        let (address, rest) = address.split_once(' ').unwrap();
        assert!(rest.starts_with("translates en to de on "), "{line}");
        Self {
            address: address.to_owned(),
            child,
            stderr,
        }
    }

    fn translate(&self, form: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = form.len();
        write!(
            stream,
            "POST /translate HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{form}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Sends a signal; gives the exit code, and what was said on standard error since the first line.
    fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        let process = Pid::from_child(&self.child);
        kill_process(process, signal).unwrap();
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        (status.code(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, except in a test that fails.
        let _ = self.child.kill();
    }
}

const FORM: &str = "q=Where+is+the+station%3F&source=en&target=de";

#[test]
fn it_answers_until_a_signal_and_says_nothing_of_the_texts() {
    for (signal, arguments) in [
        (Signal::TERM, &["serve", "--listen", "127.0.0.1:0"][..]),
        (
            Signal::INT,
            &[
                "--verbose",
                "serve",
                "-m",
                "en-de",
                "--listen",
                "localhost:0",
                "-t",
                "1",
            ][..],
        ),
    ] {
        let server = Server::start(deshi(arguments));
        let answer = server.translate(FORM);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(
            answer.ends_with(&format!("{{\"translatedText\":\"{BAHNHOF}\"}}")),
            "{answer}"
        );
        let (code, said) = server.end(signal);
        assert_eq!(code, Some(0), "{said}");
        match arguments[0] {
            "--verbose" => assert!(said.starts_with("deshi: /translate 200 "), "{said}"),
            _ => assert_eq!(said, ""),
        }
        assert!(
            !said.contains("station") && !said.contains("Bahnhof"),
            "{said}"
        );
    }
}

#[test]
fn keys_come_from_a_file() {
    let folder = Folder::new(&[("keys", b"# ours\n\nsecret\n"), ("none", b"# none\n")]);
    let server =
        Server::start(folder.deshi(&["serve", "--listen", "127.0.0.1:0", "--api-keys", "keys"]));
    assert!(server.translate(FORM).starts_with("HTTP/1.1 400"));
    let answer = server.translate(&format!("{FORM}&api_key=secret"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(server.end(Signal::TERM).0, Some(0));
    let run = folder.run(&["serve", "--api-keys", "none"]);
    run.fails(1, &["none has no key"]);
}

#[test]
fn what_cannot_be_served_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    run(&["serve", "--listen", &address]).fails(1, &["cannot listen on", &address]);
    let model = carried();
    let same = [
        "serve",
        "-m",
        model.to_str().unwrap(),
        "-m",
        model.to_str().unwrap(),
    ];
    run(&same).fails(1, &["--model", "two models translate from en to de"]);
    run(&["serve", "-m", "none-such"]).fails(1, &["there is no model none-such"]);
    run(&["serve", "--api-key", ""]).fails(2, &["a key cannot be empty"]);
    run(&["serve", "--texts-per-minute", "0"]).fails(2, &["--texts-per-minute"]);
}
