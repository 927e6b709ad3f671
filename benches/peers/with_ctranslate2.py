"""CTranslate2's worker: a random model of the same dimensions with its standard decoder (self-attention), int8.

    with_ctranslate2.py SOURCE_TOKENS TARGET_TOKENS NAME

NAME stands before each variant's name. The environment says which instructions and which int8 products it may
use: CT2_FORCE_CPU_ISA, DNNL_MAX_CPU_ISA, CT2_USE_MKL, MKL_ENABLE_INSTRUCTIONS.
"""

import pathlib
import sys
import tempfile

import ctranslate2
from ctranslate2.specs import transformer_spec

import shapes
from worker import milliseconds, serve

TOKENS = ["<unk>", "<s>", "</s>", *(f"t{index}" for index in range(3, shapes.VOCABULARY))]


def linear(spec, outputs, inputs=shapes.D_MODEL):
    spec.weight, spec.bias = shapes.matrix(outputs, inputs), shapes.vector(outputs)


def norm(spec):
    spec.gamma, spec.beta = shapes.vector(shapes.D_MODEL, 1.0), shapes.vector(shapes.D_MODEL)


def attention(spec, *outputs):
    for layer, size in zip(spec.linear, outputs, strict=True):
        linear(layer, size)
    norm(spec.layer_norm)


def feed_forward(spec):
    linear(spec.linear_0, shapes.D_FF)
    linear(spec.linear_1, shapes.D_MODEL, shapes.D_FF)
    norm(spec.layer_norm)


def random_spec():
    layers = shapes.ENCODER_LAYERS, shapes.DECODER_LAYERS
    spec = transformer_spec.TransformerSpec.from_config(layers, shapes.HEADS, pre_norm=False)
    width = shapes.D_MODEL
    for layer in spec.encoder.layer:
        attention(layer.self_attention, 3 * width, width)
        feed_forward(layer.ffn)
    for layer in spec.decoder.layer:
        attention(layer.self_attention, 3 * width, width)
        attention(layer.attention, width, 2 * width, width)
        feed_forward(layer.ffn)
    embedding = shapes.matrix(shapes.VOCABULARY, width)
    spec.encoder.embeddings[0].weight = embedding
    spec.decoder.embeddings.weight = embedding
    spec.decoder.projection.weight = embedding
    spec.decoder.projection.bias = shapes.vector(shapes.VOCABULARY)
    return spec


def write(folder, candidates=None):
    """Writes a model, with a vocabulary map that offers so many candidates to every source."""
    spec = random_spec()
    spec.register_source_vocabulary(TOKENS)
    spec.register_target_vocabulary(TOKENS)
    if candidates:
        picked = TOKENS[:: shapes.VOCABULARY // candidates][:candidates]
        mapping = folder.with_suffix(".map")
        mapping.write_text("\t" + " ".join(picked) + "\n")
        spec.register_vocabulary_mapping(str(mapping))
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir()
    spec.save(str(folder))


def variant(folder, source_tokens, target_tokens, use_vmap):
    translator = ctranslate2.Translator(
        str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
    )
    source = [[TOKENS[shapes.token(position)] for position in range(source_tokens - 1)] + ["</s>"]]

    def translate():
        started = milliseconds()
        [result] = translator.translate_batch(
            source,
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
    source_tokens, target_tokens, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    variants = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for candidates in (None, *shapes.SHORTLISTS):
            model = folder / str(candidates)
            write(model, candidates)
            suffix = f", map of {candidates}" if candidates else ""
            variants[name + suffix] = variant(model, source_tokens, target_tokens, candidates is not None)
        serve(f"ctranslate2 {ctranslate2.__version__}", variants)


if __name__ == "__main__":
    main()
