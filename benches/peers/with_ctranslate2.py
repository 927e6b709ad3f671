"""CTranslate2's worker: a random model of the same dimensions with its standard decoder (self-attention), int8.

    with_ctranslate2.py SHAPE SOURCE_TOKENS TARGET_TOKENS NAME

The variants' names begin with NAME. The environment limits the instruction set and selects the int8 products:
CT2_FORCE_CPU_ISA, DNNL_MAX_CPU_ISA, CT2_USE_MKL, MKL_ENABLE_INSTRUCTIONS.
"""

import pathlib
import sys
import tempfile

import ctranslate2
from ctranslate2.specs import transformer_spec

from shape import load, matrix, token, vector
from worker import milliseconds, serve


def linear(spec, outputs, inputs):
    spec.weight, spec.bias = matrix(outputs, inputs), vector(outputs)


def norm(spec, width):
    spec.gamma, spec.beta = vector(width, 1.0), vector(width)


def attention(spec, width, *outputs):
    for layer, size in zip(spec.linear, outputs, strict=True):
        linear(layer, size, width)
    norm(spec.layer_norm, width)


def feed_forward(spec, width, inner):
    linear(spec.linear_0, inner, width)
    linear(spec.linear_1, width, inner)
    norm(spec.layer_norm, width)


def random_spec(shape):
    layers, width = (shape.encoder_layers, shape.decoder_layers), shape.d_model
    spec = transformer_spec.TransformerSpec.from_config(layers, shape.n_heads, pre_norm=False)
    for layer in spec.encoder.layer:
        attention(layer.self_attention, width, 3 * width, width)
        feed_forward(layer.ffn, width, shape.d_ff)
    for layer in spec.decoder.layer:
        attention(layer.self_attention, width, 3 * width, width)
        attention(layer.attention, width, width, 2 * width, width)
        feed_forward(layer.ffn, width, shape.d_ff)
    embedding = matrix(shape.vocabulary_size, width)
    spec.encoder.embeddings[0].weight = embedding
    spec.decoder.embeddings.weight = embedding
    spec.decoder.projection.weight = embedding
    spec.decoder.projection.bias = vector(shape.vocabulary_size)
    return spec


def write(shape, pieces, folder, candidates=None):
    """Writes a model, with a vocabulary map that gives every source this many candidates."""
    spec = random_spec(shape)
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    if candidates:
        picked = pieces[:: len(pieces) // candidates][:candidates]
        mapping = folder.with_suffix(".map")
        mapping.write_text("\t" + " ".join(picked) + "\n")
        spec.register_vocabulary_mapping(str(mapping))
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir()
    spec.save(str(folder))


def variant(folder, source, target_tokens, use_vmap):
    translator = ctranslate2.Translator(
        str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
    )

    def translate():
        started = milliseconds()
        [result] = translator.translate_batch(
            [source],
            beam_size=1,
            min_decoding_length=target_tokens,
            max_decoding_length=target_tokens,
            use_vmap=use_vmap,
        )
        ended = milliseconds()
        assert len(result.hypotheses[0]) == target_tokens
        return ended - started, None

    return translate


def main():
    shape, name = load(sys.argv[1]), sys.argv[4]
    source_tokens, target_tokens = int(sys.argv[2]), int(sys.argv[3])
    size, variants = shape.vocabulary_size, {}
    pieces = ["<unk>", "<s>", "</s>", *(f"t{index}" for index in range(3, size))]
    source = [pieces[token(position, size)] for position in range(source_tokens - 1)] + ["</s>"]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for candidates in (None, *shape.shortlists):
            model = folder / str(candidates)
            write(shape, pieces, model, candidates)
            suffix = f", map of {candidates}" if candidates else ""
            variants[name + suffix] = variant(model, source, target_tokens, candidates is not None)
        serve(f"ctranslate2 {ctranslate2.__version__}", variants)


if __name__ == "__main__":
    main()
