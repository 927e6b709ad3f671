//! Translation by deshi's int8 kernels.

use deshi_core::aligned::AlignedBytes;
use deshi_core::native::{self, Native};
use deshi_core::search::{Constraints, greedy};
use deshi_core::vocabulary::Vocabulary;
use deshi_core::weights::Weights;
use deshi_export::marian::{self, Model};
use deshi_export::sentencepiece;

use crate::models::Case;

/// The native executor's translations.
pub fn native(model: &Model, sources: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let (_, file) = marian::write_weights(model).expect("the architecture can be run");
    let architecture = &model.checkpoint.architecture;
    let file = AlignedBytes::copy(&file);
    let weights =
        Weights::new(architecture, file.bytes()).expect("the weights are the architecture's");
    let longest = architecture.maximum_positions;
    let mut arena = vec![0.0; native::arena_elements(architecture, longest)];
    let mut quantised = vec![0; native::quantised_elements(architecture, longest)];
    let kernels = deshi_kernels::best();
    let mut native = Native::new(kernels, &weights, longest, &mut arena, &mut quantised)
        .expect("the buffers are large enough");
    let translate = |source: &Vec<u32>| {
        let mut tokens = Vec::new();
        let constraints = Constraints::tokens(2 * source.len());
        let found = greedy(&mut native, source, constraints, |token| tokens.push(token));
        // A translation may be cut off by the loop guard, where the other engines go on.
        assert!(found.is_ok());
        tokens
    };
    sources.iter().map(translate).collect()
}

/// The tokens' texts, one per line.
pub fn texts(case: &Case, tokens: &[Vec<u32>]) -> String {
    let imported = sentencepiece::import(&case.vocabulary).expect("it is a vocabulary");
    let vocabulary = Vocabulary::parse(&imported.file).expect("it can be read");
    let mut text = String::new();
    for tokens in tokens {
        let mut line = String::new();
        let decoded = vocabulary.decode(tokens.iter().copied(), &mut line);
        decoded.expect("a String takes every text");
        text += &line.replace('\n', " ");
        text.push('\n');
    }
    text
}
