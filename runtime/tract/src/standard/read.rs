//! Turns a graph's bytes into a plan. The file is not trusted: names, types, sizes and the graph's form are checked before tract
//! sees it.

use std::collections::HashSet;
use std::sync::Arc;

use deshi_core::bundle::{Size, StandardInterface, StandardPort};
use deshi_core::graph::SOURCE_LEN;
use tract_onnx::Onnx;
use tract_onnx::pb::type_proto::{Tensor as TensorType, Value};
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TypeProto, ValueInfoProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_hir::infer::InferenceModelExt;

use super::tensors::{Tensors, check_inline, is_external};
use crate::error::GraphError;

/// The largest graph, in bytes. Its weights are outside, so that one of a hundred layers is smaller. A larger file is not parsed,
/// because protobuf messages can take many times their size in memory.
const MAXIMUM_BYTES: usize = 1 << 22;
/// The symbol of the number of tokens before the step.
const PAST_LEN: &str = "P";
/// The symbol of the number of tokens of the translation, without a cache.
const TARGET_LEN: &str = "T";

/// Reads a graph, and lets tract analyse, optimise and plan it.
///
/// # Errors
/// If the bytes are not a graph with this interface, or tract cannot run it.
pub(super) fn plan(
    file: &[u8],
    interface: &StandardInterface,
    tensors: &mut Tensors<'_>,
) -> Result<Arc<TypedRunnableModel>, GraphError> {
    if file.len() > MAXIMUM_BYTES {
        return Err(GraphError::Size {
            maximum: MAXIMUM_BYTES,
            got: file.len(),
        });
    }
    let onnx = tract_onnx::onnx().with_ignore_value_info(true);
    let mut file = file;
    let mut proto = onnx
        .proto_model_for_read(&mut file)
        .map_err(|_| GraphError::Onnx)?;
    let graph = proto.graph.as_mut().ok_or(GraphError::Onnx)?;
    check_ports(&interface.inputs, &graph.input)?;
    check_ports(&interface.outputs, &graph.output)?;
    check_nodes(graph, &onnx)?;
    let weights = take_weights(graph, tensors)?;
    let model = typed(&onnx, &proto, interface, weights)?;
    drop(proto);
    check_outputs(&model, interface)?;
    Ok(TypedSimplePlan::new(model.into_optimized()?)?)
}

/// Checks that the graph's inputs or outputs are exactly these, in this order.
fn check_ports(expected: &[StandardPort], got: &[ValueInfoProto]) -> Result<(), GraphError> {
    let expected: Vec<&str> = expected.iter().map(|port| port.name.as_str()).collect();
    let got: Vec<&str> = got.iter().map(|value| value.name.as_str()).collect();
    if expected == got {
        return Ok(());
    }
    Err(GraphError::Interface {
        expected: expected.join(", "),
        got: got.join(", "),
    })
}

/// The operator, with its domain unless it is ONNX's own.
fn operator(node: &NodeProto) -> String {
    match node.domain.as_str() {
        "" | "ai.onnx" => node.op_type.clone(),
        domain => format!("{domain}.{}", node.op_type),
    }
}

/// Checks what tract takes for granted: every value is made once, before it is used; every operator is known; and tensors in
/// attributes have the size that they say.
fn check_nodes(graph: &GraphProto, onnx: &Onnx) -> Result<(), GraphError> {
    let mut values = HashSet::new();
    let define = |name: &str, values: &mut HashSet<String>| {
        if name.is_empty() || !values.insert(name.to_owned()) {
            return Err(GraphError::Duplicate {
                value: name.to_owned(),
            });
        }
        Ok(())
    };
    for input in &graph.input {
        define(&input.name, &mut values)?;
    }
    for tensor in &graph.initializer {
        define(&tensor.name, &mut values)?;
        if !is_external(tensor) {
            check_inline(tensor, &tensor.name)?;
        }
    }
    for node in &graph.node {
        let name = || node.name.clone();
        let got = operator(node);
        for attribute in &node.attribute {
            if attribute.g.is_some() || !attribute.graphs.is_empty() {
                return Err(GraphError::Subgraph { node: name(), got });
            }
            let mut tensors = attribute.t.iter().chain(&attribute.tensors);
            tensors.try_for_each(|tensor| check_inline(tensor, &node.name))?;
        }
        let known = got == node.op_type && onnx.op_register.0.contains_key(&got);
        if !known {
            return Err(GraphError::NotInTract { node: name(), got });
        }
        let used = node.input.iter().filter(|name| !name.is_empty());
        check_defined(used, &values)?;
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            define(output, &mut values)?;
        }
    }
    check_defined(graph.output.iter().map(|output| &output.name), &values)
}

