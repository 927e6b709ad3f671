//! Runs the bundle's ONNX graphs with tract: one plan for the encoder and one for a step of the decoder, for
//! any source length. The only crate that depends on tract-onnx.
//!
//! | module | what it does |
//! |---|---|
//! | `read` | turns a graph's bytes into a tract model, and checks every name and shape |
//! | `operation` | deshi's operations as tract operators: their shapes, and the kernel that each calls |
//! | `workspace` | the operators' kernels, weights and reused buffers |
//! | `executor` | both plans as an executor for core's search |
//! | [`standard`] | graphs of standard operators, which others exported |
//!
//! A graph of deshi's own holds no weights: its operators read the one int8 copy in the bundle's bytes. tract-onnx provides
//! the protobuf types; tract-core plans and runs. tract's importer, analysis and optimiser are used for [`standard`] graphs alone:
//! every node of the others is one of our operators, so there is nothing to optimise, and a hostile file meets our checks first.

#![forbid(unsafe_code)]

mod error;
mod executor;
mod operation;
mod read;
pub mod standard;
mod workspace;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use deshi_core::bundle::{DECODER_STEP, ENCODER};
use deshi_core::graph::Interface;
use deshi_core::shared_weights::SharedWeights;
use deshi_kernels::KernelSet;
use tract_onnx::tract_core::internal::TypedRunnableModel;

pub use crate::error::{Error, GraphError};
pub use crate::executor::Tract;

/// The bundle's members that are graphs.
#[derive(Debug, Clone, Copy)]
pub struct GraphFiles<'a> {
    /// [`ENCODER`].
    pub encoder: &'a [u8],
    /// [`DECODER_STEP`].
    pub decoder_step: &'a [u8],
}

/// Both plans, and a pool of idle executors. Threads may share it.
pub struct Graphs {
    encoder: Arc<TypedRunnableModel>,
    decoder_step: Arc<TypedRunnableModel>,
    weights: SharedWeights,
    idle: Mutex<Vec<Tract>>,
}

impl Graphs {
    /// Reads, checks and plans the graphs of a bundle.
    ///
    /// # Errors
    /// [`Error::Graph`], which names the member that is not the architecture's graph.
    pub fn load(files: GraphFiles<'_>, weights: SharedWeights) -> Result<Self, Error> {
        let architecture = weights.layout().architecture();
        let layers = read::Layers::new(weights.layout());
        let plan = |member, file, interface| {
            read::plan(file, &interface, &layers).map_err(|source| Error::Graph { member, source })
        };
        let (encoder, step) = (Interface::encoder, Interface::decoder_step);
        Ok(Self {
            encoder: plan(ENCODER, files.encoder, encoder(architecture))?,
            decoder_step: plan(DECODER_STEP, files.decoder_step, step(architecture))?,
            idle: Mutex::default(),
            weights,
        })
    }

    /// Calls `run` with an executor that uses these kernels.
    ///
    /// # Errors
    /// [`Error::Run`]: an error of `run`, or of tract.
    pub fn run<T>(
        &self,
        kernels: &'static dyn KernelSet,
        run: impl FnOnce(&mut Tract) -> Result<T, GraphError>,
    ) -> Result<T, Error> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut executor = match waiting {
            Some(executor) => executor,
            None => Tract::new(self).map_err(Error::Run)?,
        };
        executor.set_kernels(kernels);
        // A failed executor may hold half a sentence, so it is dropped.
        let result = run(&mut executor).map_err(Error::Run)?;
        idle().push(executor);
        Ok(result)
    }
}

impl fmt::Debug for Graphs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graphs").finish_non_exhaustive()
    }
}
