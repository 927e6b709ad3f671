//! The contract, as loops over single numbers: the exact bits that every set must give.

use deshi_kernels::{Activation, LANES, LinearWeights, exp, sigmoid};

fn above(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

pub fn lane_sum(elements: impl IntoIterator<Item = f32>) -> f32 {
    let mut lanes = [0f32; LANES];
    for (index, element) in elements.into_iter().enumerate() {
        lanes[index % LANES] += element;
    }
    for width in [8, 4, 2, 1] {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
    }
    lanes[0]
}

pub fn quantise_rows(x: &[f32], columns: usize) -> (Vec<i8>, Vec<f32>) {
    let (mut quantised, mut scales) = (vec![], vec![]);
    for row in x.chunks(columns) {
        let maximum = row.iter().fold(1e-20, |maximum, x| above(x.abs(), maximum));
        let inverse = 127.0 / maximum;
        scales.push(maximum * (1.0f32 / 127.0));
        for x in row {
            let scaled = x * inverse;
            quantised.push(if scaled.is_nan() {
                -127
            } else {
                scaled.round_ties_even() as i8
            });
        }
    }
    (quantised, scales)
}

pub fn linear(
    quantised: &[i8],
    scales: &[f32],
    weights: &LinearWeights<'_>,
    activation: Activation,
) -> Vec<f32> {
    let mut y = vec![];
    let mut row_of_weights = vec![0; weights.inputs()];
    for (row, scale) in quantised.chunks(weights.inputs()).zip(scales) {
        for output in 0..weights.outputs() {
            weights.row(output, &mut row_of_weights);
            let products = row.iter().zip(&row_of_weights);
            let sum = products
                .map(|(&q, &w)| i32::from(q) * i32::from(w))
                .sum::<i32>();
            let scaled = sum as f32 * (scale * weights.scales()[output]);
            let result = scaled + weights.bias()[output];
            y.push(match activation {
                Activation::None => result,
                Activation::Relu => above(result, 0.0),
                Activation::Swish => result / (1.0 + exp(0.0 - result)),
            });
        }
    }
    y
}

pub fn add_norm(x: &[f32], y: &[f32], gamma: &[f32], beta: &[f32]) -> Vec<f32> {
    let columns = gamma.len();
    let mut out = vec![];
    for (x, y) in x.chunks(columns).zip(y.chunks(columns)) {
        let z: Vec<f32> = x.iter().zip(y).map(|(x, y)| x + y).collect();
        let mean = lane_sum(z.iter().copied()) / columns as f32;
        let variance = lane_sum(z.iter().map(|z| (z - mean) * (z - mean))) / columns as f32;
        let reciprocal = 1.0 / (variance + 1e-6).sqrt();
        for (z, (gamma, beta)) in z.iter().zip(gamma.iter().zip(beta)) {
            out.push((z - mean) * reciprocal * gamma + beta);
        }
    }
    out
}

pub fn softmax(scores: &[f32]) -> Vec<f32> {
    let highest = scores
        .iter()
        .fold(f32::NEG_INFINITY, |highest, &score| above(score, highest));
    let powers: Vec<f32> = scores.iter().map(|score| exp(score - highest)).collect();
    let reciprocal = 1.0 / lane_sum(powers.iter().copied());
    powers.iter().map(|power| power * reciprocal).collect()
}

/// Queries `[n, d_model]`, keys and values `[source_len, d_model]`.
pub fn attention(q: &[f32], k: &[f32], v: &[f32], d_model: usize, heads: usize) -> Vec<f32> {
    let head_dim = d_model / heads;
    let scale = 1.0 / (head_dim as f32).sqrt();
    let mut out = vec![0.0; q.len()];
    for (q, out) in q.chunks(d_model).zip(out.chunks_mut(d_model)) {
        for columns in (0..d_model)
            .step_by(head_dim)
            .map(|start| start..start + head_dim)
        {
            let mut scores = vec![];
            for k in k.chunks(d_model) {
                let mut sum = 0.0;
                for column in columns.clone() {
                    sum += q[column] * k[column];
                }
                scores.push(sum * scale);
            }
            for (probability, v) in softmax(&scores).into_iter().zip(v.chunks(d_model)) {
                for column in columns.clone() {
                    out[column] += probability * v[column];
                }
            }
        }
    }
    out
}

/// The last state, and the outputs.
pub fn ssru(xw: &[f32], state: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut state = state.to_vec();
    let mut out = vec![];
    for xw in xw.chunks(2 * state.len()) {
        let (x, forget) = xw.split_at(state.len());
        for (state, (x, forget)) in state.iter_mut().zip(x.iter().zip(forget)) {
            let forget = sigmoid(*forget);
            *state = forget * *state + (1.0 - forget) * x;
            out.push(above(*state, 0.0));
        }
    }
    (state, out)
}

pub fn argmax(logits: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (index, &logit) in logits.iter().enumerate() {
        if logit > best.1 {
            best = (index, logit);
        }
    }
    best
}

pub fn sum_exp(logits: &[f32], max: f32) -> f32 {
    lane_sum(logits.iter().map(|logit| exp(logit - max)))
}
