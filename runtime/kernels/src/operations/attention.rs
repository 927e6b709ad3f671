//! Multi-head scaled dot-product attention (Vaswani et al. 2017, section 3.2), without a mask.
//!
//! Each sum is added in order, so a vector holds different sums, not parts of one: across keys for
//! the scores (hence the transposed keys), across a head's dimensions for the output.

use crate::lanes::{LANES, Lanes};
use crate::transpose::transpose;

use crate::math;

/// How many queries are computed together.
const QUERIES: usize = 4;

/// Elements (f32) of scratch that self-attention needs: one head's transposed keys, and scores.
///
/// # Panics
/// If `heads` is 0.
pub const fn self_attention_scratch(n: usize, d_model: usize, heads: usize) -> usize {
    d_model / heads * n.next_multiple_of(LANES) + cross_attention_scratch(n, n)
}

/// Elements (f32) of scratch that cross-attention of `n` queries needs: scores.
pub const fn cross_attention_scratch(n: usize, source_len: usize) -> usize {
    let queries = if n < QUERIES { n } else { QUERIES };
    queries * source_len.next_multiple_of(LANES)
}

/// The keys and values that the queries of one head attend to.
///
/// # Shapes
/// - `keys: [head_dim, key_stride]`; the first `source_len` columns are used
/// - `values: [source_len, value_stride]`; the first `head_dim` columns are used
///
/// Either slice may end with the last used column of its last row.
#[derive(Clone, Copy)]
struct Source<'a> {
    keys: &'a [f32],
    key_stride: usize,
    values: &'a [f32],
    value_stride: usize,
    source_len: usize,
    head_dim: usize,
}

#[inline(always)]
pub(crate) fn self_attention<L: Lanes>(
    lanes: L,
    qkv: &[f32],
    d_model: usize,
    heads: usize,
    scratch: &mut [f32],
    out: &mut [f32],
) {
    let n = out.len() / d_model;
    let head_dim = d_model / heads;
    let key_stride = n.next_multiple_of(LANES);
    let (keys, scores) = scratch.split_at_mut(head_dim * key_stride);
    if n == 0 {
        return;
    }
    for column in (0..d_model).step_by(head_dim) {
        transpose(&qkv[d_model + column..], 3 * d_model, keys, key_stride, n);
        let values = &qkv[2 * d_model + column..];
        let source = Source {
            keys,
            key_stride,
            values,
            value_stride: 3 * d_model,
            source_len: n,
            head_dim,
        };
        attend_all(
            lanes,
            source,
            &qkv[column..],
            3 * d_model,
            scores,
            &mut out[column..],
            d_model,
        );
    }
}

#[inline(always)]
#[expect(
    clippy::too_many_arguments,
    reason = "each is one of the operation's inputs"
)]
pub(crate) fn cross_attention<L: Lanes>(
    lanes: L,
    q: &[f32],
    keys_transposed: &[f32],
    values: &[f32],
    source_len: usize,
    heads: usize,
    scratch: &mut [f32],
    out: &mut [f32],
) {
    if source_len == 0 {
        return out.fill(0.0);
    }
    if q.is_empty() {
        return;
    }
    let d_model = values.len() / source_len;
    let head_dim = d_model / heads;
    for column in (0..d_model).step_by(head_dim) {
        let source = Source {
            keys: &keys_transposed[column * source_len..][..head_dim * source_len],
            key_stride: source_len,
            values: &values[column..],
            value_stride: d_model,
            source_len,
            head_dim,
        };
        attend_all(
            lanes,
            source,
            &q[column..],
            d_model,
            scratch,
            &mut out[column..],
            d_model,
        );
    }
}

