//! The models of the tests.

use std::sync::LazyLock;

use deshi_core::Token;
use deshi_core::bundle::SHORTLIST;
pub use deshi_core::random_model::SMALL;
use deshi_core::shortlist;
use deshi_core::vocabulary::{self, FIRST_PIECE};
use deshi_core::{Architecture, random_model};
use deshi_export::{Checkpoint, Options, export};

use crate::bundles::{members, pack};

/// The bundle in the repository.
///
/// # Panics
/// If it is missing.
pub fn carried() -> Vec<u8> {
    std::fs::read(random_model::CARRIED_MODEL).expect("the repository carries a model")
}

/// The candidates of [`small`]'s tokens: the next three tokens for each, and every fifth token for all.
///
/// # Panics
/// If they do not form a shortlist.
pub fn shortlist() -> Vec<u8> {
    let size = SMALL.vocabulary_size as u32;
    let always: Vec<Token> = (0..size).step_by(5).collect();
    let list = |token: Token| (token + 1..token + 4).filter(|next| (2..size).contains(next));
    let lists: Vec<Vec<Token>> = (0..size).map(|token| list(token).collect()).collect();
    shortlist::write(&always, &lists).expect("the lists are in order")
}

/// A bundle of [`SMALL`] with random weights.
///
/// # Panics
/// If the exporter fails.
pub fn small() -> Vec<u8> {
    // Shared, because verifying an export takes longer than most tests.
    static BUNDLE: LazyLock<Vec<u8>> = LazyLock::new(|| random(SMALL));
    BUNDLE.clone()
}

/// [`small`] with the shortlist [`shortlist()`].
///
/// # Panics
/// If the exporter fails.
pub fn small_with_shortlist() -> Vec<u8> {
    let mut members = members(&small());
    for (name, content) in &mut members {
        if *name == SHORTLIST {
            *content = shortlist();
        }
    }
    pack(&members)
}

/// A bundle of a random model, exported in the same way as a trained one.
///
/// # Panics
/// If the exporter fails: the architecture needs an SSRU, and a vocabulary size that a few letters
/// and Chinese characters fill.
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
