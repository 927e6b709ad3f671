"""The student "tiny" as two graphs of standard ONNX operators with random f32 weights, and their int8 forms.

encoder:      source tokens [S] -> keys and values of each decoder layer, [HEADS, S, d_model / HEADS]
decoder_step: a token and its position, both [1]; keys and values; the SSRU's states [1, d_model] -> the most
              likely next token [1] and the states

The int8 form is onnxruntime's own dynamic quantisation.
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

import shapes

OPSET = 17
MAXIMUM_POSITIONS = 256
HEAD_DIM = shapes.D_MODEL // shapes.HEADS


class Graph:
    """Nodes and initializers as they are added; a value is its name."""

    def __init__(self):
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
        weight = shapes.matrix(outputs, inputs).T.copy()
        return self("Add", self("MatMul", x, weight), shapes.vector(outputs))

    def add_norm(self, x, y):
        gamma, beta = shapes.vector(shapes.D_MODEL, 1.0), shapes.vector(shapes.D_MODEL)
        return self("LayerNormalization", self("Add", x, y), gamma, beta, epsilon=1e-6)

    def feed_forward(self, x):
        inner = self("Relu", self.linear(x, shapes.D_MODEL, shapes.D_FF))
        return self.add_norm(x, self.linear(inner, shapes.D_FF, shapes.D_MODEL))

    def heads(self, x, transposed=False):
        """[n, d_model] -> [HEADS, n, HEAD_DIM], or its transpose [HEADS, HEAD_DIM, n]"""
        split = self("Reshape", x, np.array([-1, shapes.HEADS, HEAD_DIM]))
        return self("Transpose", split, perm=[1, 2, 0] if transposed else [1, 0, 2])

    def attention(self, queries, keys_transposed, values):
        scores = self("MatMul", self.heads(queries), keys_transposed)
        scaled = self("Mul", scores, np.float32(1 / np.sqrt(HEAD_DIM)))
        attended = self("MatMul", self("Softmax", scaled, axis=-1), values)
        joined = self("Transpose", attended, perm=[1, 0, 2])
        return self("Reshape", joined, np.array([-1, shapes.D_MODEL]))

    def embed(self, tokens, embedding, positions):
        scaled = self("Mul", self("Gather", embedding, tokens), np.float32(np.sqrt(shapes.D_MODEL)))
        return self("Add", scaled, positions)

    def split(self, x, parts):
        sizes = np.array([shapes.D_MODEL] * parts)
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


def memory_infos():
    infos = []
    for layer in range(shapes.DECODER_LAYERS):
        infos.append(floats(f"keys.{layer}", shapes.HEADS, HEAD_DIM, "S"))
        infos.append(floats(f"values.{layer}", shapes.HEADS, "S", HEAD_DIM))
    return infos


def encoder():
    g = Graph()
    embedding = shapes.matrix(shapes.VOCABULARY, shapes.D_MODEL)
    sines = shapes.matrix(MAXIMUM_POSITIONS, shapes.D_MODEL)
    length = g("Shape", "source")
    positions = g("Slice", sines, np.array([0]), length, np.array([0]))
    x = g.embed("source", embedding, positions)
    for _ in range(shapes.ENCODER_LAYERS):
        qkv = g.linear(x, shapes.D_MODEL, 3 * shapes.D_MODEL)
        queries, keys, values = g.split(qkv, 3)
        attended = g.attention(queries, g.heads(keys, transposed=True), g.heads(values))
        x = g.add_norm(x, g.linear(attended, shapes.D_MODEL, shapes.D_MODEL))
        x = g.feed_forward(x)
    for layer in range(shapes.DECODER_LAYERS):
        keys, values = g.split(g.linear(x, shapes.D_MODEL, 2 * shapes.D_MODEL), 2)
        g.rename(g.heads(keys, transposed=True), f"keys.{layer}")
        g.rename(g.heads(values), f"values.{layer}")
    return g.model([integers("source", "S")], memory_infos())


def decoder_step(vocabulary):
    g = Graph()
    embedding = shapes.matrix(vocabulary, shapes.D_MODEL)
    sines = shapes.matrix(MAXIMUM_POSITIONS, shapes.D_MODEL)
    x = g.embed("token", embedding, g("Gather", sines, "position"))
    layers = range(shapes.DECODER_LAYERS)
    for layer in layers:
        read, forget = g.split(g.linear(x, shapes.D_MODEL, 2 * shapes.D_MODEL), 2)
        forget = g("Sigmoid", forget)
        kept = g("Mul", forget, f"state.{layer}")
        state = g("Add", kept, g("Mul", g("Sub", np.float32(1), forget), read))
        g.rename(state, f"state_out.{layer}")
        x = g.add_norm(x, g("Relu", f"state_out.{layer}"))
        queries = g.linear(x, shapes.D_MODEL, shapes.D_MODEL)
        attended = g.attention(queries, f"keys.{layer}", f"values.{layer}")
        x = g.add_norm(x, g.linear(attended, shapes.D_MODEL, shapes.D_MODEL))
        x = g.feed_forward(x)
    logits = g("Add", g("MatMul", x, embedding.T.copy()), shapes.vector(vocabulary))
    g.rename(g("ArgMax", logits, axis=-1, keepdims=0), "next")
    states = [floats(f"state.{layer}", 1, shapes.D_MODEL) for layer in layers]
    states_out = [floats(f"state_out.{layer}", 1, shapes.D_MODEL) for layer in layers]
    inputs = [integers("token", 1), integers("position", 1), *memory_infos(), *states]
    return g.model(inputs, [integers("next", 1), *states_out])


def write(folder, weight_type=QuantType.QInt8):
    """Writes the int8 graphs: encoder.onnx, and decoder_step.V.onnx for each size of the vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    graphs = {"encoder": encoder()}
    for vocabulary in (shapes.VOCABULARY, *shapes.SHORTLISTS):
        graphs[f"decoder_step.{vocabulary}"] = decoder_step(vocabulary)
    for name, model in graphs.items():
        exact = folder / f"{name}.f32.onnx"
        onnx.save(model, exact)
        quantize_dynamic(
            exact, folder / f"{name}.onnx", weight_type=weight_type, op_types_to_quantize=["MatMul"]
        )
        exact.unlink()


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