#[inline(always)]
#[expect(
    clippy::too_many_arguments,
    reason = "each is one of the operation's inputs"
)]
pub(crate) fn cached_attention<L: Lanes>(
    lanes: L,
    q: &[f32],
    keys_transposed: &[f32],
    values: &[f32],
    positions: usize,
    heads: usize,
    scratch: &mut [f32],
    out: &mut [f32],
) {
    if positions == 0 {
        return out.fill(0.0);
    }
    let d_model = q.len();
    let capacity = keys_transposed.len() / d_model;
    let head_dim = d_model / heads;
    for column in (0..d_model).step_by(head_dim) {
        let source = Source {
            keys: &keys_transposed[column * capacity..][..head_dim * capacity],
            key_stride: capacity,
            values: &values[column..],
            value_stride: d_model,
            source_len: positions,
            head_dim,
        };
        let out = &mut out[column..];
        attend::<L, 1>(lanes, source, &q[column..], d_model, scratch, out, d_model);
    }
}

/// Computes all queries of one head.
///
/// # Shapes
/// `queries: [n, query_stride]` and `out: [n, out_stride]`, where the first `head_dim` columns are
/// used; `scores: [min(n, QUERIES), source_len rounded up to LANES]`
#[inline(always)]
fn attend_all<L: Lanes>(
    lanes: L,
    source: Source<'_>,
    queries: &[f32],
    query_stride: usize,
    scores: &mut [f32],
    out: &mut [f32],
    out_stride: usize,
) {
    let n = out.len().div_ceil(out_stride);
    let mut query = 0;
    while query < n {
        let queries = &queries[query * query_stride..];
        let out = &mut out[query * out_stride..];
        if query + QUERIES <= n {
            attend::<L, QUERIES>(
                lanes,
                source,
                queries,
                query_stride,
                scores,
                out,
                out_stride,
            );
            query += QUERIES;
        } else {
            attend::<L, 1>(
                lanes,
                source,
                queries,
                query_stride,
                scores,
                out,
                out_stride,
            );
            query += 1;
        }
    }
}

/// Computes `COUNT` queries of one head.
#[inline(always)]
fn attend<L: Lanes, const COUNT: usize>(
    lanes: L,
    source: Source<'_>,
    queries: &[f32],
    query_stride: usize,
    scores: &mut [f32],
    out: &mut [f32],
    out_stride: usize,
) {
    let mut queries_of: [&[f32]; COUNT] = [&[]; COUNT];
    for (index, query) in queries_of.iter_mut().enumerate() {
        *query = &queries[index * query_stride..][..source.head_dim];
    }
    let padded = source.source_len.next_multiple_of(LANES);
    let scores = &mut scores[..COUNT * padded];

    dot_products(lanes, source, queries_of, scores);
    let mut probabilities_of: [&[f32]; COUNT] = [&[]; COUNT];
    softmax::<L, COUNT>(lanes, scores, source.source_len);
    for (row, probabilities) in scores.chunks_exact(padded).zip(&mut probabilities_of) {
        *probabilities = &row[..source.source_len];
    }
    weighted_sums(lanes, source, probabilities_of, out, out_stride);
}

/// How many of the `rows` rows of `[rows, stride]` have [`LANES`] elements from `column` to the end
/// of the slice. (Elements that belong to the next row are loaded, but not used.)
#[inline(always)]
fn rows_with_full_lanes(len: usize, stride: usize, column: usize, rows: usize) -> usize {
    match len.checked_sub(column + LANES) {
        Some(room) => rows.min(room / stride + 1),
        None => 0,
    }
}

/// `sums[i] + factors[i] * vector`
#[inline(always)]
fn accumulate<L: Lanes, const COUNT: usize, const VECTORS: usize>(
    lanes: L,
    mut sums: [[L::Vector; VECTORS]; COUNT],
    factors: [&[f32]; COUNT],
    position: usize,
    vectors: [L::Vector; VECTORS],
) -> [[L::Vector; VECTORS]; COUNT] {
    for index in 0..COUNT {
        let factor = lanes.splat(factors[index][position]);
        for vector in 0..VECTORS {
            let products = lanes.mul(factor, vectors[vector]);
            sums[index][vector] = lanes.add(sums[index][vector], products);
        }
    }
    sums
}

