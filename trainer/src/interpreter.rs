//! The model's operations on tensors that can be trained: batches of padded sentences, `[batch, n, width]`.

use std::convert::Infallible;

use deshi_core::embedding::embedding_factor;
use deshi_core::operations::{Linear, Norm, Operations};
use deshi_core::tensors::EMBEDDING;
use deshi_core::{Architecture, forward};
use deshi_kernels::Activation;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::model::Model;

/// The arithmetic of linear layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// f32.
    #[default]
    F32,
    /// bf16 products over f32 master weights.
    Bf16,
    /// What the int8 kernels compute, to the bit; gradients pass through the rounding.
    Int8,
}

/// How a forward pass is run.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    /// Arithmetic of the linear layers.
    pub precision: Precision,
    /// Share of each sub-layer's output that is dropped in training; 0 otherwise.
    pub dropout: f64,
}

impl Mode {
    /// Without dropout.
    #[must_use]
    pub fn inference(precision: Precision) -> Self {
        Self {
            precision,
            dropout: 0.0,
        }
    }
}

/// What a decoder layer keeps of the positions before: nothing yet, the SSRU's vector `[batch, d_model]`, or
/// keys and values `[batch, heads, n, head_dim]`.
pub enum State {
    /// No position yet.
    Empty,
    /// SSRU.
    Vector(Tensor),
    /// Self-attention.
    KeysValues(Tensor, Tensor),
}

/// Runs the model on tensors.
pub struct Torch<'m> {
    model: &'m Model,
    mode: Mode,
    /// 0 at words, minus infinity at padding: `[batch, 1, 1, source_len]`.
    source_mask: Tensor,
}

impl<'m> Torch<'m> {
    /// An interpreter for a batch of sources. `padding: [batch, source_len]`, true at positions without a token.
    pub fn new(model: &'m Model, mode: Mode, padding: &Tensor) -> Self {
        let kind = match mode.precision {
            Precision::Bf16 => Kind::BFloat16,
            Precision::F32 | Precision::Int8 => Kind::Float,
        };
        let source_mask = padding
            .to_kind(kind)
            .masked_fill(padding, f64::NEG_INFINITY)
            .unsqueeze(1)
            .unsqueeze(1);
        Self {
            model,
            mode,
            source_mask,
        }
    }

