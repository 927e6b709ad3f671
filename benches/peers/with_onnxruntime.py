"""onnxruntime's worker: the graphs of graphs.py, int8 by onnxruntime's dynamic quantisation, one thread.

    with_onnxruntime.py SHAPE SOURCE_TOKENS TARGET_TOKENS NAME FOLDER

FOLDER is written by graphs.py. Inputs and outputs are bound once (IOBinding), so that Python does little in a step:
two bindings alternate, with input and output states swapped.
"""

import pathlib
import sys

import numpy as np
import onnxruntime
from onnxruntime import OrtValue

from shape import load, token
from worker import milliseconds, serve


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])


def value(array):
    return OrtValue.ortvalue_from_numpy(array)


class Decoder:
    """Two bindings of a step: each reads the states that the other writes."""

    def __init__(self, shape, path, memories):
        self.session = session(path)
        self.token, self.position, self.next = (value(np.zeros(1, np.int64)) for _ in range(3))
        layers = range(shape.decoder_layers)
        zeros = np.zeros((1, shape.d_model), np.float32)
        states = [[value(zeros.copy()) for _ in layers] for _ in range(2)]
        self.first_states = states[0]
        self.bindings = []
        for read, written in (states, states[::-1]):
            binding = self.session.io_binding()
            binding.bind_ortvalue_input("token", self.token)
            binding.bind_ortvalue_input("position", self.position)
            binding.bind_ortvalue_output("next", self.next)
            for name, memory in memories.items():
                binding.bind_ortvalue_input(name, memory)
            for layer in layers:
                binding.bind_ortvalue_input(f"state.{layer}", read[layer])
                binding.bind_ortvalue_output(f"state_out.{layer}", written[layer])
            self.bindings.append(binding)
        self.zeros = zeros
        self.positions = [np.array([position]) for position in range(1024)]

    def run(self, tokens):
        for state in self.first_states:
            state.update_inplace(self.zeros)
        for position, token in enumerate(tokens):
            self.token.update_inplace(token)
            self.position.update_inplace(self.positions[position])
            self.session.run_with_iobinding(self.bindings[position % 2])


def variant(shape, folder, source_tokens, target_tokens, vocabulary_size):
    encoder = session(folder / "encoder.onnx")
    source = value(np.array([token(position, shape.vocabulary_size) for position in range(source_tokens)]))
    head_dim = shape.d_model // shape.n_heads
    memories = {}
    for layer in range(shape.decoder_layers):
        memories[f"keys.{layer}"] = value(np.zeros((shape.n_heads, head_dim, source_tokens), np.float32))
        memories[f"values.{layer}"] = value(np.zeros((shape.n_heads, source_tokens, head_dim), np.float32))
    encoding = encoder.io_binding()
    encoding.bind_ortvalue_input("source", source)
    for name, memory in memories.items():
        encoding.bind_ortvalue_output(name, memory)
    decoder = Decoder(shape, folder / f"decoder_step.{vocabulary_size}.onnx", memories)
    tokens = [np.array([token(position, vocabulary_size)]) for position in range(target_tokens)]

    def translate():
        started = milliseconds()
        encoder.run_with_iobinding(encoding)
        encoded = milliseconds()
        decoder.run(tokens)
        return milliseconds() - started, encoded - started

    return translate


def main():
    shape, name, folder = load(sys.argv[1]), sys.argv[4], pathlib.Path(sys.argv[5])
    lengths = int(sys.argv[2]), int(sys.argv[3])
    variants = {name: variant(shape, folder, *lengths, shape.vocabulary_size)}
    for candidates in shape.shortlists:
        variants[f"{name}, vocabulary of {candidates}"] = variant(shape, folder, *lengths, candidates)
    serve(f"onnxruntime {onnxruntime.__version__}", variants)


if __name__ == "__main__":
    main()
