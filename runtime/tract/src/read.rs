//! Turns a graph's bytes into a plan. The file is not trusted: every name, attribute and shape is compared with
//! the architecture, and each node may use only values of earlier nodes.

use std::collections::HashMap;
use std::sync::Arc;

use deshi_core::Architecture;
use deshi_core::bundle;
use deshi_core::graph::{
    ADD_NORM, CROSS_ATTENTION, D_MODEL, DOMAIN, HEADS, Initializer, Interface, LINEAR, Length,
    MEMORY, NAME, Port, RELU, SELF_ATTENTION, SOURCE_LEN, SSRU,
};
use deshi_core::operations::{Linear, Norm};
use deshi_core::tensors::{self, Layer};
use deshi_core::weights::{Layout, Section, SectionKind};
use deshi_kernels::Activation;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Size;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto, ValueInfoProto, type_proto};
use tract_onnx::prelude::Framework;
use tract_onnx::tract_core::internal::*;

use crate::error::GraphError;
use crate::operation::Operation;

/// The largest graph, in bytes. Weights are stored outside, so even the largest architecture's graphs are
/// smaller. A larger file is not parsed, because protobuf messages can take many times their size in memory.
const MAXIMUM_BYTES: usize = 1 << 18;

/// The architecture's layers, by name.
pub(crate) struct Layers {
    architecture: Architecture,
    linears: HashMap<String, Linear>,
    norms: HashMap<String, Norm>,
    sections: HashMap<String, Section>,
}

impl Layers {
    pub(crate) fn new(layout: &Layout) -> Self {
        let architecture = *layout.architecture();
        let (mut linears, mut norms) = (HashMap::new(), HashMap::new());
        tensors::layers(&architecture, |layer| match layer {
            Layer::Linear(layer) => drop(linears.insert(layer.to_string(), layer)),
            Layer::Norm(norm) => drop(norms.insert(norm.to_string(), norm)),
            // The graphs do not contain the embeddings.
            Layer::Embedding { .. } | Layer::Table { .. } => {}
        });
        let mut sections = HashMap::new();
        layout.visit(|section| drop(sections.insert(section.name.as_str().to_owned(), section)));
        Self {
            architecture,
            linears,
            norms,
            sections,
        }
    }
}

/// Reads and plans a graph.
///
/// # Errors
/// If the bytes are not a graph with this interface and these layers.
pub(crate) fn plan(
    file: &[u8],
    interface: &Interface,
    layers: &Layers,
) -> Result<Arc<TypedRunnableModel>, GraphError> {
    if file.len() > MAXIMUM_BYTES {
        return Err(GraphError::Size {
            maximum: MAXIMUM_BYTES,
            got: file.len(),
        });
    }
    let mut file = file;
    let onnx = tract_onnx::Onnx::default().proto_model_for_read(&mut file);
    let graph = onnx
        .ok()
        .and_then(|model| model.graph)
        .ok_or(GraphError::Onnx)?;
    let initializers = graph.initializer.iter();
    let reader = Reader {
        graph: &graph,
        layers,
        initializers: initializers
            .map(|tensor| (tensor.name.as_str(), tensor))
            .collect(),
    };
    Ok(TypedSimplePlan::new(reader.model(interface)?)?)
}

/// A graph, and what it is checked against.
struct Reader<'a> {
    graph: &'a GraphProto,
    layers: &'a Layers,
    initializers: HashMap<&'a str, &'a TensorProto>,
}

impl<'a> Reader<'a> {
    fn model(&self, interface: &Interface) -> Result<TypedModel, GraphError> {
        check_ports(&interface.inputs, &self.graph.input)?;
        check_ports(&interface.outputs, &self.graph.output)?;
        let mut model = TypedModel::default();
        let source_len = model.symbols.sym(SOURCE_LEN).to_dim();
        let mut values = HashMap::new();
        for Port { name, shape } in &interface.inputs {
            let shape = shape.map(|length| match length {
                Length::Known(size) => size.to_dim(),
                Length::Source => source_len.clone(),
            });
            let fact = f32::fact(ShapeFact::from_dims(shape));
            values.insert(name.as_str(), model.add_source(name, fact)?);
        }
        for node in &self.graph.node {
            self.wire(node, &mut model, &mut values)?;
        }
        let outputs: Vec<_> = interface
            .outputs
            .iter()
            .map(|port| find(&values, &port.name))
            .collect::<Result<_, _>>()?;
        model.select_output_outlets(&outputs)?;
        for (port, &outlet) in interface.outputs.iter().zip(&outputs) {
            self.check_output(port, model.outlet_fact(outlet)?, &source_len)?;
        }
        Ok(model)
    }

