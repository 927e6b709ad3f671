//! The tensors of `weights.bin`. Both graphs share them.

use std::collections::HashMap;
use std::sync::Arc;

use tract_onnx::pb::TensorProto;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::tract_core::internal::*;

use crate::error::GraphError;

/// The tensors made so far, by where they are in the file, their type and shape.
pub(super) struct Tensors<'a> {
    weights: &'a [u8],
    made: HashMap<(usize, DatumType, Vec<usize>), Arc<Tensor>>,
}

/// The element types of tensors in `weights.bin`.
const EXTERNAL: [DatumType; 5] = [
    DatumType::F32,
    DatumType::I8,
    DatumType::U8,
    DatumType::I32,
    DatumType::I64,
];

/// The type of a tensor's elements, of those that are supported.
fn element_type(tensor: &TensorProto) -> Option<DatumType> {
    let data_type = DataType::try_from(tensor.data_type).ok()?;
    let data_type = DatumType::try_from(data_type).ok()?;
    let known =
        EXTERNAL.contains(&data_type) || matches!(data_type, DatumType::Bool | DatumType::F64);
    known.then_some(data_type)
}

/// A tensor's shape, and the bytes of its elements.
fn shape(tensor: &TensorProto, data_type: DatumType) -> Option<(Vec<usize>, usize)> {
    let shape = tensor.dims.iter().map(|&size| usize::try_from(size).ok());
    let shape: Vec<usize> = shape.collect::<Option<_>>()?;
    let elements = shape
        .iter()
        .try_fold(1usize, |all, &size| all.checked_mul(size))?;
    Some((shape, elements.checked_mul(data_type.size_of())?))
}

/// Whether a tensor's data is in another member.
pub(super) fn is_external(tensor: &TensorProto) -> bool {
    tensor.data_location == Some(DataLocation::External as i32)
}

/// Checks a tensor that has its data with it: `raw_data` alone, of the size that its type and shape say.
pub(super) fn check_inline(tensor: &TensorProto, name: &str) -> Result<(), GraphError> {
    let typed = tensor.float_data.len()
        + tensor.int32_data.len()
        + tensor.int64_data.len()
        + tensor.double_data.len()
        + tensor.uint64_data.len()
        + tensor.string_data.len();
    let fits = element_type(tensor)
        .and_then(|data_type| shape(tensor, data_type))
        .is_some_and(|(_, bytes)| bytes == tensor.raw_data.len());
    if fits && typed == 0 && !is_external(tensor) {
        Ok(())
    } else {
        Err(GraphError::Tensor {
            name: name.to_owned(),
        })
    }
}

impl<'a> Tensors<'a> {
    pub(super) fn new(weights: &'a [u8]) -> Self {
        Self {
            weights,
            made: HashMap::new(),
        }
    }

    /// Bytes of the weights.
    pub(super) fn bytes(&self) -> usize {
        self.weights.len()
    }

    /// The tensor of an initializer whose data is a section of the weights, and the section's size in bytes.
    pub(super) fn get(&mut self, proto: &TensorProto) -> Result<(Arc<Tensor>, usize), GraphError> {
        let wrong = || GraphError::Initializer {
            name: proto.name.clone(),
        };
        let number = |key: &str| {
            let mut entries = proto.external_data.iter();
            let entry = entries.find(|entry| entry.key == key)?;
            entry.value.parse::<usize>().ok()
        };
        let data_type = element_type(proto).filter(|found| EXTERNAL.contains(found));
        let data_type = data_type.ok_or_else(wrong)?;
        let (shape, bytes) = shape(proto, data_type).ok_or_else(wrong)?;
        let (offset, length) = (number("offset"), number("length"));
        let offset = offset.ok_or_else(wrong)?;
        let section = offset
            .checked_add(bytes)
            .and_then(|end| self.weights.get(offset..end))
            .filter(|_| length == Some(bytes) && bytes > 0)
            .ok_or_else(wrong)?;
        let key = (offset, data_type, shape);
        if let Some(tensor) = self.made.get(&key) {
            return Ok((Arc::clone(tensor), bytes));
        }
        let mut tensor = Tensor::zero_dt(data_type, &key.2)?;
        tensor.as_bytes_mut().copy_from_slice(section);
        let tensor = Arc::new(tensor);
        self.made.insert(key, Arc::clone(&tensor));
        Ok((tensor, bytes))
    }
}
