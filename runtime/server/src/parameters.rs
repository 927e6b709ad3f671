//! [`Parameters`]: a request's fields, from JSON, a form, or the path's query.

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::body::{self, Lent};
use crate::error::ApiError;
use crate::server::Server;

/// A request's fields.
#[derive(Debug)]
pub(crate) struct Parameters {
    fields: Map<String, Value>,
    pub(crate) file: Option<Upload>,
    /// Holds the memory that the request takes until it is answered.
    _lent: Lent,
}

/// A file that was sent.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Texts to translate.
#[derive(Debug, PartialEq)]
pub(crate) struct Texts {
    pub(crate) texts: Vec<String>,
    /// Whether they came as a list. Then the answer has a list too.
    pub(crate) list: bool,
}

impl Parameters {
    /// Reads a request whose body has up to `limit` bytes.
    pub(crate) async fn read(
        server: &Server,
        request: Request,
        limit: usize,
    ) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let limits = &server.config().limits;
        let (bytes, lent) =
            body::read(server.budget(), limits, limit, &parts.headers, body).await?;
        let query = parts.uri.query().map(str::to_owned);
        let mut parameters = Self {
            fields: Map::new(),
            file: None,
            _lent: lent,
        };
        let kind = media_type(&parts.headers);
        if kind == "application/json" || kind.ends_with("+json") {
            let Ok(Value::Object(fields)) = serde_json::from_slice(&bytes) else {
                return Err(ApiError::Json);
            };
            parameters.fields = fields;
        } else if kind == "multipart/form-data" {
            let request = Request::from_parts(parts, Body::from(bytes));
            parameters.add_parts(request).await?;
        } else {
            parameters.add_pairs(&bytes);
        }
        // A field of the body replaces one of the query.
        if let Some(query) = query {
            let mut body = std::mem::take(&mut parameters.fields);
            parameters.add_pairs(query.as_bytes());
            parameters.fields.append(&mut body);
        }
        Ok(parameters)
    }

    fn add_pairs(&mut self, bytes: &[u8]) {
        for (name, value) in form_urlencoded::parse(bytes) {
            self.add(&name, value.into_owned());
        }
    }

    async fn add_parts(&mut self, request: Request) -> Result<(), ApiError> {
        let invalid = |error: String| ApiError::Invalid(error);
        let parts = Multipart::from_request(request, &()).await;
        let mut parts = parts.map_err(|error| invalid(error.body_text()))?;
        loop {
            let part = parts.next_field().await;
            let Some(part) = part.map_err(|error| invalid(error.body_text()))? else {
                return Ok(());
            };
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await;
            let bytes = bytes.map_err(|error| invalid(error.body_text()))?;
            match file_name {
                Some(file_name) if name == "file" => {
                    self.file = Some(Upload {
                        name: file_name,
                        bytes: bytes.into(),
                    });
                }
                _ => {
                    let text = String::from_utf8(bytes.into());
                    let text = text.map_err(|_| invalid(format!("{name} is not valid UTF-8")))?;
                    self.add(&name, text);
                }
            }
        }
    }

    /// Adds a field of a form. A repeated name makes a list. Line ends become line feeds, because forms send CRLF
    /// whatever was typed.
    fn add(&mut self, name: &str, value: String) {
        let value = Value::from(value.replace("\r\n", "\n"));
        match self.fields.get_mut(name) {
            None => {
                self.fields.insert(name.to_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = vec![first.take(), value].into(),
        }
    }

    /// A text; `None` if the field is missing or empty.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, ApiError> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(ApiError::Kind(name, "text")),
        }
    }

    /// A text that must be there.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, ApiError> {
        self.text(name)?.ok_or(ApiError::Missing(name))
    }

    /// A whole number, or a text with one; 0 if the field is missing.
    pub(crate) fn number(&self, name: &'static str) -> Result<i64, ApiError> {
        let number = match self.fields.get(name) {
            None | Some(Value::Null) => Some(0),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) if text.is_empty() => Some(0),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        number.ok_or(ApiError::Kind(name, "number"))
    }

    /// True or false, or a text that says so; false if the field is missing.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, ApiError> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if matches!(&**text, "true" | "1") => Ok(true),
            Some(Value::String(text)) if matches!(&**text, "false" | "0" | "") => Ok(false),
            Some(_) => Err(ApiError::Kind(name, "Boolean")),
        }
    }

    /// Takes the texts out: one, or a list that is not empty.
    pub(crate) fn take_texts(&mut self, name: &'static str) -> Result<Texts, ApiError> {
        let texts = match self.fields.remove(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(text)) if text.is_empty() => Vec::new(),
            Some(Value::String(text)) => {
                let texts = vec![text];
                return Ok(Texts { texts, list: false });
            }
            Some(Value::Array(values)) => values
                .into_iter()
                .map(|value| match value {
                    Value::String(text) => Some(text),
                    _ => None,
                })
                .collect::<Option<_>>()
                .ok_or(ApiError::Kind(name, "text or a list of texts"))?,
            Some(_) => return Err(ApiError::Kind(name, "text or a list of texts")),
        };
        if texts.is_empty() {
            return Err(ApiError::Missing(name));
        }
        Ok(Texts { texts, list: true })
    }
}

/// The media type: `application/json` for `Application/JSON; charset=utf-8`.
fn media_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}
