//! What is refused, with which status and message.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::Frame;
use serde_json::json;

use super::*;

#[test]
fn what_is_wrong_with_a_request_is_said() {
    let server = server(|_| {});
    let text = |fields: &str| post("/translate", FORM, fields.to_owned());
    let json = |body: &str| post("/translate", JSON, body.to_owned());
    for (request, status, message) in [
        (
            text("source=en&target=de"),
            400,
            "Invalid request: missing q parameter",
        ),
        (text("q=&source=en&target=de"), 400, "missing q"),
        (
            text("q=x&target=de"),
            400,
            "Invalid request: missing source parameter",
        ),
        (
            text("q=x&source=en"),
            400,
            "Invalid request: missing target parameter",
        ),
        (text("q=x&source=xx&target=de"), 400, "xx is not supported"),
        (text("q=x&source=en&target=xx"), 400, "xx is not supported"),
        (
            text("q=x&source=de&target=en"),
            400,
            "English (en) is not available as a target language from German (de)",
        ),
        (
            text("q=x&source=en&target=de&format=rtf"),
            400,
            "rtf format is not supported",
        ),
        (
            text("q=x&source=en&target=de&alternatives=3"),
            400,
            "alternatives parameter must be <= 0",
        ),
        (
            text("q=x&source=en&target=de&alternatives=x"),
            400,
            "alternatives parameter is not a number",
        ),
        (
            text("q=x&source=en&target=de&details=perhaps"),
            400,
            "details parameter is not a Boolean",
        ),
        (json("{"), 400, "Invalid JSON format"),
        (json("[1]"), 400, "Invalid JSON format"),
        (
            json(r#"{"q": [], "source": "en", "target": "de"}"#),
            400,
            "missing q",
        ),
        (
            json(r#"{"q": ["x", 1], "source": "en", "target": "de"}"#),
            400,
            "q parameter is not a text or",
        ),
        (
            json(r#"{"q": {}, "source": "en", "target": "de"}"#),
            400,
            "q parameter is not a text or",
        ),
        (
            json(r#"{"q": "x", "source": 1, "target": "de"}"#),
            400,
            "source parameter is not a text",
        ),
        (post("/detect", FORM, ""), 400, "missing q parameter"),
        (
            post("/suggest", FORM, "q=x"),
            403,
            "Suggestions are disabled on this server.",
        ),
        (get("/translate"), 405, "Method not allowed"),
        (get("/nowhere"), 404, "Not found"),
        (get("/download_file/none.txt"), 404, "Not found"),
    ] {
        let what = format!("{request:?}");
        let answer = answer(&server, request);
        println!("{what}");
        answer.fails(status, message);
    }
}

#[test]
fn keys_are_asked_for_where_there_are_any() {
    let server = server(|config| config.api_keys.extend(["one".to_owned(), "two".to_owned()]));
    for path in ["/translate", "/detect"] {
        let ask = |key: &str| {
            let body = format!("q=Hello&source=en&target=de{key}");
            answer(&server, post(path, FORM, body))
        };
        ask("").fails(400, "contact the server operator to get an API key");
        ask("&api_key=three").fails(403, "Invalid API key");
        assert_eq!(ask("&api_key=two").status, 200);
    }
    let file = Some(("a.txt", &b"x"[..]));
    let ask = |key| {
        answer(
            &server,
            multipart(
                &[("source", "en"), ("target", "de"), ("api_key", key)],
                file,
            ),
        )
    };
    ask("three").fails(403, "Invalid API key");
    assert_eq!(ask("one").status, 200);
    assert_eq!(answer(&server, get("/languages")).status, 200);
}

#[test]
fn sizes_are_limited() {
    let server = server(|config| {
        config.limits.characters = 30;
        config.limits.texts = 3;
        config.limits.body_bytes = 200;
        config.limits.file_bytes = 1_000;
    });
    let ask = |q: serde_json::Value| {
        let body = json!({"q": q, "source": "en", "target": "de"});
        answer(&server, post("/translate", JSON, body.to_string()))
    };
    ask(json!("ä".repeat(31))).fails(400, "request (31) exceeds text limit (30)");
    ask(json!(["a".repeat(20), "b".repeat(11)])).fails(400, "request (31) exceeds text limit (30)");
    assert_eq!(ask(json!("ä".repeat(30))).status, 200);
    ask(json!(["a", "b", "c", "d"])).fails(400, "request (4) exceeds text limit (3)");
    ask(json!("a".repeat(200))).fails(413, "larger than 200 bytes");
    let file = vec![b'a'; 1_000];
    answer(&server, multipart(&[], Some(("a.txt", &file)))).fails(413, "larger than 1000 bytes");
    // A body of undeclared length, and a declared one that is never sent.
    let pieces = Body::new(Pieces(300));
    answer(&server, post("/translate", FORM, pieces)).fails(413, "larger than 200 bytes");
    let mut declared = post("/translate", FORM, "q=x");
    declared
        .headers_mut()
        .insert("content-length", "201".parse().unwrap());
    answer(&server, declared).fails(413, "larger than 200 bytes");
}

/// A body of this many bytes, sent one at a time.
struct Pieces(usize);

impl hyper::body::Body for Pieces {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let next = self.0.checked_sub(1).map(|left| {
            self.0 = left;
            Ok(Frame::data("a".into()))
        });
        Poll::Ready(next)
    }
}

#[test]
fn all_bodies_together_are_limited() {
    let server = server(|config| config.limits.received_bytes = 4_096);
    let ask = |bytes| answer(&server, post("/translate", FORM, vec![b'a'; bytes]));
    ask(5_000).fails(503, "busy");
    ask(4_000).fails(400, "missing q");
    ask(4_000).fails(400, "missing q");
}

#[test]
fn texts_a_minute_are_limited() {
    let server = server(|config| config.limits.texts_per_minute = Some(3));
    let ask = |texts: &[&str]| {
        let body = json!({"q": texts, "source": "en", "target": "de"});
        answer(&server, post("/translate", JSON, body.to_string()))
    };
    assert_eq!(ask(&["Yes.", "No."]).status, 200);
    let refused = ask(&["Yes.", "No."]);
    refused.fails(429, "Slowdown: 3 texts per 1 minute");
    assert_eq!(refused.headers["retry-after"], "60");
    assert_eq!(ask(&["Yes."]).status, 200);
}

#[test]
fn what_takes_too_long_is_stopped_and_its_thread_is_free() {
    let server = patient_server(|config| {
        config.workers = 1;
        config.limits.time = Duration::from_millis(300);
    });
    let body = json!({"q": endless_text(), "source": "en", "target": "de"});
    runtime().block_on(async {
        let answer = ask(&server, post("/translate", JSON, body.to_string())).await;
        answer.fails(503, "not complete within 300ms");
        until_load(&server, 0.0, 0.0).await;
    });
}

#[test]
fn who_finds_no_place_to_wait_is_told_and_who_leaves_frees_it() {
    let server = patient_server(|config| {
        config.workers = 1;
        config.limits.waiting = 1;
    });
    runtime().block_on(async {
        let long = || {
            let server = server.clone();
            let body = json!({"q": endless_text(), "source": "en", "target": "de"});
            let request = post("/translate", JSON, body.to_string());
            tokio::spawn(async move { ask(&server, request).await })
        };
        let first = long();
        until_load(&server, 1.0, 0.0).await;
        let second = long();
        until_load(&server, 1.0, 1.0).await;
        let short = || post("/translate", FORM, "q=Yes.&source=en&target=de");
        let refused = ask(&server, short()).await;
        refused.fails(503, "busy");
        assert_eq!(refused.headers["retry-after"], "1");
        // Requests that need no thread are still served.
        assert_eq!(ask(&server, get("/health")).await.status, 200);
        second.abort();
        first.abort();
        until_load(&server, 0.0, 0.0).await;
        assert_eq!(ask(&server, short()).await.translation(), "Ja.");
    });
}
