//! Files: `/translate_file` and `/download_file`.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use axum::extract::{self, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use deshi::{Part, Segment, TranslatedSegment};
use deshi_documents::{Document, Format, Settings};
use serde_json::json;

use crate::access::{Peer, check_key, take_allowance};
use crate::error::{ApiError, json_response};
use crate::files::translated_name;
use crate::pairs::Way;
use crate::parameters::{Parameters, Upload};
use crate::routes::DOWNLOAD;
use crate::routes::translate::source_language;
use crate::server::Server;

/// An unpacked archive may have this many times the limit on files.
const UNPACKED: u64 = 8;

pub(super) async fn translate_file(
    State(server): State<Server>,
    request: Request,
) -> Result<Response, ApiError> {
    let limits = &server.config().limits;
    let peer = request.extensions().get::<Peer>().copied();
    let base = base_url(&server, request.headers());
    let mut parameters = Parameters::read(&server, request, limits.file_bytes).await?;
    check_key(&server, &parameters)?;
    let upload = parameters.file.take().ok_or(ApiError::Missing("file"))?;
    let source = parameters.required("source")?.to_owned();
    let target = parameters.required("target")?.to_owned();
    if upload.name.is_empty() {
        return Err(ApiError::Invalid("empty file".to_owned()));
    }
    let format = Format::from_path(Path::new(&upload.name)).ok();
    let format = format.filter(|format| format.is_built());
    let format = format.ok_or_else(|| ApiError::Invalid("file format not supported".to_owned()))?;
    take_allowance(&server, &parameters, peer, 1)?;
    let job = {
        let server = server.clone();
        move |stop: &AtomicBool| translate(&server, format, upload, &source, &target, stop)
    };
    let (name, bytes) = server.work().run(limits.file_time, job).await?;
    let name = server.files().keep(&name, bytes, Instant::now());
    let name = name.ok_or(ApiError::Internal)?;
    Ok(json_response(
        &json!({"translatedFileUrl": format!("{base}{DOWNLOAD}/{name}")}),
    ))
}

/// The URL at which the client reaches the server.
fn base_url(server: &Server, headers: &HeaderMap) -> String {
    if let Some(url) = &server.config().public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    // A relative link if an old client does not say the host.
    host.map_or_else(String::new, |host| format!("http://{host}"))
}

/// The name and the bytes of the translated file.
fn translate(
    server: &Server,
    format: Format,
    upload: Upload,
    source: &str,
    target: &str,
    stop: &AtomicBool,
) -> Result<(String, Vec<u8>), ApiError> {
    let target = server.models().language(target)?;
    let mut settings = Settings::default();
    settings.target_language = Some(target.code.clone());
    settings.limits.unpacked_bytes = UNPACKED * server.config().limits.file_bytes as u64;
    let extension = Path::new(&upload.name).extension().unwrap_or_default();
    let extension = extension.to_string_lossy().to_ascii_lowercase();
    let name = translated_name(&upload.name, &target.code, &extension);
    let document = Document::parse(format, upload.bytes, &settings)?;
    let (source, _) = source_language(server, source, texts(document.segments()))?;
    let translated: Vec<TranslatedSegment> = match server.models().way(source, target)? {
        Way::Same => Vec::new(),
        Way::Model(model) => {
            model.translate_segments_until(model.layer(), document.segments(), stop)?
        }
    };
    let pair = [source.code.as_str(), target.code.as_str()];
    for part in &translated {
        server.metrics().add_translation(pair, &part.translated);
    }
    let segments: Vec<Segment> = match source == target {
        true => document.segments().to_vec(),
        false => translated.into_iter().map(|part| part.segment).collect(),
    };
    let mut bytes = Vec::new();
    document.write(&segments, &mut bytes)?;
    Ok((name, bytes))
}

fn texts(segments: &[Segment]) -> impl Iterator<Item = &str> {
    let parts = segments.iter().flat_map(|segment| &segment.parts);
    parts.filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

pub(super) async fn download(
    State(server): State<Server>,
    extract::Path(name): extract::Path<String>,
) -> Result<Response, ApiError> {
    let bytes = server.files().get(&name, Instant::now());
    let bytes = bytes.ok_or(ApiError::NotFound)?;
    let (_, shown) = name.split_once('.').unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{shown}\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}
