//! What can go wrong: when the server starts, and with a request.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use thiserror::Error;

/// Why a server cannot start.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// There is no model.
    #[error("there is no model to serve")]
    NoModel,
    /// Two models have the same languages.
    #[error(
        "two models translate from {source_language} to {target_language}; a server can have only one for each pair"
    )]
    SamePair {
        /// The language that both read.
        source_language: String,
        /// The language that both write.
        target_language: String,
    },
    /// [`Config::workers`](crate::Config::workers) is 0, so no thread would translate.
    #[error("the number of workers must be at least 1")]
    NoWorker,
}

/// Why a request is refused. Where LibreTranslate has a message, it is the same, because clients show them to people.
#[derive(Debug, Error)]
pub(crate) enum ApiError {
    #[error("Invalid request: missing {0} parameter")]
    Missing(&'static str),
    #[error("Invalid request: {0} parameter is not a {1}")]
    Kind(&'static str, &'static str),
    #[error("Invalid request: {0}")]
    Invalid(String),
    #[error("Invalid JSON format")]
    Json,
    #[error(
        "Invalid request: alternatives parameter must be <= 0: this server gives one translation of a text"
    )]
    Alternatives,
    #[error("{0} is not supported")]
    Language(String),
    #[error("{target} is not available as a target language from {from}")]
    Pair { from: String, target: String },
    #[error("{0} format is not supported")]
    Format(String),
    #[error("Invalid request: request ({got}) exceeds text limit ({limit})")]
    TooMuchText { got: usize, limit: usize },
    #[error("Please contact the server operator to get an API key")]
    KeyMissing,
    #[error("Invalid API key")]
    KeyUnknown,
    #[error("Suggestions are disabled on this server.")]
    Suggestions,
    #[error("Not found")]
    NotFound,
    #[error("Method not allowed")]
    Method,
    #[error("The request was not received within {0:?}")]
    Slow(Duration),
    #[error("The request is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("Slowdown: {limit} texts per 1 minute")]
    SlowDown { limit: u32 },
    #[error("Cannot translate text: {0}")]
    Translate(#[from] deshi::Error),
    #[error("Cannot translate file: {0}")]
    File(#[from] deshi_documents::Error),
    #[error("Cannot translate text: internal error")]
    Internal,
    #[error("The server is busy; try again later")]
    Busy,
    #[error("The translation was not complete within {0:?}; send less text")]
    TimeLimit(Duration),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::KeyUnknown | Self::Suggestions => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Slow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowDown { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Translate(_) | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::TimeLimit(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = json_response(&json!({"error": self.to_string()}));
        *response.status_mut() = status;
        let seconds = match self {
            Self::Busy => "1",
            Self::SlowDown { .. } => "60",
            _ => return response,
        };
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        response
    }
}

/// An answer in JSON.
pub(crate) fn json_response(value: &serde_json::Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, value.to_string()).into_response()
}
