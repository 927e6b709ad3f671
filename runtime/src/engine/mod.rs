//! [`Engine`]: runs a model.

mod native;
#[cfg(feature = "tract")]
mod standard;
#[cfg(feature = "tract")]
mod tract;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use deshi_core::search::Found;
use deshi_core::{Architecture, Token};

use crate::loaded::{LoadedModel, ModelKind};
use crate::{EngineKind, Error};

/// A translation in tokens.
#[derive(Debug)]
pub(crate) struct Output {
    /// The tokens, without the end-of-sentence token.
    pub(crate) tokens: Vec<Token>,
    /// The result of the search.
    pub(crate) found: Found,
}

/// Runs a model. Threads share it.
pub(crate) trait Engine: fmt::Debug + Send + Sync {
    /// Which engine it is; never [`EngineKind::Auto`].
    fn kind(&self) -> EngineKind;

    /// Translates 1 to [`MAXIMUM_BATCH_SENTENCES`](crate::MAXIMUM_BATCH_SENTENCES) sources of about equal
    /// length side by side. Each includes its end-of-sentence token and fits the model's positions. Returns one
    /// output per source, in order. An output does not depend on the other sources.
    fn translate(&self, sources: &[&[Token]]) -> Result<Vec<Output>, Error>;
}

/// A model, and the engine that runs it.
pub(crate) type Loaded = (Arc<LoadedModel>, Box<dyn Engine>);

/// Creates the engine of the given kind. The model that is given back has what is still needed beside the engine.
pub(crate) fn engine(kind: EngineKind, model: LoadedModel) -> Result<Loaded, Error> {
    let own = match model.kind() {
        ModelKind::Own(own) => own,
        ModelKind::Standard(_) => return standard_engine(kind, &model),
    };
    let has_graphs = own.architecture().has_graphs();
    let model = Arc::new(model);
    let engine: Box<dyn Engine> = match kind {
        // The native engine is the fastest for our architecture.
        EngineKind::Auto | EngineKind::Native => Box::new(native::Native::new(&model)),
        EngineKind::Tract if !has_graphs => return Err(Error::NoGraphs { engine: kind }),
        #[cfg(feature = "tract")]
        EngineKind::Tract => Box::new(tract::Tract::new(&model)?),
        #[cfg(not(feature = "tract"))]
        EngineKind::Tract => return Err(Error::EngineMissing { engine: kind }),
    };
    Ok((model, engine))
}

/// The same for graphs of standard operators: only tract runs them.
fn standard_engine(kind: EngineKind, model: &LoadedModel) -> Result<Loaded, Error> {
    if kind == EngineKind::Native {
        return Err(Error::StandardGraphs { engine: kind });
    }
    standard::load(model)
}

/// Stands in for the engine where tract is not part of the build.
#[cfg(not(feature = "tract"))]
mod standard {
    use deshi_core::bundle::BundleError;

    use super::{Error, Loaded, LoadedModel};

    pub(super) fn load(_: &LoadedModel) -> Result<Loaded, Error> {
        Err(Error::Bundle(BundleError::StandardGraphs))
    }
}

/// Why a model runs in its engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineReason {
    /// [`Options::engine`](crate::Options::engine) named it.
    Requested,
    /// The bundle has no ONNX graphs, so no other engine can run it.
    OnlyOne,
    /// The bundle has only ONNX graphs, of standard operators, so no other engine can run it.
    StandardGraphs,
    /// It is the fastest of those that can run the bundle.
    Fastest,
}

impl EngineReason {
    /// Why [`engine`] chooses as it does.
    pub(crate) fn of(requested: EngineKind, architecture: Option<&Architecture>) -> Self {
        match (requested, architecture) {
            (EngineKind::Native | EngineKind::Tract, _) => Self::Requested,
            (EngineKind::Auto, None) => Self::StandardGraphs,
            (EngineKind::Auto, Some(own)) if own.has_graphs() => Self::Fastest,
            (EngineKind::Auto, Some(_)) => Self::OnlyOne,
        }
    }
}

impl fmt::Display for EngineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "as requested",
            Self::OnlyOne => "the only one for this model, which has no ONNX graphs",
            Self::StandardGraphs => {
                "the only one for this model, which is ONNX graphs of standard operators"
            }
            Self::Fastest => "the fastest for this model",
        })
    }
}

/// Wraps an engine's error.
fn failed<E>(engine: EngineKind) -> impl Fn(E) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |error| Error::Engine {
        engine,
        source: Box::new(error),
    }
}

/// A pool of working memory: each batch borrows a buffer and returns it for the next batch.
#[derive(Debug)]
struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Default> Pool<T> {
    fn lend<R>(&self, run: impl FnOnce(&mut T) -> R) -> R {
        let idle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut memory = waiting.unwrap_or_default();
        let result = run(&mut memory);
        idle().push(memory);
        result
    }
}

#[cfg(test)]
mod tests {
    use deshi_core::FeedForwardActivation;

    use super::*;

    #[test]
    fn the_reason_follows_the_request_and_the_model() {
        let with_graphs = deshi_core::random_model::SMALL;
        let without = Architecture {
            activation: FeedForwardActivation::Swish,
            ..with_graphs
        };
        for (requested, architecture, reason) in [
            (EngineKind::Auto, Some(&with_graphs), EngineReason::Fastest),
            (EngineKind::Auto, Some(&without), EngineReason::OnlyOne),
            (EngineKind::Auto, None, EngineReason::StandardGraphs),
            (EngineKind::Native, Some(&without), EngineReason::Requested),
            (
                EngineKind::Tract,
                Some(&with_graphs),
                EngineReason::Requested,
            ),
            (EngineKind::Tract, None, EngineReason::Requested),
        ] {
            assert_eq!(EngineReason::of(requested, architecture), reason);
        }
    }
}
