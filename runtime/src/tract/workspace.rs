//! What the operators compute with, set aside where tract lets operators reach it: kernels, weights, and buffers
//! that are used again and again, so that a step allocates next to nothing.

use std::cell::RefCell;
use std::sync::Arc;

use deshi_core::native::split_memory;
use deshi_kernels::{KernelSet, cross_attention_scratch, self_attention_scratch};
use tract_onnx::tract_core::internal::*;

use super::operation::Operation;
use crate::weights::WeightsFile;

/// One state's kernels, weights and buffers.
pub(super) struct Workspace {
    pub(super) kernels: &'static dyn KernelSet,
    weights: Arc<WeightsFile>,
    buffers: RefCell<Buffers>,
}

#[derive(Default)]
struct Buffers {
    /// Every tensor made so far. One that no one else holds is free.
    tensors: Vec<Arc<Tensor>>,
    scratch: Vec<f32>,
    scales: Vec<f32>,
    quantised: Vec<i8>,
}

/// The first elements of a buffer that grows when it must.
fn first<T: Clone + Default>(buffer: &mut Vec<T>, elements: usize) -> &mut [T] {
    if buffer.len() < elements {
        buffer.resize(elements, T::default());
    }
    &mut buffer[..elements]
}

impl Buffers {
    /// A tensor of this shape that no one holds, of any content.
    fn take(&mut self, shape: [usize; 2]) -> TractResult<Arc<Tensor>> {
        let free = self
            .tensors
            .iter_mut()
            .position(|tensor| tensor.shape() == shape && Arc::get_mut(tensor).is_some());
        match free {
            Some(index) => Ok(self.tensors.swap_remove(index)),
            None => Ok(Arc::new(Tensor::zero::<f32>(&shape)?)),
        }
    }

    /// Gives a tensor out, to be taken again when it has come back.
    fn lend(&mut self, tensor: Arc<Tensor>) -> TValue {
        self.tensors.push(Arc::clone(&tensor));
        TValue::from_const(tensor)
    }
}

/// A value's elements, row by row.
pub(super) fn elements(value: &Tensor) -> TractResult<&[f32]> {
    value.try_as_plain_ram()?.as_slice()
}

fn elements_mut(tensor: &mut Arc<Tensor>) -> TractResult<&mut [f32]> {
    let tensor = Arc::get_mut(tensor).context("the tensor was just taken")?;
    // The view's own `as_slice_mut` borrows the view.
    Ok(bytemuck::cast_slice_mut(tensor.as_bytes_mut()))
}

fn shape(value: &TValue) -> TractResult<[usize; 2]> {
    value
        .shape()
        .try_into()
        .map_err(|_| format_err!("{value:?} must have rows and columns"))
}

impl Workspace {
    pub(super) fn new(kernels: &'static dyn KernelSet, weights: Arc<WeightsFile>) -> Self {
        Self {
            kernels,
            weights,
            buffers: RefCell::default(),
        }
    }

    /// Forgets the buffers: those of another source length are of no use.
    pub(super) fn forget(&self) {
        self.buffers.borrow_mut().tensors.clear();
    }

    /// A tensor of this shape, filled by `fill`.
    pub(super) fn filled(
        &self,
        shape: [usize; 2],
        fill: impl FnOnce(&mut [f32]),
    ) -> TractResult<TValue> {
        let buffers = &mut *self.buffers.borrow_mut();
        let mut tensor = buffers.take(shape)?;
        fill(elements_mut(&mut tensor)?);
        Ok(buffers.lend(tensor))
    }

    /// Runs an operation. That shapes fit each other was checked when the graph was read.
    pub(super) fn run(
        &self,
        operation: &Operation,
        inputs: &[TValue],
    ) -> TractResult<TVec<TValue>> {
        let kernels = self.kernels;
        let buffers = &mut *self.buffers.borrow_mut();
        let [n, columns] = shape(inputs.first().context("an operation has an input")?)?;
        let x = elements(&inputs[0])?;
        match *operation {
            Operation::Linear(layer) => {
                let mut y = buffers.take([n, layer.outputs])?;
                let quantised = first(&mut buffers.quantised, x.len());
                let scales = first(&mut buffers.scales, n);
                kernels.quantise_rows(x, columns, quantised, scales);
                let weights = self.weights.layout().linear(self.weights.bytes(), layer);
                let out = elements_mut(&mut y)?;
                kernels.linear(n, quantised, scales, &weights, layer.activation(), out);
                Ok(tvec!(buffers.lend(y)))
            }
            Operation::AddNorm(norm) => {
                let mut out = buffers.take([n, norm.width])?;
                let (gamma, beta) = self.weights.layout().norm(self.weights.bytes(), norm);
                let y = elements(&inputs[1])?;
                kernels.add_norm(x, y, gamma, beta, elements_mut(&mut out)?);
                Ok(tvec!(buffers.lend(out)))
            }
            Operation::SelfAttention { d_model, heads } => {
                let mut out = buffers.take([n, d_model])?;
                let needed = self_attention_scratch(n, d_model, heads);
                let scratch = first(&mut buffers.scratch, needed);
                kernels.self_attention(x, d_model, heads, scratch, elements_mut(&mut out)?);
                Ok(tvec!(buffers.lend(out)))
            }
            Operation::Memory { d_model } => {
                let mut keys = buffers.take([d_model, n])?;
                let mut values = buffers.take([n, d_model])?;
                let (to_keys, to_values) = (elements_mut(&mut keys)?, elements_mut(&mut values)?);
                split_memory(x, d_model, to_keys, to_values);
                Ok(tvec!(buffers.lend(keys), buffers.lend(values)))
            }
            Operation::CrossAttention { d_model, heads } => {
                let mut out = buffers.take([n, d_model])?;
                let (keys, values) = (elements(&inputs[1])?, elements(&inputs[2])?);
                let source_len = values.len() / d_model;
                let needed = cross_attention_scratch(n, source_len);
                let scratch = first(&mut buffers.scratch, needed);
                let to = elements_mut(&mut out)?;
                kernels.cross_attention(x, keys, values, source_len, heads, scratch, to);
                Ok(tvec!(buffers.lend(out)))
            }
            Operation::Ssru { d_model } => {
                let mut state = buffers.take([1, d_model])?;
                elements_mut(&mut state)?.copy_from_slice(elements(&inputs[1])?);
                let mut out = buffers.take([n, d_model])?;
                kernels.ssru(x, elements_mut(&mut state)?, elements_mut(&mut out)?);
                Ok(tvec!(buffers.lend(out), buffers.lend(state)))
            }
        }
    }
}
