//! What makes bundles: one file for each kind of model.

pub mod checkpoint;
pub mod hf;
pub mod marian;
pub mod onnx;

use std::fmt::Write;
use std::path::Path;

use clap::Args;
use deshi_export::verify::Agreement;
use deshi_export::{ExportError, Options, today};
use deshi_whole_file::write_whole;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ExportError> {
    std::fs::read(path).map_err(|source| ExportError::Read {
        path: path.to_owned(),
        source,
    })
}

fn write_bundle(path: &Path, bundle: &[u8]) -> Result<(), ExportError> {
    write_whole(path, |out| out.write_all(bundle)).map_err(|source| ExportError::Write {
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

/// What a bundle says about its model.
#[derive(Debug, Args)]
struct AboutArgs {
    /// The model's name [default: the output's name]
    #[arg(long)]
    name: Option<String>,
    /// The model's licence, such as MIT or MPL-2.0
    #[arg(long, default_value = "")]
    licence: String,
    /// The day the model was made, such as 2026-11-28 [default: today]
    #[arg(long)]
    date: Option<Date>,
}

impl AboutArgs {
    /// The options of a bundle that goes to `output`.
    fn options(self, source: String, target: String, output: &Path) -> Options {
        let stem = || {
            let stem = output.file_stem().unwrap_or_default();
            stem.to_string_lossy().into_owned()
        };
        Options {
            source_language: source,
            target_language: target,
            name: self.name.unwrap_or_else(stem),
            date: self.date.unwrap_or_else(today).to_string(),
            licence: self.licence,
            ..Options::default()
        }
    }
}

/// The card of an imported model: which command made the bundle, and of what.
fn card(
    options: &Options,
    command: &str,
    files: &[(&Path, &Vec<u8>)],
    metadata: Option<&[u8]>,
) -> String {
    let mut card = format!(
        "# {}\n\nFrom {} to {}. Made by {command} {} of a model that Marian trained. Its licence is its publisher's: {}.\n\n\
         | file | bytes | SHA-256 |\n|---|---|---|\n",
        options.name,
        options.source_language,
        options.target_language,
        env!("CARGO_PKG_VERSION"),
        match options.licence.as_str() {
            "" => "not named",
            licence => licence,
        },
    );
    for (path, content) in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hash = Sha256::digest(content);
        let hash = hash
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        writeln!(card, "| {name} | {} | {hash} |", content.len())
            .expect("a String takes every text");
    }
    if let Some(metadata) = metadata {
        let text = String::from_utf8_lossy(metadata);
        card += &format!(
            "\nIts publisher's metadata:\n\n```\n{}\n```\n",
            text.trim_end()
        );
    }
    card
}
