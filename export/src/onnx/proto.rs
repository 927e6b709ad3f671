//! ONNX's messages, in a line each.

use deshi_core::graph::{DOMAIN, Length, Port, SOURCE_LEN};
use deshi_core::weights::Section;

use super::messages::{
    AttributeProto, AttributeType, DataLocation, DataType, DimensionProto, FunctionProto,
    NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto,
};

/// The version of our operations' domain.
pub const DOMAIN_VERSION: i64 = 1;
/// The version of the standard operators that the functions are made of.
pub const OPSET: i64 = 17;
/// The first version of the file format with functions.
pub const IR_VERSION: i64 = 8;

pub(crate) fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

pub(super) fn opsets() -> Vec<OperatorSetIdProto> {
    [("", OPSET), (DOMAIN, DOMAIN_VERSION)]
        .map(|(domain, version)| OperatorSetIdProto {
            domain: domain.to_owned(),
            version,
        })
        .into()
}

pub(crate) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Int as i32,
        i: Some(value),
        ..Default::default()
    }
}

pub(crate) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Ints as i32,
        ints: values.to_vec(),
        ..Default::default()
    }
}

/// One number, as a tensor.
pub(super) fn scalar(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Tensor as i32,
        t: Some(TensorProto {
            data_type: DataType::Float as i32,
            raw_data: value.to_le_bytes().to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(super) fn string(name: &str, value: &str) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::String as i32,
        s: value.as_bytes().to_vec(),
        ..Default::default()
    }
}

/// The value of an attribute of the function that the node is in.
pub(super) fn reference(name: &str, of: &str) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Int as i32,
        ref_attr_name: of.to_owned(),
        ..Default::default()
    }
}

/// An input or output of a graph.
pub(super) fn value_info(port: Port) -> ValueInfoProto {
    let dimension = |length| match length {
        Length::Known(size) => DimensionProto {
            dim_value: Some(size as i64),
            dim_param: None,
        },
        Length::Source => DimensionProto {
            dim_value: None,
            dim_param: Some(SOURCE_LEN.to_owned()),
        },
    };
    let dim = port.shape.map(dimension).into();
    ValueInfoProto {
        name: port.name,
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: DataType::Float as i32,
                shape: Some(TensorShapeProto { dim }),
            }),
        }),
    }
}

/// A tensor that is a section of the weights file.
pub(super) fn external(
    name: &str,
    data_type: DataType,
    dims: &[usize],
    file: &str,
    section: &Section,
) -> TensorProto {
    let entry = |key: &str, value: String| StringStringEntryProto {
        key: key.to_owned(),
        value,
    };
    TensorProto {
        name: name.to_owned(),
        data_type: data_type as i32,
        dims: dims.iter().map(|&size| size as i64).collect(),
        data_location: Some(DataLocation::External as i32),
        external_data: vec![
            entry("location", file.to_owned()),
            entry("offset", section.offset.to_string()),
            entry("length", section.bytes.to_string()),
        ],
        ..Default::default()
    }
}

/// The body of a function, written line by line.
pub(super) struct Body {
    nodes: Vec<NodeProto>,
}

impl Body {
    pub(super) fn new() -> Self {
        Self { nodes: Vec::new() }
    }

    /// One standard operator.
    pub(super) fn op(
        &mut self,
        outputs: &[&str],
        op_type: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) {
        self.nodes.push(NodeProto {
            input: strings(inputs),
            output: strings(outputs),
            op_type: op_type.to_owned(),
            attribute: attributes,
            ..Default::default()
        });
    }

    /// `output = op_type(inputs)`, for operators without attributes.
    pub(super) fn plain(&mut self, output: &str, op_type: &str, inputs: &[&str]) {
        self.op(&[output], op_type, inputs, vec![]);
    }

    pub(super) fn constant(&mut self, output: &str, value: f32) {
        self.op(&[output], "Constant", &[], vec![scalar("value", value)]);
    }

    /// A list of whole numbers, for shapes and axes.
    pub(super) fn sizes(&mut self, output: &str, values: &[i64]) {
        self.op(&[output], "Constant", &[], vec![ints("value_ints", values)]);
    }

    /// An attribute of the function as a list of one whole number.
    pub(super) fn attribute_size(&mut self, output: &str, attribute: &str) {
        let scalar = format!("{output}_scalar");
        let axes = format!("{output}_axes");
        self.op(
            &[&scalar],
            "Constant",
            &[],
            vec![reference("value_int", attribute)],
        );
        self.sizes(&axes, &[0]);
        self.plain(output, "Unsqueeze", &[&scalar, &axes]);
    }

    pub(super) fn shape(&mut self, output: &str, parts: &[&str]) {
        self.op(&[output], "Concat", parts, vec![int("axis", -1)]);
    }

    pub(super) fn transpose(&mut self, output: &str, input: &str, order: &[i64]) {
        self.op(&[output], "Transpose", &[input], vec![ints("perm", order)]);
    }

    pub(super) fn cast(&mut self, output: &str, input: &str, to: DataType) {
        self.op(&[output], "Cast", &[input], vec![int("to", to as i64)]);
    }

    pub(super) fn function(
        self,
        name: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[&str],
    ) -> FunctionProto {
        FunctionProto {
            name: name.to_owned(),
            input: strings(inputs),
            output: strings(outputs),
            attribute: strings(attributes),
            node: self.nodes,
            opset_import: opsets(),
            domain: DOMAIN.to_owned(),
        }
    }
}
