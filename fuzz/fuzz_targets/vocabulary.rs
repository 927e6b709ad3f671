//! Vocabularies, written from pieces and altered: parsing, and encoding and decoding texts.

#![no_main]

use arbitrary::Arbitrary;
use deshi_core::bundle::VOCABULARY;
use deshi_core::vocabulary::{self, Vocabulary};
use deshi_fuzz::{Edit, micro_member};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    /// Pieces and merges; `None` for the vocabulary of a trained model.
    made: Option<(Vec<&'a str>, Vec<(u16, u16)>)>,
    edits: Vec<Edit>,
    text: &'a str,
    ids: Vec<u32>,
}

fn encode(vocabulary: &Vocabulary<'_>, text: &str) -> Vec<u32> {
    let mut ids = Vec::new();
    let Ok(()) = vocabulary.encode(text, |id| {
        ids.push(id);
        Ok::<_, std::convert::Infallible>(())
    });
    ids
}

fuzz_target!(|input: Input<'_>| {
    let mut file = match &input.made {
        None => micro_member(VOCABULARY).to_vec(),
        Some((pieces, merges)) => {
            let merges: Vec<_> = merges
                .iter()
                .map(|&(left, right)| (left.into(), right.into()))
                .collect();
            let Ok(file) = vocabulary::write(pieces, &merges) else {
                return;
            };
            Vocabulary::parse(&file).expect("what was written can be read");
            file
        }
    };
    for edit in &input.edits {
        edit.apply(&mut file);
    }
    let Ok(vocabulary) = Vocabulary::parse(&file) else {
        return;
    };
    let ids = encode(&vocabulary, input.text);
    let pieces = vocabulary.len() as u32;
    assert!(ids.iter().all(|&id| id < pieces));
    // Each text gets a space at its start: at most 3 tokens.
    assert!(ids.len() <= 3 + 2 * input.text.len());
    for ids in [&ids, &input.ids] {
        let mut text = String::new();
        let Ok(()) = vocabulary.decode(ids.iter().copied(), &mut text) else {
            panic!("a string takes every text");
        };
        encode(&vocabulary, &text);
    }
    for id in input.ids {
        let _ = vocabulary.piece(id);
    }
    vocabulary.merges().for_each(drop);
});
