//! [`Engine`]: what runs a model.

mod native;
#[cfg(feature = "tract")]
mod tract;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use deshi_core::search::Found;

use crate::loaded::LoadedModel;
use crate::{EngineKind, Error};

/// A translation in tokens.
#[derive(Debug)]
pub(crate) struct Output {
    /// The tokens, without the end.
    pub(crate) tokens: Vec<u32>,
    /// How the search for them ended.
    pub(crate) found: Found,
}

/// What runs a model. Threads share it.
pub(crate) trait Engine: fmt::Debug + Send + Sync {
    /// Which engine it is; never [`EngineKind::Auto`].
    fn kind(&self) -> EngineKind;

    /// Translates sources side by side: 1 to [`MAXIMUM_BATCH_SENTENCES`](crate::MAXIMUM_BATCH_SENTENCES) of about equal
    /// length, each with its end and within the model's positions. Gives one output a source, in their order. An output
    /// does not depend on the other sources.
    fn translate(&self, sources: &[&[u32]]) -> Result<Vec<Output>, Error>;
}

/// Makes the engine that the kind asks for.
pub(crate) fn engine(kind: EngineKind, model: &Arc<LoadedModel>) -> Result<Box<dyn Engine>, Error> {
    match kind {
        // Every bundle so far has our architecture, which the native engine runs fastest.
        EngineKind::Auto | EngineKind::Native => Ok(Box::new(native::Native::new(model))),
        #[cfg(feature = "tract")]
        EngineKind::Tract => Ok(Box::new(tract::Tract::new(model)?)),
        #[cfg(not(feature = "tract"))]
        EngineKind::Tract => Err(Error::EngineMissing { engine: kind }),
    }
}

/// An engine's error.
fn failed<E>(engine: EngineKind) -> impl Fn(E) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |error| Error::Engine {
        engine,
        source: Box::new(error),
    }
}

/// Working memory that is lent to one batch at a time, and kept for the next.
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
