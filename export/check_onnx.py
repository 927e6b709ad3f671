#!/usr/bin/env python3
"""Compares imported ONNX graphs with PyPI's transformers: random MarianMT models of two shapes, exported by PyPI's optimum.

    python3.10 export/check_onnx.py [--int8]

optimum 1.20.0 asks for torch 2.1 or later, because models with scaled_dot_product_attention need it. MarianMT in transformers 4.40.2
has none, so its minimum is lowered here to torch 1.12.1: see check_hf.py, which has the models and vocabularies too.
Each model is imported twice, with and without decoder_with_past_model.onnx, and `deshi-export onnx` runs it in tract. transformers
generates greedily with the models' own generation_config.json.
Exit code: 0 if every source has the same ids, and each import has the same tokens as transformers in at least 49 of 50
sentences; else 1. For each sentence that differs, the logits of the two tokens at the first difference are printed.
--int8 also quantises the graphs with onnxruntime's quantize_dynamic, which is only reported: beside transformers, it is compared with
onnxruntime's own greedy search on the same files.
"""

import argparse
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import check_hf
from check_hf import MOST, PACKAGES, REQUIREMENTS, ROOT, SENTENCES
from python_packages import install

install(
    PACKAGES,
    {**REQUIREMENTS, "onnx": "onnx==1.23.2", "onnxruntime": "onnxruntime==1.23.2", "coloredlogs": "coloredlogs", "sympy": "sympy", "optimum": "optimum==1.20.0"},
    alone=["optimum"],
)
import numpy  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402
from optimum.exporters.onnx import main_export, model_configs  # noqa: E402
from packaging.version import Version  # noqa: E402

model_configs.MarianOnnxConfig.MIN_TORCH_VERSION = Version("1.12")
# Tracing warns of every branch in the model's code.
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

GRAPHS = ["encoder_model.onnx", "decoder_model.onnx", "decoder_with_past_model.onnx"]
SHAPES = {
    # As OPUS-MT's configurations have it: <pad> is never produced, and the end is forced.
    "relu, untied": {**check_hf.SHAPES["relu"], "tied": False, "search": lambda pad: {"bad_words_ids": [[pad]], "forced_eos_token_id": 0}},
    "swish, tied": check_hf.SHAPES["swish"],
}


def export_onnx(folder):
    """As `optimum-cli export onnx --task text2text-generation-with-past --no-post-process` does."""
    main_export(str(folder), output=str(folder / "onnx"), task="text2text-generation-with-past", no_post_process=True, do_validation=False)
    return folder / "onnx"


def transformers_answers(folder, model, lines, code):
    tokenizer = transformers.MarianTokenizer.from_pretrained(folder, source_lang="en", target_lang="de")
    answers = []
    for line in lines:
        source = tokenizer(f"{code} {line}" if code and line else line)["input_ids"]
        with torch.no_grad():
            target = model.generate(torch.tensor([source]), num_beams=1, do_sample=False, max_new_tokens=MOST)[0].tolist()[1:]
        answers.append((source[:-1], target[: target.index(0)] if 0 in target else target))
    return answers


def onnxruntime_answers(graphs, model, sources):
    """Greedy search by onnxruntime on the same files, one sentence at a time."""
    threads = onnxruntime.SessionOptions()
    threads.intra_op_num_threads = 1
    encoder, first, later = [onnxruntime.InferenceSession(str(graphs / name), threads, providers=["CPUExecutionProvider"]) for name in GRAPHS]
    search = model.generation_config
    banned = [word[0] for word in search.bad_words_ids or []]
    most = MOST - (search.forced_eos_token_id is not None)
    answers = []
    for source in sources:
        source = [*source, 0]
        ids, mask = numpy.array([source]), numpy.ones((1, len(source)), dtype=numpy.int64)
        hidden = encoder.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        token, cache, tokens = search.decoder_start_token_id, None, []
        while len(tokens) < most:
            inputs = {"input_ids": numpy.array([[token]]), "encoder_attention_mask": mask}
            session = later if cache else first
            inputs |= cache or {"encoder_hidden_states": hidden}
            outputs = dict(zip([output.name for output in session.get_outputs()], session.run(None, inputs)))
            cache = (cache or {}) | {name.replace("present", "past_key_values"): value for name, value in outputs.items() if name != "logits"}
            logits = outputs["logits"][0, -1]
            logits[banned] = -numpy.inf
            token = int(logits.argmax())
            if token == 0:
                break
            tokens.append(token)
        answers.append(tokens)
    return answers


def difference(model, source, a, b):
    """The logits of transformers at the first difference of two translations."""
    at = next((i for i, pair in enumerate(zip(a, b)) if pair[0] != pair[1]), min(len(a), len(b)))
    prefix = [model.config.decoder_start_token_id, *a[:at]]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([[*source, 0]]), decoder_input_ids=torch.tensor([prefix])).logits[0, -1]
    pair = [tokens[at] if at < len(tokens) else 0 for tokens in (a, b)]
    return f"at token {at}: {pair[0]} has the logit {logits[pair[0]]:.6f}, {pair[1]} has {logits[pair[1]]:.6f}"


