//! [`KernelSet`]: the interface of every implementation of the operations.

use core::fmt;

use crate::linear_weights::{Activation, LinearWeights};
use crate::math;

/// One implementation of every operation, for one instruction set. All sets give the same bits.
///
/// # Panics
/// Every method panics if the lengths of its slices do not fit its shapes.
pub trait KernelSet: Sync {
    /// The set's name: the instructions it is made of, or `"plain"`.
    fn name(&self) -> &'static str;

    /// Quantises each row of activations symmetrically, with its own scale: `maximum = max(max |x|,
    /// 1e-20)`, `quantised = round_half_to_even(x * (127 / maximum))`, `scale = maximum * (1 /
    /// 127)`. A NaN does not count in the maximum, and becomes -127.
    ///
    /// # Shapes
    /// `x: [rows, columns]`, `quantised: [rows, columns]` within `-127..=127`, `scales: [rows]`
    fn quantise_rows(&self, x: &[f32], columns: usize, quantised: &mut [i8], scales: &mut [f32]);

    /// `y = activation((sum of quantised * weight, in i32, as f32) * (scale * weight_scale) + bias)`.
    ///
    /// # Shapes
    /// `quantised: [rows, inputs]` within `-127..=127` (with -128 the sets may differ),
    /// `scales: [rows]`, `y: [rows, outputs]`
    fn linear(
        &self,
        rows: usize,
        quantised: &[i8],
        scales: &[f32],
        weights: &LinearWeights<'_>,
        activation: Activation,
        y: &mut [f32],
    );

    /// Residual sum and layer normalisation of each row: with `z = x + y`, `mean = sum(z) / d_model`
    /// and `variance = sum((z - mean)^2) / d_model`,
    /// `out = (z - mean) * (1 / sqrt(variance + 1e-6)) * gamma + beta`.
    ///
    /// # Shapes
    /// `x, y, out: [rows, d_model]`, `gamma, beta: [d_model]`
    fn add_norm(&self, x: &[f32], y: &[f32], gamma: &[f32], beta: &[f32], out: &mut [f32]);

    /// Multi-head attention of a sentence to itself, without a mask: for each head,
    /// `softmax(q k^T / sqrt(head_dim)) v`, with `head_dim = d_model / heads`.
    ///
    /// # Shapes
    /// `qkv: [n, 3 * d_model]`: queries, keys and values side by side, each with its heads side by
    /// side; `out: [n, d_model]`; `scratch`: at least
    /// [`self_attention_scratch`](crate::self_attention_scratch) elements, of any content
    fn self_attention(
        &self,
        qkv: &[f32],
        d_model: usize,
        heads: usize,
        scratch: &mut [f32],
        out: &mut [f32],
    );

    /// Multi-head attention of `n` queries to a source, as in [`Self::self_attention`]. With an
    /// empty source the result is zero.
    ///
    /// # Shapes
    /// `q, out: [n, d_model]`; `keys_transposed: [d_model, source_len]`;
    /// `values: [source_len, d_model]`; `scratch`: at least
    /// [`cross_attention_scratch`](crate::cross_attention_scratch) elements, of any content
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one of the operation's inputs"
    )]
    fn cross_attention(
        &self,
        q: &[f32],
        keys_transposed: &[f32],
        values: &[f32],
        source_len: usize,
        heads: usize,
        scratch: &mut [f32],
        out: &mut [f32],
    );

    /// Multi-head attention of one query to the first `positions` of a cache, as in [`Self::self_attention`]; what the
    /// cache holds behind them has no effect. With no positions the result is zero.
    ///
    /// # Shapes
    /// `q, out: [d_model]`; `keys_transposed: [d_model, capacity]`; `values: [capacity, d_model]`; `scratch`: at
    /// least [`cross_attention_scratch`](crate::cross_attention_scratch)`(1, positions)` elements, of any content
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one of the operation's inputs"
    )]
    fn cached_attention(
        &self,
        q: &[f32],
        keys_transposed: &[f32],
        values: &[f32],
        positions: usize,
        heads: usize,
        scratch: &mut [f32],
        out: &mut [f32],
    );

    /// The SSRU over `t` positions: with `x` the first half of a row of `xw` (`W x`) and `g` its second
    /// (`W_f x + b_f`), `f = 1 / (1 + e^-g)`, `state = f * state + (1 - f) * x`,
    /// `out = max(state, 0)`.
    ///
    /// # Shapes
    /// `xw: [t, 2 * d_model]`, `state: [d_model]`, `out: [t, d_model]`
    fn ssru(&self, xw: &[f32], state: &mut [f32], out: &mut [f32]);

    /// The index and value of the highest logit, the lowest index among equals. NaN never wins. If
    /// no logit is above minus infinity, the result is index 0 and minus infinity.
    fn argmax(&self, logits: &[f32]) -> (usize, f32);

    /// The sum of `e^(logit - max)`, with each difference clamped to `-87..=88`.
    fn sum_exp(&self, logits: &[f32], max: f32) -> f32;

    /// `max + ln(sum of e^(logit - max))`. A logit minus this is a log-probability. `max` is the
    /// highest logit, from [`Self::argmax`].
    fn log_sum_exp(&self, logits: &[f32], max: f32) -> f32 {
        max + math::ln(self.sum_exp(logits, max))
    }

    /// An upper limit for [`Self::linear`], for measurements: `steps` steps of a tile of 4 rows by
    /// `groups` groups of outputs (1, else 4) with every weight in a register. Returns the number of
    /// int8 multiply-adds. Which of the two is faster depends on the set's number of registers.
    #[cfg(feature = "limits")]
    fn limit_of_products(&self, groups: usize, steps: usize) -> u64;

    /// An upper limit for f32 operations, for measurements: `steps` steps of multiplications, each
    /// followed by an addition. Returns the number of such pairs.
    #[cfg(feature = "limits")]
    fn limit_of_multiply_adds(&self, steps: usize) -> u64;

    /// An upper limit for reading memory, for measurements: the greatest of the numbers.
    #[cfg(feature = "limits")]
    fn limit_of_reading(&self, numbers: &[f32]) -> f32;
}

