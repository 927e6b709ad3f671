//! The models that the tests run.

use std::path::Path;
use std::sync::LazyLock;

use deshi_core::bundle::SHORTLIST;
pub use deshi_core::random_model::SMALL;
use deshi_core::shortlist;
use deshi_core::vocabulary::{self, FIRST_PIECE};
use deshi_core::{Architecture, random_model};
use deshi_export::{Checkpoint, Options, export};

use crate::bundles::{members, pack};

/// The bundle that the repository carries.
///
/// # Panics
/// If it is not there.
pub fn carried() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/models/en-de.deshi");
    std::fs::read(path).expect("the repository carries a model")
}

/// The candidates of [`small`]'s tokens: the next three tokens for each, and every fifth token for all.
///
/// # Panics
/// If they do not form a shortlist.
pub fn shortlist() -> Vec<u8> {
    let size = SMALL.vocabulary_size as u32;
    let always: Vec<u32> = (0..size).step_by(5).collect();
    let list = |token: u32| (token + 1..token + 4).filter(|next| (2..size).contains(next));
    let lists: Vec<Vec<u32>> = (0..size).map(|token| list(token).collect()).collect();
    shortlist::write(&always, &lists).expect("the lists are in order")
}

/// A bundle of [`SMALL`] and random numbers.
///
/// # Panics
/// If the exporter does not export it.
pub fn small() -> Vec<u8> {
    // Verifying an export takes longer than most of what is done with it.
    static BUNDLE: LazyLock<Vec<u8>> = LazyLock::new(|| random(SMALL));
    BUNDLE.clone()
}

/// [`small`] with the shortlist [`shortlist`].
///
/// # Panics
/// If the exporter does not export it.
pub fn small_with_shortlist() -> Vec<u8> {
    let mut members = members(&small());
    for (name, content) in &mut members {
        if *name == SHORTLIST {
            *content = shortlist();
        }
    }
    pack(&members)
}

/// A bundle of a random model, exported as a trained one is.
///
/// # Panics
/// If the exporter does not export it: an architecture of an SSRU, and of a vocabulary that a few
/// letters and Chinese characters fill, is needed.
pub fn random(architecture: Architecture) -> Vec<u8> {
    let checkpoint = Checkpoint {
        architecture,
        tensors: random_model::tensors(&architecture, 7),
    };
    let pieces = architecture.vocabulary_size - FIRST_PIECE as usize;
    let pieces: Vec<String> = ('a'..='z')
        .chain('\u{4E00}'..)
        .take(pieces)
        .map(String::from)
        .collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let vocabulary = vocabulary::write(&pieces, &[]).expect("the pieces are a vocabulary");
    let options = Options {
        name: "random".to_owned(),
        ..Options::default()
    };
    let (bundle, _) = export(&checkpoint, &vocabulary, &options).expect("the exporter takes it");
    bundle
}
