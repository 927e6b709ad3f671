//! What the layer itself costs a sentence: a model that gives each sentence back takes next to no time.

#![allow(missing_docs, reason = "criterion_group makes a function without any")]

use std::convert::Infallible;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use deshi_text::{Layer, Model, Options, SentenceTranslation};

struct Identity;

impl Model for Identity {
    type Error = Infallible;

    fn symbols(&self) -> &[char] {
        &[
            '\u{E000}', '\u{E001}', '\u{E002}', '\u{E003}', '\u{E004}', '\u{E005}', '\u{E006}',
            '\u{E007}',
        ]
    }

    fn knows(&self, character: char) -> bool {
        character.is_ascii() || character.is_alphabetic()
    }

    fn count_tokens(&self, sentence: &str) -> usize {
        sentence.len() / 4 + 1
    }

    fn maximum_tokens(&self) -> usize {
        128
    }

    fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Infallible> {
        let copy = |sentence: &&str| SentenceTranslation {
            text: (*sentence).to_owned(),
            tokens: 1,
            ..SentenceTranslation::default()
        };
        Ok(sentences.iter().map(copy).collect())
    }
}

/// Everyday sentences, and some with much to protect.
const PLAIN: [&str; 8] = [
    "The committee will meet again on Thursday to discuss the proposal.",
    "Where is the nearest railway station?",
    "He said that the new bridge, which took four years to build, would open in the spring.",
    "Thank you very much for your help.",
    "I can't remember where I put my keys.",
    "She has been learning to play the piano since she was six.",
    "If it rains tomorrow, we will stay at home and watch a film.",
    "Could you please send me the documents before noon?",
];
const PROTECTED: [&str; 4] = [
    "Visit https://example.org/help?id=7 or write to support@example.org by 10:30 on 2026-11-28.",
    "The flight LH 454 costs €1,234.50, and takes 11 hours.",
    "Run `cargo test` in ~/src/deshi with $PATH set, then press Ctrl+C. 🎉",
    "SAVE 50% TODAY: CALL +49 30 1234567 NOW!",
];

fn layer(criterion: &mut Criterion) {
    let layer = Layer::new(Options::new("en", "de"));
    for (name, sentences) in [("plain", &PLAIN[..]), ("protected", &PROTECTED[..])] {
        let lines: Vec<&str> = sentences.iter().copied().cycle().take(1000).collect();
        let mut group = criterion.benchmark_group("layer");
        group.throughput(Throughput::Elements(lines.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| layer.translate(&Identity, black_box(&lines)));
        });
        group.finish();
    }
}

criterion_group!(benches, layer);
criterion_main!(benches);
