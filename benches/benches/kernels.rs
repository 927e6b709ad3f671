//! Every kernel at the students' shapes, compared with this machine's limits.
//!
//! Criterion's `elem` is a multiply-add, unless the group's name says otherwise. The groups named `limit`
//! come first: products with all data in registers, and reads from each level of memory. The linear
//! layers with one row read weights that the other layers of a step have pushed out of the nearer caches.
//! `DESHI_KERNELS` selects the kernel set; the best one runs by default.

#![expect(missing_docs, reason = "criterion_group! writes functions without any")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use deshi_benches::{Layer, TINY, carried, kernels, quantised};
use deshi_core::Architecture;
use deshi_core::memory::Capacity;
use deshi_core::output_layer::{OutputLayer, blocked_elements, number_elements};
use deshi_core::random_model::numbers;
use deshi_core::search::{Excluded, Row};
use deshi_core::shortlist::{self, Shortlist};
use deshi_core::vocabulary::START;
use deshi_kernels::{Activation, KernelSet, cross_attention_scratch, self_attention_scratch};

/// The source length of the measured sentence.
const SOURCE_LEN: usize = 25;
/// Size of the weights that a decoder step of the "tiny" student reads.
const STEP_BYTES: usize = 4 << 20;

fn floats(count: usize) -> Vec<f32> {
    numbers(count as u64).take(count).collect()
}

fn limits(criterion: &mut Criterion) {
    let set = kernels();
    let mut group = criterion.benchmark_group(format!("limit: products, {}", set.name()));
    const STEPS: usize = 10_000;
    for groups in [1, 4] {
        let multiply_adds = set.limit_of_products(groups, STEPS);
        group.throughput(Throughput::Elements(multiply_adds));
        group.bench_function(
            format!("int8, 4 rows by {} outputs", 16 * groups),
            |bench| {
                bench.iter(|| set.limit_of_products(groups, STEPS));
            },
        );
    }
    group.throughput(Throughput::Elements(set.limit_of_multiply_adds(STEPS)));
    group.bench_function("f32", |bench| {
        bench.iter(|| set.limit_of_multiply_adds(STEPS))
    });
    group.finish();

    let mut group = criterion.benchmark_group(format!("limit: reading, {}", set.name()));
    for (name, bytes) in [
        ("16 KiB", 16 << 10),
        ("256 KiB", 256 << 10),
        ("4 MiB", STEP_BYTES),
        ("256 MiB", 256 << 20),
    ] {
        let numbers = vec![1.0; bytes / 4];
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(name, |bench| {
            bench.iter(|| set.limit_of_reading(black_box(&numbers)))
        });
    }
    group.finish();
}

/// The linear layers of a student's decoder step, or of its encoder.
fn shapes(architecture: &Architecture, decoder: bool) -> Vec<(usize, usize)> {
    let Architecture {
        d_model,
        d_ff,
        vocabulary_size,
        ..
    } = *architecture;
    let feed_forward = [(d_model, d_ff), (d_ff, d_model)];
    let attention = match decoder {
        true => vec![
            (d_model, 2 * d_model),
            (d_model, d_model),
            (d_model, vocabulary_size),
        ],
        false => vec![(d_model, 3 * d_model), (d_model, d_model)],
    };
    [attention, feed_forward.to_vec()].concat()
}

fn linear(criterion: &mut Criterion, rows: usize, decoder: bool) {
    let set = kernels();
    let mut group = criterion.benchmark_group(format!("linear, rows: {rows}, {}", set.name()));
    for architecture in [TINY, carried()] {
        for (inputs, outputs) in shapes(&architecture, decoder) {
            let copies = if rows == 1 {
                STEP_BYTES.div_ceil(inputs * outputs)
            } else {
                1
            };
            let layers: Vec<Layer> = (0..copies)
                .map(|_| Layer::random(inputs, outputs))
                .collect();
            let (row, scales) = quantised(set, &floats(rows * inputs), inputs);
            let mut y = vec![0.0; rows * outputs];
            group.throughput(Throughput::Elements((rows * inputs * outputs) as u64));
            group.bench_function(format!("{inputs} to {outputs}"), |bench| {
                let mut layers = layers.iter().map(Layer::weights).cycle();
                bench.iter(|| {
                    let weights = layers.next().expect("the iterator is endless");
                    set.linear(rows, &row, &scales, &weights, Activation::None, &mut y);
                });
            });
        }
    }
    group.finish();
}

fn linear_one_row(criterion: &mut Criterion) {
    linear(criterion, 1, true);
}

fn linear_many_rows(criterion: &mut Criterion) {
    for rows in [2, 6, 12, SOURCE_LEN, 30] {
        linear(criterion, rows, false);
    }
}

/// An output layer for one sentence of an architecture like [`TINY`], with room for `candidates`
/// candidates.
fn memory_of(outputs: usize, candidates: usize) -> OutputLayer<Vec<f32>, Vec<i8>> {
    let architecture = Architecture {
        vocabulary_size: outputs,
        ..TINY
    };
    let capacity = Capacity {
        candidates,
        ..Capacity::sentence(1)
    };
    let numbers = vec![0.0; number_elements(&architecture, &capacity)];
    let blocked = vec![0; blocked_elements(&architecture, &capacity)];
    OutputLayer::new(&architecture, capacity, numbers, blocked)
}

