//! What our operations are, in standard operators: the formulas of [`deshi_kernels::KernelSet`].
//!
//! An engine that does not know an operation runs its function; ours registers a fused kernel for it.

use deshi_core::graph::{
    ADD_NORM, CROSS_ATTENTION, D_MODEL, HEADS, LINEAR, MEMORY, NAME, RELU, SELF_ATTENTION, SSRU,
};

use super::messages::{DataType, FunctionProto};
use super::proto::{Body, int, ints};

/// The operations that the encoder's graph uses.
pub fn of_encoder() -> Vec<FunctionProto> {
    vec![linear(), add_norm(), self_attention(), memory()]
}

/// The operations that the decoder's graph uses.
pub fn of_decoder() -> Vec<FunctionProto> {
    vec![linear(), add_norm(), cross_attention(), ssru()]
}

/// `x: [n, inputs]`, `blocked: [outputs / 16, inputs / 4, 16, 4]` of int8, `scales, bias: [outputs]`
/// -> `y: [n, outputs]`.
fn linear() -> FunctionProto {
    let mut body = Body::new();
    // Activations to int8, a scale each row.
    body.constant("smallest", 1e-20);
    body.constant("steps", 127.0);
    body.constant("step", 1.0 / 127.0);
    body.plain("magnitude", "Abs", &["x"]);
    body.op(
        &["largest"],
        "ReduceMax",
        &["magnitude"],
        vec![ints("axes", &[-1]), int("keepdims", 1)],
    );
    body.plain("maximum", "Max", &["largest", "smallest"]);
    body.plain("inverse", "Div", &["steps", "maximum"]);
    body.plain("scaled", "Mul", &["x", "inverse"]);
    body.plain("rounded", "Round", &["scaled"]);
    body.cast("quantised", "rounded", DataType::Int8);
    body.plain("row_scale", "Mul", &["maximum", "step"]);
    // The blocks to a matrix [inputs, outputs]. Its shape follows from the blocks alone, so that engines
    // do this once, when they load the graph.
    body.transpose("unblocked", "blocked", &[1, 3, 0, 2]);
    body.op(
        &["input_groups"],
        "Shape",
        &["blocked"],
        vec![int("start", 1), int("end", 2)],
    );
    body.sizes("input_group", &[4]);
    body.plain("inputs", "Mul", &["input_groups", "input_group"]);
    body.sizes("outputs", &[-1]);
    body.shape("weight_shape", &["inputs", "outputs"]);
    body.plain("weight", "Reshape", &["unblocked", "weight_shape"]);
    body.plain("sums", "MatMulInteger", &["quantised", "weight"]);
    body.cast("product", "sums", DataType::Float);
    body.plain("signed_scale", "Mul", &["row_scale", "scales"]);
    // Scales are positive: Abs changes nothing. Without it onnxruntime (seen in 1.32) fuses the
    // products into MatMulIntegerToFloat, which takes the first row's scale for all the rows.
    body.plain("scale", "Abs", &["signed_scale"]);
    body.plain("rescaled", "Mul", &["product", "scale"]);
    body.plain("biased", "Add", &["rescaled", "bias"]);
    // max(y, 0) with ReLU, max(y, lowest) = y without.
    body.op(
        &["relu_number"],
        "Constant",
        &[],
        vec![super::proto::reference("value_int", RELU)],
    );
    body.cast("with_relu", "relu_number", DataType::Bool);
    body.constant("zero", 0.0);
    body.constant("lowest", f32::MIN);
    body.plain("floor", "Where", &["with_relu", "zero", "lowest"]);
    body.plain("y", "Max", &["biased", "floor"]);
    body.function(
        LINEAR,
        &["x", "blocked", "scales", "bias"],
        &["y"],
        &[NAME, RELU],
    )
}

/// `x, y: [n, d_model]`, `gamma, beta: [d_model]` -> `out: [n, d_model]`.
fn add_norm() -> FunctionProto {
    let mut body = Body::new();
    let over_columns = || vec![ints("axes", &[-1]), int("keepdims", 1)];
    body.plain("z", "Add", &["x", "y"]);
    body.op(&["mean"], "ReduceMean", &["z"], over_columns());
    body.plain("centred", "Sub", &["z", "mean"]);
    body.plain("squares", "Mul", &["centred", "centred"]);
    body.op(&["variance"], "ReduceMean", &["squares"], over_columns());
    body.constant("epsilon", 1e-6);
    body.plain("variance_epsilon", "Add", &["variance", "epsilon"]);
    body.plain("deviation", "Sqrt", &["variance_epsilon"]);
    body.plain("reciprocal", "Reciprocal", &["deviation"]);
    body.plain("normalised", "Mul", &["centred", "reciprocal"]);
    body.plain("stretched", "Mul", &["normalised", "gamma"]);
    body.plain("out", "Add", &["stretched", "beta"]);
    body.function(ADD_NORM, &["x", "y", "gamma", "beta"], &["out"], &[NAME])
}

