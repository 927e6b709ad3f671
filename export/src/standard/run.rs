//! Whether tract runs a model: found out before a bundle is written.

use super::Model;
use crate::ExportError;

/// Lengths of the sources that are run, and the most tokens of each translation.
#[cfg(feature = "tract")]
const LENGTHS: [usize; 3] = [1, 2, 7];
#[cfg(feature = "tract")]
const MOST: usize = 5;

/// Runs a model for a few short sources. Returns the number of tokens that it chose.
///
/// # Errors
/// [`ExportError::Tract`]: what tract has against the graphs, with the node and its operator.
#[cfg(feature = "tract")]
pub fn run_once(model: &Model) -> Result<usize, ExportError> {
    use deshi_core::search::{Constraints, greedy};
    use deshi_core::vocabulary::END;
    use deshi_tract::standard::{StandardFiles, StandardModel};

    let files = StandardFiles {
        encoder: &model.encoder,
        decoder_step: &model.decoder_step,
        weights: &model.weights,
    };
    let graphs = StandardModel::load(files, model.graphs.clone()).map_err(ExportError::Tract)?;
    let tokens = graphs.run(|executor| {
        let mut tokens = 0;
        for length in LENGTHS {
            let first = model.graphs.vocabulary_size as u32 - 1;
            let mut source: Vec<_> = (0..length as u32 - 1)
                .map(|at| first - at % first)
                .collect();
            source.push(END);
            let found = greedy(executor, &source, Constraints::tokens(MOST), |_| ())?;
            tokens += found.tokens + usize::from(!found.truncated);
        }
        Ok(tokens)
    });
    tokens.map_err(ExportError::Tract)
}

/// The same: this build has no tract.
///
/// # Errors
/// [`ExportError::NoTract`].
#[cfg(not(feature = "tract"))]
pub fn run_once(_: &Model) -> Result<usize, ExportError> {
    Err(ExportError::NoTract)
}
