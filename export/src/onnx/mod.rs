//! The model as two ONNX graphs: an interpreter of [`Operations`] whose values are names.
//!
//! Each operation is a node of domain `deshi`, defined in the same file as a function of standard
//! operators (see [`functions`]), so that onnxruntime runs the file as it is. Weights are external data
//! in `weights.bin`.

pub mod functions;
pub mod proto;

use std::collections::HashSet;

use deshi_core::graph::{self, DOMAIN, Initializer, Interface};
use deshi_core::operations::{Linear, Norm, Operations};
use deshi_core::weights::SectionKind;
use deshi_core::{Architecture, DecoderKind, bundle, model};
use deshi_kernels::Activation;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{
    AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto,
};

use self::proto::{external, int, string, strings};
use crate::ExportError;

/// Where a section of the weights file stands: its offset and its length, in bytes.
pub type Locate<'a> = &'a dyn Fn(&str) -> Option<(usize, usize)>;

/// The encoder: see [`Interface::encoder`].
///
/// # Errors
/// If the weights file lacks a section.
pub fn encoder(architecture: &Architecture, locate: Locate<'_>) -> Result<Vec<u8>, ExportError> {
    let mut writer = Writer::new(architecture, locate);
    let encoded = model::encode(&mut writer, architecture, graph::X.to_owned())?;
    model::memorise(&mut writer, architecture, encoded)?;
    let interface = Interface::encoder(architecture);
    Ok(writer.finish("encoder", interface, functions::of_encoder()))
}

/// One step of the decoder: see [`Interface::decoder_step`].
///
/// # Errors
/// If the decoder is no SSRU, or the weights file lacks a section.
pub fn decoder_step(
    architecture: &Architecture,
    locate: Locate<'_>,
) -> Result<Vec<u8>, ExportError> {
    if architecture.decoder != DecoderKind::Ssru {
        return Err(ExportError::SelfAttentionDecoder);
    }
    let layers = 0..architecture.decoder_layers;
    let mut writer = Writer::new(architecture, locate);
    let memories: Vec<_> = layers.clone().map(Memory::of_layer).collect();
    let mut states: Vec<_> = layers.collect();
    let x = graph::X.to_owned();
    let hidden = model::decode(&mut writer, architecture, x, &memories, &mut states)?;
    writer.rename(&hidden, graph::HIDDEN);
    let interface = Interface::decoder_step(architecture);
    Ok(writer.finish("decoder_step", interface, functions::of_decoder()))
}

/// The names of a decoder layer's keys and values.
struct Memory {
    keys: String,
    values: String,
}

impl Memory {
    fn of_layer(layer: usize) -> Self {
        Self {
            keys: graph::keys(layer),
            values: graph::values(layer),
        }
    }
}

/// The interpreter.
struct Writer<'a> {
    architecture: &'a Architecture,
    locate: Locate<'a>,
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    names: HashSet<String>,
}

impl<'a> Writer<'a> {
    fn new(architecture: &'a Architecture, locate: Locate<'a>) -> Self {
        Self {
            architecture,
            locate,
            nodes: vec![],
            initializers: vec![],
            names: HashSet::new(),
        }
    }

    /// Adds a node; its first output bears its name.
    fn node(
        &mut self,
        op_type: &str,
        inputs: &[&str],
        outputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) {
        self.nodes.push(NodeProto {
            name: format!("{op_type}/{}", outputs[0]),
            op_type: op_type.to_owned(),
            domain: DOMAIN.to_owned(),
            input: strings(inputs),
            output: strings(outputs),
            attribute,
            ..Default::default()
        });
    }

    /// A name that no value has yet.
    fn fresh(&mut self, name: &str) -> String {
        (0..)
            .map(|index| format!("{name}.{index}"))
            .find(|name| self.names.insert(name.clone()))
            .expect("there are more numbers than nodes")
    }

    fn rename(&mut self, from: &str, to: &str) {
        for name in self.nodes.iter_mut().flat_map(|node| &mut node.output) {
            if name == from {
                to.clone_into(name);
            }
        }
    }

