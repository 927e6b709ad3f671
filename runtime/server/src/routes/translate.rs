//! Texts: `/translate` and `/detect`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::extract::{Request, State};
use axum::response::Response;
use deshi::{Segment, Translation, Translator};
use deshi_documents::{Document, Format, Settings};
use serde_json::{Value, json};

use crate::access::{Peer, check_key, take_allowance};
use crate::error::{ApiError, json_response};
use crate::pairs::{Found, Language, Way};
use crate::parameters::{Parameters, Texts};
use crate::server::Server;

impl Found {
    fn json(&self) -> Value {
        json!({"confidence": self.percent, "language": self.language})
    }
}

pub(super) async fn detect(
    State(server): State<Server>,
    request: Request,
) -> Result<Response, ApiError> {
    let limit = server.config().limits.body_bytes;
    let mut parameters = Parameters::read(&server, request, limit).await?;
    check_key(&server, &parameters)?;
    let Texts { texts, .. } = parameters.take_texts("q")?;
    let found = server.models().detect(texts.iter().map(String::as_str));
    Ok(json_response(&json!([found.json()])))
}

/// How the texts of a request are marked up.
#[derive(Debug, Clone, Copy)]
enum Markup {
    Text,
    Html,
}

impl Markup {
    fn of(parameters: &Parameters) -> Result<Self, ApiError> {
        match parameters.text("format")?.unwrap_or("text") {
            "text" => Ok(Self::Text),
            "html" => Ok(Self::Html),
            other => Err(ApiError::Format(other.to_owned())),
        }
    }
}

/// The language that the request names, or the one that is detected if it says `auto`.
pub(super) fn source_language<'s, 't>(
    server: &'s Server,
    code: &str,
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<(&'s Language, Option<Found>), ApiError> {
    if code != "auto" {
        return Ok((server.models().language(code)?, None));
    }
    let found = server.models().detect(texts);
    Ok((server.models().language(&found.language)?, Some(found)))
}

/// # Errors
/// If there are too many texts, or they are too long together.
fn check_size(server: &Server, texts: &[String]) -> Result<(), ApiError> {
    let limits = &server.config().limits;
    let characters = texts.iter().map(|text| text.chars().count()).sum();
    for (got, limit) in [(texts.len(), limits.texts), (characters, limits.characters)] {
        if got > limit {
            return Err(ApiError::TooMuchText { got, limit });
        }
    }
    Ok(())
}

pub(super) async fn translate(
    State(server): State<Server>,
    request: Request,
) -> Result<Response, ApiError> {
    let limits = &server.config().limits;
    let peer = request.extensions().get::<Peer>().copied();
    let mut parameters = Parameters::read(&server, request, limits.body_bytes).await?;
    check_key(&server, &parameters)?;
    let Texts { texts, list } = parameters.take_texts("q")?;
    let source = parameters.required("source")?;
    let target = parameters.required("target")?;
    if parameters.number("alternatives")? > 0 {
        return Err(ApiError::Alternatives);
    }
    check_size(&server, &texts)?;
    let markup = Markup::of(&parameters)?;
    let details = parameters.flag("details")?;
    take_allowance(&server, &parameters, peer, texts.len())?;
    let (source, found) = source_language(&server, source, texts.iter().map(String::as_str))?;
    let target = server.models().language(target)?;
    let translated = match server.models().way(source, target)? {
        Way::Same => texts.into_iter().map(Translated::same).collect(),
        Way::Model(model) => {
            let job = move |stop: &AtomicBool| match markup {
                Markup::Text => translate_texts(&model, &texts, stop),
                Markup::Html => translate_html(&model, texts, stop),
            };
            server.work().run(limits.time, job).await?
        }
    };
    let pair = [source.code.as_str(), target.code.as_str()];
    for translation in translated.iter().flat_map(|text| &text.translations) {
        server.metrics().add_translation(pair, translation);
    }
    let answer = answer(&translated, list, found.as_ref(), details);
    Ok(json_response(&answer))
}

/// The answer: lists where the request had a list.
fn answer(translated: &[Translated], list: bool, found: Option<&Found>, details: bool) -> Value {
    let all = |each: &dyn Fn(&Translated) -> Value| match translated {
        [one] if !list => each(one),
        several => several.iter().map(each).collect(),
    };
    let mut answer = json!({"translatedText": all(&|text| text.text.as_str().into())});
    if let Some(found) = found {
        answer["detectedLanguage"] = all(&|_| found.json());
    }
    if details {
        answer["details"] = all(&Translated::details);
    }
    answer
}

/// A text's translation, and those of its parts.
#[derive(Debug)]
struct Translated {
    text: String,
    translations: Vec<Translation>,
}

impl Translated {
    fn same(text: String) -> Self {
        Self {
            text,
            translations: Vec::new(),
        }
    }

    /// An extension of LibreTranslate's interface: the names of the flags, and the mean probability of a token.
    fn details(&self) -> Value {
        let parts = &self.translations;
        let flags = parts.iter().map(|part| part.flags);
        let flags = flags.reduce(deshi::Flags::or).unwrap_or_default();
        let tokens: usize = parts.iter().map(|part| part.tokens).sum();
        let sum: f32 = parts.iter().map(|part| part.log_probability).sum();
        let confidence = (tokens > 0).then(|| (sum / tokens as f32).exp());
        json!({"flags": flags.names().collect::<Vec<_>>(), "confidence": confidence})
    }
}

fn translate_texts(
    model: &Arc<Translator>,
    texts: &[String],
    stop: &AtomicBool,
) -> Result<Vec<Translated>, ApiError> {
    let translations = model.translate_batch_until(model.layer(), texts, stop)?;
    let translated = |translation: Translation| Translated {
        text: translation.text.clone(),
        translations: vec![translation],
    };
    Ok(translations.into_iter().map(translated).collect())
}

fn translate_html(
    model: &Arc<Translator>,
    texts: Vec<String>,
    stop: &AtomicBool,
) -> Result<Vec<Translated>, ApiError> {
    let mut settings = Settings::default();
    settings.target_language = Some(model.target_language().to_owned());
    let parse = |text: String| Document::parse(Format::Html, text.into_bytes(), &settings);
    let documents: Vec<_> = texts.into_iter().map(parse).collect::<Result<_, _>>()?;
    // The segments of all texts together, so that sentences of similar length run side by side.
    let segments: Vec<Segment> = (documents.iter())
        .flat_map(|document| document.segments().iter().cloned())
        .collect();
    let translated = model.translate_segments_until(model.layer(), &segments, stop)?;
    let mut translated = translated.into_iter();
    let write = |document: &Document| {
        let parts = translated.by_ref().take(document.segments().len());
        let (segments, translations): (Vec<_>, _) =
            parts.map(|part| (part.segment, part.translated)).unzip();
        let mut html = Vec::new();
        document.write(&segments, &mut html)?;
        let text = String::from_utf8(html).expect("a document of text is written as text");
        Ok(Translated { text, translations })
    };
    documents.iter().map(write).collect()
}
