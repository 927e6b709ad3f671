//! Runs ONNX graphs of standard operators, as others export them, with tract's importer, analyser and optimiser: see
//! [`StandardManifest`](deshi_core::bundle::StandardManifest).
//!
//! | module | what it does |
//! |---|---|
//! | `read` | checks a graph, gives it its weights, and lets tract plan it |
//! | `tensors` | the weights, each in memory once for both graphs |
//! | `executor` | both plans as an executor for core's search |
//!
//! The arithmetic is tract's, in f32 or as the graph has it: unlike deshi's own operators, it gives other bits on other CPUs.

mod executor;
mod read;
mod tensors;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use deshi_core::bundle::{DECODER_STEP, ENCODER, StandardGraphs, StandardInterface};
use tract_onnx::tract_core::internal::TypedRunnableModel;

pub use self::executor::StandardExecutor;
use crate::{Error, GraphError};

/// The bundle's members that make the model.
#[derive(Debug, Clone, Copy)]
pub struct StandardFiles<'a> {
    /// [`ENCODER`].
    pub encoder: &'a [u8],
    /// [`DECODER_STEP`].
    pub decoder_step: &'a [u8],
    /// [`WEIGHTS`](deshi_core::bundle::WEIGHTS).
    pub weights: &'a [u8],
}

/// Both plans, and a pool of idle executors. Threads may share it.
pub struct StandardModel {
    graphs: StandardGraphs,
    encoder: Arc<TypedRunnableModel>,
    decoder_step: Arc<TypedRunnableModel>,
    idle: Mutex<Vec<StandardExecutor>>,
}

/// Turns a panic of tract into an error: its code was not written for files that nobody trusts.
fn guarded<T>(run: impl FnOnce() -> Result<T, GraphError>) -> Result<T, GraphError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(GraphError::Panic {
            message: text.unwrap_or("without a message").to_owned(),
        })
    })
}

impl StandardModel {
    /// Reads, checks, optimises and plans the graphs of a bundle. What tract needs of the files is copied.
    ///
    /// # Errors
    /// [`Error::Graph`], which names the member that tract cannot run, and what it has against it.
    pub fn load(files: StandardFiles<'_>, graphs: StandardGraphs) -> Result<Self, Error> {
        let mut tensors = tensors::Tensors::new(files.weights);
        let mut plan = |member, file, interface: StandardInterface| {
            guarded(|| read::plan(file, &interface, &mut tensors))
                .map_err(|source| Error::Graph { member, source })
        };
        let encoder = StandardInterface::encoder(&graphs);
        let decoder_step = StandardInterface::decoder_step(&graphs);
        Ok(Self {
            encoder: plan(ENCODER, files.encoder, encoder)?,
            decoder_step: plan(DECODER_STEP, files.decoder_step, decoder_step)?,
            graphs,
            idle: Mutex::default(),
        })
    }

    /// Calls `run` with an executor.
    ///
    /// # Errors
    /// [`Error::Run`]: an error of `run`, or of tract.
    pub fn run<T>(
        &self,
        run: impl FnOnce(&mut StandardExecutor) -> Result<T, GraphError>,
    ) -> Result<T, Error> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let (executor, result) = guarded(|| {
            let mut executor = match waiting {
                Some(executor) => executor,
                None => StandardExecutor::new(self)?,
            };
            let result = run(&mut executor)?;
            Ok((executor, result))
        })
        .map_err(Error::Run)?;
        // A failed executor may hold half a sentence, so it is dropped.
        idle().push(executor);
        Ok(result)
    }
}

impl fmt::Debug for StandardModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandardModel").finish_non_exhaustive()
    }
}
