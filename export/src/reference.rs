//! The slow oracle: the model as the papers write it, in ndarray's terms. It shares no code with the kernels, their
//! layout or the quantiser; only the order of the operations comes from [`deshi_core::forward`]. `export/tests/export.rs`
//! writes a decoder step out by hand as well.
//!
//! Sums are in f64, so that their order does not matter.

use std::collections::{BTreeMap, HashMap};

use deshi_core::operations::{Linear, Norm, Operations};
use deshi_core::tensors::{EMBEDDING, SOURCE_EMBEDDING, TARGET_EMBEDDING};
use deshi_core::{Positions, Side, Token};
use deshi_kernels::Activation;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Slice, concatenate};

use crate::{Checkpoint, ExportError};

/// How linear layers are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// As they were trained.
    F32,
    /// As the kernels do: symmetric int8, with a scale for each row of weights and of activations. The products are exact.
    Int8,
}

/// A sequence of vectors: `[n, width]`.
pub type Rows = Array2<f32>;

/// Rows of int8, and the scale of each row.
#[derive(Debug, Clone)]
pub struct Quantised {
    /// `[n, width]`
    pub values: Array2<i32>,
    /// `[n]`
    pub scales: Array1<f32>,
}

impl Quantised {
    /// The rows as int8.
    pub fn of(rows: ArrayView2<'_, f32>) -> Self {
        let largest = rows.map_axis(Axis(1), |row| {
            row.fold(1e-20, |most: f32, x| most.max(x.abs()))
        });
        let inverse = largest.mapv(|largest| 127.0 / largest).insert_axis(Axis(1));
        Self {
            values: (&rows * &inverse).mapv(|x| x.round_ties_even() as i32),
            scales: largest * (1.0 / 127.0),
        }
    }

    /// Some of the rows.
    fn select(&self, rows: &[usize]) -> Self {
        Self {
            values: self.values.select(Axis(0), rows),
            scales: self.scales.select(Axis(0), rows),
        }
    }

    /// The int8 values times their scales.
    pub fn worth(&self) -> Rows {
        self.values.mapv(|value| value as f32) * self.scales.view().insert_axis(Axis(1))
    }
}

/// The weight of a linear layer that is int8 already.
#[derive(Debug, Clone, PartialEq)]
pub struct Int8 {
    /// `[outputs, inputs]`, row-major, within -127 and 127.
    pub values: Vec<i8>,
    /// The scale of each output's row.
    pub scales: Vec<f32>,
}

/// The oracle.
#[derive(Debug, Clone)]
pub struct Reference<'a> {
    checkpoint: &'a Checkpoint,
    precision: Precision,
    /// Each layer's weight as int8: filled when a layer is first used.
    quantised: HashMap<String, Quantised>,
}

impl<'a> Reference<'a> {
    /// An oracle of this precision.
    pub fn new(checkpoint: &'a Checkpoint, precision: Precision) -> Self {
        Self {
            checkpoint,
            precision,
            quantised: HashMap::new(),
        }
    }

    /// An oracle for a model that has int8 weights before it is exported: these stay as they are.
    pub fn with_int8(checkpoint: &'a Checkpoint, int8: &BTreeMap<String, Int8>) -> Self {
        let quantised = int8.iter().map(|(layer, weight)| {
            let outputs = weight.scales.len();
            let shape = (outputs, weight.values.len() / outputs);
            let values = weight.values.iter().map(|&value| i32::from(value));
            let quantised = Quantised {
                values: Array2::from_shape_vec(shape, values.collect())
                    .expect("a weight has as many rows as scales"),
                scales: Array1::from(weight.scales.clone()),
            };
            (layer.clone(), quantised)
        });
        Self {
            checkpoint,
            precision: Precision::Int8,
            quantised: quantised.collect(),
        }
    }

