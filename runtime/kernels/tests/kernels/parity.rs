//! Every operation of every available set against the contract: the same bits.

use deshi_kernels::{Activation, available, cross_attention_scratch, self_attention_scratch};

use crate::cases::{EXTREMES, NOT_FINITE, Random, same_bits};
use crate::contract;
use crate::layers::Layer;

/// Rows of every kind: random ones, and ones full of values that often go wrong.
fn kinds_of_rows(count: usize, random: &mut Random) -> Vec<(&'static str, Vec<f32>)> {
    let mut pick = |from: &[f32]| (0..count).map(|_| from[random.below(from.len())]).collect();
    let mut kinds: Vec<(&str, Vec<f32>)> = vec![
        ("extremes", pick(&EXTREMES)),
        ("zeros", pick(&[0.0, -0.0])),
        ("denormals", pick(&[1e-45, -1e-45, 1e-39, 0.0])),
        (
            "halves",
            pick(&[127.0, 0.5, 1.5, 2.5, -0.5, -1.5, 126.5, -126.5]),
        ),
        ("huge", pick(&[f32::MAX, -f32::MAX, 1e38])),
        (
            "not finite",
            pick(&[NOT_FINITE.as_slice(), &EXTREMES].concat()),
        ),
        ("not numbers", pick(&[f32::NAN])),
        ("infinite", pick(&[f32::INFINITY, 1.0])),
    ];
    for magnitude in [1.0, 30.0, 1e-3] {
        kinds.push(("random", random.floats(count, magnitude)));
    }
    kinds
}

#[test]
fn quantise_rows() {
    let mut random = Random::new(10);
    for columns in [1, 3, 4, 15, 16, 17, 31, 32, 48, 100, 256, 1536] {
        for (kind, x) in kinds_of_rows(3 * columns, &mut random) {
            let (expected, expected_scales) = contract::quantise_rows(&x, columns);
            for set in available() {
                let case = format!("{kind}, {columns} columns");
                let (mut quantised, mut scales) = (vec![99; x.len()], vec![f32::NAN; 3]);
                set.quantise_rows(&x, columns, &mut quantised, &mut scales);
                assert_eq!(quantised, expected, "{}: {case}", set.name());
                same_bits(set.name(), &case, &scales, &expected_scales);
            }
        }
    }
}

#[track_caller]
fn linear_agrees(case: &str, layer: &Layer, quantised: &[i8], scales: &[f32]) {
    for activation in [Activation::None, Activation::Relu, Activation::Swish] {
        let expected = contract::linear(quantised, scales, &layer.weights(), activation);
        for set in available() {
            let mut y = vec![f32::NAN; expected.len()];
            set.linear(
                scales.len(),
                quantised,
                scales,
                &layer.weights(),
                activation,
                &mut y,
            );
            same_bits(
                set.name(),
                &format!("{case}, {activation:?}"),
                &y,
                &expected,
            );
        }
    }
}

#[test]
fn linear_of_every_number_of_rows() {
    let mut random = Random::new(11);
    for rows in 0..=40 {
        let layer = Layer::random(24, 80, &mut random);
        let (quantised, scales) = (random.bytes(rows * 24), random.floats(rows, 0.1));
        linear_agrees(&format!("{rows} rows"), &layer, &quantised, &scales);
    }
}

#[test]
fn linear_of_odd_shapes() {
    let mut random = Random::new(12);
    for inputs in [4, 8, 12, 16, 20, 28, 32, 36, 60, 64, 68, 128, 132, 256] {
        for outputs in [16, 32, 48, 64, 112, 128, 144, 272] {
            let layer = Layer::random(inputs, outputs, &mut random);
            for rows in [1, 2, 3, 5, 9] {
                let (quantised, scales) = (random.bytes(rows * inputs), random.floats(rows, 0.1));
                let case = format!("{rows} rows, {inputs} x {outputs}");
                linear_agrees(&case, &layer, &quantised, &scales);
            }
        }
    }
}

