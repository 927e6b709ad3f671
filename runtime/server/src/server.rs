//! [`Server`]: the models, what clients share, and the router.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use deshi::Translator;

use crate::body::Budget;
use crate::config::{Access, Config};
use crate::error::StartError;
use crate::files::Files;
use crate::metrics::Metrics;
use crate::pairs::Pairs;
use crate::rate::Rate;
use crate::routes;
use crate::work::Work;

/// Models behind LibreTranslate's interface. Clones share everything.
#[derive(Debug, Clone)]
pub struct Server(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: Config,
    pairs: Pairs,
    work: Work,
    budget: Budget,
    rate: Rate,
    files: Files,
    metrics: Metrics,
}

impl Server {
    /// A server with one model for each pair of languages. Models should run on one thread each
    /// ([`Options::threads`](deshi::Options::threads)): the server runs several translations at once.
    ///
    /// # Errors
    /// If there is no model or no worker, or two models have the same languages.
    pub fn new(models: Vec<Translator>, config: Config) -> Result<Self, StartError> {
        if config.workers == 0 {
            return Err(StartError::NoWorker);
        }
        let limits = &config.limits;
        Ok(Self(Arc::new(Shared {
            pairs: Pairs::new(models)?,
            work: Work::new(config.workers, limits.waiting),
            budget: Budget::new(limits.received_bytes),
            rate: Rate::new(limits.texts_per_minute.unwrap_or(u32::MAX)),
            files: Files::new(limits.kept_bytes, limits.kept_time),
            metrics: Metrics::new(),
            config,
        })))
    }

    /// The languages of the models, each pair as codes such as `en` and `de`, sorted.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.models().pairs()
    }

    /// The operator's settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Answers requests. The limits on headers, on writing and on connections are not applied here, but by
    /// [`serve`](Self::serve).
    pub fn router(&self) -> Router {
        let router = routes::router().with_state(self.clone());
        router.layer(middleware::from_fn_with_state(self.clone(), around))
    }

    pub(crate) fn models(&self) -> &Pairs {
        &self.0.pairs
    }

    pub(crate) fn work(&self) -> &Work {
        &self.0.work
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.0.budget
    }

    pub(crate) fn rate(&self) -> &Rate {
        &self.0.rate
    }

    pub(crate) fn files(&self) -> &Files {
        &self.0.files
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
}

/// Counts each request, and allows pages of other sites to read the answer, as LibreTranslate does.
async fn around(State(server): State<Server>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let endpoint = routes::endpoint(request.uri().path());
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::OK.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type",
        ),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_MAX_AGE, "1728000"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let access = Access {
        endpoint,
        status: response.status().as_u16(),
        time: started.elapsed(),
    };
    server.metrics().add_request(access);
    if let Some(log) = &server.config().log {
        log(access);
    }
    response
}
