//! The model as two ONNX graphs: an interpreter of [`Operations`] whose values are names.
//!
//! Each operation is a node of domain `deshi`, defined in the same file as a function of standard
//! operators (see [`functions`]), so that onnxruntime runs the file as it is. Weights are external data
//! in `weights.bin`.

pub mod functions;
pub mod proto;

use std::collections::HashSet;

use deshi_core::operations::{Linear, Norm, Operations};
use deshi_core::{Architecture, DecoderKind, bundle, model};
use deshi_kernels::{Activation, INPUT_GROUP, OUTPUT_GROUP};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Size;
use tract_onnx::pb::{
    AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};

use self::proto::{DOMAIN, external, int, matrix, string, strings};
use crate::ExportError;

/// The name of the length that is not known when the graph is written.
pub const SOURCE_LEN: &str = "S";

/// Where a section of the weights file stands: its offset and its length, in bytes.
pub type Locate<'a> = &'a dyn Fn(&str) -> Option<(usize, usize)>;

/// The encoder: `x: [S, d_model]`, embedded -> for each decoder layer `keys.{l}: [d_model, S]` and
/// `values.{l}: [S, d_model]`.
///
/// # Errors
/// If the weights file lacks a section.
pub fn encoder(architecture: &Architecture, locate: Locate<'_>) -> Result<Vec<u8>, ExportError> {
    let mut writer = Writer::new(architecture, locate);
    let encoded = model::encode(&mut writer, architecture, "x".to_owned())?;
    model::memorise(&mut writer, architecture, encoded)?;
    let (width, length) = sizes(architecture);
    let inputs = vec![matrix("x", length.clone(), width.clone())];
    let outputs = (0..architecture.decoder_layers)
        .flat_map(|layer| memory(architecture, layer))
        .collect();
    Ok(writer.finish("encoder", inputs, outputs, functions::of_encoder()))
}

/// One step of the decoder: `x: [1, d_model]`, embedded, and for each layer `state.{l}: [1, d_model]`,
/// `keys.{l}` and `values.{l}` -> `hidden: [1, d_model]`, and for each layer `state_out.{l}`.
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
    let mut states: Vec<_> = layers.clone().collect();
    let hidden = model::decode(
        &mut writer,
        architecture,
        "x".to_owned(),
        &memories,
        &mut states,
    )?;
    writer.rename(&hidden, "hidden");

    let (width, _) = sizes(architecture);
    let row = |name: &str| matrix(name, Size::DimValue(1), width.clone());
    let mut inputs = vec![row("x")];
    let mut outputs = vec![row("hidden")];
    for layer in layers {
        inputs.push(row(&format!("state.{layer}")));
        inputs.extend(memory(architecture, layer));
        outputs.push(row(&format!("state_out.{layer}")));
    }
    Ok(writer.finish("decoder_step", inputs, outputs, functions::of_decoder()))
}

fn sizes(architecture: &Architecture) -> (Size, Size) {
    (
        Size::DimValue(architecture.d_model as i64),
        Size::DimParam(SOURCE_LEN.to_owned()),
    )
}

fn memory(architecture: &Architecture, layer: usize) -> [ValueInfoProto; 2] {
    let (width, length) = sizes(architecture);
    let Memory { keys, values } = Memory::of_layer(layer);
    [
        matrix(&keys, width.clone(), length.clone()),
        matrix(&values, length, width),
    ]
}

/// The names of a decoder layer's keys and values.
struct Memory {
    keys: String,
    values: String,
}

impl Memory {
    fn of_layer(layer: usize) -> Self {
        Self {
            keys: format!("keys.{layer}"),
            values: format!("values.{layer}"),
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

    /// A section of the weights file as an initializer.
    fn weights(
        &mut self,
        name: String,
        data_type: DataType,
        dims: &[usize],
    ) -> Result<String, ExportError> {
        let Some((offset, bytes)) = (self.locate)(&name) else {
            return Err(ExportError::Section { name });
        };
        self.initializers.push(external(
            &name,
            data_type,
            dims,
            bundle::WEIGHTS,
            offset,
            bytes,
        ));
        Ok(name)
    }

    fn finish(
        self,
        name: &str,
        input: Vec<ValueInfoProto>,
        output: Vec<ValueInfoProto>,
        functions: Vec<FunctionProto>,
    ) -> Vec<u8> {
        proto::encode(&ModelProto {
            ir_version: proto::IR_VERSION,
            opset_import: proto::opsets(),
            producer_name: "deshi-export".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(GraphProto {
                name: name.to_owned(),
                node: self.nodes,
                initializer: self.initializers,
                input,
                output,
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
        let Linear {
            inputs, outputs, ..
        } = layer;
        let blocks = [
            outputs / OUTPUT_GROUP,
            inputs / INPUT_GROUP,
            OUTPUT_GROUP,
            INPUT_GROUP,
        ];
        let blocked = self.weights(format!("{layer}.blocked"), DataType::Int8, &blocks)?;
        let scales = self.weights(format!("{layer}.scales"), DataType::Float, &[outputs])?;
        let bias = self.weights(format!("{layer}.bias"), DataType::Float, &[outputs])?;
        let y = format!("{layer}.out");
        let relu = proto::relu(layer.activation() == Activation::Relu);
        let attributes = vec![string("name", &layer.to_string()), relu];
        self.node(
            functions::LINEAR,
            &[x, &blocked, &scales, &bias],
            &[&y],
            attributes,
        );
        Ok(y)
    }

    fn add_norm(&mut self, x: String, y: String, norm: Norm) -> Result<String, ExportError> {
        let gamma = self.weights(format!("{norm}.gamma"), DataType::Float, &[norm.width])?;
        let beta = self.weights(format!("{norm}.beta"), DataType::Float, &[norm.width])?;
        let out = format!("{norm}.out");
        let attributes = vec![string("name", &norm.to_string())];
        self.node(
            functions::ADD_NORM,
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
        let attributes = vec![int("d_model", d_model as i64), int("heads", n_heads as i64)];
        self.node(functions::SELF_ATTENTION, &[&qkv], &[&out], attributes);
        Ok(out)
    }

    fn causal_attention(&mut self, _: String, _: &mut usize) -> Result<String, ExportError> {
        Err(ExportError::SelfAttentionDecoder)
    }

    fn ssru(&mut self, xw: String, state: &mut usize) -> Result<String, ExportError> {
        let out = self.fresh("ssru");
        let [before, after] = [format!("state.{state}"), format!("state_out.{state}")];
        self.node(functions::SSRU, &[&xw, &before], &[&out, &after], vec![]);
        Ok(out)
    }

    fn memory(&mut self, kv: String, decoder_layer: usize) -> Result<Memory, ExportError> {
        let memory = Memory::of_layer(decoder_layer);
        self.node(
            functions::MEMORY,
            &[&kv],
            &[&memory.keys, &memory.values],
            vec![],
        );
        Ok(memory)
    }

    fn cross_attention(&mut self, q: String, memory: &Memory) -> Result<String, ExportError> {
        let out = self.fresh("cross_attention");
        let inputs = [q.as_str(), memory.keys.as_str(), memory.values.as_str()];
        let heads = vec![int("heads", self.architecture.n_heads as i64)];
        self.node(functions::CROSS_ATTENTION, &inputs, &[&out], heads);
        Ok(out)
    }
}