/// For `VECTORS` times 16 columns from `column` on: `COUNT` sums over the rows of a matrix, each row times
/// its factor.
///
/// # Shapes
/// `factors: [COUNT][rows]`, `matrix: [rows, stride]`
#[inline(always)]
fn sum_of_rows<L: Lanes, const COUNT: usize, const VECTORS: usize>(
    lanes: L,
    factors: [&[f32]; COUNT],
    matrix: &[f32],
    stride: usize,
    column: usize,
) -> [[L::Vector; VECTORS]; COUNT] {
    let rows = factors[0].len();
    let factors = factors.map(|factors| &factors[..rows]);
    let last_column = column + (VECTORS - 1) * LANES;
    let full = rows_with_full_lanes(matrix.len(), stride, last_column, rows);
    let mut sums = [[lanes.splat(0.0); VECTORS]; COUNT];
    let mut vectors = [lanes.splat(0.0); VECTORS];
    for row in 0..full {
        let (chunks, _) = matrix[row * stride + column..][..VECTORS * LANES].as_chunks();
        for (vector, chunk) in vectors.iter_mut().zip(chunks) {
            *vector = lanes.load(chunk);
        }
        sums = accumulate(lanes, sums, factors, row, vectors);
    }
    for row in full..rows {
        let mut rest = &matrix[row * stride + column..];
        for vector in &mut vectors {
            let (chunk, after) = rest.split_at(LANES.min(rest.len()));
            *vector = lanes.load_partial(chunk);
            rest = after;
        }
        sums = accumulate(lanes, sums, factors, row, vectors);
    }
    sums
}

/// The scores of `COUNT` queries; those past `source_len` are undefined.
#[inline(always)]
fn dot_products<L: Lanes, const COUNT: usize>(
    lanes: L,
    source: Source<'_>,
    queries: [&[f32]; COUNT],
    scores: &mut [f32],
) {
    let padded = scores.len() / COUNT;
    let mut position = 0;
    // One query's additions depend on each other: two independent vectors take no longer than one.
    while COUNT == 1 && position + 2 * LANES <= padded {
        dot_products_from::<L, COUNT, 2>(lanes, source, queries, scores, position);
        position += 2 * LANES;
    }
    while position < padded {
        dot_products_from::<L, COUNT, 1>(lanes, source, queries, scores, position);
        position += LANES;
    }
}

/// The scores of `VECTORS` times 16 positions, from `position` on.
#[inline(always)]
fn dot_products_from<L: Lanes, const COUNT: usize, const VECTORS: usize>(
    lanes: L,
    source: Source<'_>,
    queries: [&[f32]; COUNT],
    scores: &mut [f32],
    position: usize,
) {
    let padded = scores.len() / COUNT;
    let scale = lanes.splat(1.0 / math::square_root(source.head_dim as f32));
    let sums: [[L::Vector; VECTORS]; COUNT] =
        sum_of_rows(lanes, queries, source.keys, source.key_stride, position);
    for (row, sums) in scores.chunks_exact_mut(padded).zip(sums) {
        let (chunks, _) = row[position..][..VECTORS * LANES].as_chunks_mut();
        for (chunk, sums) in chunks.iter_mut().zip(sums) {
            lanes.store(lanes.mul(sums, scale), chunk);
        }
    }
}

/// Softmax in place, of the first `source_len` scores of each of `COUNT` rows. The rows are padded to whole
/// lanes; the padding's content does not matter.
///
/// Each step is done for all rows before the next step: interleaving the rows hides each one's
/// latency.
#[inline(always)]
fn softmax<L: Lanes, const COUNT: usize>(lanes: L, scores: &mut [f32], source_len: usize) {
    let padded = scores.len() / COUNT;
    let in_last = source_len - (padded - LANES);

    let mut highest = [lanes.splat(f32::NEG_INFINITY); COUNT];
    for (row, highest) in scores.chunks_exact(padded).zip(&mut highest) {
        *highest = highest_score(lanes, row, in_last);
    }
    for highest in &mut highest {
        *highest = lanes.splat(lanes.greatest(*highest));
    }
    let mut sums = [lanes.splat(0.0); COUNT];
    let rows = scores.chunks_exact_mut(padded).zip(highest);
    for ((row, highest), sum) in rows.zip(&mut sums) {
        *sum = exponentials(lanes, row, highest, in_last);
    }
    for sum in &mut sums {
        *sum = lanes.splat(1.0 / lanes.sum(*sum));
    }
    for (row, reciprocal) in scores.chunks_exact_mut(padded).zip(sums) {
        for block in row.as_chunks_mut().0 {
            lanes.store(lanes.mul(lanes.load(block), reciprocal), block);
        }
    }
}

