//! The shape checks of every kernel set. A wrong shape is the caller's mistake, so they panic.

use crate::linear_weights::LinearWeights;
use crate::operations::attention::{cross_attention_scratch, self_attention_scratch};

#[track_caller]
fn length(got: usize, expected: usize, buffer: &str) {
    assert!(
        got == expected,
        "{buffer}: got {got} elements, expected {expected}"
    );
}

#[track_caller]
fn scratch(got: usize, needed: usize) {
    assert!(
        got >= needed,
        "scratch: got {got} elements, needs at least {needed}"
    );
}

#[track_caller]
fn heads(d_model: usize, heads: usize) {
    let divides = d_model > 0 && heads > 0 && d_model.is_multiple_of(heads);
    assert!(
        divides,
        "d_model {d_model} is not a positive multiple of {heads} heads"
    );
}

#[track_caller]
pub(crate) fn quantise_rows(x: &[f32], columns: usize, quantised: &[i8], scales: &[f32]) {
    assert!(columns > 0, "columns must not be 0");
    length(x.len(), scales.len() * columns, "x: [rows, columns]");
    length(quantised.len(), x.len(), "quantised: [rows, columns]");
}

#[track_caller]
pub(crate) fn linear(
    rows: usize,
    quantised: &[i8],
    scales: &[f32],
    weights: &LinearWeights<'_>,
    y: &[f32],
) {
    length(
        quantised.len(),
        rows * weights.inputs(),
        "quantised: [rows, inputs]",
    );
    length(scales.len(), rows, "scales: [rows]");
    length(y.len(), rows * weights.outputs(), "y: [rows, outputs]");
}

#[track_caller]
pub(crate) fn add_norm(x: &[f32], y: &[f32], gamma: &[f32], beta: &[f32], out: &[f32]) {
    assert!(!gamma.is_empty(), "gamma must not be empty");
    length(beta.len(), gamma.len(), "beta: [d_model]");
    assert!(x.len().is_multiple_of(gamma.len()), "x: [rows, d_model]");
    length(y.len(), x.len(), "y: [rows, d_model]");
    length(out.len(), x.len(), "out: [rows, d_model]");
}

#[track_caller]
pub(crate) fn self_attention(
    qkv: &[f32],
    d_model: usize,
    head_count: usize,
    scratch_space: &[f32],
    out: &[f32],
) {
    heads(d_model, head_count);
    assert!(out.len().is_multiple_of(d_model), "out: [n, d_model]");
    length(qkv.len(), 3 * out.len(), "qkv: [n, 3 * d_model]");
    let needed = self_attention_scratch(out.len() / d_model, d_model, head_count);
    scratch(scratch_space.len(), needed);
}

#[track_caller]
pub(crate) fn cross_attention(
    q: &[f32],
    keys_transposed: &[f32],
    values: &[f32],
    source_len: usize,
    head_count: usize,
    scratch_space: &[f32],
    out: &[f32],
) {
    length(out.len(), q.len(), "out: [n, d_model]");
    length(
        keys_transposed.len(),
        values.len(),
        "keys_transposed: [d_model, source_len]",
    );
    if source_len == 0 {
        return length(values.len(), 0, "values: [source_len, d_model]");
    }
    assert!(
        values.len().is_multiple_of(source_len),
        "values: [source_len, d_model]"
    );
    let d_model = values.len() / source_len;
    heads(d_model, head_count);
    assert!(q.len().is_multiple_of(d_model), "q: [n, d_model]");
    scratch(
        scratch_space.len(),
        cross_attention_scratch(q.len() / d_model, source_len),
    );
}

#[track_caller]
pub(crate) fn cached_attention(
    q: &[f32],
    keys_transposed: &[f32],
    values: &[f32],
    positions: usize,
    head_count: usize,
    scratch_space: &[f32],
    out: &[f32],
) {
    let d_model = q.len();
    heads(d_model, head_count);
    length(out.len(), d_model, "out: [d_model]");
    assert!(
        keys_transposed.len().is_multiple_of(d_model),
        "keys_transposed: [d_model, capacity]"
    );
    length(
        values.len(),
        keys_transposed.len(),
        "values: [capacity, d_model]",
    );
    let capacity = values.len() / d_model;
    assert!(
        positions <= capacity,
        "positions: got {positions}, but the capacity is {capacity}"
    );
    scratch(scratch_space.len(), cross_attention_scratch(1, positions));
}

#[track_caller]
pub(crate) fn ssru(xw: &[f32], state: &[f32], out: &[f32]) {
    assert!(!state.is_empty(), "state must not be empty");
    assert!(out.len().is_multiple_of(state.len()), "out: [t, d_model]");
    length(xw.len(), 2 * out.len(), "xw: [t, 2 * d_model]");
}