    fn architecture(&self) -> &'m Architecture {
        &self.model.architecture
    }

    /// Empty states, one for each decoder layer.
    pub fn states(&self) -> Vec<State> {
        (0..self.architecture().decoder_layers)
            .map(|_| State::Empty)
            .collect()
    }

    /// Goes on with some of the sources. `rows: [n]`.
    pub fn keep_rows(&mut self, rows: &Tensor) {
        self.source_mask = self.source_mask.index_select(0, rows);
    }

    /// Embeds tokens. `ids: [batch, n]` -> `[batch, n, d_model]`.
    pub fn embed(&self, ids: &Tensor, first_position: i64) -> Tensor {
        let table = self.model.get(&format!("{EMBEDDING}.weight"));
        let table = match self.mode.precision {
            Precision::Int8 => {
                let (quantised, scale) = quantise(table);
                quantised * scale
            }
            _ => table.shallow_clone(),
        };
        let positions = self
            .model
            .positions
            .narrow(0, first_position, ids.size()[1]);
        let factor = f64::from(embedding_factor(self.architecture().d_model));
        let x = Tensor::embedding(&table, ids, -1, false, false) * factor + positions;
        self.drop_out(x)
    }

    /// The keys and values of a batch of sources, for each decoder layer. `ids: [batch, source_len]`.
    pub fn encode(&mut self, ids: &Tensor) -> Vec<(Tensor, Tensor)> {
        let x = self.embed(ids, 0);
        let architecture = self.architecture();
        let run = |this: &mut Self| {
            let encoded = forward::encode(this, architecture, x)?;
            forward::keys_values(this, architecture, encoded)
        };
        infallible(run(self)).into_iter().collect()
    }

    /// The decoder's logits. `ids: [batch, n]` -> `[batch, n, vocabulary_size]`.
    pub fn decode(
        &mut self,
        ids: &Tensor,
        first_position: i64,
        source: &[(Tensor, Tensor)],
        states: &mut [State],
    ) -> Tensor {
        let hidden = self.hidden(ids, first_position, source, states);
        self.product(&hidden, EMBEDDING).to_kind(Kind::Float)
    }

    /// The decoder without its output layer. `ids: [batch, n]` -> `[batch, n, d_model]`.
    pub fn hidden(
        &mut self,
        ids: &Tensor,
        first_position: i64,
        source: &[(Tensor, Tensor)],
        states: &mut [State],
    ) -> Tensor {
        let x = self.embed(ids, first_position);
        infallible(forward::decode(
            self,
            self.architecture(),
            x,
            source,
            states,
        ))
    }

    fn drop_out(&self, x: Tensor) -> Tensor {
        if self.mode.dropout > 0.0 {
            x.dropout(self.mode.dropout, true)
        } else {
            x
        }
    }

    fn product(&self, x: &Tensor, name: &str) -> Tensor {
        product(self.model, self.mode.precision, x, name)
    }

    /// `[batch, n, d_model] -> [batch, heads, n, head_dim]`
    fn split_heads(&self, x: &Tensor) -> Tensor {
        let (batch, n, _) = x.size3().expect("values are [batch, n, width]");
        let heads = self.architecture().n_heads as i64;
        x.view([batch, n, heads, -1]).transpose(1, 2)
    }

    /// Queries, keys and values by head -> `[batch, n, d_model]`. One fused kernel: it reads the heads where they are, and
    /// keeps no scores.
    fn attend(&self, q: &Tensor, k: &Tensor, v: &Tensor, mask: Mask<'_>) -> Tensor {
        let (mask, causal) = match mask {
            Mask::Add(mask) => (Some(mask), false),
            Mask::Causal => (None, true),
            Mask::None => (None, false),
        };
        let out =
            Tensor::scaled_dot_product_attention(q, k, v, mask, 0.0, causal, None::<f64>, false);
        let (batch, n) = (q.size()[0], q.size()[2]);
        out.transpose(1, 2).reshape([batch, n, -1])
    }
}

/// What a position may not look at.
enum Mask<'t> {
    /// Nothing is forbidden.
    None,
    /// The positions after it. A kernel that knows this needs no mask, and skips half of the work.
    Causal,
    /// Where this, which is added to the scores, is minus infinity.
    Add(&'t Tensor),
}

/// A model's linear layer. `x: [.., inputs]` -> `[.., outputs]`, in bf16 where that is the precision: what reads it widens it.
pub(crate) fn product(model: &Model, precision: Precision, x: &Tensor, name: &str) -> Tensor {
    let weight = model.get(&format!("{name}.weight"));
    let bias = model.get(&format!("{name}.bias"));
    match precision {
        Precision::F32 => x.linear(weight, Some(bias)),
        Precision::Bf16 => x.to_kind(Kind::BFloat16).linear(
            &weight.to_kind(Kind::BFloat16),
            Some(&bias.to_kind(Kind::BFloat16)),
        ),
        Precision::Int8 => int8_linear(x, weight, bias),
    }
}

fn infallible<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
    }
}

/// Symmetric int8 of each row, as whole numbers in f32, and each row's scale: the kernels' formula
/// ([`deshi_kernels::KernelSet::quantise_rows`]). Gradients pass through the rounding.
fn quantise(x: &Tensor) -> (Tensor, Tensor) {
    let maximum = x
        .detach()
        .abs()
        .amax([-1].as_slice(), true)
        .clamp_min(1e-20);
    let inverse = maximum.full_like(127.0) / &maximum;
    let scaled = x * inverse;
    let rounding = (scaled.round() - &scaled).detach();
    (scaled + rounding, maximum * f64::from(1.0f32 / 127.0))
}

