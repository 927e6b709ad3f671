#!/usr/bin/env python3
"""Runs a bundle's graphs with stock onnxruntime, and compares the results with those of `deshi translate --raw`.

    python3 export/check_onnxruntime.py                      # the carried model, the sentences of tests/data
    python3 export/check_onnxruntime.py --bundle NAME.deshi --sentences LINES.txt --deshi target/release/deshi

Both graphs must pass onnx.checker. Then onnxruntime reads the source tokens from `deshi translate --raw --jsonl`, follows deshi's
translation, and computes how far each token's logit is below the highest one, and the log-probability of the whole translation.
(onnxruntime sums f32 in another order. If that changes the last bit of an activation, its int8 value can change too, and with it the
rest of the sentence.)
Embedding lookup and output layer are outside the graphs: numpy computes them here, from weights.bin. deshi-core's example "sections"
lists the sections of that file.

If onnx, onnxruntime or numpy is not installed, pip installs it into target/python once.
Exit code: 0 if in at least WANTED of the sentences every token has the highest logit, no token is further than TIE below it, and the
log-probability of the median sentence differs by at most MEDIAN; else 1.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

from python_packages import install

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "target" / "python"
REQUIREMENTS = {"numpy": "numpy>=1.26,<3", "onnx": "onnx>=1.16,<2", "onnxruntime": "onnxruntime>=1.18,<2"}


install(PACKAGES, REQUIREMENTS)
import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402

END, START = 0, 1
WANTED = 0.98
# In logits: the effect that another int8 value of an activation may have, a step or two later. (At most 0.23 in 200 sentences.)
TIE = 0.5
# Most sentences have no such activation. (The median was 2e-6 in 200 sentences.)
MEDIAN = 1e-4


def sections(bundle):
    """Where each section of the bundle's weights.bin is, by its name."""
    command = ["cargo", "run", "--quiet", "--release", "-p", "deshi-core", "--features", "std", "--example", "sections", "--"]
    output = subprocess.run([*command, str(bundle)], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return {section["name"]: section for section in map(json.loads, output.decode().splitlines())}


class Embedding:
    """The tied embedding, int8, and the sine table."""

    def __init__(self, folder, where):
        data = (folder / "weights.bin").read_bytes()

        def section(name, dtype):
            place = where[name]
            return np.frombuffer(data[place["offset"] :][: place["bytes"]], dtype)

        size, width = where["embedding.blocked"]["shape"]
        blocked = section("embedding.blocked", np.int8).reshape(size // 16, width // 4, 16, 4)
        self.weight = blocked.transpose(0, 2, 1, 3).reshape(size, width)
        self.scales = section("embedding.scales", np.float32)
        self.bias = section("embedding.bias", np.float32)
        self.positions = section("positions", np.float32).reshape(-1, width)
        sums = section("embedding.sums", np.int32)
        assert (self.weight.astype(np.int32).sum(1) == sums).all(), "weights.bin has another layout"

    def rows(self, tokens, first):
        """[n] -> [n, d_model]"""
        factor = np.float32(np.sqrt(self.weight.shape[1]))
        scaled = self.weight[tokens] * self.scales[tokens][:, None]
        return scaled * factor + self.positions[first : first + len(tokens)]

    def logits(self, hidden):
        """[1, d_model] -> [vocabulary_size]"""
        maximum = max(np.abs(hidden[0]).max(), np.float32(1e-20))
        quantised = np.rint(hidden[0] * (np.float32(127) / maximum)).astype(np.int32)
        sums = (self.weight.astype(np.int32) @ quantised).astype(np.float32)
        return sums * (maximum * np.float32(1 / 127) * self.scales) + self.bias


class Translator:
    def __init__(self, folder, where):
        self.architecture = json.loads((folder / "manifest.json").read_text())["architecture"]
        self.embedding = Embedding(folder, where)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.encoder, self.step = (
            onnxruntime.InferenceSession(str(folder / name), options, ["CPUExecutionProvider"])
            for name in ("encoder.onnx", "decoder_step.onnx")
        )

    def follow(self, source, tokens):
        """For each token of a translation: how far its logit is below the highest of its step, and its log-probability."""
        source = np.array([*source, END])
        names = [output.name for output in self.encoder.get_outputs()]
        feeds = dict(zip(names, self.encoder.run(names, {"x": self.embedding.rows(source, 0)})))
        layers = range(self.architecture["decoder_layers"])
        for layer in layers:
            feeds[f"state.{layer}"] = np.zeros((1, self.architecture["d_model"]), np.float32)
        wanted = ["hidden", *(f"state_out.{layer}" for layer in layers)]
        for position, (previous, token) in enumerate(zip([START, *tokens], tokens)):
            feeds["x"] = self.embedding.rows(np.array([previous]), position)
            hidden, *states = self.step.run(wanted, feeds)
            feeds.update((f"state.{layer}", state) for layer, state in zip(layers, states))
            logits = self.embedding.logits(hidden)
            below = logits.max() - logits.astype(np.float64)
            yield below[token], -below[token] - np.log(np.exp(-below).sum())


def deshi(program, bundle, sentences):
    """The objects that `deshi translate --raw --jsonl` prints, one for each line."""
    arguments = ["translate", "--raw", "--no-shortlist", "--jsonl", "--model", str(bundle), "--input", str(sentences)]
    command = [program] if program else ["cargo", "run", "--quiet", "--release", "--bin", "deshi", "--"]
    output = subprocess.run([*command, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in output.decode().splitlines()]


def compare(folder, where, sentences):
    """For each sentence: how far its worst token is below the best, and the difference of the log-probabilities. Prints the worst tokens."""
    for name in ("encoder.onnx", "decoder_step.onnx"):
        onnx.checker.check_model(str(folder / name), full_check=True)
    translator = Translator(folder, where)
    furthest, differences = [], []
    for number, sentence in enumerate(sentences, 1):
        tokens = sentence["tokens"] if sentence["truncated"] else [*sentence["tokens"], END]
        below, log_probabilities = np.transpose(list(translator.follow(sentence["source_tokens"], tokens)))
        position = below.argmax()
        furthest.append(below[position])
        differences.append(abs(log_probabilities.sum() - sentence["log_probability"]))
        if below[position] > 0:
            print(f"line {number}: token {tokens[position]} at {position} is {below[position]:.4f} below the best", file=sys.stderr)
    return np.array(furthest), np.array(differences)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=pathlib.Path, default=ROOT / "runtime" / "models" / "en-de.deshi")
    parser.add_argument("--sentences", type=pathlib.Path, default=ROOT / "tests" / "data" / "sentences.en")
    parser.add_argument("--deshi", help="the program; without it, cargo builds it")
    args = parser.parse_args()
    sentences = deshi(args.deshi, args.bundle.resolve(), args.sentences.resolve())
    if not sentences:
        sys.exit(f"{args.sentences} has no sentences")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(args.bundle) as tar:
        tar.extractall(folder, filter="data")
        furthest, differences = compare(pathlib.Path(folder), sections(args.bundle.resolve()), sentences)
    agree, median = (furthest == 0).sum(), np.median(differences)
    print(f"onnx.checker passes; every token has onnxruntime's highest logit in {agree} of {len(sentences)} sentences")
    print(f"a token is at most {furthest.max():.2f} below the best; the median log-probability differs by {median:.1e}")
    return 0 if agree >= WANTED * len(sentences) and furthest.max() <= TIE and median <= MEDIAN else 1


if __name__ == "__main__":
    sys.exit(main())
