//! deshi's operations as tract operators. Each calls one kernel.

use deshi_core::dispatch::Dispatch;
use deshi_core::operations::{Linear, Norm};
use deshi_kernels::{cross_attention_scratch, self_attention_scratch};
use tract_onnx::tract_core::internal::*;

use crate::workspace::{Workspace, elements, elements_mut, first};

/// An operation of a graph.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    /// `x: [n, inputs] -> [n, outputs]`
    Linear(Linear),
    /// `x, y: [n, width] -> [n, width]`
    AddNorm(Norm),
    /// `qkv: [n, 3 * d_model] -> [n, d_model]`
    SelfAttention { d_model: usize, heads: usize },
    /// `kv: [n, 2 * d_model] -> keys: [d_model, n], values: [n, d_model]`
    KeysValues { d_model: usize },
    /// `q: [n, d_model], keys: [d_model, s], values: [s, d_model] -> [n, d_model]`
    CrossAttention { d_model: usize, heads: usize },
    /// `xw: [n, 2 * d_model], state: [1, d_model] -> out: [n, d_model], state_out: [1, d_model]`
    Ssru { d_model: usize },
}

impl Operation {
    /// The number of inputs, without the weights, and of outputs.
    pub(crate) fn arity(&self) -> [usize; 2] {
        match self {
            Self::Linear(_) | Self::SelfAttention { .. } => [1, 1],
            Self::AddNorm(_) => [2, 1],
            Self::KeysValues { .. } => [1, 2],
            Self::CrossAttention { .. } => [3, 1],
            Self::Ssru { .. } => [2, 2],
        }
    }

    /// The outputs' shapes.
    fn shapes(&self, inputs: &[&TypedFact]) -> TractResult<TVec<[TDim; 2]>> {
        let [arity, _] = self.arity();
        ensure!(inputs.len() == arity, "{} inputs for {arity}", inputs.len());
        let width = |d_model: usize| d_model.to_dim();
        match *self {
            Self::Linear(layer) => {
                let n = rows(inputs[0], layer.inputs)?;
                Ok(tvec!([n, width(layer.outputs)]))
            }
            Self::AddNorm(norm) => {
                let n = rows(inputs[0], norm.width)?;
                same(&n, &rows(inputs[1], norm.width)?)?;
                Ok(tvec!([n, width(norm.width)]))
            }
            Self::SelfAttention { d_model, .. } => {
                let n = rows(inputs[0], 3 * d_model)?;
                Ok(tvec!([n, width(d_model)]))
            }
            Self::KeysValues { d_model } => {
                let n = rows(inputs[0], 2 * d_model)?;
                Ok(tvec!([width(d_model), n.clone()], [n, width(d_model)]))
            }
            Self::CrossAttention { d_model, .. } => {
                let n = rows(inputs[0], d_model)?;
                let source_len = rows(inputs[2], d_model)?;
                let [keys, columns] = matrix(inputs[1])?;
                same(keys, &width(d_model))?;
                same(columns, &source_len)?;
                Ok(tvec!([n, width(d_model)]))
            }
            Self::Ssru { d_model } => {
                let n = rows(inputs[0], 2 * d_model)?;
                same(&rows(inputs[1], d_model)?, &1.to_dim())?;
                Ok(tvec!([n, width(d_model)], [1.to_dim(), width(d_model)]))
            }
        }
    }

