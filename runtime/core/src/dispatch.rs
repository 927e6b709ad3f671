//! Maps each of the model's operations to its kernel and weights. The native engine and tract's operators both
//! run their kernels through here.

use deshi_kernels::{KernelSet, LinearWeights, transpose};

use crate::Token;
use crate::embedding::embedding_factor;
use crate::operations::{Linear, Norm};
use crate::weights::Layout;
use crate::{Architecture, Side};

/// Kernels and weights. [`Weights`](crate::weights::Weights) has accepted the weights file.
#[derive(Debug, Clone, Copy)]
pub struct Dispatch<'w> {
    kernels: &'static dyn KernelSet,
    layout: &'w Layout,
    file: &'w [u8],
}

impl<'w> Dispatch<'w> {
    /// Runs these weights on these kernels.
    pub fn new(kernels: &'static dyn KernelSet, layout: &'w Layout, file: &'w [u8]) -> Self {
        Self {
            kernels,
            layout,
            file,
        }
    }

    /// The architecture of the weights.
    pub fn architecture(&self) -> &'w Architecture {
        self.layout.architecture()
    }

    /// The kernels.
    pub fn kernels(&self) -> &'static dyn KernelSet {
        self.kernels
    }

    /// The output layer.
    pub fn embedding(&self) -> LinearWeights<'w> {
        self.layout.embedding(self.file)
    }

    /// The embedding of a language's token at a position: `(quantised * scale) * sqrt(d_model) + sine`.
    ///
    /// # Shapes
    /// `row` (scratch) and `out: [d_model]`
    ///
    /// # Panics
    /// If the token or the position is out of range.
    pub fn embed(
        &self,
        side: Side,
        token: Token,
        position: usize,
        row: &mut [i8],
        out: &mut [f32],
    ) {
        let d_model = out.len();
        let token = token as usize;
        let scale = match self.layout.table(self.file, side) {
            Some(table) => {
                row.copy_from_slice(&table.rows[token * d_model..][..d_model]);
                table.scales[token]
            }
            None => {
                let embedding = self.embedding();
                embedding.row(token, row);
                embedding.scales()[token]
            }
        };
        let factor = embedding_factor(d_model);
        let sines = &self.layout.positions(self.file)[position * d_model..][..d_model];
        for ((out, &quantised), sine) in out.iter_mut().zip(&*row).zip(sines) {
            *out = (f32::from(quantised) * scale) * factor + sine;
        }
    }

    /// A linear layer, with its activation.
    ///
    /// # Shapes
    /// `x: [n, inputs] -> out: [n, outputs]`; scratch: `quantised: [n, inputs]`, `scales: [n]`
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn linear(
        &self,
        layer: Linear,
        x: &[f32],
        quantised: &mut [i8],
        scales: &mut [f32],
        out: &mut [f32],
    ) {
        self.kernels
            .quantise_rows(x, layer.inputs, quantised, scales);
        let weights = self.layout.linear(self.file, layer);
        let activation = layer.activation;
        self.kernels
            .linear(scales.len(), quantised, scales, &weights, activation, out);
    }

    /// A residual sum and its layer normalisation.
    ///
    /// # Shapes
    /// All `[n, width]`
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn add_norm(&self, norm: Norm, x: &[f32], y: &[f32], out: &mut [f32]) {
        let (gamma, beta) = self.layout.norm(self.file, norm);
        self.kernels.add_norm(x, y, gamma, beta, out);
    }

    /// Self-attention of one sentence.
    ///
    /// # Shapes
    /// `qkv: [n, 3 * d_model] -> out: [n, d_model]`;
    /// scratch: [`self_attention_scratch`](deshi_kernels::self_attention_scratch)
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn self_attention(&self, qkv: &[f32], scratch: &mut [f32], out: &mut [f32]) {
        let architecture = self.layout.architecture();
        let (d_model, n_heads) = (architecture.d_model, architecture.n_heads);
        self.kernels
            .self_attention(qkv, d_model, n_heads, scratch, out);
    }

    /// Splits the joined keys and values of one source, and transposes the keys.
    ///
    /// # Shapes
    /// `keys_values: [source_len, 2 * d_model]` -> `keys: [d_model, source_len]`, `values: [source_len, d_model]`
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn split_keys_values(&self, keys_values: &[f32], keys: &mut [f32], values: &mut [f32]) {
        let d_model = self.layout.architecture().d_model;
        let source_len = keys_values.len() / (2 * d_model);
        let rows = keys_values
            .chunks_exact(2 * d_model)
            .zip(values.chunks_exact_mut(d_model));
        for (row, values) in rows {
            values.copy_from_slice(&row[d_model..]);
        }
        transpose(keys_values, 2 * d_model, keys, source_len, source_len);
    }

    /// Attention to one source.
    ///
    /// # Shapes
    /// `q: [n, d_model]`, `keys: [d_model, source_len]`, `values: [source_len, d_model]` -> `out: [n, d_model]`;
    /// scratch: [`cross_attention_scratch`](deshi_kernels::cross_attention_scratch)
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn cross_attention(
        &self,
        q: &[f32],
        keys: &[f32],
        values: &[f32],
        scratch: &mut [f32],
        out: &mut [f32],
    ) {
        let architecture = self.layout.architecture();
        let source_len = values.len() / architecture.d_model;
        let heads = architecture.n_heads;
        self.kernels
            .cross_attention(q, keys, values, source_len, heads, scratch, out);
    }

    /// Puts the key and the value of a sentence's next position into its cache, and attends to them and all before.
    ///
    /// # Shapes
    /// `qkv: [3 * d_model]`, `keys: [d_model, capacity]`, `values: [capacity, d_model]` -> `out: [d_model]`; scratch:
    /// [`cross_attention_scratch`](deshi_kernels::cross_attention_scratch)`(1, position + 1)`
    ///
    /// # Panics
    /// If the shapes do not fit, or `position` is not below the capacity.
    pub fn causal_attention(
        &self,
        qkv: &[f32],
        position: usize,
        keys: &mut [f32],
        values: &mut [f32],
        scratch: &mut [f32],
        out: &mut [f32],
    ) {
        let architecture = self.layout.architecture();
        let (d_model, heads) = (architecture.d_model, architecture.n_heads);
        let capacity = keys.len() / d_model;
        let (q, pair) = qkv.split_at(d_model);
        let (key, value) = pair.split_at(d_model);
        for (row, &element) in keys.chunks_exact_mut(capacity).zip(key) {
            row[position] = element;
        }
        values[position * d_model..][..d_model].copy_from_slice(value);
        self.kernels
            .cached_attention(q, keys, values, position + 1, heads, scratch, out);
    }

    /// The SSRU over `n` positions of one sentence.
    ///
    /// # Shapes
    /// `xw: [n, 2 * d_model]`, `state: [d_model]` -> `out: [n, d_model]`
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn ssru(&self, xw: &[f32], state: &mut [f32], out: &mut [f32]) {
        self.kernels.ssru(xw, state, out);
    }
}