    fn check_output(
        &self,
        port: &Port,
        fact: &TypedFact,
        source_len: &TDim,
    ) -> Result<(), GraphError> {
        let fits = |(length, dim): (&Length, &TDim)| match length {
            Length::Known(size) => *dim == size.to_dim(),
            Length::Source => dim == source_len,
        };
        if port.shape.iter().zip(fact.shape.dims()).all(fits) {
            Ok(())
        } else {
            Err(GraphError::Interface {
                expected: format!("{port:?}"),
                got: format!("{fact:?}"),
            })
        }
    }

    /// Adds a node to the model.
    fn wire(
        &self,
        node: &'a NodeProto,
        model: &mut TypedModel,
        values: &mut HashMap<&'a str, OutletId>,
    ) -> Result<(), GraphError> {
        let operation = self.operation(node)?;
        let [inputs, outputs] = operation.arity();
        let (read, weights) = node
            .input
            .split_at_checked(inputs)
            .filter(|_| node.output.len() == outputs)
            .ok_or_else(|| GraphError::Arity {
                node: node.name.clone(),
                expected: [inputs, outputs],
                got: [node.input.len(), node.output.len()],
            })?;
        self.check_weights(node, &operation, weights)?;
        let read: Vec<_> = read
            .iter()
            .map(|name| find(values, name))
            .collect::<Result<_, _>>()?;
        // The model names a node after its first output. That name is unique, as is checked here.
        let made: Vec<&str> = node.output.iter().map(String::as_str).collect();
        for name in &made {
            if name.is_empty() || values.contains_key(name) {
                return Err(GraphError::Duplicate {
                    value: (*name).to_owned(),
                });
            }
        }
        let outlets = model.wire_node(made[0], operation, &read)?;
        values.extend(made.into_iter().zip(outlets));
        Ok(())
    }

    /// A node's operation, if the architecture has it.
    fn operation(&self, node: &NodeProto) -> Result<Operation, GraphError> {
        let architecture = &self.layers.architecture;
        let (d_model, heads) = (architecture.d_model, architecture.n_heads);
        let expect = |attribute, value: usize| {
            let right = integer(node, attribute) == Some(value as i64);
            right.then_some(()).ok_or_else(|| GraphError::Attribute {
                node: node.name.clone(),
                attribute,
            })
        };
        let unknown = || GraphError::Operation {
            node: node.name.clone(),
            got: format!("{}.{}", node.domain, node.op_type),
        };
        if node.domain != DOMAIN {
            return Err(unknown());
        }
        match node.op_type.as_str() {
            LINEAR => {
                let layer = layer(node, &self.layers.linears)?;
                expect(RELU, usize::from(layer.activation == Activation::Relu))?;
                Ok(Operation::Linear(layer))
            }
            ADD_NORM => Ok(Operation::AddNorm(layer(node, &self.layers.norms)?)),
            SELF_ATTENTION => {
                expect(D_MODEL, d_model)?;
                expect(HEADS, heads)?;
                Ok(Operation::SelfAttention { d_model, heads })
            }
            MEMORY => Ok(Operation::KeysValues { d_model }),
            CROSS_ATTENTION => {
                expect(HEADS, heads)?;
                Ok(Operation::CrossAttention { d_model, heads })
            }
            SSRU => Ok(Operation::Ssru { d_model }),
            _ => Err(unknown()),
        }
    }