#[test]
fn linear_of_the_student() {
    let mut random = Random::new(13);
    for (inputs, outputs, rows) in [(256, 1536, 25), (1536, 256, 25), (256, 8000, 1)] {
        let layer = Layer::random(inputs, outputs, &mut random);
        let (quantised, scales) = (random.bytes(rows * inputs), random.floats(rows, 0.1));
        linear_agrees(
            &format!("{rows} rows, {inputs} x {outputs}"),
            &layer,
            &quantised,
            &scales,
        );
    }
}

#[test]
fn linear_of_extreme_values() {
    for inputs in [4, 256, 65536] {
        for weight in [127, -127, -128] {
            for activation in [127, -127] {
                for rows in [1, 7] {
                    let weights = vec![weight; inputs * 16];
                    let layer = Layer::new(inputs, &weights, vec![1.0; 16], vec![0.0; 16]);
                    let case = format!("{rows} x {inputs}, {activation} * {weight}");
                    let quantised = vec![activation; rows * inputs];
                    linear_agrees(&case, &layer, &quantised, &vec![1.0; rows]);
                }
            }
        }
    }
}

#[test]
fn linear_of_extreme_scales_and_biases() {
    let mut random = Random::new(14);
    let rows = random.bytes(32 * 64);
    let all = [NOT_FINITE.as_slice(), &EXTREMES].concat();
    let mut pick =
        |count: usize| -> Vec<f32> { (0..count).map(|_| all[random.below(all.len())]).collect() };
    let layer = Layer::new(32, &rows, pick(64), pick(64));
    let scales = pick(50);
    linear_agrees("extreme scales", &layer, &random.bytes(50 * 32), &scales);
}

#[test]
fn add_norm() {
    let mut random = Random::new(15);
    for columns in [1, 2, 15, 16, 17, 32, 33, 47, 64, 100, 256, 512] {
        let (gamma, beta) = (random.floats(columns, 2.0), random.floats(columns, 1.0));
        for (kind, x) in kinds_of_rows(3 * columns, &mut random) {
            let y = random.floats(x.len(), 1.0);
            for y in [&y, &x] {
                let expected = contract::add_norm(&x, y, &gamma, &beta);
                for set in available() {
                    let mut out = vec![7.0; x.len()];
                    set.add_norm(&x, y, &gamma, &beta, &mut out);
                    same_bits(
                        set.name(),
                        &format!("{kind}, {columns} columns"),
                        &out,
                        &expected,
                    );
                }
            }
        }
    }
}

fn transposed(rows: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|column| rows.iter().skip(column).step_by(columns).copied())
        .collect()
}

#[track_caller]
fn attention_agrees(case: &str, q: &[f32], k: &[f32], v: &[f32], d_model: usize, heads: usize) {
    let expected = contract::attention(q, k, v, d_model, heads);
    let (n, source_len) = (q.len() / d_model, k.len() / d_model);
    for set in available() {
        let case = format!("{case}, {n} queries, {source_len} keys, {heads} of {d_model}");
        let mut scratch = vec![f32::NAN; cross_attention_scratch(n, source_len)];
        let mut out = vec![7.0; q.len()];
        let keys = transposed(k, d_model);
        set.cross_attention(q, &keys, v, source_len, heads, &mut scratch, &mut out);
        same_bits(set.name(), &format!("cross: {case}"), &out, &expected);

        // A cache with room behind the keys and values; nothing there has an effect.
        for room in [0, 1, 19] {
            let capacity = source_len + room;
            let mut keys = vec![f32::NAN; d_model * capacity];
            for (index, key) in k.iter().enumerate() {
                keys[index % d_model * capacity + index / d_model] = *key;
            }
            let mut values = v.to_vec();
            values.resize(d_model * capacity, f32::NAN);
            let mut scratch = vec![f32::NAN; cross_attention_scratch(1, source_len)];
            out.fill(7.0);
            for (q, out) in q.chunks(d_model).zip(out.chunks_mut(d_model)) {
                set.cached_attention(q, &keys, &values, source_len, heads, &mut scratch, out);
            }
            let case = format!("cached, room for {room}: {case}");
            same_bits(set.name(), &case, &out, &expected);
        }

        if n == source_len {
            let rows = q
                .chunks(d_model)
                .zip(k.chunks(d_model))
                .zip(v.chunks(d_model));
            let qkv: Vec<f32> = rows.flat_map(|((q, k), v)| [q, k, v].concat()).collect();
            let mut scratch = vec![f32::NAN; self_attention_scratch(n, d_model, heads)];
            out.fill(7.0);
            set.self_attention(&qkv, d_model, heads, &mut scratch, &mut out);
            same_bits(set.name(), &format!("self: {case}"), &out, &expected);
        }
    }
}