    /// A layer's bias, gamma or beta.
    fn vector(&self, layer: &str, kind: &str) -> ArrayView1<'a, f32> {
        ArrayView1::from(self.checkpoint.tensor(&format!("{layer}.{kind}")))
    }

    /// A layer's weight: `[outputs, inputs]`.
    fn matrix(&self, layer: &str, outputs: usize) -> ArrayView2<'a, f32> {
        let weight = self.checkpoint.tensor(&format!("{layer}.weight"));
        ArrayView2::from_shape((outputs, weight.len() / outputs), weight)
            .expect("a checkpoint's tensors have its architecture's shapes")
    }

    /// The linear layer of this name: `x W^T + b`.
    ///
    /// # Shapes
    /// `x: [n, inputs] -> [n, outputs]`
    pub fn linear_layer(&mut self, name: &str, x: &Rows) -> Rows {
        let bias = self.vector(name, "bias");
        let weight = self.matrix(name, bias.len());
        if self.precision == Precision::F32 {
            return as_f32(&as_f64(x.view()).dot(&as_f64(weight).t())) + bias;
        }
        let weight = self
            .quantised
            .entry(name.to_owned())
            .or_insert_with(|| Quantised::of(weight));
        let x = Quantised::of(x.view());
        let sums = x.values.dot(&weight.values.t()).mapv(|sum| sum as f32);
        sums * (x.scales.insert_axis(Axis(1)) * &weight.scales) + bias
    }

    /// Layer normalisation of a residual sum (Ba et al. 2016, equation 3).
    pub fn normalise(&self, name: &str, x: &Rows, y: &Rows) -> Rows {
        let parameter = |kind| self.vector(name, kind).mapv(f64::from);
        let z = as_f64((x + y).view());
        let mean = z.sum_axis(Axis(1)).insert_axis(Axis(1)) / z.ncols() as f64;
        let centred = z - mean;
        let squares = centred.mapv(|z| z * z).sum_axis(Axis(1));
        let variance = squares.insert_axis(Axis(1)) / centred.ncols() as f64;
        let normalised = centred / variance.mapv(|variance| (variance + 1e-6).sqrt());
        as_f32(&(normalised * parameter("gamma") + parameter("beta")))
    }

    /// Embedded tokens of a language: the row of its embedding times `sqrt(d_model)`, and the sines of the positions (Vaswani et al. 2017,
    /// sections 3.4 and 3.5; with the wavelengths of the architecture's [`Positions`]).
    ///
    /// # Shapes
    /// `tokens: [n] -> [n, d_model]`
    pub fn embed(&self, side: Side, tokens: &[Token], first_position: usize) -> Rows {
        let architecture = &self.checkpoint.architecture;
        let d_model = architecture.d_model;
        let embedding = match side {
            _ if !architecture.has_table(side) => EMBEDDING,
            Side::Source => SOURCE_EMBEDDING,
            Side::Target => TARGET_EMBEDDING,
        };
        let rows: Vec<usize> = tokens.iter().map(|&token| token as usize).collect();
        let ids = architecture.embedded_ids(side);
        let rows = self.matrix(embedding, ids).select(Axis(0), &rows);
        let rows = match (self.precision, self.quantised.get(embedding)) {
            (Precision::F32, _) => rows,
            // Its rows are quantised one by one: those of the whole embedding are the same.
            (Precision::Int8, None) => Quantised::of(rows.view()).worth(),
            (Precision::Int8, Some(embedding)) => {
                let tokens: Vec<usize> = tokens.iter().map(|&token| token as usize).collect();
                embedding.select(&tokens).worth()
            }
        };
        let sines = Array2::from_shape_fn((tokens.len(), d_model), |(row, column)| {
            let half = d_model / 2;
            let steps = match self.checkpoint.architecture.positions {
                Positions::Marian => half - 1,
                // Vaswani's. Verification refuses a model with any other kind, because its values differ.
                _ => half,
            };
            let wavelength = 10_000f64.powf((column % half) as f64 / steps as f64);
            let angle = (first_position + row) as f64 / wavelength;
            (if column < half {
                angle.sin()
            } else {
                angle.cos()
            }) as f32
        });
        rows * (d_model as f32).sqrt() + sines
    }

    /// The logits of the next token: `hidden: [1, d_model] -> [vocabulary_size]`.
    pub fn logits(&mut self, hidden: &Rows) -> Vec<f32> {
        self.linear_layer(EMBEDDING, hidden).row(0).to_vec()
    }
}

fn as_f64(rows: ArrayView2<'_, f32>) -> Array2<f64> {
    rows.mapv(f64::from)
}

fn as_f32(rows: &Array2<f64>) -> Rows {
    rows.mapv(|x| x as f32)
}

/// Multi-head attention, `softmax(Q K^T / sqrt(head_dim)) V` in each head (Vaswani et al. 2017, equation 1): query `i` sees
/// the first `visible(i)` positions.
pub fn attention(
    q: &Rows,
    keys: &Rows,
    values: &Rows,
    heads: usize,
    visible: impl Fn(usize) -> usize,
) -> Rows {
    let head_dim = q.ncols() / heads;
    let out: Vec<Array2<f64>> = (0..heads)
        .map(|head| {
            let columns = Slice::from(head * head_dim..(head + 1) * head_dim);
            let [q, keys, values] =
                [q, keys, values].map(|rows| as_f64(rows.slice_axis(Axis(1), columns)));
            let mut scores = q.dot(&keys.t()) / (head_dim as f64).sqrt();
            for (index, mut row) in scores.rows_mut().into_iter().enumerate() {
                let hidden = Slice::from(visible(index)..);
                row.slice_axis_mut(Axis(0), hidden).fill(f64::NEG_INFINITY);
            }
            softmax(&scores).dot(&values)
        })
        .collect();
    let out: Vec<_> = out.iter().map(|head| head.view()).collect();
    as_f32(&concatenate(Axis(1), &out).expect("heads have one row for each query"))
}