fn output_layer(criterion: &mut Criterion) {
    let set = kernels();
    let Architecture {
        d_model,
        vocabulary_size,
        ..
    } = TINY;
    let mut group = criterion.benchmark_group(format!("output layer, {}", set.name()));
    for outputs in [vocabulary_size, 1008, 512] {
        let embedding = Layer::random(d_model, outputs);
        let mut layer = memory_of(outputs, 0);
        let hidden = floats(d_model);
        let mut quantised = vec![0; d_model];
        let mut rows = [Row::single(START, Excluded::NOTHING)];
        group.throughput(Throughput::Elements((d_model * outputs) as u64));
        group.bench_function(format!("{d_model} to {outputs}, best token"), |bench| {
            let weights = embedding.weights();
            let scale = &mut [0.0];
            bench.iter(|| {
                layer.best_tokens(set, &weights, &hidden, &mut quantised, scale, &mut rows);
            });
        });
    }
    let embedding = Layer::random(d_model, vocabulary_size);
    for count in [500, 1000] {
        let candidates: Vec<u32> = (0..count).map(|index| index * 8).collect();
        let lists = vec![vec![]; vocabulary_size];
        let file = shortlist::write(&candidates, &lists).expect("the candidates are tokens");
        let shortlist = Shortlist::parse(&file, vocabulary_size).expect("it was just written");
        let mut layer = memory_of(vocabulary_size, candidates.len());
        group.throughput(Throughput::Bytes((d_model * candidates.len()) as u64));
        group.bench_function(format!("picking {count} candidates"), |bench| {
            let weights = embedding.weights();
            bench.iter(|| layer.choose_candidates(&weights, Some(shortlist), &[&[]]));
        });
    }
    group.finish();
}

fn attention(criterion: &mut Criterion) {
    let set = kernels();
    let mut group = criterion.benchmark_group(format!("attention, {}", set.name()));
    for Architecture {
        d_model, n_heads, ..
    } in [TINY, carried()]
    {
        let n = SOURCE_LEN;
        let (qkv, mut out) = (floats(n * 3 * d_model), vec![0.0; n * d_model]);
        let mut scratch = vec![0.0; self_attention_scratch(n, d_model, n_heads)];
        group.throughput(Throughput::Elements((2 * n * n * d_model) as u64));
        group.bench_function(
            format!("self, {n} positions, {n_heads} heads of {d_model}"),
            |bench| {
                bench.iter(|| set.self_attention(&qkv, d_model, n_heads, &mut scratch, &mut out));
            },
        );
        let (q, keys, values) = (floats(d_model), floats(n * d_model), floats(n * d_model));
        let mut scratch = vec![0.0; cross_attention_scratch(1, n)];
        group.throughput(Throughput::Elements((2 * n * d_model) as u64));
        group.bench_function(
            format!("cross, 1 to {n} positions, {n_heads} heads of {d_model}"),
            |bench| {
                let out = &mut out[..d_model];
                bench.iter(|| {
                    set.cross_attention(&q, &keys, &values, n, n_heads, &mut scratch, out)
                });
            },
        );
    }
    group.finish();
}

/// Operations on rows of numbers: an `elem` is a number.
fn rows(criterion: &mut Criterion) {
    let set: &dyn KernelSet = kernels();
    let mut group = criterion.benchmark_group(format!("rows, an elem is a number, {}", set.name()));
    let Architecture {
        d_model,
        d_ff,
        vocabulary_size,
        ..
    } = TINY;
    for n in [1, SOURCE_LEN] {
        for width in [d_model, d_ff] {
            let (x, mut row, mut scales) = (floats(n * width), vec![0; n * width], vec![0.0; n]);
            group.throughput(Throughput::Elements((n * width) as u64));
            group.bench_function(format!("quantise, {n} of {width}"), |bench| {
                bench.iter(|| set.quantise_rows(&x, width, &mut row, &mut scales));
            });
        }
        let (x, gamma, mut out) = (floats(n * d_model), floats(d_model), vec![0.0; n * d_model]);
        group.throughput(Throughput::Elements((n * d_model) as u64));
        group.bench_function(format!("add_norm, {n} of {d_model}"), |bench| {
            bench.iter(|| set.add_norm(&x, &x, &gamma, &gamma, &mut out));
        });
    }
    let (xw, mut state, mut out) = (floats(2 * d_model), floats(d_model), vec![0.0; d_model]);
    group.throughput(Throughput::Elements(d_model as u64));
    group.bench_function(format!("ssru, 1 of {d_model}"), |bench| {
        bench.iter(|| set.ssru(&xw, &mut state, &mut out));
    });
    let logits = floats(vocabulary_size);
    group.throughput(Throughput::Elements(vocabulary_size as u64));
    group.bench_function(format!("argmax of {vocabulary_size}"), |bench| {
        bench.iter(|| set.argmax(black_box(&logits)));
    });
    group.bench_function(format!("sum_exp of {vocabulary_size}"), |bench| {
        bench.iter(|| set.sum_exp(black_box(&logits), 1.0));
    });
    group.finish();
}

criterion_group!(
    benches,
    limits,
    linear_one_row,
    linear_many_rows,
    output_layer,
    attention,
    rows
);
criterion_main!(benches);