impl fmt::Debug for dyn KernelSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KernelSet").field(&self.name()).finish()
    }
}

/// Implements [`KernelSet`] for a type that offers `lanes` and `linear_rows`. Every operation is
/// compiled with the set's target features, or with none (`safe`).
///
/// `$set` must be constructible only where the CPU has all of those features.
macro_rules! kernel_set {
    ($set:ty, $name:literal, $features:tt) => {
        impl crate::set::KernelSet for $set {
            fn name(&self) -> &'static str {
                $name
            }

            fn quantise_rows(
                &self,
                x: &[f32],
                columns: usize,
                quantised: &mut [i8],
                scales: &mut [f32],
            ) {
                crate::check::quantise_rows(x, columns, quantised, scales);
                crate::set::compiled!($features, (
                    set: $set = *self, x: &[f32] = x, columns: usize = columns,
                    quantised: &mut [i8] = quantised, scales: &mut [f32] = scales,
                ) -> () {
                    crate::operations::quantise::quantise_rows(
                        set.lanes(), x, columns, quantised, scales,
                    )
                })
            }

            fn linear(
                &self,
                rows: usize,
                quantised: &[i8],
                scales: &[f32],
                weights: &crate::linear_weights::LinearWeights<'_>,
                activation: crate::linear_weights::Activation,
                y: &mut [f32],
            ) {
                crate::check::linear(rows, quantised, scales, weights, y);
                let product = crate::operations::linear::Product {
                    rows, quantised, scales, weights, activation,
                };
                crate::set::compiled!($features, (
                    set: $set = *self,
                    product: &crate::operations::linear::Product<'_> = &product,
                    y: &mut [f32] = y,
                ) -> () {
                    set.linear_rows(product, y);
                    if product.activation == crate::linear_weights::Activation::Swish {
                        crate::operations::swish::swish(set.lanes(), y);
                    }
                })
            }

            fn add_norm(
                &self,
                x: &[f32],
                y: &[f32],
                gamma: &[f32],
                beta: &[f32],
                out: &mut [f32],
            ) {
                crate::check::add_norm(x, y, gamma, beta, out);
                crate::set::compiled!($features, (
                    set: $set = *self, x: &[f32] = x, y: &[f32] = y,
                    gamma: &[f32] = gamma, beta: &[f32] = beta, out: &mut [f32] = out,
                ) -> () {
                    crate::operations::add_norm::add_norm(set.lanes(), x, y, gamma, beta, out)
                })
            }

            fn self_attention(
                &self,
                qkv: &[f32],
                d_model: usize,
                heads: usize,
                scratch: &mut [f32],
                out: &mut [f32],
            ) {
                crate::check::self_attention(qkv, d_model, heads, scratch, out);
                crate::set::compiled!($features, (
                    set: $set = *self, qkv: &[f32] = qkv, d_model: usize = d_model,
                    heads: usize = heads, scratch: &mut [f32] = scratch, out: &mut [f32] = out,
                ) -> () {
                    crate::operations::attention::self_attention(
                        set.lanes(), qkv, d_model, heads, scratch, out,
                    )
                })
            }

            fn cross_attention(
                &self,
                q: &[f32],
                keys_transposed: &[f32],
                values: &[f32],
                source_len: usize,
                heads: usize,
                scratch: &mut [f32],
                out: &mut [f32],
            ) {
                crate::check::cross_attention(
                    q, keys_transposed, values, source_len, heads, scratch, out,
                );
                crate::set::compiled!($features, (
                    set: $set = *self, q: &[f32] = q, keys_transposed: &[f32] = keys_transposed,
                    values: &[f32] = values, source_len: usize = source_len, heads: usize = heads,
                    scratch: &mut [f32] = scratch, out: &mut [f32] = out,
                ) -> () {
                    crate::operations::attention::cross_attention(
                        set.lanes(), q, keys_transposed, values, source_len, heads, scratch, out,
                    )
                })
            }

            fn cached_attention(
                &self,
                q: &[f32],
                keys_transposed: &[f32],
                values: &[f32],
                positions: usize,
                heads: usize,
                scratch: &mut [f32],
                out: &mut [f32],
            ) {
                crate::check::cached_attention(
                    q, keys_transposed, values, positions, heads, scratch, out,
                );
                crate::set::compiled!($features, (
                    set: $set = *self, q: &[f32] = q, keys_transposed: &[f32] = keys_transposed,
                    values: &[f32] = values, positions: usize = positions, heads: usize = heads,
                    scratch: &mut [f32] = scratch, out: &mut [f32] = out,
                ) -> () {
                    crate::operations::attention::cached_attention(
                        set.lanes(), q, keys_transposed, values, positions, heads, scratch, out,
                    )
                })
            }

            fn ssru(&self, xw: &[f32], state: &mut [f32], out: &mut [f32]) {
                crate::check::ssru(xw, state, out);
                crate::set::compiled!($features, (
                    set: $set = *self, xw: &[f32] = xw,
                    state: &mut [f32] = state, out: &mut [f32] = out,
                ) -> () {
                    crate::operations::ssru::ssru(set.lanes(), xw, state, out)
                })
            }

            fn argmax(&self, logits: &[f32]) -> (usize, f32) {
                crate::set::compiled!($features, (
                    set: $set = *self, logits: &[f32] = logits,
                ) -> (usize, f32) {
                    crate::operations::logits::argmax(set.lanes(), logits)
                })
            }

            fn sum_exp(&self, logits: &[f32], max: f32) -> f32 {
                crate::set::compiled!($features, (
                    set: $set = *self, logits: &[f32] = logits, max: f32 = max,
                ) -> f32 {
                    crate::operations::logits::sum_exp(set.lanes(), logits, max)
                })
            }

            #[cfg(feature = "limits")]
            fn limit_of_products(&self, groups: usize, steps: usize) -> u64 {
                crate::set::compiled!($features, (
                    set: $set = *self, groups: usize = groups, steps: usize = steps,
                ) -> u64 {
                    match groups {
                        1 => crate::operations::limits::products::<_, 4, 1>(set, steps),
                        _ => crate::operations::limits::products::<_, 4, 4>(set, steps),
                    }
                })
            }

            #[cfg(feature = "limits")]
            fn limit_of_multiply_adds(&self, steps: usize) -> u64 {
                crate::set::compiled!($features, (
                    set: $set = *self, steps: usize = steps,
                ) -> u64 {
                    crate::operations::limits::multiply_adds(set.lanes(), steps)
                })
            }

            #[cfg(feature = "limits")]
            fn limit_of_reading(&self, numbers: &[f32]) -> f32 {
                crate::set::compiled!($features, (
                    set: $set = *self, numbers: &[f32] = numbers,
                ) -> f32 {
                    crate::operations::limits::reading(set.lanes(), numbers)
                })
            }
        }
    };
}

/// Compiles a body as a function with the target features, and calls it.
macro_rules! compiled {
    (safe, ($($name:ident: $type:ty = $value:expr,)*) -> $result:ty $body:block) => {{
        #[allow(clippy::too_many_arguments, reason = "some operations have many inputs")]
        fn compiled($($name: $type),*) -> $result $body
        compiled($($value),*)
    }};
    ($features:literal, ($($name:ident: $type:ty = $value:expr,)*) -> $result:ty $body:block) => {{
        #[target_feature(enable = $features)]
        #[allow(clippy::too_many_arguments, reason = "some operations have many inputs")]
        fn compiled($($name: $type),*) -> $result $body
        // SAFETY: `self` is a value of the set's type, which is constructed only where the CPU has
        // the target features.
        unsafe { compiled($($value),*) }
    }};
}

pub(crate) use {compiled, kernel_set};
