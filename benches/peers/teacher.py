"""Converts a trained teacher, a checkpoint of deshi-train whose decoder has self-attention, to a CTranslate2 model.

Tensors are named as in runtime/core/src/operations.rs. A token is the string of its id, except for
the two special ones of CTranslate2.
"""

import json

from ctranslate2.specs import transformer_spec
from safetensors import safe_open
import numpy as np

# In runtime/kernels/src/operations/add_norm.rs.
EPSILON = 1e-6
START, END = "<s>", "</s>"


def read(checkpoint):
    """The architecture and the tensors."""
    with safe_open(checkpoint, "numpy") as file:
        architecture = json.loads(file.metadata()["deshi"])["architecture"]
        return architecture, {name: file.get_tensor(name) for name in file.keys()}


def pieces(bundle):
    """CTranslate2's name of each token id. `bundle`: the output of read-bundle."""
    names = [str(token) for token in range(bundle["architecture"]["vocabulary_size"])]
    names[bundle["start"]], names[bundle["end"]] = START, END
    return names


def encode(lists, bundle):
    """Each source's ids as tokens, including its end."""
    names, most = pieces(bundle), bundle["architecture"]["maximum_positions"]
    sources = [[*(names[token] for token in ids), END] for ids in lists]
    too_long = [index + 1 for index, source in enumerate(sources) if len(source) > most]
    if too_long:
        raise SystemExit(f"lines {too_long} have more than {most} tokens: deshi splits them, CTranslate2 would not")
    return sources


def convert(checkpoint, bundle, folder):
    """Writes the int8 model of a checkpoint, with the bundle's shortlist as its vocabulary map."""
    architecture, tensors = read(checkpoint)
    check(architecture, bundle["architecture"])
    if not bundle["shortlist"]:
        raise SystemExit("the bundle has no shortlist for the vocabulary map")
    spec, names = specify(architecture, tensors, np.array(bundle["positions"], np.float32)), pieces(bundle)
    spec.register_source_vocabulary(names)
    spec.register_target_vocabulary(names)
    spec.config.decoder_start_token = spec.config.bos_token = START
    spec.config.eos_token = END
    # Our vocabulary has no unknown token, but CTranslate2 needs one: any token that is never read will do.
    spec.config.unk_token = START
    spec.config.layer_norm_epsilon = EPSILON
    mapping = folder.with_suffix(".map")
    mapping.write_text("".join(f"{source}\t{' '.join(targets)}\n" for source, targets in candidates(bundle)))
    spec.register_vocabulary_mapping(str(mapping))
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir()
    spec.save(str(folder))


def check(teacher, student):
    """Checks that the engines do the same work: all dimensions must be equal; only the decoder may differ."""
    teacher, student = {**teacher, "decoder": None}, {**student, "decoder": None}
    if teacher != student:
        raise SystemExit(f"the checkpoint's architecture is {teacher}, the bundle's is {student}")


def specify(architecture, tensors, positions):
    layers = architecture["encoder_layers"], architecture["decoder_layers"]
    spec = transformer_spec.TransformerSpec.from_config(layers, architecture["n_heads"], pre_norm=False)

    def linear(to, name):
        to.weight, to.bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]

    def norm(to, name):
        to.gamma, to.beta = tensors[f"{name}.gamma"], tensors[f"{name}.beta"]

    def attention(to, block, kind, *roles):
        for layer, role in zip(to.linear, roles, strict=True):
            linear(layer, f"{block}.{kind}_{role}")
        norm(to.layer_norm, f"{block}.{kind}_norm")

    def feed_forward(to, block):
        linear(to.linear_0, f"{block}.feed_forward_in")
        linear(to.linear_1, f"{block}.feed_forward_out")
        norm(to.layer_norm, f"{block}.feed_forward_norm")

    for index, layer in enumerate(spec.encoder.layer):
        attention(layer.self_attention, f"encoder.{index}", "self", "in", "out")
        feed_forward(layer.ffn, f"encoder.{index}")
    for index, layer in enumerate(spec.decoder.layer):
        attention(layer.self_attention, f"decoder.{index}", "self", "in", "out")
        attention(layer.attention, f"decoder.{index}", "cross", "query", "keys_values", "out")
        feed_forward(layer.ffn, f"decoder.{index}")
    embedding = tensors["embedding.weight"]
    spec.encoder.embeddings[0].weight = spec.decoder.embeddings.weight = embedding
    linear(spec.decoder.projection, "embedding")
    spec.encoder.position_encodings.encodings = spec.decoder.position_encodings.encodings = positions
    return spec


def candidates(bundle):
    """Lines of the map: a source token and its candidates, as in runtime/core/src/shortlist. CTranslate2 always adds the
    candidates of the empty source; the end, which every source has, is among them."""
    names, lists = pieces(bundle), bundle["shortlist"]["lists"]
    start, end = bundle["start"], bundle["end"]
    yield "", [names[token] for token in sorted({*bundle["shortlist"]["always"], *lists[end]})]
    own_bytes = set(range(max(start, end) + 1, bundle["first_piece"]))
    for source, targets in enumerate(lists):
        if source not in (start, end):
            own = own_bytes if source in own_bytes else {source}
            yield names[source], [names[token] for token in sorted({*targets, *own})]
