"""Writes a student as two graphs of standard ONNX operators, with random f32 weights and as int8.

    graphs.py SHAPE FOLDER

encoder:      source tokens [S] -> keys and values of each decoder layer, [n_heads, S, d_model / n_heads]
decoder_step: a token and its position, both [1]; keys and values; the SSRU's states [1, d_model] -> the most
              likely next token [1] and the states

The int8 form is onnxruntime's dynamic quantisation. The folder also gets shape.json, time-deshi's description of the
shape.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from common import describe
from shape import load, matrix, vector

OPSET = 17


class Graph:
    """Builds the nodes and initializers of a shape's graph. A value is represented by its name."""

    def __init__(self, shape):
        self.shape, self.head_dim = shape, shape.d_model // shape.n_heads
        self.nodes, self.initializers = [], []

    def constant(self, array):
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def __call__(self, operator, *inputs, outputs=1, **attributes):
        inputs = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        names = [f"v{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, x, inputs, outputs):
        weight = matrix(outputs, inputs).T.copy()
        return self("Add", self("MatMul", x, weight), vector(outputs))

    def add_norm(self, x, y):
        gamma, beta = vector(self.shape.d_model, 1.0), vector(self.shape.d_model)
        return self("LayerNormalization", self("Add", x, y), gamma, beta, epsilon=1e-6)

    def feed_forward(self, x):
        inner = self("Relu", self.linear(x, self.shape.d_model, self.shape.d_ff))
        return self.add_norm(x, self.linear(inner, self.shape.d_ff, self.shape.d_model))

    def heads(self, x, transposed=False):
        """[n, d_model] -> [n_heads, n, head_dim], or its transpose [n_heads, head_dim, n]"""
        split = self("Reshape", x, np.array([-1, self.shape.n_heads, self.head_dim]))
        return self("Transpose", split, perm=[1, 2, 0] if transposed else [1, 0, 2])

    def attention(self, queries, keys_transposed, values):
        scores = self("MatMul", self.heads(queries), keys_transposed)
        scaled = self("Mul", scores, np.float32(1 / np.sqrt(self.head_dim)))
        attended = self("MatMul", self("Softmax", scaled, axis=-1), values)
        joined = self("Transpose", attended, perm=[1, 0, 2])
        return self("Reshape", joined, np.array([-1, self.shape.d_model]))

    def embed(self, tokens, embedding, positions):
        scaled = self("Mul", self("Gather", embedding, tokens), np.float32(np.sqrt(self.shape.d_model)))
        return self("Add", scaled, positions)

    def split(self, x, parts):
        sizes = np.array([self.shape.d_model] * parts)
        return self("Split", x, sizes, outputs=parts, axis=-1)

    def rename(self, value, name):
        for node in self.nodes:
            node.output[:] = [name if output == value else output for output in node.output]
            node.input[:] = [name if operand == value else operand for operand in node.input]

    def model(self, inputs, outputs):
        graph = helper.make_graph(self.nodes, "deshi", inputs, outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def floats(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def integers(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.INT64, shape)


def memory_infos(shape):
    infos, head_dim = [], shape.d_model // shape.n_heads
    for layer in range(shape.decoder_layers):
        infos.append(floats(f"keys.{layer}", shape.n_heads, head_dim, "S"))
        infos.append(floats(f"values.{layer}", shape.n_heads, "S", head_dim))
    return infos


def encoder(shape):
    g, width = Graph(shape), shape.d_model
    embedding = matrix(shape.vocabulary_size, width)
    sines = matrix(shape.maximum_positions, width)
    length = g("Shape", "source")
    positions = g("Slice", sines, np.array([0]), length, np.array([0]))
    x = g.embed("source", embedding, positions)
    for _ in range(shape.encoder_layers):
        queries, keys, values = g.split(g.linear(x, width, 3 * width), 3)
        attended = g.attention(queries, g.heads(keys, transposed=True), g.heads(values))
        x = g.add_norm(x, g.linear(attended, width, width))
        x = g.feed_forward(x)
    for layer in range(shape.decoder_layers):
        keys, values = g.split(g.linear(x, width, 2 * width), 2)
        g.rename(g.heads(keys, transposed=True), f"keys.{layer}")
        g.rename(g.heads(values), f"values.{layer}")
    return g.model([integers("source", "S")], memory_infos(shape))


def decoder_step(shape, vocabulary_size):
    g, width = Graph(shape), shape.d_model
    embedding = matrix(vocabulary_size, width)
    sines = matrix(shape.maximum_positions, width)
    x = g.embed("token", embedding, g("Gather", sines, "position"))
    layers = range(shape.decoder_layers)
    for layer in layers:
        read, forget = g.split(g.linear(x, width, 2 * width), 2)
        forget = g("Sigmoid", forget)
        kept = g("Mul", forget, f"state.{layer}")
        state = g("Add", kept, g("Mul", g("Sub", np.float32(1), forget), read))
        g.rename(state, f"state_out.{layer}")
        x = g.add_norm(x, g("Relu", f"state_out.{layer}"))
        queries = g.linear(x, width, width)
        attended = g.attention(queries, f"keys.{layer}", f"values.{layer}")
        x = g.add_norm(x, g.linear(attended, width, width))
        x = g.feed_forward(x)
    logits = g("Add", g("MatMul", x, embedding.T.copy()), vector(vocabulary_size))
    g.rename(g("ArgMax", logits, axis=-1, keepdims=0), "next")
    states = [floats(f"state.{layer}", 1, width) for layer in layers]
    states_out = [floats(f"state_out.{layer}", 1, width) for layer in layers]
    inputs = [integers("token", 1), integers("position", 1), *memory_infos(shape), *states]
    return g.model(inputs, [integers("next", 1), *states_out])


def write(shape, folder, weight_type=QuantType.QInt8):
    """Writes the int8 graphs: encoder.onnx, and decoder_step.V.onnx for each vocabulary size V."""
    folder.mkdir(parents=True, exist_ok=True)
    graphs = {"encoder": encoder(shape)}
    for vocabulary_size in (shape.vocabulary_size, *shape.shortlists):
        graphs[f"decoder_step.{vocabulary_size}"] = decoder_step(shape, vocabulary_size)
    for name, model in graphs.items():
        exact = folder / f"{name}.f32.onnx"
        onnx.save(model, exact)
        quantize_dynamic(
            exact, folder / f"{name}.onnx", weight_type=weight_type, op_types_to_quantize=["MatMul"]
        )
        exact.unlink()


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    write(load(name), folder)
    (folder / "shape.json").write_text(json.dumps(describe(name)))


if __name__ == "__main__":
    main()
