//! The server: its answers through the router, and how it treats clients on a socket.

mod clients;
mod files;
mod refused;
mod texts;

use std::sync::OnceLock;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use deshi::Options;
use deshi_core::random_model::CARRIED_MODEL;
use deshi_server::{Config, Server};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

const STATION: &str = "Where is the station?";
const BAHNHOF: &str = "Wo ist der Bahnhof?";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// More than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(120);

/// A server with the carried model.
fn server(change: impl FnOnce(&mut Config)) -> Server {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    let model = MODEL.get_or_init(|| std::fs::read(CARRIED_MODEL).unwrap());
    let model = Options::new().threads(1).unwrap().from_static(model);
    let mut config = Config::default();
    config.workers = 2;
    change(&mut config);
    Server::new(vec![model.unwrap()], config).unwrap()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Text that takes much longer than a test waits, unless it is stopped.
fn endless_text() -> String {
    "The committee will meet again on Thursday to discuss the proposal.\n".repeat(20_000)
}

/// A server whose limits let [`endless_text`] in.
fn patient_server(change: impl FnOnce(&mut Config)) -> Server {
    server(|config| {
        config.limits.characters = usize::MAX;
        config.limits.time = LONG;
        change(config);
    })
}

fn post(path: &str, kind: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, kind);
    request.body(body.into()).unwrap()
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

/// A form with a file.
fn multipart(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Request<Body> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.bytes());
    }
    if let Some((name, bytes)) = file {
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    post("/translate_file", "multipart/form-data; boundary=b", body)
}

/// The answer to a request.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Its translation.
    #[track_caller]
    fn translation(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["translatedText"].clone()
    }

    /// # Panics
    /// If it is not an error with this status and message.
    #[track_caller]
    fn fails(&self, status: u16, message: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        let body = self.json();
        let error = body["error"].as_str().unwrap();
        assert!(error.contains(message), "{error}");
        assert_eq!(body.as_object().unwrap().len(), 1);
    }
}

async fn ask(server: &Server, request: Request<Body>) -> Answer {
    let response = server.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// Sends one request, without a socket.
fn answer(server: &Server, request: Request<Body>) -> Answer {
    runtime().block_on(ask(server, request))
}

/// One of the metrics.
async fn metric(server: &Server, name: &str) -> f64 {
    let answer = ask(server, get("/metrics")).await;
    let mut lines = answer.text().lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    value.unwrap_or(0.0)
}

/// Waits until `running` translations run and `waiting` wait.
async fn until_load(server: &Server, running: f64, waiting: f64) {
    let names = ["deshi_translations_running", "deshi_translations_waiting"];
    let wait = async {
        while metric(server, names[0]).await != running || metric(server, names[1]).await != waiting
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(LONG / 4, wait).await;
    waited.expect("the slots are taken and freed in time");
}