fn check_defined<'n>(
    mut used: impl Iterator<Item = &'n String>,
    values: &HashSet<String>,
) -> Result<(), GraphError> {
    match used.find(|name| !values.contains(*name)) {
        Some(value) => Err(GraphError::Undefined {
            value: value.clone(),
        }),
        None => Ok(()),
    }
}

/// Turns the initializers whose data is in the weights into inputs, the last ones, and gives their tensors. All of them together
/// are no larger than the weights.
fn take_weights(
    graph: &mut GraphProto,
    tensors: &mut Tensors<'_>,
) -> Result<Vec<Arc<Tensor>>, GraphError> {
    let initializers = std::mem::take(&mut graph.initializer);
    let (external, inline): (Vec<_>, Vec<_>) = initializers.into_iter().partition(is_external);
    graph.initializer = inline;
    let mut weights = Vec::new();
    let mut sum = 0usize;
    for proto in external {
        let (tensor, bytes) = tensors.get(&proto)?;
        sum = sum.saturating_add(bytes);
        if sum > tensors.bytes() {
            return Err(GraphError::TooMuch {
                maximum: tensors.bytes(),
                got: sum,
            });
        }
        weights.push(tensor);
        graph.input.push(ValueInfoProto {
            name: proto.name,
            r#type: Some(TypeProto {
                value: Some(Value::TensorType(TensorType {
                    elem_type: proto.data_type,
                    shape: None,
                })),
                ..TypeProto::default()
            }),
            ..ValueInfoProto::default()
        });
    }
    Ok(weights)
}

/// The model with its weights, and with the types and shapes of its inputs, as tract's analyser sees it.
fn typed(
    onnx: &Onnx,
    proto: &ModelProto,
    interface: &StandardInterface,
    weights: Vec<Arc<Tensor>>,
) -> TractResult<TypedModel> {
    let mut model = onnx.parse(proto, None)?.model;
    let symbols = model.symbols.clone();
    for (index, port) in interface.inputs.iter().enumerate() {
        let data_type = match port.is_integer {
            true => i64::datum_type(),
            false => f32::datum_type(),
        };
        let fact = InferenceFact::dt_shape(data_type, shape(port, &symbols));
        model.set_input_fact(index, fact)?;
    }
    let inputs = model.inputs.clone();
    for (&outlet, tensor) in inputs[interface.inputs.len()..].iter().zip(weights) {
        let fact = InferenceFact::try_from(&tensor)?;
        model.node_mut(outlet.node).op = Box::new(Const::new(tensor)?);
        model.set_outlet_fact(outlet, fact)?;
    }
    model.set_input_outlets(&inputs[..interface.inputs.len()])?;
    model.into_typed()
}

/// A port's shape in tract's terms.
fn shape(port: &StandardPort, symbols: &SymbolScope) -> TVec<TDim> {
    let length = |symbol: &str| symbols.sym(symbol).to_dim();
    let dim = |size: &Size| match size {
        Size::Known(size) => size.to_dim(),
        Size::Source => length(SOURCE_LEN),
        Size::Past => length(PAST_LEN),
        Size::PastAndThis => length(PAST_LEN) + 1,
        Size::Target => length(TARGET_LEN),
    };
    port.shape.iter().map(dim).collect()
}

/// Checks the types and shapes that tract found for the outputs.
fn check_outputs(model: &TypedModel, interface: &StandardInterface) -> Result<(), GraphError> {
    for (index, port) in interface.outputs.iter().enumerate() {
        let fact = model.output_fact(index)?;
        let expected = shape(port, &model.symbols);
        if fact.datum_type != f32::datum_type() || fact.shape.dims() != &*expected {
            return Err(GraphError::Interface {
                expected: format!("{} of f32, {expected:?}", port.name),
                got: format!("{fact:?}"),
            });
        }
    }
    Ok(())
}
