//! What makes bundles: one file for each kind of model.

pub mod checkpoint;
pub mod marian;

use std::path::Path;

use deshi_checkpoint::write_whole;
use deshi_export::ExportError;
use deshi_export::verify::Agreement;

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ExportError> {
    std::fs::read(path).map_err(|source| ExportError::File {
        path: path.to_owned(),
        source,
    })
}

fn write_bundle(path: &Path, bundle: &[u8]) -> Result<(), ExportError> {
    write_whole(path, |out| out.write_all(bundle)).map_err(|source| ExportError::File {
        path: path.to_owned(),
        source,
    })
}

fn report(path: &Path, bundle: &[u8], agreement: &Agreement) {
    eprintln!(
        "{}: {} bytes; {} tokens verified, {} ties, logits within {:.1e}",
        path.display(),
        bundle.len(),
        agreement.tokens,
        agreement.ties,
        agreement.largest_difference,
    );
}