def deshi_answers(target, graphs, folder, names, lines, code):
    """The bundle's size, and the ids of sources and translations; None if the import is refused."""
    bundle = folder / "random.deshi"
    command = [target / "deshi-export", "onnx", *(graphs / name for name in names), folder / "config.json", folder / "generation_config.json"]
    command += ["--source-spm", folder / "source.spm", "--target-spm", folder / "target.spm", "--vocabulary", folder / "vocab.json"]
    command += ["-o", bundle, "--source", "en", "--target", "de", *(part for one in code for part in ("--target-code", one))]
    if subprocess.run(command).returncode:
        return None
    text = "".join(line + "\n" for line in lines)
    command = [target / "examples" / "greedy_onnx", bundle, str(MOST)]
    answer = subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True, text=True).stdout
    ids = lambda text: [int(id) for id in text.split()]  # noqa: E731
    return [tuple(map(ids, line.split("\t"))) for line in answer.splitlines()]


def compare(name, model, lines, got, expected):
    """Prints how many are the same, and the reason for each that differs; returns the numbers of same sources and translations."""
    sources = sum(a[0] == b[0] for a, b in zip(got, expected))
    targets = sum(a[1] == b[1] for a, b in zip(got, expected))
    print(f"{name}: {sources} sources and {targets} translations of {len(lines)} as transformers has them")
    return sources, targets


def reasons(model, lines, got, expected):
    for line, a, b in zip(lines, got, expected):
        if a[0] != b[0]:
            print(f"  {line!r}: the source is {a[0]}, not {b[0]}")
        elif a[1] != b[1]:
            print(f"  {line!r}: {difference(model, b[0], a[1], b[1])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--target", type=pathlib.Path, help="the folder with deshi-export and examples/greedy_onnx (default: built here)")
    parser.add_argument("--int8", action="store_true", help="also quantise the graphs, and report")
    arguments = parser.parse_args()
    target = arguments.target
    if target is None:
        cargo = ["cargo", "build", "--release", "-p", "deshi-export", "--features", "tract", "--bin", "deshi-export", "--example", "greedy_onnx"]
        subprocess.run(cargo, cwd=ROOT, check=True)
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    lines, vocabulary_lines = check_hf.sentences()
    assert len(lines) == SENTENCES
    ok = True
    for seed, (name, shape) in enumerate(SHAPES.items()):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            code = shape["codes"][-1:]
            size = check_hf.write_vocabularies(folder, vocabulary_lines, shape["codes"])
            model = check_hf.write_model(folder, shape, size, seed)
            graphs = export_onnx(folder)
            expected = transformers_answers(folder, model, lines, "".join(code))
            different = len({tuple(target) for _, target in expected})
            ended = sum(len(target) < MOST - 1 for _, target in expected)
            print(f"{name}: {size} pieces, {different} different translations of {len(lines)}, {ended} end before the bound")
            for kind, names in ("with a cache", GRAPHS), ("without", GRAPHS[:2]):
                got = deshi_answers(target, graphs, folder, names, lines, code)
                if got is None:
                    ok = False
                    continue
                sources, targets = compare(f"{name}: {kind}", model, lines, got, expected)
                reasons(model, lines, got, expected)
                ok &= sources == len(got) == len(lines) and targets * 50 >= 49 * len(lines)
            if arguments.int8:
                int8(target, name, model, graphs, folder, lines, code, expected)
    sys.exit(not ok)


def int8(target, name, model, graphs, folder, lines, code, expected):
    """Reports what the graphs do after onnxruntime's dynamic quantisation."""
    for kind, options in {
        "int8": {"weight_type": QuantType.QInt8},
        "uint8": {"weight_type": QuantType.QUInt8},
        "int8 by column": {"weight_type": QuantType.QInt8, "per_channel": True},
    }.items():
        quantised = folder / kind.replace(" ", "-")
        quantised.mkdir()
        for graph in GRAPHS:
            quantize_dynamic(graphs / graph, quantised / graph, **options)
        bytes = sum((quantised / graph).stat().st_size for graph in GRAPHS)
        got = deshi_answers(target, quantised, folder, GRAPHS, lines, code)
        if got is None:
            print(f"{name}: {kind} is refused")
            continue
        compare(f"{name}: {kind}, {bytes} bytes of graphs", model, lines, got, expected)
        other = onnxruntime_answers(quantised, model, [source for source, _ in expected])
        same = sum(a[1] == b for a, b in zip(got, other))
        float_too = sum(a[1] == b for a, b in zip(expected, other))
        print(f"{name}: {kind}: onnxruntime on the same files has {same} of {len(lines)} as deshi, {float_too} as transformers")


if __name__ == "__main__":
    main()
