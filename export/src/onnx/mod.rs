//! The model as two ONNX graphs: an interpreter of [`Operations`] whose values are names.
//!
//! Each operation is a node of domain `deshi`, defined in the same file as a function of standard
//! operators (see [`functions`]), so that onnxruntime runs the file as it is. Weights are external data
//! in `weights.bin`.

pub mod functions;
#[expect(missing_docs, reason = "onnx.proto documents its fields")]
pub mod messages;
pub mod proto;

use std::collections::HashSet;

use deshi_core::graph::{self, DOMAIN, Initializer, Interface};
use deshi_core::operations::{Linear, Norm, Operations};
use deshi_core::weights::{Layout, Section, SectionKind};
use deshi_core::{Architecture, DecoderKind, bundle, forward};
use deshi_kernels::Activation;
use prost::Message;

use self::messages::{
    AttributeProto, DataType, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto,
};
use self::proto::{external, int, string, strings};
use crate::ExportError;

/// The encoder: see [`Interface::encoder`].
///
/// # Errors
/// If there is no operation for a part of the model, or the weights file lacks a section.
pub fn encoder(layout: &Layout) -> Result<Vec<u8>, ExportError> {
    let architecture = layout.architecture();
    check(architecture)?;
    let mut writer = Writer::new(layout);
    let encoded = forward::encode(&mut writer, architecture, graph::X.to_owned())?;
    forward::keys_values(&mut writer, architecture, encoded)?;
    let interface = Interface::encoder(architecture);
    Ok(writer.finish("encoder", interface, functions::of_encoder()))
}

/// One step of the decoder: see [`Interface::decoder_step`].
///
/// # Errors
/// If there is no operation for a part of the model, or the weights file lacks a section.
pub fn decoder_step(layout: &Layout) -> Result<Vec<u8>, ExportError> {
    let architecture = layout.architecture();
    check(architecture)?;
    let layers = 0..architecture.decoder_layers;
    let mut writer = Writer::new(layout);
    let source: Vec<_> = layers.clone().map(KeysValues::of_layer).collect();
    let mut states: Vec<_> = layers.collect();
    let x = graph::X.to_owned();
    let hidden = forward::decode(&mut writer, architecture, x, &source, &mut states)?;
    writer.rename(&hidden, graph::HIDDEN);
    let interface = Interface::decoder_step(architecture);
    Ok(writer.finish("decoder_step", interface, functions::of_decoder()))
}

const NO_CACHE: ExportError = ExportError::NoGraph {
    part: "a self-attention decoder",
};

/// Whether there is an operation for every part of the model: [`Architecture::has_graphs`].
fn check(architecture: &Architecture) -> Result<(), ExportError> {
    if architecture.decoder != DecoderKind::Ssru {
        return Err(NO_CACHE);
    }
    if !architecture.has_graphs() {
        return Err(ExportError::NoGraph { part: "Swish" });
    }
    Ok(())
}

/// The names of a decoder layer's keys and values.
struct KeysValues {
    keys: String,
    values: String,
}

impl KeysValues {
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
    sections: Vec<Section>,
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    names: HashSet<String>,
}

impl<'a> Writer<'a> {
    fn new(layout: &'a Layout) -> Self {
        Self {
            architecture: layout.architecture(),
            sections: layout.sections(),
            nodes: vec![],
            initializers: vec![],
            names: HashSet::new(),
        }
    }

    /// Adds a node; it is named after its first output.
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
            let mut sections = self.sections.iter();
            let Some(section) = sections.find(|section| section.name == name.as_str()) else {
                return Err(ExportError::Section { name: name.clone() });
            };
            let data_type = match kind {
                SectionKind::Blocked => DataType::Int8,
                _ => DataType::Float,
            };
            self.initializers
                .push(external(name, data_type, dims, bundle::WEIGHTS, section));
        }
        Ok(initializers.map(|initializer| initializer.name))
    }

    fn finish(self, name: &str, interface: Interface, functions: Vec<FunctionProto>) -> Vec<u8> {
        let values = |ports: Vec<_>| ports.into_iter().map(proto::value_info).collect();
        let model = ModelProto {
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
                ..GraphProto::default()
            }),
            functions,
        };
        model.encode_to_vec()
    }
}

impl Operations for Writer<'_> {
    type Value = String;
    type KeysValues = KeysValues;
    /// The decoder layer.
    type State = usize;
    type Error = ExportError;

    fn linear(&mut self, x: &String, layer: Linear) -> Result<String, ExportError> {
        let [blocked, scales, bias] = self.weights(Initializer::of_linear(layer))?;
        let y = format!("{layer}.out");
        let relu = int(graph::RELU, i64::from(layer.activation == Activation::Relu));
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
        Err(NO_CACHE)
    }

    fn ssru(&mut self, xw: String, state: &mut usize) -> Result<String, ExportError> {
        let out = self.fresh("ssru");
        let [before, after] = [graph::state(*state), graph::state_out(*state)];
        self.node(graph::SSRU, &[&xw, &before], &[&out, &after], vec![]);
        Ok(out)
    }

    fn keys_values(
        &mut self,
        pairs: String,
        decoder_layer: usize,
    ) -> Result<KeysValues, ExportError> {
        let source = KeysValues::of_layer(decoder_layer);
        self.node(
            graph::MEMORY,
            &[&pairs],
            &[&source.keys, &source.values],
            vec![],
        );
        Ok(source)
    }

    fn cross_attention(&mut self, q: String, source: &KeysValues) -> Result<String, ExportError> {
        let out = self.fresh("cross_attention");
        let inputs = [q.as_str(), source.keys.as_str(), source.values.as_str()];
        let heads = vec![int(graph::HEADS, self.architecture.n_heads as i64)];
        self.node(graph::CROSS_ATTENTION, &inputs, &[&out], heads);
        Ok(out)
    }
}
