//! The paths, as LibreTranslate has them.

mod about;
mod files;
mod translate;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::error::ApiError;
use crate::server::Server;

/// Paths that the metrics count by name.
const ENDPOINTS: [&str; 9] = [
    "/",
    "/detect",
    "/frontend/settings",
    "/health",
    "/languages",
    "/metrics",
    "/suggest",
    "/translate",
    "/translate_file",
];
const DOWNLOAD: &str = "/download_file";

/// The name by which the metrics count a path.
pub(crate) fn endpoint(path: &str) -> &'static str {
    if path.starts_with(DOWNLOAD) {
        return DOWNLOAD;
    }
    let known = ENDPOINTS.into_iter().find(|endpoint| *endpoint == path);
    known.unwrap_or("other")
}

pub(crate) fn router() -> Router<Server> {
    Router::new()
        .route("/", get(about::index))
        .route("/health", get(about::health))
        .route("/languages", get(about::languages))
        .route("/frontend/settings", get(about::settings))
        .route("/metrics", get(about::metrics))
        .route("/detect", post(translate::detect))
        .route("/translate", post(translate::translate))
        .route("/translate_file", post(files::translate_file))
        .route("/download_file/{name}", get(files::download))
        .route("/suggest", post(async || ApiError::Suggestions))
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::Method)
        // Our limits are for the whole body. axum's would refuse files larger than 2 MB.
        .layer(DefaultBodyLimit::disable())
}
