//! What the server offers: languages, limits, health, metrics.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use deshi_documents::Format;
use serde_json::{Value, json};

use crate::error::json_response;
use crate::metrics::Metrics;
use crate::pairs::Language;
use crate::server::Server;

pub(super) async fn index() -> &'static str {
    "deshi serve: LibreTranslate's interface at /translate, /languages, /detect and /translate_file\n"
}

pub(super) async fn health() -> Response {
    json_response(&json!({"status": "ok"}))
}

pub(super) async fn languages(State(server): State<Server>) -> Response {
    let language = |language: &Language| {
        json!({
            "code": language.code,
            "name": language.name,
            "targets": language.targets,
        })
    };
    let languages = server.models().languages();
    json_response(&languages.iter().map(language).collect())
}

/// The extensions of the files that are translated, with their dots.
pub(super) fn extensions() -> impl Iterator<Item = String> {
    let built = Format::ALL.into_iter().filter(|format| format.is_built());
    built.flat_map(|format| {
        let extensions = format.extensions().iter();
        extensions.map(|extension| format!(".{extension}"))
    })
}

pub(super) async fn settings(State(server): State<Server>) -> Response {
    let config = server.config();
    let keys = !config.api_keys.is_empty();
    let (_, target) = server.pairs().next().unwrap_or_default();
    let target = json!({"code": target, "name": deshi::language_name(target)});
    json_response(&json!({
        "charLimit": config.limits.characters,
        "frontendTimeout": 500,
        "apiKeys": keys,
        "keyRequired": keys,
        "suggestions": false,
        "filesTranslation": true,
        "supportedFilesFormat": extensions().collect::<Value>(),
        "language": {
            "source": {"code": "auto", "name": "Auto Detect"},
            "target": target,
        },
    }))
}

pub(super) async fn metrics(State(server): State<Server>) -> Response {
    let text = server.metrics().text(server.work().load());
    ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], text).into_response()
}
