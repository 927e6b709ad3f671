//! The operators' kernels, weights and reused buffers, stored in tract's state, where operators can reach them.
//! Reusing the buffers keeps a step almost free of allocations.

use std::cell::{RefCell, RefMut};
use std::sync::Arc;

use deshi_core::shared_weights::SharedWeights;
use deshi_kernels::KernelSet;
use tract_onnx::tract_core::internal::*;

/// The kernels, weights and buffers of one state.
pub(crate) struct Workspace {
    pub(crate) kernels: &'static dyn KernelSet,
    pub(crate) weights: SharedWeights,
    buffers: RefCell<Buffers>,
}

/// Reused buffers.
#[derive(Default)]
pub(crate) struct Buffers {
    /// Every tensor made so far. A tensor without another owner is free.
    tensors: Vec<Arc<Tensor>>,
    pub(crate) scratch: Vec<f32>,
    pub(crate) scales: Vec<f32>,
    pub(crate) quantised: Vec<i8>,
}

/// The first `elements` of a buffer, which grows if needed.
pub(crate) fn first<T: Clone + Default>(buffer: &mut Vec<T>, elements: usize) -> &mut [T] {
    if buffer.len() < elements {
        buffer.resize(elements, T::default());
    }
    &mut buffer[..elements]
}

impl Buffers {
    /// A free tensor of this shape, with undefined content.
    pub(crate) fn take(&mut self, shape: [usize; 2]) -> TractResult<Arc<Tensor>> {
        let free = self
            .tensors
            .iter_mut()
            .position(|tensor| tensor.shape() == shape && Arc::get_mut(tensor).is_some());
        match free {
            Some(index) => Ok(self.tensors.swap_remove(index)),
            None => Ok(Arc::new(Tensor::zero::<f32>(&shape)?)),
        }
    }

    /// Lends a tensor to tract. It is free again when tract drops its value.
    pub(crate) fn lend(&mut self, tensor: Arc<Tensor>) -> TValue {
        self.tensors.push(Arc::clone(&tensor));
        TValue::from_const(tensor)
    }
}

/// A value's elements, row by row.
pub(crate) fn elements(value: &Tensor) -> TractResult<&[f32]> {
    value.try_as_plain_ram()?.as_slice()
}

/// As [`elements`], for a tensor of [`Buffers::take`].
pub(crate) fn elements_mut(tensor: &mut Arc<Tensor>) -> TractResult<&mut [f32]> {
    let tensor = Arc::get_mut(tensor).context("the tensor was just taken")?;
    // The view's own `as_slice_mut` borrows the view.
    Ok(bytemuck::cast_slice_mut(tensor.as_bytes_mut()))
}

impl Workspace {
    pub(crate) fn new(kernels: &'static dyn KernelSet, weights: SharedWeights) -> Self {
        Self {
            kernels,
            weights,
            buffers: RefCell::default(),
        }
    }

    /// The buffers, for one operation at a time.
    pub(crate) fn buffers(&self) -> RefMut<'_, Buffers> {
        self.buffers.borrow_mut()
    }

    /// Drops the buffers: they do not fit another source length.
    pub(crate) fn forget(&self) {
        self.buffers().tensors.clear();
    }

    /// A tensor of this shape, written by `fill`.
    pub(crate) fn filled(
        &self,
        shape: [usize; 2],
        fill: impl FnOnce(&mut [f32]),
    ) -> TractResult<TValue> {
        let buffers = &mut *self.buffers();
        let mut tensor = buffers.take(shape)?;
        fill(elements_mut(&mut tensor)?);
        Ok(buffers.lend(tensor))
    }
}