/// What the kernels' int8 linear layer computes, to the bit: whole numbers up to 127, products summed exactly
/// (in f64, which holds them all), then `sum * (scale * weight_scale) + bias` in f32.
///
/// # Shapes
/// `x: [.., inputs]`, `weight: [outputs, inputs]`, `bias: [outputs]` -> `[.., outputs]`
pub fn int8_linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
    let (x, x_scale) = quantise(x);
    let (weight, weight_scale) = quantise(weight);
    // f32 holds whole numbers up to 2^24: enough for 1040 products of 127 * 127.
    let exact = if weight.size()[1] <= 1040 {
        Kind::Float
    } else {
        Kind::Double
    };
    let sums = x
        .to_kind(exact)
        .linear(&weight.to_kind(exact), None::<&Tensor>)
        .to_kind(Kind::Float);
    sums * (x_scale * weight_scale.reshape([-1])) + bias
}

impl Operations for Torch<'_> {
    type Value = Tensor;
    type KeysValues = (Tensor, Tensor);
    type State = State;
    type Error = Infallible;

    fn linear(&mut self, x: &Tensor, layer: Linear) -> Result<Tensor, Infallible> {
        let name = layer.to_string();
        Ok(match layer.activation {
            Activation::None => self.product(x, &name),
            activation @ (Activation::Relu | Activation::Swish) => {
                // Flat, so that the product is not a view, and can be changed in place.
                let (inputs, outputs) = (layer.inputs as i64, layer.outputs as i64);
                let mut y = self.product(&x.reshape([-1, inputs]), &name);
                let mut shape = x.size();
                shape.pop();
                shape.push(outputs);
                let y = if activation == Activation::Swish {
                    y.silu()
                } else {
                    y.relu_()
                };
                y.view(shape.as_slice())
            }
        })
    }

    fn add_norm(&mut self, x: Tensor, y: Tensor, norm: Norm) -> Result<Tensor, Infallible> {
        let gamma = self.model.get(&format!("{norm}.gamma"));
        let beta = self.model.get(&format!("{norm}.beta"));
        let sum: Tensor = x + self.drop_out(y);
        Ok(sum.layer_norm([norm.width as i64], Some(gamma), Some(beta), 1e-6, false))
    }

    fn self_attention(&mut self, qkv: Tensor) -> Result<Tensor, Infallible> {
        let parts = qkv.chunk(3, -1);
        let [q, k, v] = [0, 1, 2].map(|part| self.split_heads(&parts[part]));
        Ok(self.attend(&q, &k, &v, Mask::Add(&self.source_mask)))
    }

    fn causal_attention(&mut self, qkv: Tensor, state: &mut State) -> Result<Tensor, Infallible> {
        let parts = qkv.chunk(3, -1);
        let [q, mut k, mut v] = [0, 1, 2].map(|part| self.split_heads(&parts[part]));
        if let State::KeysValues(keys, values) = state {
            k = Tensor::cat(&[&*keys, &k], 2);
            v = Tensor::cat(&[&*values, &v], 2);
        }
        let (n, all) = (q.size()[2], k.size()[2]);
        let out = if n == 1 {
            self.attend(&q, &k, &v, Mask::None)
        } else if n == all {
            self.attend(&q, &k, &v, Mask::Causal)
        } else {
            let later = Tensor::full([n, all], f64::NEG_INFINITY, (q.kind(), q.device()));
            self.attend(&q, &k, &v, Mask::Add(&later.triu(all - n + 1)))
        };
        *state = State::KeysValues(k, v);
        Ok(out)
    }

    fn ssru(&mut self, xw: Tensor, state: &mut State) -> Result<Tensor, Infallible> {
        let parts = xw.to_kind(Kind::Float).chunk(2, -1);
        let forget = parts[1].sigmoid();
        let before = match state {
            State::Vector(vector) => vector.shallow_clone(),
            _ => Tensor::zeros(
                [xw.size()[0], parts[0].size()[2]],
                (Kind::Float, xw.device()),
            ),
        };
        let n = xw.size()[1];
        let vectors = if n > 1 && xw.device().is_cuda() {
            recurrence_by_doubling(&parts[0], &forget, &before)
        } else {
            recurrence_in_order(&parts[0], &forget, &before)
        };
        *state = State::Vector(vectors.select(1, n - 1));
        Ok(vectors.relu())
    }

    fn keys_values(&mut self, pairs: Tensor, _: usize) -> Result<(Tensor, Tensor), Infallible> {
        let parts = pairs.chunk(2, -1);
        Ok((self.split_heads(&parts[0]), self.split_heads(&parts[1])))
    }

    fn cross_attention(
        &mut self,
        q: Tensor,
        (keys, values): &(Tensor, Tensor),
    ) -> Result<Tensor, Infallible> {
        let mask = Mask::Add(&self.source_mask);
        Ok(self.attend(&self.split_heads(&q), keys, values, mask))
    }
}