/// Each row's softmax.
fn softmax(scores: &Array2<f64>) -> Array2<f64> {
    let highest = scores.map_axis(Axis(1), |row| row.fold(f64::NEG_INFINITY, |a, &b| a.max(b)));
    let powers = (scores - highest.insert_axis(Axis(1))).mapv(f64::exp);
    let totals = powers.sum_axis(Axis(1)).insert_axis(Axis(1));
    powers / totals
}

/// One position of the SSRU (Kim et al. 2019, equations 2 to 4): advances the state, returns its ReLU.
///
/// # Shapes
/// `xw: [2 * d_model]`, `state: [d_model] -> [d_model]`
pub fn ssru_step(xw: ArrayView1<'_, f32>, state: &mut Array1<f32>) -> Array1<f32> {
    let (x, g) = xw.split_at(Axis(0), state.len());
    let x = x.mapv(f64::from);
    let forget = g.mapv(|g| 1.0 / (1.0 + (-f64::from(g)).exp()));
    let new = &forget * &state.mapv(f64::from) + (1.0 - &forget) * x;
    *state = new.mapv(|value| value as f32);
    state.mapv(|value| value.max(0.0))
}

/// The columns of some rows in equal parts.
pub fn columns<const PARTS: usize>(rows: &Rows) -> [Rows; PARTS] {
    let width = rows.ncols() / PARTS;
    core::array::from_fn(|part| {
        let columns = Slice::from(part * width..(part + 1) * width);
        rows.slice_axis(Axis(1), columns).to_owned()
    })
}

/// What a decoder layer keeps of the positions before.
#[derive(Debug, Clone)]
pub struct State {
    /// The SSRU's vector: `[d_model]`.
    pub vector: Array1<f32>,
    keys: Rows,
    values: Rows,
}

impl State {
    /// The state before the first position.
    pub fn new(d_model: usize) -> Self {
        let no_rows = Rows::zeros((0, d_model));
        Self {
            vector: Array1::zeros(d_model),
            keys: no_rows.clone(),
            values: no_rows,
        }
    }
}

impl Operations for Reference<'_> {
    type Value = Rows;
    /// Keys and values.
    type KeysValues = (Rows, Rows);
    type State = State;
    type Error = ExportError;

    fn linear(&mut self, x: &Rows, layer: Linear) -> Result<Rows, ExportError> {
        let y = self.linear_layer(&layer.to_string(), x);
        Ok(match layer.activation {
            Activation::Relu => y.mapv(|y| y.max(0.0)),
            Activation::Swish => as_f32(&as_f64(y.view()).mapv(|y| y / (1.0 + (-y).exp()))),
            Activation::None => y,
        })
    }

    fn add_norm(&mut self, x: Rows, y: Rows, norm: Norm) -> Result<Rows, ExportError> {
        Ok(self.normalise(&norm.to_string(), &x, &y))
    }

    fn self_attention(&mut self, qkv: Rows) -> Result<Rows, ExportError> {
        let [q, keys, values] = columns(&qkv);
        let heads = self.checkpoint.architecture.n_heads;
        Ok(attention(&q, &keys, &values, heads, |_| keys.nrows()))
    }

    fn causal_attention(&mut self, qkv: Rows, state: &mut State) -> Result<Rows, ExportError> {
        let [q, keys, values] = columns(&qkv);
        let before = state.keys.nrows();
        for (seen, new) in [(&mut state.keys, keys), (&mut state.values, values)] {
            seen.append(Axis(0), new.view())
                .expect("rows of one layer have one width");
        }
        let heads = self.checkpoint.architecture.n_heads;
        let visible = |index| before + index + 1;
        Ok(attention(&q, &state.keys, &state.values, heads, visible))
    }

    fn ssru(&mut self, xw: Rows, state: &mut State) -> Result<Rows, ExportError> {
        let mut out = Rows::zeros((xw.nrows(), state.vector.len()));
        for (xw, mut out) in xw.rows().into_iter().zip(out.rows_mut()) {
            out.assign(&ssru_step(xw, &mut state.vector));
        }
        Ok(out)
    }

    fn keys_values(&mut self, pairs: Rows, _: usize) -> Result<(Rows, Rows), ExportError> {
        let [keys, values] = columns(&pairs);
        Ok((keys, values))
    }

    fn cross_attention(
        &mut self,
        q: Rows,
        (keys, values): &(Rows, Rows),
    ) -> Result<Rows, ExportError> {
        let heads = self.checkpoint.architecture.n_heads;
        Ok(attention(&q, keys, values, heads, |_| keys.nrows()))
    }
}
