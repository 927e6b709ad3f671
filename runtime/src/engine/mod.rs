//! [`Engine`]: runs a model.

mod native;
#[cfg(feature = "tract")]
mod tract;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use deshi_core::search::Found;
use deshi_core::{Architecture, Token};

use crate::loaded::LoadedModel;
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

/// Creates the engine of the given kind.
pub(crate) fn engine(kind: EngineKind, model: &Arc<LoadedModel>) -> Result<Box<dyn Engine>, Error> {
    match kind {
        // All bundles so far have our architecture, and the native engine is the fastest for it.
        EngineKind::Auto | EngineKind::Native => Ok(Box::new(native::Native::new(model))),
        EngineKind::Tract if !model.architecture().has_graphs() => {
            Err(Error::NoGraphs { engine: kind })
        }
        #[cfg(feature = "tract")]
        EngineKind::Tract => Ok(Box::new(tract::Tract::new(model)?)),
        #[cfg(not(feature = "tract"))]
        EngineKind::Tract => Err(Error::EngineMissing { engine: kind }),
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
    /// It is the fastest of those that can run the bundle.
    Fastest,
}

impl EngineReason {
    /// Why [`engine`] chooses as it does.
    pub(crate) fn of(requested: EngineKind, architecture: &Architecture) -> Self {
        match requested {
            EngineKind::Auto if architecture.has_graphs() => Self::Fastest,
            EngineKind::Auto => Self::OnlyOne,
            EngineKind::Native | EngineKind::Tract => Self::Requested,
        }
    }
}

impl fmt::Display for EngineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "as requested",
            Self::OnlyOne => "the only one for this model, which has no ONNX graphs",
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
            (EngineKind::Auto, with_graphs, EngineReason::Fastest),
            (EngineKind::Auto, without, EngineReason::OnlyOne),
            (EngineKind::Native, without, EngineReason::Requested),
            (EngineKind::Tract, with_graphs, EngineReason::Requested),
        ] {
            assert_eq!(EngineReason::of(requested, &architecture), reason);
        }
    }
}