    /// Sections of the weights file as initializers, and their names.
    fn weights<const N: usize>(
        &mut self,
        initializers: [Initializer; N],
    ) -> Result<[String; N], ExportError> {
        for Initializer { name, kind, dims } in &initializers {
            let Some((offset, bytes)) = (self.locate)(name) else {
                return Err(ExportError::Section { name: name.clone() });
            };
            let data_type = match kind {
                SectionKind::Blocked => DataType::Int8,
                _ => DataType::Float,
            };
            self.initializers.push(external(
                name,
                data_type,
                dims,
                bundle::WEIGHTS,
                offset,
                bytes,
            ));
        }
        Ok(initializers.map(|initializer| initializer.name))
    }

    fn finish(self, name: &str, interface: Interface, functions: Vec<FunctionProto>) -> Vec<u8> {
        let values = |ports: Vec<_>| ports.into_iter().map(proto::value_info).collect();
        proto::encode(&ModelProto {
            ir_version: proto::IR_VERSION,
            opset_import: proto::opsets(),
            producer_name: "deshi-export".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(GraphProto {
                name: name.to_owned(),
                node: self.nodes,
                initializer: self.initializers,
                input: values(interface.inputs),
                output: values(interface.outputs),
                ..Default::default()
            }),
            functions,
            ..Default::default()
        })
    }
}

impl Operations for Writer<'_> {
    type Value = String;
    type Memory = Memory;
    /// The decoder layer.
    type State = usize;
    type Error = ExportError;

    fn linear(&mut self, x: &String, layer: Linear) -> Result<String, ExportError> {
        let [blocked, scales, bias] = self.weights(Initializer::of_linear(layer))?;
        let y = format!("{layer}.out");
        let relu = proto::relu(layer.activation() == Activation::Relu);
        let attributes = vec![string(graph::NAME, &layer.to_string()), relu];
        self.node(
            graph::LINEAR,
            &[x, &blocked, &scales, &bias],
            &[&y],
            attributes,
        );
        Ok(y)
    }

    fn add_norm(&mut self, x: String, y: String, norm: Norm) -> Result<String, ExportError> {
        let [gamma, beta] = self.weights(Initializer::of_norm(norm))?;
        let out = format!("{norm}.out");
        let attributes = vec![string(graph::NAME, &norm.to_string())];
        self.node(
            graph::ADD_NORM,
            &[&x, &y, &gamma, &beta],
            &[&out],
            attributes,
        );
        Ok(out)
    }

    fn self_attention(&mut self, qkv: String) -> Result<String, ExportError> {
        let out = self.fresh("self_attention");
        let Architecture {
            d_model, n_heads, ..
        } = *self.architecture;
        let attributes = vec![
            int(graph::D_MODEL, d_model as i64),
            int(graph::HEADS, n_heads as i64),
        ];
        self.node(graph::SELF_ATTENTION, &[&qkv], &[&out], attributes);
        Ok(out)
    }

    fn causal_attention(&mut self, _: String, _: &mut usize) -> Result<String, ExportError> {
        Err(ExportError::SelfAttentionDecoder)
    }

    fn ssru(&mut self, xw: String, state: &mut usize) -> Result<String, ExportError> {
        let out = self.fresh("ssru");
        let [before, after] = [graph::state(*state), graph::state_out(*state)];
        self.node(graph::SSRU, &[&xw, &before], &[&out, &after], vec![]);
        Ok(out)
    }

    fn memory(&mut self, kv: String, decoder_layer: usize) -> Result<Memory, ExportError> {
        let memory = Memory::of_layer(decoder_layer);
        self.node(
            graph::MEMORY,
            &[&kv],
            &[&memory.keys, &memory.values],
            vec![],
        );
        Ok(memory)
    }

    fn cross_attention(&mut self, q: String, memory: &Memory) -> Result<String, ExportError> {
        let out = self.fresh("cross_attention");
        let inputs = [q.as_str(), memory.keys.as_str(), memory.values.as_str()];
        let heads = vec![int(graph::HEADS, self.architecture.n_heads as i64)];
        self.node(graph::CROSS_ATTENTION, &inputs, &[&out], heads);
        Ok(out)
    }
}
