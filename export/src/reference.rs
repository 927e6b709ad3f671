//! The slow oracle: plain loops, written from the formulas and the papers, that share no code with the
//! kernels, their layout or the quantiser. Only the order of the operations comes from
//! [`deshi_core::model`]; `tests/oracle.rs` writes a decoder step out by hand as well.

use deshi_core::operations::{Linear, Norm, Operations};
use deshi_kernels::Activation;

use crate::{Checkpoint, ExportError};

/// How linear layers are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// As they were trained.
    F32,
    /// As the kernels do: symmetric int8, a scale for each row of weights and of activations; the
    /// products are exact.
    Int8,
}

/// A sequence of vectors.
pub type Rows = Vec<Vec<f32>>;

/// A row as int8, and the value of one step.
pub fn quantise(row: &[f32]) -> (Vec<i32>, f32) {
    let maximum = row.iter().map(|x| x.abs()).fold(1e-20, f32::max);
    let inverse = 127.0 / maximum;
    let quantised = row
        .iter()
        .map(|x| (x * inverse).round_ties_even() as i32)
        .collect();
    (quantised, maximum * (1.0 / 127.0))
}

/// The oracle.
#[derive(Debug, Clone)]
pub struct Reference<'a> {
    checkpoint: &'a Checkpoint,
    precision: Precision,
    /// Each layer's quantised rows: filled when a layer is first used.
    quantised: std::collections::HashMap<String, Vec<(Vec<i32>, f32)>>,
}

impl<'a> Reference<'a> {
    /// An oracle of this precision.
    pub fn new(checkpoint: &'a Checkpoint, precision: Precision) -> Self {
        Self {
            checkpoint,
            precision,
            quantised: std::collections::HashMap::new(),
        }
    }

    /// The linear layer of this name.
    ///
    /// # Shapes
    /// `x: [n, inputs] -> [n, outputs]`
    pub fn linear_layer(&mut self, name: &str, x: &Rows) -> Rows {
        let bias = self.checkpoint.tensor(&format!("{name}.bias"));
        let weight = self.checkpoint.tensor(&format!("{name}.weight"));
        let inputs = weight.len() / bias.len();
        if self.precision == Precision::F32 {
            let product = |x: &Vec<f32>| {
                let outputs = weight.chunks_exact(inputs).zip(bias);
                outputs
                    .map(|(row, bias)| dot(x, row) as f32 + bias)
                    .collect()
            };
            return x.iter().map(product).collect();
        }
        let rows = self
            .quantised
            .entry(name.to_owned())
            .or_insert_with(|| weight.chunks_exact(inputs).map(quantise).collect());
        let product = |x: &Vec<f32>| {
            let (x, x_scale) = quantise(x);
            let output = |((row, scale), bias): (&(Vec<i32>, f32), &f32)| {
                let sum: i32 = row.iter().zip(&x).map(|(weight, x)| weight * x).sum();
                sum as f32 * (x_scale * scale) + bias
            };
            rows.iter().zip(bias).map(output).collect()
        };
        x.iter().map(product).collect()
    }

    /// Layer normalisation of a residual sum.
    pub fn normalise(&self, name: &str, x: &Rows, y: &Rows) -> Rows {
        let gamma = self.checkpoint.tensor(&format!("{name}.gamma"));
        let beta = self.checkpoint.tensor(&format!("{name}.beta"));
        let row = |(x, y): (&Vec<f32>, &Vec<f32>)| {
            let z: Vec<f64> = x.iter().zip(y).map(|(x, y)| f64::from(x + y)).collect();
            let mean = z.iter().sum::<f64>() / z.len() as f64;
            let variance = z.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / z.len() as f64;
            let deviation = (variance + 1e-6).sqrt();
            let parameters = gamma.iter().zip(beta);
            let one = |(z, (gamma, beta)): (&f64, (&f32, &f32))| {
                ((z - mean) / deviation * f64::from(*gamma) + f64::from(*beta)) as f32
            };
            z.iter().zip(parameters).map(one).collect()
        };
        x.iter().zip(y).map(row).collect()
    }

    /// Embedded tokens: the embedding's row times `sqrt(d_model)`, and the sines of the positions.
    ///
    /// # Shapes
    /// `tokens: [n] -> [n, d_model]`
    pub fn embed(&self, tokens: &[u32], first_position: usize) -> Rows {
        let d_model = self.checkpoint.architecture.d_model;
        let weight = self.checkpoint.tensor("embedding.weight");
        let embed_one = |(index, &token): (usize, &u32)| {
            let row = &weight[token as usize * d_model..][..d_model];
            let row: Vec<f32> = match self.precision {
                Precision::F32 => row.to_vec(),
                Precision::Int8 => {
                    let (row, scale) = quantise(row);
                    row.into_iter().map(|value| value as f32 * scale).collect()
                }
            };
            let position = (first_position + index) as f64;
            let value = |(column, value): (usize, &f32)| {
                let half = d_model / 2;
                let wavelength = 10_000f64.powf((column % half) as f64 / half as f64);
                let angle = position / wavelength;
                let sine = if column < half {
                    angle.sin()
                } else {
                    angle.cos()
                };
                value * (d_model as f32).sqrt() + sine as f32
            };
            row.iter().enumerate().map(value).collect()
        };
        tokens.iter().enumerate().map(embed_one).collect()
    }