    /// Calls the kernel. The shapes were checked when the graph was read.
    fn run(&self, workspace: &Workspace, inputs: &[TValue]) -> TractResult<TVec<TValue>> {
        let weights = &workspace.weights;
        let dispatch = Dispatch::new(workspace.kernels, weights.layout(), weights.bytes());
        let buffers = &mut *workspace.buffers();
        let [n, _] = shape(inputs.first().context("an operation has an input")?)?;
        let x = elements(&inputs[0])?;
        match *self {
            Self::Linear(layer) => {
                let mut y = buffers.take([n, layer.outputs])?;
                let quantised = first(&mut buffers.quantised, x.len());
                let scales = first(&mut buffers.scales, n);
                let out = elements_mut(&mut y)?;
                dispatch.linear(layer, x, quantised, scales, out);
                Ok(tvec!(buffers.lend(y)))
            }
            Self::AddNorm(norm) => {
                let mut out = buffers.take([n, norm.width])?;
                let y = elements(&inputs[1])?;
                dispatch.add_norm(norm, x, y, elements_mut(&mut out)?);
                Ok(tvec!(buffers.lend(out)))
            }
            Self::SelfAttention { d_model, heads } => {
                let mut out = buffers.take([n, d_model])?;
                let needed = self_attention_scratch(n, d_model, heads);
                let scratch = first(&mut buffers.scratch, needed);
                dispatch.self_attention(x, scratch, elements_mut(&mut out)?);
                Ok(tvec!(buffers.lend(out)))
            }
            Self::KeysValues { d_model } => {
                let mut keys = buffers.take([d_model, n])?;
                let mut values = buffers.take([n, d_model])?;
                let (to_keys, to_values) = (elements_mut(&mut keys)?, elements_mut(&mut values)?);
                dispatch.split_keys_values(x, to_keys, to_values);
                Ok(tvec!(buffers.lend(keys), buffers.lend(values)))
            }
            Self::CrossAttention { d_model, .. } => {
                let mut out = buffers.take([n, d_model])?;
                let (keys, values) = (elements(&inputs[1])?, elements(&inputs[2])?);
                let source_len = values.len() / d_model;
                let needed = cross_attention_scratch(n, source_len);
                let scratch = first(&mut buffers.scratch, needed);
                let to = elements_mut(&mut out)?;
                dispatch.cross_attention(x, keys, values, scratch, to);
                Ok(tvec!(buffers.lend(out)))
            }
            Self::Ssru { d_model } => {
                let mut state = buffers.take([1, d_model])?;
                elements_mut(&mut state)?.copy_from_slice(elements(&inputs[1])?);
                let mut out = buffers.take([n, d_model])?;
                dispatch.ssru(x, elements_mut(&mut state)?, elements_mut(&mut out)?);
                Ok(tvec!(buffers.lend(out), buffers.lend(state)))
            }
        }
    }
}

fn same(a: &TDim, b: &TDim) -> TractResult<()> {
    ensure!(a == b, "lengths {a} and {b} must be equal");
    Ok(())
}

fn matrix(fact: &TypedFact) -> TractResult<&[TDim; 2]> {
    ensure!(
        fact.datum_type == f32::datum_type(),
        "{:?} must be f32",
        fact.datum_type
    );
    let dims = fact.shape.dims();
    dims.try_into()
        .map_err(|_| format_err!("{fact:?} must have rows and columns"))
}

fn shape(value: &TValue) -> TractResult<[usize; 2]> {
    value
        .shape()
        .try_into()
        .map_err(|_| format_err!("{value:?} must have rows and columns"))
}

/// The number of rows of a matrix with `columns` columns.
fn rows(fact: &TypedFact, columns: usize) -> TractResult<TDim> {
    let [rows, got] = matrix(fact)?;
    same(got, &columns.to_dim())?;
    Ok(rows.clone())
}

impl Op for Operation {
    fn name(&self) -> StaticName {
        use deshi_core::graph;
        match self {
            Self::Linear(_) => graph::LINEAR,
            Self::AddNorm(_) => graph::ADD_NORM,
            Self::SelfAttention { .. } => graph::SELF_ATTENTION,
            Self::KeysValues { .. } => graph::MEMORY,
            Self::CrossAttention { .. } => graph::CROSS_ATTENTION,
            Self::Ssru { .. } => graph::SSRU,
        }
        .into()
    }

    op_as_typed_op!();
}

impl EvalOp for Operation {
    not_out_of_plan!();

    fn eval(&self, context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let workspace = context
            .shared
            .and_then(|shared| shared.get::<Workspace>())
            .context("the state has no workspace")?;
        self.run(workspace, &inputs)
    }
}

impl TypedOp for Operation {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shapes = self.shapes(inputs)?;
        Ok(shapes
            .into_iter()
            .map(|shape| f32::fact(ShapeFact::from_dims(shape)))
            .collect())
    }

    as_op!();
}
