//! Valid ONNX graphs that do not match the architecture: refused before anything runs, with the right
//! error.

use deshi::{EngineKind, Options, Translator};
use deshi_core::architecture::{MAXIMUM_DECODER_LAYERS, MAXIMUM_ENCODER_LAYERS};
use deshi_core::bundle::{DECODER_STEP, ENCODER, MEMBERS};
use deshi_core::weights::Layout;
use deshi_core::{Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions, graph};
use deshi_export::onnx;
use deshi_tests::bundles::{members, pack, whole_message};
use deshi_tests::models;
use prost::Message;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Size;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, ValueInfoProto, type_proto};

/// Opens the small model with one of its graphs changed; returns the error message.
fn opened(member: &str, change: impl FnOnce(&mut GraphProto)) -> Result<Translator, String> {
    let mut members = members(&models::small());
    let index = MEMBERS.into_iter().position(|name| name == member).unwrap();
    let mut model = ModelProto::decode(members[index].1.as_slice()).unwrap();
    change(model.graph.as_mut().unwrap());
    members[index].1 = model.encode_to_vec();
    let options = Options::new().engine(EngineKind::Tract);
    let translator = options.from_bytes(&pack(&members));
    translator.map_err(|error| whole_message(&error))
}

fn node<'g>(graph: &'g mut GraphProto, op_type: &str) -> &'g mut NodeProto {
    let mut nodes = graph.node.iter_mut();
    nodes.find(|node| node.op_type == op_type).unwrap()
}

fn size(value: &mut ValueInfoProto, axis: usize) -> &mut Size {
    let Some(type_proto::Value::TensorType(tensor)) =
        value.r#type.as_mut().and_then(|proto| proto.value.as_mut())
    else {
        panic!("it is a tensor")
    };
    tensor.shape.as_mut().unwrap().dim[axis]
        .value
        .as_mut()
        .unwrap()
}

fn integer(node: &mut NodeProto, name: &str, value: i64) {
    let mut attributes = node.attribute.iter_mut();
    attributes
        .find(|attribute| attribute.name == name)
        .unwrap()
        .i = value;
}

type Change = fn(&mut GraphProto);

#[test]
fn what_is_not_the_architectures_is_refused_by_name() {
    let cases: &[(&str, &str, Change)] = &[
        (ENCODER, "\"deshi.Conv\" is not an operator", |graph| {
            node(graph, graph::LINEAR).op_type = "Conv".to_owned();
        }),
        (ENCODER, "\".DeshiLinear\" is not an operator", |graph| {
            node(graph, graph::LINEAR).domain.clear();
        }),
        (
            ENCODER,
            "has 3 inputs and 1 outputs; must have 4 and 1",
            |graph| {
                drop(node(graph, graph::LINEAR).input.pop());
            },
        ),
        (ENCODER, "has 0 inputs", |graph| {
            node(graph, graph::SELF_ATTENTION).input.clear();
        }),
        (ENCODER, "has 1 inputs and 1 outputs", |graph| {
            drop(node(graph, graph::MEMORY).output.pop());
        }),
        (ENCODER, "attribute relu", |graph| {
            integer(node(graph, graph::LINEAR), graph::RELU, 1);
        }),
        (ENCODER, "attribute heads", |graph| {
            integer(node(graph, graph::SELF_ATTENTION), graph::HEADS, 7);
        }),
        (ENCODER, "attribute d_model", |graph| {
            integer(node(graph, graph::SELF_ATTENTION), graph::D_MODEL, -48);
        }),
        (DECODER_STEP, "attribute heads", |graph| {
            node(graph, graph::CROSS_ATTENTION).attribute.clear();
        }),
        (ENCODER, "attribute name", |graph| {
            node(graph, graph::ADD_NORM).attribute.clear();
        }),
        (ENCODER, "no layer \"encoder.9.self_norm\"", |graph| {
            node(graph, graph::ADD_NORM).attribute[0].s = b"encoder.9.self_norm".to_vec();
        }),
        (
            ENCODER,
            "initializer \"encoder.0.self_in.blocked\"",
            |graph| {
                graph.initializer.clear();
            },
        ),
        (
            ENCODER,
            "initializer \"encoder.0.self_in.blocked\"",
            |graph| {
                graph.initializer[0].dims[0] += 1;
            },
        ),
        (
            ENCODER,
            "initializer \"encoder.0.self_in.blocked\"",
            |graph| {
                graph.initializer[0].external_data[0].value = "/etc/passwd".to_owned();
            },
        ),
        (
            ENCODER,
            "initializer \"encoder.0.self_in.scales\"",
            |graph| {
                graph.initializer[1].external_data[1].value = "0".to_owned();
            },
        ),
        (
            ENCODER,
            "initializer \"encoder.1.self_in.blocked\"",
            |graph| {
                node(graph, graph::LINEAR).input[1] = "encoder.1.self_in.blocked".to_owned();
            },
        ),
        (ENCODER, "is used before", |graph| graph.node.reverse()),
        (ENCODER, "is used before", |graph| {
            let node = node(graph, graph::SELF_ATTENTION);
            node.input = node.output.clone();
        }),
        (
            ENCODER,
            "the name \"x\" is empty or occurs twice",
            |graph| {
                node(graph, graph::SELF_ATTENTION).output[0] = "x".to_owned();
            },
        ),
        (ENCODER, "the name \"\" is empty", |graph| {
            node(graph, graph::SELF_ATTENTION).output[0].clear();
        }),
        (ENCODER, "the architecture needs x", |graph| {
            graph.input.clear()
        }),
        (ENCODER, "the architecture needs keys.0", |graph| {
            graph.output.swap(0, 1)
        }),
        (ENCODER, "the architecture needs x", |graph| {
            *size(&mut graph.input[0], 1) = Size::DimValue(49);
        }),
        (DECODER_STEP, "the architecture needs x, state.0", |graph| {
            *size(&mut graph.input[2], 1) = Size::DimParam("T".to_owned());
        }),
        (ENCODER, "\"keys.0\" is used before", |graph| {
            graph.node.clear()
        }),
        // Shapes that do not match: the message continues with tract's own.
        (ENCODER, "tract cannot run it", |graph| {
            node(graph, graph::SELF_ATTENTION).input[0] = "x".to_owned();
        }),
        (DECODER_STEP, "tract cannot run it", |graph| {
            node(graph, graph::CROSS_ATTENTION).input.swap(1, 2);
        }),
    ];
    for &(member, expected, change) in cases {
        let message = opened(member, change).expect_err(expected);
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(message.contains(member), "{message}");
    }
}