    /// The logits of the next token.
    pub fn logits(&mut self, hidden: &[f32]) -> Vec<f32> {
        self.linear_layer("embedding", &vec![hidden.to_vec()])
            .remove(0)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum()
}

/// Multi-head attention: query `i` sees the first `visible(i)` positions.
pub fn attention(
    q: &Rows,
    keys: &Rows,
    values: &Rows,
    heads: usize,
    visible: impl Fn(usize) -> usize,
) -> Rows {
    let head_dim = q[0].len() / heads;
    let mut out: Rows = q.iter().map(|row| vec![0.0; row.len()]).collect();
    for (index, (q, out)) in q.iter().zip(&mut out).enumerate() {
        for head in 0..heads {
            let columns = head * head_dim..(head + 1) * head_dim;
            let scores: Vec<f64> = keys[..visible(index)]
                .iter()
                .map(|key| {
                    dot(&q[columns.clone()], &key[columns.clone()]) / (head_dim as f64).sqrt()
                })
                .collect();
            let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let powers: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
            let total: f64 = powers.iter().sum();
            for column in columns {
                let weighted = powers
                    .iter()
                    .zip(values)
                    .map(|(power, value)| power / total * f64::from(value[column]));
                out[column] = weighted.sum::<f64>() as f32;
            }
        }
    }
    out
}

/// One position of the SSRU (Kim et al. 2019, equations 2 to 4): advances the state, returns its ReLU.
pub fn ssru_step(xw: &[f32], state: &mut [f32]) -> Vec<f32> {
    let (x, g) = xw.split_at(xw.len() / 2);
    for ((state, x), g) in state.iter_mut().zip(x).zip(g) {
        let forget = 1.0 / (1.0 + (-f64::from(*g)).exp());
        *state = (forget * f64::from(*state) + (1.0 - forget) * f64::from(*x)) as f32;
    }
    state.iter().map(|state| state.max(0.0)).collect()
}

/// Some columns of each row.
pub fn columns(rows: &Rows, from: usize, to: usize) -> Rows {
    rows.iter().map(|row| row[from..to].to_vec()).collect()
}

/// What a decoder layer keeps of the positions before.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The SSRU's vector; empty stands for zeros.
    pub vector: Vec<f32>,
    keys: Rows,
    values: Rows,
}

impl Operations for Reference<'_> {
    type Value = Rows;
    /// Keys and values.
    type Memory = (Rows, Rows);
    type State = State;
    type Error = ExportError;

    fn linear(&mut self, x: &Rows, layer: Linear) -> Result<Rows, ExportError> {
        let mut y = self.linear_layer(&layer.to_string(), x);
        if layer.activation() == Activation::Relu {
            y.iter_mut().flatten().for_each(|y| *y = y.max(0.0));
        }
        Ok(y)
    }

    fn add_norm(&mut self, x: Rows, y: Rows, norm: Norm) -> Result<Rows, ExportError> {
        Ok(self.normalise(&norm.to_string(), &x, &y))
    }

    fn self_attention(&mut self, qkv: Rows) -> Result<Rows, ExportError> {
        let (n, d_model) = (qkv.len(), qkv[0].len() / 3);
        let [q, k, v] = [0, 1, 2].map(|part| columns(&qkv, part * d_model, (part + 1) * d_model));
        Ok(attention(
            &q,
            &k,
            &v,
            self.checkpoint.architecture.n_heads,
            |_| n,
        ))
    }

    fn causal_attention(&mut self, qkv: Rows, state: &mut State) -> Result<Rows, ExportError> {
        let d_model = qkv[0].len() / 3;
        let [q, k, v] = [0, 1, 2].map(|part| columns(&qkv, part * d_model, (part + 1) * d_model));
        let before = state.keys.len();
        state.keys.extend(k);
        state.values.extend(v);
        let heads = self.checkpoint.architecture.n_heads;
        Ok(attention(&q, &state.keys, &state.values, heads, |index| {
            before + index + 1
        }))
    }

    fn ssru(&mut self, xw: Rows, state: &mut State) -> Result<Rows, ExportError> {
        state.vector.resize(xw[0].len() / 2, 0.0);
        Ok(xw
            .iter()
            .map(|row| ssru_step(row, &mut state.vector))
            .collect())
    }

    fn memory(&mut self, kv: Rows, _: usize) -> Result<(Rows, Rows), ExportError> {
        let d_model = kv[0].len() / 2;
        Ok((columns(&kv, 0, d_model), columns(&kv, d_model, 2 * d_model)))
    }

    fn cross_attention(
        &mut self,
        q: Rows,
        (keys, values): &(Rows, Rows),
    ) -> Result<Rows, ExportError> {
        Ok(attention(
            &q,
            keys,
            values,
            self.checkpoint.architecture.n_heads,
            |_| keys.len(),
        ))
    }
}