/// The highest score of each lane. Only the first `in_last` of the last 16 scores count.
#[inline(always)]
fn highest_score<L: Lanes>(lanes: L, row: &[f32], in_last: usize) -> L::Vector {
    let lowest = lanes.splat(f32::NEG_INFINITY);
    let (blocks, _) = row.as_chunks::<LANES>();
    let (last, blocks) = blocks.split_last().expect("there is a source");
    let mut highest = lowest;
    for block in blocks {
        highest = lanes.max(lanes.load(block), highest);
    }
    lanes.max(lanes.first_or(lanes.load(last), in_last, lowest), highest)
}

/// Replaces each score by `e^(score - highest)`. Returns the sum of each lane. Only the first `in_last`
/// of the last 16 scores count.
#[inline(always)]
fn exponentials<L: Lanes>(
    lanes: L,
    row: &mut [f32],
    highest: L::Vector,
    in_last: usize,
) -> L::Vector {
    let (blocks, _) = row.as_chunks_mut::<LANES>();
    let (last, blocks) = blocks.split_last_mut().expect("there is a source");
    let mut sum = lanes.splat(0.0);
    for block in blocks {
        let powers = lanes.exp(lanes.sub(lanes.load(block), highest));
        lanes.store(powers, block);
        sum = lanes.add(sum, powers);
    }
    let powers = lanes.exp(lanes.sub(lanes.load(last), highest));
    lanes.store(powers, last);
    lanes.add(sum, lanes.first_or(powers, in_last, lanes.splat(0.0)))
}

/// The values, weighted by `COUNT` queries' probabilities.
#[inline(always)]
fn weighted_sums<L: Lanes, const COUNT: usize>(
    lanes: L,
    source: Source<'_>,
    probabilities: [&[f32]; COUNT],
    out: &mut [f32],
    out_stride: usize,
) {
    let mut dimension = 0;
    // Two vectors at a time, as in `dot_products`.
    while COUNT == 1 && dimension + 2 * LANES <= source.head_dim {
        weighted_sums_from::<L, COUNT, 2>(lanes, source, probabilities, out, out_stride, dimension);
        dimension += 2 * LANES;
    }
    while dimension < source.head_dim {
        weighted_sums_from::<L, COUNT, 1>(lanes, source, probabilities, out, out_stride, dimension);
        dimension += LANES;
    }
}

/// As above, for `VECTORS` times 16 dimensions from `dimension` on, or as many as the head has
/// left.
#[inline(always)]
fn weighted_sums_from<L: Lanes, const COUNT: usize, const VECTORS: usize>(
    lanes: L,
    source: Source<'_>,
    probabilities: [&[f32]; COUNT],
    out: &mut [f32],
    out_stride: usize,
    dimension: usize,
) {
    let sums: [[L::Vector; VECTORS]; COUNT] = sum_of_rows(
        lanes,
        probabilities,
        source.values,
        source.value_stride,
        dimension,
    );
    let width = (VECTORS * LANES).min(source.head_dim - dimension);
    for (index, sums) in sums.into_iter().enumerate() {
        let out = &mut out[index * out_stride + dimension..][..width];
        for (out, sums) in out.chunks_mut(LANES).zip(sums) {
            match out.first_chunk_mut() {
                Some(full) => lanes.store(sums, full),
                None => lanes.store_partial(sums, out),
            }
        }
    }
}