/// `heads_out = softmax(q k / sqrt(head_dim)) v`, with `head_dim` as a list of one whole number.
fn attend(body: &mut Body, q: &str, keys_transposed: &str, values: &str) {
    body.plain("products", "MatMul", &[q, keys_transposed]);
    body.cast("head_dim_float", "head_dim", DataType::Float);
    body.plain("root", "Sqrt", &["head_dim_float"]);
    body.plain("temperature", "Reciprocal", &["root"]);
    body.plain("scores", "Mul", &["products", "temperature"]);
    body.op(
        &["probabilities"],
        "Softmax",
        &["scores"],
        vec![int("axis", -1)],
    );
    body.plain("heads_out", "MatMul", &["probabilities", values]);
}

/// `qkv: [n, 3 * d_model]` -> `out: [n, d_model]`.
fn self_attention() -> FunctionProto {
    let mut body = Body::new();
    body.attribute_size("width", D_MODEL);
    body.attribute_size("head_count", HEADS);
    body.plain("head_dim", "Div", &["width", "head_count"]);
    body.sizes("any", &[-1]);
    body.sizes("three", &[3]);
    body.shape("split_shape", &["any", "three", "head_count", "head_dim"]);
    body.plain("split", "Reshape", &["qkv", "split_shape"]);
    body.transpose("by_head", "split", &[1, 2, 0, 3]);
    body.op(
        &["q", "k", "v"],
        "Split",
        &["by_head"],
        vec![int("axis", -4)],
    );
    body.transpose("keys_transposed", "k", &[0, 1, 3, 2]);
    attend(&mut body, "q", "keys_transposed", "v");
    body.transpose("by_position", "heads_out", &[0, 2, 1, 3]);
    body.shape("joined_shape", &["any", "width"]);
    body.plain("out", "Reshape", &["by_position", "joined_shape"]);
    body.function(SELF_ATTENTION, &["qkv"], &["out"], &[D_MODEL, HEADS])
}

/// `kv: [source_len, 2 * d_model]` -> `keys: [d_model, source_len]`, `values: [source_len, d_model]`.
fn memory() -> FunctionProto {
    let mut body = Body::new();
    body.op(
        &["keys_by_position", "values"],
        "Split",
        &["kv"],
        vec![int("axis", 1)],
    );
    body.transpose("keys", "keys_by_position", &[1, 0]);
    body.function(MEMORY, &["kv"], &["keys", "values"], &[])
}

/// `q: [n, d_model]`, `keys: [d_model, source_len]`, `values: [source_len, d_model]` ->
/// `out: [n, d_model]`.
fn cross_attention() -> FunctionProto {
    let mut body = Body::new();
    body.attribute_size("head_count", HEADS);
    body.op(
        &["width"],
        "Shape",
        &["q"],
        vec![int("start", 1), int("end", 2)],
    );
    body.plain("head_dim", "Div", &["width", "head_count"]);
    body.sizes("any", &[-1]);
    body.shape("rows_shape", &["any", "head_count", "head_dim"]);
    body.plain("q_split", "Reshape", &["q", "rows_shape"]);
    body.transpose("q_by_head", "q_split", &[1, 0, 2]);
    body.shape("keys_shape", &["head_count", "head_dim", "any"]);
    body.plain("keys_by_head", "Reshape", &["keys", "keys_shape"]);
    body.plain("values_split", "Reshape", &["values", "rows_shape"]);
    body.transpose("values_by_head", "values_split", &[1, 0, 2]);
    attend(&mut body, "q_by_head", "keys_by_head", "values_by_head");
    body.transpose("by_position", "heads_out", &[1, 0, 2]);
    body.shape("joined_shape", &["any", "width"]);
    body.plain("out", "Reshape", &["by_position", "joined_shape"]);
    body.function(
        CROSS_ATTENTION,
        &["q", "keys", "values"],
        &["out"],
        &[HEADS],
    )
}

/// `xw: [1, 2 * d_model]`, `state: [1, d_model]` -> `out, state_out: [1, d_model]`.
fn ssru() -> FunctionProto {
    let mut body = Body::new();
    body.op(&["x", "g"], "Split", &["xw"], vec![int("axis", 1)]);
    body.plain("forget", "Sigmoid", &["g"]);
    body.constant("one", 1.0);
    body.plain("input", "Sub", &["one", "forget"]);
    body.plain("kept", "Mul", &["forget", "state"]);
    body.plain("new", "Mul", &["input", "x"]);
    body.plain("state_out", "Add", &["kept", "new"]);
    body.plain("out", "Relu", &["state_out"]);
    body.function(SSRU, &["xw", "state"], &["out", "state_out"], &[])
}