    /// Checks that the inputs after a node's values are exactly its layer's sections of the weights
    /// file.
    fn check_weights(
        &self,
        node: &NodeProto,
        operation: &Operation,
        got: &[String],
    ) -> Result<(), GraphError> {
        let expected: Vec<Initializer> = match *operation {
            Operation::Linear(layer) => Initializer::of_linear(layer).into(),
            Operation::AddNorm(norm) => Initializer::of_norm(norm).into(),
            _ => vec![],
        };
        if got.len() != expected.len() {
            let [inputs, outputs] = operation.arity();
            return Err(GraphError::Arity {
                node: node.name.clone(),
                expected: [inputs + expected.len(), outputs],
                got: [inputs + got.len(), outputs],
            });
        }
        for (expected, got) in expected.iter().zip(got) {
            let section = self.layers.sections.get(&expected.name);
            let tensor = self.initializers.get(got.as_str());
            let is_it = expected.name == *got
                && section
                    .zip(tensor)
                    .is_some_and(|(section, tensor)| is_section(tensor, expected, section));
            if !is_it {
                return Err(GraphError::Initializer { name: got.clone() });
            }
        }
        Ok(())
    }
}

fn find(values: &HashMap<&str, OutletId>, name: &str) -> Result<OutletId, GraphError> {
    let value = || GraphError::Undefined {
        value: name.to_owned(),
    };
    values.get(name).copied().ok_or_else(value)
}

fn integer(node: &NodeProto, name: &str) -> Option<i64> {
    let mut attributes = node.attribute.iter();
    attributes
        .find(|attribute| attribute.name == name)
        .map(|attribute| attribute.i)
}

/// The layer that a node's attribute names.
fn layer<T: Copy>(node: &NodeProto, layers: &HashMap<String, T>) -> Result<T, GraphError> {
    let attribute = node
        .attribute
        .iter()
        .find(|attribute| attribute.name == NAME)
        .ok_or_else(|| GraphError::Attribute {
            node: node.name.clone(),
            attribute: NAME,
        })?;
    let name = String::from_utf8_lossy(&attribute.s);
    layers
        .get(name.as_ref())
        .copied()
        .ok_or_else(|| GraphError::Layer {
            node: node.name.clone(),
            layer: name.into_owned(),
        })
}

/// Whether a tensor refers to this section of the weights file, with this type and shape.
fn is_section(tensor: &TensorProto, expected: &Initializer, section: &Section) -> bool {
    let data_type = match expected.kind {
        SectionKind::Blocked => DataType::Int8,
        _ => DataType::Float,
    };
    let entry = |key: &str| {
        let mut entries = tensor.external_data.iter();
        entries
            .find(|entry| entry.key == key)
            .map(|entry| entry.value.as_str())
    };
    let dims = expected.dims.iter().map(|&size| size as i64);
    tensor.data_type == data_type as i32
        && tensor.dims.iter().copied().eq(dims)
        && tensor.data_location == Some(DataLocation::External as i32)
        && entry("location") == Some(bundle::WEIGHTS)
        && entry("offset") == Some(section.offset.to_string().as_str())
        && entry("length") == Some(section.bytes.to_string().as_str())
}

/// Checks that the graph's inputs or outputs are exactly these, in this order.
fn check_ports(expected: &[Port], got: &[ValueInfoProto]) -> Result<(), GraphError> {
    let is_it = |(port, value): (&Port, &ValueInfoProto)| {
        value.name == port.name && is_matrix(value, port.shape)
    };
    if expected.len() == got.len() && expected.iter().zip(got).all(is_it) {
        return Ok(());
    }
    let names = |names: Vec<&str>| names.join(", ");
    Err(GraphError::Interface {
        expected: names(expected.iter().map(|port| port.name.as_str()).collect()),
        got: names(got.iter().map(|value| value.name.as_str()).collect()),
    })
}

fn is_matrix(value: &ValueInfoProto, expected: [Length; 2]) -> bool {
    let Some(type_proto::Value::TensorType(tensor)) =
        value.r#type.as_ref().and_then(|proto| proto.value.as_ref())
    else {
        return false;
    };
    let dims = tensor.shape.as_ref().map_or(&[][..], |shape| &shape.dim);
    let is_it = |(length, dim): (&Length, &Option<Size>)| match (length, dim) {
        (Length::Known(size), Some(Size::DimValue(got))) => *got == *size as i64,
        (Length::Source, Some(Size::DimParam(got))) => got == SOURCE_LEN,
        _ => false,
    };
    let dims: Vec<_> = dims.iter().map(|dim| dim.value.clone()).collect();
    tensor.elem_type == DataType::Float as i32
        && dims.len() == expected.len()
        && expected.iter().zip(&dims).all(is_it)
}
