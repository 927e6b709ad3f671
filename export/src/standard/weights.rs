//! The tensors of the graphs: the large ones go to `weights.bin`, each once; the small ones stay, as bytes.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::StandardError;
use crate::onnx::messages::{
    AttributeProto, DataLocation, DataType, GraphProto, StringStringEntryProto, TensorProto,
};

/// Where tensors start in `weights.bin`: at multiples of it.
const ALIGNMENT: usize = 64;
/// Tensors of fewer bytes stay in the graph: tract must see the numbers that make shapes.
const LEAST_BYTES: usize = 128;

/// `weights.bin`, as it grows.
#[derive(Debug, Default)]
pub(super) struct WeightsFile {
    bytes: Vec<u8>,
    /// Where tensors are, by a hash of their type, shape and content.
    known: HashMap<[u8; 32], usize>,
    elements: u64,
}

/// The size of an element, where the type is supported.
fn element_bytes(data_type: i32) -> Option<usize> {
    match DataType::try_from(data_type).ok()? {
        DataType::Float | DataType::Int32 => Some(4),
        DataType::Int64 | DataType::Double => Some(8),
        DataType::Uint8 | DataType::Int8 | DataType::Bool => Some(1),
        DataType::Undefined => None,
    }
}

/// The names of types that exports can have.
fn type_name(data_type: i32) -> String {
    match data_type {
        8 => "string".into(),
        10 => "float16".into(),
        16 => "bfloat16".into(),
        other => format!("number {other}"),
    }
}

/// The bytes of the elements that are stored as numbers.
fn typed_bytes(tensor: &TensorProto, size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in &tensor.float_data {
        bytes.extend(value.to_le_bytes());
    }
    for value in &tensor.int32_data {
        // Smaller types are stored in the low bytes.
        bytes.extend(&value.to_le_bytes()[..size.min(4)]);
    }
    for value in &tensor.int64_data {
        bytes.extend(value.to_le_bytes());
    }
    for value in &tensor.double_data {
        bytes.extend(value.to_le_bytes());
    }
    bytes
}

/// Stores a tensor's elements as bytes, and checks that they are as many as its type and shape say.
pub(super) fn normalise(
    file: &str,
    name: &str,
    tensor: &mut TensorProto,
) -> Result<(), StandardError> {
    let wrong = |problem: String| StandardError::Tensor {
        file: file.to_owned(),
        name: name.to_owned(),
        problem,
    };
    if tensor.data_location == Some(DataLocation::External as i32) {
        return Err(wrong(
            "its data is in another file; save the model as one file, as onnx.save does".into(),
        ));
    }
    let Some(size) = element_bytes(tensor.data_type) else {
        return Err(wrong(format!(
            "its type is {}, which is not supported; export in float32",
            type_name(tensor.data_type)
        )));
    };
    let mut dims = tensor.dims.iter();
    let expected = dims.try_fold(size, |bytes, &size| {
        bytes.checked_mul(usize::try_from(size).ok()?)
    });
    if tensor.raw_data.is_empty() {
        tensor.raw_data = typed_bytes(tensor, size);
        tensor.float_data.clear();
        tensor.int32_data.clear();
        tensor.int64_data.clear();
        tensor.double_data.clear();
    }
    let got = tensor.raw_data.len();
    if expected != Some(got) {
        return Err(wrong(format!(
            "has {got} bytes of data, which its shape {:?} does not",
            tensor.dims
        )));
    }
    Ok(())
}

impl WeightsFile {
    /// Where a tensor is in the file; it is added if it is new.
    fn place(&mut self, tensor: &TensorProto) -> usize {
        let mut hash = Sha256::new();
        hash.update(tensor.data_type.to_le_bytes());
        for size in &tensor.dims {
            hash.update(size.to_le_bytes());
        }
        hash.update([0xff]);
        hash.update(&tensor.raw_data);
        let (bytes, elements) = (&mut self.bytes, &mut self.elements);
        *self.known.entry(hash.finalize().into()).or_insert_with(|| {
            let offset = bytes.len().next_multiple_of(ALIGNMENT);
            bytes.resize(offset, 0);
            bytes.extend(&tensor.raw_data);
            *elements += tensor.dims.iter().product::<i64>().unsigned_abs();
            offset
        })
    }

    /// Moves the large tensors of a graph to the file: initializers, and those of `Constant` nodes. Of equal ones, the first
    /// is left.
    pub(super) fn take(&mut self, graph: &mut GraphProto) {
        take_constants(graph);
        let mut first: HashMap<usize, String> = HashMap::new();
        let mut same: HashMap<String, String> = HashMap::new();
        let initializers = std::mem::take(&mut graph.initializer);
        for mut tensor in initializers {
            let is_large = tensor.raw_data.len() >= LEAST_BYTES
                && tensor.data_type != DataType::Bool as i32
                && tensor.data_type != DataType::Double as i32;
            if is_large {
                let offset = self.place(&tensor);
                if let Some(before) = first.get(&offset) {
                    same.insert(tensor.name, before.clone());
                    continue;
                }
                first.insert(offset, tensor.name.clone());
                let entry = |key: &str, value: usize| StringStringEntryProto {
                    key: key.to_owned(),
                    value: value.to_string(),
                };
                tensor.external_data = vec![
                    StringStringEntryProto {
                        key: "location".to_owned(),
                        value: deshi_core::bundle::WEIGHTS.to_owned(),
                    },
                    entry("offset", offset),
                    entry("length", tensor.raw_data.len()),
                ];
                tensor.data_location = Some(DataLocation::External as i32);
                tensor.raw_data = vec![];
            }
            graph.initializer.push(tensor);
        }
        for name in graph.node.iter_mut().flat_map(|node| &mut node.input) {
            if let Some(before) = same.get(name) {
                name.clone_from(before);
            }
        }
    }

    /// The file, and the number of its elements.
    pub(super) fn finish(self) -> (Vec<u8>, u64) {
        (self.bytes, self.elements)
    }
}

/// Makes initializers of the large tensors of `Constant` nodes.
fn take_constants(graph: &mut GraphProto) {
    let is_value = |attribute: &AttributeProto| attribute.name == "value";
    let (initializer, node) = (&mut graph.initializer, &mut graph.node);
    node.retain_mut(|node| {
        if node.op_type != "Constant" || node.output.len() != 1 {
            return true;
        }
        let value = node.attribute.iter_mut().find(|one| is_value(one));
        let tensor = value.and_then(|value| value.t.as_mut());
        match tensor.filter(|tensor| tensor.raw_data.len() >= LEAST_BYTES) {
            Some(tensor) => {
                initializer.push(TensorProto {
                    name: node.output[0].clone(),
                    ..std::mem::take(tensor)
                });
                false
            }
            None => true,
        }
    });
}
