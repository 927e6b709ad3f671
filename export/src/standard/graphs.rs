//! The graphs of an export, cut to what deshi runs: `encoder.onnx`, which reads a source and makes each decoder layer's keys and
//! values of it, and `decoder_step.onnx`. See [`StandardInterface`].

use std::collections::HashSet;

use deshi_core::bundle::{Size, StandardPort};
use prost::Message;

use super::StandardError;
use super::weights::normalise;
use crate::onnx::messages::{
    DataType, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
#[cfg(doc)]
use deshi_core::bundle::StandardInterface;

/// A graph that was read.
#[derive(Debug, Clone)]
pub(super) struct Graph {
    /// The file that it is from, for errors.
    pub(super) file: String,
    pub(super) graph: GraphProto,
    /// The version of ONNX's operators.
    pub(super) version: i64,
    ir_version: i64,
}

fn is_standard(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

/// A node's operator and name, for people.
fn describe(node: &NodeProto) -> String {
    let domain = match is_standard(&node.domain) {
        true => String::new(),
        false => format!("{}.", node.domain),
    };
    let name = match node.name.as_str() {
        "" => node.output.first().map_or("", String::as_str),
        name => name,
    };
    format!("node {name:?} has the operator {domain}{}", node.op_type)
}

impl Graph {
    /// Reads a file, and checks what does not depend on its place among the files.
    pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Self, StandardError> {
        let model = ModelProto::decode(bytes).ok();
        let not_onnx = || StandardError::NotOnnx {
            file: file.to_owned(),
        };
        let model = model.ok_or_else(not_onnx)?;
        let graph = model.graph.ok_or_else(not_onnx)?;
        let unsupported = |part: &str, remedy| StandardError::Unsupported {
            file: file.to_owned(),
            part: part.to_owned(),
            remedy,
        };
        let mut read = Self {
            file: file.to_owned(),
            ir_version: model.ir_version,
            version: 0,
            graph,
        };
        if let Some(input) = read.inputs().find(|name| name.starts_with("use_cache")) {
            return Err(StandardError::Merged {
                file: file.to_owned(),
                input: input.to_owned(),
            });
        }
        if !model.functions.is_empty() {
            let remedy = "export with torch.onnx's older exporter, which writes operators";
            return Err(unsupported(
                "functions in the file are not supported",
                remedy,
            ));
        }
        if !read.graph.sparse_initializer.is_empty() {
            let remedy = "export it with dense ones";
            return Err(unsupported("sparse tensors are not supported", remedy));
        }
        let mut opsets = model.opset_import.iter();
        let standard = opsets.rfind(|opset| is_standard(&opset.domain));
        read.version = standard.map_or(0, |opset| opset.version);
        read.check_nodes()?;
        Ok(read)
    }

    /// Checks the operators, and stores every tensor as bytes.
    fn check_nodes(&mut self) -> Result<(), StandardError> {
        let file = self.file.as_str();
        for tensor in &mut self.graph.initializer {
            let name = tensor.name.clone();
            normalise(file, &name, tensor)?;
        }
        for node in &mut self.graph.node {
            let unsupported = |remedy| StandardError::Unsupported {
                file: file.to_owned(),
                part: describe(node) + ", which is not supported",
                remedy,
            };
            if !is_standard(&node.domain) {
                let remedy = "export without optimisation (no -O1 to -O4), which leaves ONNX's own operators";
                return Err(unsupported(remedy));
            }
            let has_graph = |attribute: &crate::onnx::messages::AttributeProto| {
                attribute.g.is_some() || !attribute.graphs.is_empty()
            };
            if node.attribute.iter().any(has_graph) {
                let remedy = "export without merging decoders (--no-post-process)";
                return Err(unsupported(remedy));
            }
            node.domain.clear();
            let name = node.name.clone();
            for attribute in &mut node.attribute {
                for tensor in attribute.t.iter_mut().chain(&mut attribute.tensors) {
                    normalise(file, &name, tensor)?;
                }
            }
        }
        Ok(())
    }

    /// The names of the inputs that are no initializers.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &str> {
        let tensors = self.graph.initializer.iter();
        let tensors: HashSet<&str> = tensors.map(|tensor| tensor.name.as_str()).collect();
        let names = self.graph.input.iter().map(|input| input.name.as_str());
        names.filter(move |name| !tensors.contains(name))
    }

    pub(super) fn has_input(&self, name: &str) -> bool {
        self.inputs().any(|input| input == name)
    }

    pub(super) fn has_output(&self, name: &str) -> bool {
        self.graph.output.iter().any(|output| output.name == name)
    }

    /// The error that the graph lacks something.
    pub(super) fn lacks(&self, expected: impl Into<String>) -> StandardError {
        let inputs: Vec<&str> = self.inputs().collect();
        let outputs = self.graph.output.iter();
        let outputs: Vec<&str> = outputs.map(|output| output.name.as_str()).collect();
        StandardError::Interface {
            file: self.file.clone(),
            expected: expected.into(),
            got: format!("has {} -> {}", inputs.join(", "), outputs.join(", ")),
        }
    }

    /// The fixed size of one dimension of an input or output, counted from the end.
    pub(super) fn size(&self, port: &str, from_end: usize) -> Result<usize, StandardError> {
        let mut ports = self.graph.input.iter().chain(&self.graph.output);
        let found = ports.find(|found| found.name == port);
        let shape = found
            .and_then(|port| port.r#type.as_ref())
            .and_then(|kind| kind.tensor_type.as_ref())
            .and_then(|tensor| tensor.shape.as_ref());
        let dim = shape.and_then(|shape| shape.dim.iter().rev().nth(from_end));
        let size = dim.and_then(|dim| dim.dim_value);
        let size = size.and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| {
            self.lacks(format!(
                "dimension {} from the end of {port} must have a fixed size",
                from_end + 1
            ))
        })
    }

    /// Leaves only the nodes and initializers that these outputs need.
    pub(super) fn keep(&mut self, outputs: &[String]) {
        let mut needed: HashSet<&str> = outputs.iter().map(String::as_str).collect();
        let graph = &mut self.graph;
        let nodes = graph.node.iter().rev();
        let kept: Vec<bool> = nodes
            .map(|node| {
                let keep = node
                    .output
                    .iter()
                    .any(|output| needed.contains(output.as_str()));
                if keep {
                    needed.extend(node.input.iter().map(String::as_str));
                }
                keep
            })
            .collect();
        let needed: HashSet<String> = needed.into_iter().map(str::to_owned).collect();
        let mut kept = kept.into_iter().rev();
        graph.node.retain(|_| kept.next().unwrap_or(false));
        graph
            .initializer
            .retain(|tensor| needed.contains(&tensor.name));
    }

    /// Whether a node reads this value.
    fn reads(&self, value: &str) -> bool {
        let mut inputs = self.graph.node.iter().flat_map(|node| &node.input);
        inputs.any(|input| input == value)
    }

    /// Appends the nodes of another graph, its values renamed.
    pub(super) fn append(&mut self, other: Self, rename: impl Fn(&str) -> String) {
        let renamed = |names: &mut Vec<String>| {
            for name in names.iter_mut().filter(|name| !name.is_empty()) {
                *name = rename(name);
            }
        };
        let mut other = other.graph;
        for node in &mut other.node {
            renamed(&mut node.input);
            renamed(&mut node.output);
            node.name = format!("decoder/{}", node.name);
        }
        for tensor in &mut other.initializer {
            tensor.name = rename(&tensor.name);
        }
        self.graph.node.append(&mut other.node);
        self.graph.initializer.append(&mut other.initializer);
    }

    /// Adds a list of one token id, `[1, 1]`.
    pub(super) fn add_token(&mut self, name: &str, token: usize) {
        self.graph.initializer.push(TensorProto {
            name: name.to_owned(),
            data_type: DataType::Int64 as i32,
            dims: vec![1, 1],
            raw_data: (token as i64).to_le_bytes().into(),
            ..TensorProto::default()
        });
    }

    /// Gives the graph these inputs and outputs, in this order.
    ///
    /// # Errors
    /// If a node reads another input, or a value that nothing makes.
    pub(super) fn set_interface(
        &mut self,
        inputs: &[StandardPort],
        outputs: &[StandardPort],
    ) -> Result<(), StandardError> {
        let known = |name: &str| inputs.iter().any(|port| port.name == name);
        let unknown = self.inputs().find(|name| !known(name) && self.reads(name));
        if let Some(unknown) = unknown {
            let names: Vec<&str> = inputs.iter().map(|port| port.name.as_str()).collect();
            let expected = format!(
                "its inputs must be {}, and {unknown} is another",
                names.join(", ")
            );
            return Err(self.lacks(expected));
        }
        self.graph.input = inputs.iter().map(value_info).collect();
        self.graph.output = outputs.iter().map(value_info).collect();
        self.check_values()
    }

    /// Checks that every value is made once, before it is used.
    fn check_values(&self) -> Result<(), StandardError> {
        let wrong = |value: &str, problem| StandardError::Value {
            file: self.file.clone(),
            value: value.to_owned(),
            problem,
        };
        let graph = &self.graph;
        let mut values = HashSet::new();
        let inputs = graph.input.iter().map(|input| &input.name);
        let tensors = graph.initializer.iter().map(|tensor| &tensor.name);
        for name in inputs.chain(tensors) {
            if name.is_empty() || !values.insert(name.as_str()) {
                return Err(wrong(name, "has no name, or two tensors have it"));
            }
        }
        let unmade = "is used before a node makes it";
        for node in &graph.node {
            let mut used = node.input.iter().filter(|name| !name.is_empty());
            if let Some(name) = used.find(|name| !values.contains(name.as_str())) {
                return Err(wrong(name, unmade));
            }
            for name in node.output.iter().filter(|name| !name.is_empty()) {
                if !values.insert(name) {
                    return Err(wrong(name, "is made twice"));
                }
            }
        }
        let mut outputs = graph.output.iter();
        match outputs.find(|output| !values.contains(output.name.as_str())) {
            Some(output) => Err(wrong(&output.name, unmade)),
            None => Ok(()),
        }
    }

    /// The file that goes into the bundle.
    pub(super) fn write(self) -> Vec<u8> {
        ModelProto {
            ir_version: self.ir_version,
            producer_name: "deshi-export".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto {
                domain: String::new(),
                version: self.version,
            }],
            functions: vec![],
        }
        .encode_to_vec()
    }
}

fn value_info(port: &StandardPort) -> ValueInfoProto {
    let named = |name: &str| DimensionProto {
        dim_value: None,
        dim_param: Some(name.to_owned()),
    };
    let dim = port.shape.iter().map(|size| match size {
        Size::Known(size) => DimensionProto {
            dim_value: Some(*size as i64),
            dim_param: None,
        },
        Size::Source => named("S"),
        Size::Past => named("P"),
        Size::PastAndThis => named("P + 1"),
        Size::Target => named("T"),
    });
    let elem_type = match port.is_integer {
        true => DataType::Int64,
        false => DataType::Float,
    };
    ValueInfoProto {
        name: port.name.clone(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: elem_type as i32,
                shape: Some(TensorShapeProto { dim: dim.collect() }),
            }),
        }),
    }
}
