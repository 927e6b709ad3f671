//! Clients on a socket: slow ones, those that leave, and the server's end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::*;

/// A server on a socket of this machine, on a thread of its own.
struct Running {
    address: SocketAddr,
    server: Server,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn new(server: Server) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = server.clone();
        let thread = thread::spawn(move || {
            let runtime = runtime();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                served.serve(listener, async { drop(stopped.await) }).await;
            });
        });
        Self {
            address,
            server,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    fn load(&self, running: f64, waiting: f64) {
        runtime().block_on(until_load(&self.server, running, waiting));
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

/// The head of a request whose body has `bytes` bytes.
fn head(bytes: usize) -> String {
    format!(
        "POST /translate HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {JSON}\r\nContent-Length: {bytes}\r\n\r\n"
    )
}

fn request(q: &str) -> String {
    let body = json!({"q": q, "source": "en", "target": "de"}).to_string();
    head(body.len()) + &body
}

/// Everything that arrives until the server closes the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset ends the connection too.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

fn translate(running: &Running) -> String {
    let mut stream = running.connect();
    stream.write_all(request(STATION).as_bytes()).unwrap();
    rest(stream)
}

#[test]
fn slow_clients_are_cut_off_and_others_are_served() {
    let running = Running::new(server(|config| {
        config.limits.header_time = Duration::from_millis(300);
        config.limits.body_time = Duration::from_millis(300);
        config.limits.connections = 3;
    }));
    let silent = running.connect();
    let mut in_headers = running.connect();
    in_headers
        .write_all(b"POST /translate HTTP/1.1\r\nHo")
        .unwrap();
    let mut in_body = running.connect();
    in_body
        .write_all((head(100) + "{\"q\":").as_bytes())
        .unwrap();
    // The three hold all connections: a fourth is served once they are cut off.
    let answer = translate(&running);
    assert!(
        answer.ends_with(&format!("{{\"translatedText\":\"{BAHNHOF}\"}}")),
        "{answer}"
    );
    assert_eq!(rest(silent), "");
    let headers = rest(in_headers);
    assert!(
        headers.is_empty() || headers.starts_with("HTTP/1.1 408"),
        "{headers}"
    );
    let body = rest(in_body);
    assert!(
        body.starts_with("HTTP/1.1 408") && body.contains("not received within 300ms"),
        "{body}"
    );
}

#[test]
fn a_client_that_leaves_frees_its_thread() {
    let running = Running::new(patient_server(|config| config.workers = 1));
    let mut stream = running.connect();
    stream
        .write_all(request(&endless_text()).as_bytes())
        .unwrap();
    running.load(1.0, 0.0);
    drop(stream);
    running.load(0.0, 0.0);
    assert!(translate(&running).contains(BAHNHOF));
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_sent() {
    let running = Running::new(server(|_| {}));
    let mut stream = running.connect();
    stream.write_all(head(1 << 40).as_bytes()).unwrap();
    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let mut cut = running.connect();
    cut.write_all((head(1_000) + "{").as_bytes()).unwrap();
    drop(cut);
    let mut noise = running.connect();
    noise.write_all(b"\x16\x03\x01 not HTTP\r\n\r\n").unwrap();
    assert!(!rest(noise).contains("200 OK"));
    assert!(translate(&running).contains(BAHNHOF));
}

#[test]
fn the_end_waits_for_requests_that_run_but_not_for_idle_clients() {
    let mut running = Running::new(patient_server(|config| {
        config.limits.header_time = LONG;
        config.limits.stop_time = LONG;
    }));
    let idle = running.connect();
    let mut busy = running.connect();
    let text = "The committee will meet again on Thursday to discuss the proposal.\n".repeat(200);
    busy.write_all(request(&text).as_bytes()).unwrap();
    running.load(1.0, 0.0);
    let started = Instant::now();
    running.end();
    assert!(started.elapsed() < LONG / 2);
    let answer = rest(busy);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(rest(idle), "");
    assert!(TcpStream::connect(running.address).is_err());
}

#[test]
fn the_end_does_not_wait_for_ever() {
    let mut running = Running::new(patient_server(|config| {
        config.limits.stop_time = Duration::from_millis(200);
    }));
    let mut stream = running.connect();
    stream
        .write_all(request(&endless_text()).as_bytes())
        .unwrap();
    running.load(1.0, 0.0);
    running.end();
    assert_eq!(rest(stream), "");
}
