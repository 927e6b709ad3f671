//! The same bits on every target: one fixed checksum over all operations.

use deshi_kernels::{
    Activation, KernelSet, available, cross_attention_scratch, self_attention_scratch,
};

use crate::cases::Random;
use crate::layers::Layer;

/// FNV-1a, over 32-bit words.
struct Checksum(u64);

impl Checksum {
    fn add(&mut self, words: impl IntoIterator<Item = u32>) {
        for word in words {
            self.0 = (self.0 ^ u64::from(word)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn add_floats(&mut self, floats: &[f32]) {
        self.add(floats.iter().map(|value| value.to_bits()));
    }
}

/// An encoder layer, a decoder layer and a search step in miniature, over random weights.
fn checksum(set: &dyn KernelSet) -> u64 {
    let (n, d_model, heads, vocabulary) = (21, 64, 4, 208);
    let mut random = Random::new(2026);
    let mut checksum = Checksum(0xCBF2_9CE4_8422_2325);
    let mut linear = |x: &[f32], outputs: usize, activation: Activation| {
        let layer = Layer::random(d_model, outputs, &mut random);
        let rows = x.len() / d_model;
        let (mut quantised, mut scales) = (vec![0; x.len()], vec![0.0; rows]);
        set.quantise_rows(x, d_model, &mut quantised, &mut scales);
        checksum.add(quantised.iter().map(|&value| value as u32));
        checksum.add_floats(&scales);
        let mut y = vec![0.0; rows * outputs];
        set.linear(
            rows,
            &quantised,
            &scales,
            &layer.weights(),
            activation,
            &mut y,
        );
        checksum.add_floats(&y);
        y
    };

    let x = Random::new(1).floats(n * d_model, 2.0);
    let (gamma, beta) = (
        Random::new(2).floats(d_model, 1.0),
        Random::new(3).floats(d_model, 1.0),
    );
    let mut scratch = vec![0.0; self_attention_scratch(n, d_model, heads)];

    let qkv = linear(&x, 3 * d_model, Activation::None);
    let mut attended = vec![0.0; n * d_model];
    set.self_attention(&qkv, d_model, heads, &mut scratch, &mut attended);
    let mut normalised = vec![0.0; n * d_model];
    set.add_norm(&x, &attended, &gamma, &beta, &mut normalised);
    let encoded = linear(&normalised, d_model, Activation::Relu);

    let xw = linear(&encoded, 2 * d_model, Activation::None);
    let (mut state, mut hidden) = (vec![0.5; d_model], vec![0.0; n * d_model]);
    set.ssru(&xw, &mut state, &mut hidden);
    assert!(scratch.len() >= cross_attention_scratch(n, n));
    let mut crossed = vec![0.0; n * d_model];
    set.cross_attention(&hidden, &x, &encoded, n, heads, &mut scratch, &mut crossed);
    let logits = linear(&crossed[..d_model], vocabulary, Activation::None);
    let (index, max) = set.argmax(&logits);

    checksum.add([index as u32]);
    checksum.add_floats(&state);
    checksum.add_floats(&[
        max,
        set.sum_exp(&logits, max),
        set.log_sum_exp(&logits, max),
    ]);
    checksum.0
}

/// What a self-attention decoder has besides: Swish, and attention to a cache.
fn checksum_of_the_cache(set: &dyn KernelSet) -> u64 {
    let (positions, capacity, d_model, heads) = (21, 30, 48, 4);
    let mut random = Random::new(2027);
    let mut checksum = Checksum(0xCBF2_9CE4_8422_2325);
    let layer = Layer::random(d_model, 80, &mut random);
    let (quantised, scales) = (random.bytes(5 * d_model), random.floats(5, 0.1));
    let mut y = vec![0.0; 5 * 80];
    let swish = Activation::Swish;
    set.linear(5, &quantised, &scales, &layer.weights(), swish, &mut y);
    checksum.add_floats(&y);
    let mut cache = || random.floats(capacity * d_model, 2.0);
    let (keys, values) = (cache(), cache());
    let mut scratch = vec![0.0; cross_attention_scratch(1, positions)];
    let mut out = vec![0.0; d_model];
    let q = &values[..d_model];
    set.cached_attention(q, &keys, &values, positions, heads, &mut scratch, &mut out);
    checksum.add_floats(&out);
    checksum.0
}

#[test]
fn every_set_of_every_target_gives_the_same_bits_for_a_cache() {
    for set in available() {
        let got = checksum_of_the_cache(set);
        assert_eq!(got, 0x6D27_EDF9_BA29_8683, "{}: {got:#018X}", set.name());
    }
}

#[test]
fn every_set_of_every_target_gives_the_same_bits() {
    for set in available() {
        let got = checksum(set);
        assert_eq!(got, 0x3A7B_24E6_B7CC_AA6B, "{}: {got:#018X}", set.name());
    }
}