#[test]
fn a_file_that_is_too_large_or_empty_is_refused() {
    let mut members = members(&models::small());
    let index = MEMBERS
        .into_iter()
        .position(|name| name == ENCODER)
        .unwrap();
    for (content, expected) in [
        (vec![], "not an ONNX file with a graph"),
        (vec![0xFF; 100], "not an ONNX file with a graph"),
        // Empty nodes: two bytes each in the file, hundreds in memory.
        ([0x3A, 0].repeat(1 << 20), "the limit is 262144"),
    ] {
        members[index].1 = content;
        let options = Options::new().engine(EngineKind::Tract);
        let error = options.from_bytes(&pack(&members)).unwrap_err();
        let message = whole_message(&error);
        assert!(
            message.contains(expected) && message.contains(ENCODER),
            "{message}"
        );
    }
}

#[test]
fn what_makes_no_difference_is_accepted() {
    let changes: [Change; 3] = [
        |graph| graph.name = "another".to_owned(),
        |graph| graph.initializer.reverse(),
        |graph| {
            for node in &mut graph.node {
                node.name.clear();
            }
        },
    ];
    let text = "ab c";
    let expected = Translator::from_bytes(&models::small()).unwrap();
    let expected = expected.translate_raw(text).unwrap();
    for change in changes {
        let translator = opened(ENCODER, change).unwrap();
        assert_eq!(translator.translate_raw(text).unwrap(), expected);
    }
}

#[test]
fn the_largest_architecture_has_graphs_that_are_small_enough() {
    let architecture = Architecture {
        encoder_layers: MAXIMUM_ENCODER_LAYERS,
        decoder_layers: MAXIMUM_DECODER_LAYERS,
        d_model: 4096,
        d_ff: 16_384,
        n_heads: 64,
        decoder: DecoderKind::Ssru,
        vocabulary_size: 65_536,
        maximum_positions: 4096,
        positions: Positions::Vaswani,
        activation: FeedForwardActivation::Relu,
        embeddings: Embeddings::JOINT,
    };
    let layout = Layout::new(&architecture).unwrap();
    for graph in [
        onnx::encoder(&layout).unwrap(),
        onnx::decoder_step(&layout).unwrap(),
    ] {
        assert!(graph.len() < 1 << 18, "{} bytes", graph.len());
    }
}