/// The SSRU's vectors, `c[t] = forget[t] * c[t - 1] + (1 - forget[t]) * x[t]`, one position after the other: the least work.
///
/// # Shapes
/// `x, forget: [batch, n, width]`; `before: [batch, width]` -> `[batch, n, width]`
fn recurrence_in_order(x: &Tensor, forget: &Tensor, before: &Tensor) -> Tensor {
    let mut vector = before.shallow_clone();
    let steps = forget.unbind(1).into_iter().zip(x.unbind(1));
    let vectors: Vec<Tensor> = steps
        .map(|(forget, x)| {
            vector = x.lerp_tensor(&vector, &forget);
            vector.shallow_clone()
        })
        .collect();
    Tensor::stack(&vectors, 1)
}

/// The same in `log2(n)` rounds over all positions at once (Hillis and Steele 1986, "Data parallel algorithms"): for a GPU,
/// which waits longer for each small kernel than a large one takes. After a round, each position's vector is of twice as
/// many positions before it, and `decay` is the product of their `forget`.
fn recurrence_by_doubling(x: &Tensor, forget: &Tensor, before: &Tensor) -> Tensor {
    let n = x.size()[1];
    let first = |tensor: &Tensor, count| tensor.narrow(1, 0, count);
    let last = |tensor: &Tensor, count| tensor.narrow(1, n - count, count);
    // (1 - forget) * x, and what was before comes in at the first position.
    let own = x - x * forget;
    let start = first(&own, 1).addcmul(&first(forget, 1), &before.unsqueeze(1));
    let mut vectors = Tensor::cat(&[start, last(&own, n - 1)], 1);
    let mut decay = forget.shallow_clone();
    let mut distance = 1;
    while distance < n {
        let rest = n - distance;
        let moved = last(&vectors, rest).addcmul(&last(&decay, rest), &first(&vectors, rest));
        vectors = Tensor::cat(&[first(&vectors, distance), moved], 1);
        if 2 * distance < n {
            let longer = last(&decay, rest) * first(&decay, rest);
            decay = Tensor::cat(&[first(&decay, distance), longer], 1);
        }
        distance *= 2;
    }
    vectors
}

/// Where tensors live: the first GPU if libtorch has one, else the CPU.
pub fn device() -> Device {
    Device::cuda_if_available()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recurrence_by_doubling_is_the_recurrence_with_its_gradients() {
        tch::manual_seed(11);
        for n in [1, 2, 3, 7, 8, 33, 100] {
            let random = |shape: &[i64]| Tensor::randn(shape, (Kind::Float, Device::Cpu));
            let leaf = |tensor: Tensor| tensor.detach().set_requires_grad(true);
            let x = leaf(random(&[4, n, 16]));
            // Near 0, near 1 and between: what is kept for one position, and for all.
            let forget = leaf((random(&[4, n, 16]) * 6.0).sigmoid());
            let before = leaf(random(&[4, 16]));
            let leaves = [&x, &forget, &before];
            let weights = random(&[4, n, 16]);
            let run = |recurrence: fn(&Tensor, &Tensor, &Tensor) -> Tensor| {
                let vectors = recurrence(&x, &forget, &before);
                let sum = (&vectors * &weights).sum(Kind::Float);
                let mut all = Tensor::run_backward(&[&sum], &leaves, false, false);
                all.push(vectors);
                all
            };
            let expected = run(recurrence_in_order);
            for (found, expected) in run(recurrence_by_doubling).iter().zip(&expected) {
                let difference = (found - expected).abs().max().double_value(&[]);
                let largest = expected.abs().max().double_value(&[]);
                assert!(
                    difference <= 1e-5 * largest.max(1.0),
                    "{n} positions: {difference} of {largest}"
                );
            }
        }
    }
}
