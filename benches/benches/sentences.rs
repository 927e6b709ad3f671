//! The encoder by source length, decoder steps, whole sentences, loading, segmentation.
//!
//! The "tiny" student has random weights; loading, segmentation and real sentences use the model in the
//! repository. `DESHI_KERNELS` selects the kernel set; the best one runs by default.

#![expect(missing_docs, reason = "criterion_group! writes functions without any")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use deshi::Options;
use deshi_benches::{CARRIED_MODEL, Model, Sentence, TINY, carried, kernels};
use deshi_core::Architecture;
use deshi_core::bundle::{self, Bundle};
use deshi_core::vocabulary::Vocabulary;

const LENGTH: usize = 25;
const TEXT: &str =
    "He said that the new bridge, which took four years to build, would open in the spring.";

fn encoder(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encoder, an elem is a source token");
    for (name, architecture) in [("tiny", TINY), ("carried", carried())] {
        let model = Model::random(&architecture);
        let weights = model.weights();
        for length in [5, 10, LENGTH, 50, 100, 200] {
            let mut sentence = Sentence::new(kernels(), &weights, length, 0);
            group.throughput(Throughput::Elements(length as u64));
            group.bench_function(format!("{name}, {length} tokens"), |bench| {
                bench.iter(|| sentence.translate().map(|time| time.encoder));
            });
        }
    }
    group.finish();
}

fn steps(criterion: &mut Criterion) {
    let mut group =
        criterion.benchmark_group("decoder steps after 25 source tokens, an elem is a step");
    group.throughput(Throughput::Elements(1));
    for (name, vocabulary_size) in [("8000", 8000), ("1008", 1008), ("512", 512)] {
        let model = Model::random(&Architecture {
            vocabulary_size,
            ..TINY
        });
        let weights = model.weights();
        let mut sentence = Sentence::new(kernels(), &weights, LENGTH, LENGTH);
        group.bench_function(format!("tiny, vocabulary of {name}"), |bench| {
            bench.iter_custom(|steps| {
                let sentences = steps.div_ceil(LENGTH as u64);
                let total: std::time::Duration = (0..sentences)
                    .map(|_| sentence.translate().expect("the shapes fit").steps)
                    .sum();
                total.mul_f64(steps as f64 / (sentences * LENGTH as u64) as f64)
            });
        });
    }
    group.finish();
}

fn sentences(criterion: &mut Criterion) {
    let mut group =
        criterion.benchmark_group("sentence of 25 tokens in and out, an elem is a target token");
    group.throughput(Throughput::Elements(LENGTH as u64));
    let whole = Model::random(&TINY);
    let whole = whole.weights();
    let mut sentence = Sentence::new(kernels(), &whole, LENGTH, LENGTH);
    group.bench_function("tiny", |bench| bench.iter(|| sentence.translate()));
    for candidates in [500, 1000] {
        let sentence = Sentence::new(kernels(), &whole, LENGTH, LENGTH);
        let mut sentence = sentence.with_shortlist(candidates);
        group.bench_function(format!("tiny, shortlist of {candidates}"), |bench| {
            bench.iter(|| sentence.translate());
        });
    }
    let model = Model::random(&carried());
    let weights = model.weights();
    let mut sentence = Sentence::new(kernels(), &weights, LENGTH, LENGTH);
    group.bench_function("carried", |bench| bench.iter(|| sentence.translate()));
    group.finish();
}

/// The default options, with the measured kernel set.
fn options() -> Options {
    let options = Options::new().kernels(kernels().name());
    options.expect("the kernel set is available")
}

/// The user's view, with the model in the repository.
fn carried_model(criterion: &mut Criterion) {
    let file = std::fs::read(CARRIED_MODEL).expect("the repository carries a model");
    let mut group = criterion.benchmark_group("the carried model");
    group.throughput(Throughput::Bytes(file.len() as u64));
    group.bench_function("load", |bench| {
        bench.iter(|| options().open(black_box(CARRIED_MODEL)))
    });

    let bundle = Bundle::parse(&file).expect("the carried model is a bundle");
    let member = bundle
        .member(bundle::VOCABULARY)
        .expect("every bundle has one");
    let vocabulary = Vocabulary::parse(member).expect("the carried model has a vocabulary");
    group.throughput(Throughput::Bytes(TEXT.len() as u64));
    group.bench_function("segmentation", |bench| {
        bench.iter(|| {
            let mut tokens = 0;
            let count = |_| {
                tokens += 1;
                Ok::<(), ()>(())
            };
            vocabulary.encode(black_box(TEXT), count).map(|()| tokens)
        });
    });
    let translator = options().from_bytes(&file).expect("the carried model runs");
    group.bench_function("translate a sentence", |bench| {
        bench.iter(|| translator.translate(black_box(TEXT)));
    });
    group.finish();
}

criterion_group!(benches, encoder, steps, sentences, carried_model);
criterion_main!(benches);