#[test]
fn attention_of_every_length() {
    let mut random = Random::new(16);
    for source_len in 0..=70 {
        for (d_model, heads) in [(64, 2), (24, 3), (20, 1)] {
            for n in [1, 3, source_len] {
                let q = random.floats(n * d_model, 3.0);
                let k = random.floats(source_len * d_model, 3.0);
                let v = random.floats(source_len * d_model, 3.0);
                attention_agrees("random", &q, &k, &v, d_model, heads);
            }
        }
    }
}

#[test]
fn attention_of_extreme_values() {
    let mut random = Random::new(17);
    for source_len in [1, 7, 16, 21] {
        let count = source_len * 32;
        for (kind, k) in kinds_of_rows(count, &mut random) {
            let (q, v) = (random.floats(count, 3.0), random.floats(count, 3.0));
            attention_agrees(kind, &q, &k, &v, 32, 2);
            attention_agrees(kind, &k, &q, &v, 32, 2);
            attention_agrees(kind, &q, &v, &k, 32, 2);
        }
    }
}

#[test]
fn ssru() {
    let mut random = Random::new(18);
    for columns in [1, 4, 15, 16, 17, 40, 256] {
        for (kind, xw) in kinds_of_rows(5 * 2 * columns, &mut random) {
            let before = random.floats(columns, 1.0);
            let (expected_state, expected) = contract::ssru(&xw, &before);
            for set in available() {
                let case = format!("{kind}, {columns} columns");
                let (mut state, mut out) = (before.clone(), vec![7.0; 5 * columns]);
                set.ssru(&xw, &mut state, &mut out);
                same_bits(set.name(), &case, &state, &expected_state);
                same_bits(set.name(), &case, &out, &expected);
            }
        }
    }
}

#[test]
fn argmax_and_sum_exp() {
    let mut random = Random::new(19);
    for count in (0..=70).chain([1000, 8000]) {
        for (kind, mut logits) in kinds_of_rows(count, &mut random) {
            for round in 0..3 {
                let (index, highest) = contract::argmax(&logits);
                let sum = contract::sum_exp(&logits, highest);
                for set in available() {
                    let case = format!("{kind}, {count} logits, round {round}");
                    let (got, value) = set.argmax(&logits);
                    assert_eq!(got, index, "{}: {case}", set.name());
                    let sum_exp = set.sum_exp(&logits, highest);
                    same_bits(set.name(), &case, &[value, sum_exp], &[highest, sum]);
                }
                if count > 0 {
                    // A tie, or a new highest.
                    logits[random.below(count)] = highest + round as f32;
                }
            }
        }
    }
}

#[test]
fn argmax_takes_the_lowest_of_equal_ones() {
    let infinite = f32::NEG_INFINITY;
    for set in available() {
        let mut logits = vec![1.0; 100];
        assert_eq!(set.argmax(&logits), (0, 1.0));
        logits[70] = 2.0;
        logits[33] = 2.0;
        assert_eq!(set.argmax(&logits), (33, 2.0));
        assert_eq!(set.argmax(&[f32::NAN; 50]), (0, infinite));
        assert_eq!(set.argmax(&[f32::NAN, infinite, infinite]), (0, infinite));
        assert_eq!(set.argmax(&[f32::NAN, -5.0, f32::NAN]), (1, -5.0));
        assert_eq!(set.argmax(&[]), (0, infinite));
    }
}
