#!/usr/bin/env python3
"""Times deshi and other engines: the same shapes, random weights, int8, batch 1, one thread each, in one run.

    python3 compare.py prepare               # once: a venv in .work, the Rust programs, the graphs
    python3 compare.py run                   # the carried model's shape; writes ../runs/DATE-MACHINE/peers-carried.*
    python3 compare.py run --shape tiny      # the student "tiny"; writes peers-tiny.*

Every engine is a separate process on the same core. They take turns, round after round, so that a disturbance of the
machine affects all of them. A ratio compares the medians of one round; the table gives the median, the least and the
greatest ratio over the rounds.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

from common import (
    HERE, LAST_CORE, PYTHON, RTEN, TIME_DESHI, WORK, build, describe, facts, graphs, ratios, results, spread,
)

REQUIREMENTS = [
    "ctranslate2==4.8.5", "onnx==1.23.2", "onnxruntime==1.32.0", "numpy", "matplotlib", "safetensors==0.8.0", "sacrebleu==2.6.0",
]
SHAPES = ["carried", "tiny"]

CAPPED = " (AVX2)"
# On an AMD CPU, oneDNN does CTranslate2's products; its instruction set is limited separately.
CTRANSLATE2_CAPPED = {"CT2_FORCE_CPU_ISA": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2"}


def prepare():
    subprocess.run([sys.executable, "-m", "venv", WORK / "venv"], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
    subprocess.run(["cargo", "build", "--release", "--target-dir", WORK / "rten"], cwd=HERE / "rten", check=True)
    build("-p", "deshi-benches", "--bins")
    for shape in SHAPES:
        write_graphs(shape)


def write_graphs(shape):
    """Writes the graphs of a shape, unless they exist. (The carried shape changes with the model.)"""
    description, written = describe(shape), graphs(shape) / "shape.json"
    if not written.exists() or json.loads(written.read_text()) != description:
        subprocess.run([PYTHON, HERE / "graphs.py", shape, graphs(shape)], check=True)
    return description


class Engine:
    """A worker process, which times a given number of sentences."""

    def __init__(self, command, core, environment=None):
        pinned = ["taskset", "-c", str(core), *map(str, command)]
        threads = {"OMP_NUM_THREADS": "1", "RTEN_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            pinned,
            env={**os.environ, **threads, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.version = self.answer()["ready"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args} ended: {self.process.wait()}")
        return json.loads(line)

    def time(self, sentences):
        self.process.stdin.write(f"{sentences}\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def engines(args):
    lengths, folder = [args.source, args.target], graphs(args.shape)
    deshi = [TIME_DESHI, args.shape, *lengths]
    ctranslate2 = [PYTHON, HERE / "with_ctranslate2.py", args.shape, *lengths]
    onnxruntime = [PYTHON, HERE / "with_onnxruntime.py", args.shape, *lengths]
    started = [
        Engine([*deshi, "deshi"], args.core),
        Engine([*deshi, "deshi" + CAPPED], args.core, {"DESHI_KERNELS": "avx2"}),
        Engine([*ctranslate2, "ctranslate2"], args.core),
        Engine([*ctranslate2, "ctranslate2" + CAPPED], args.core, CTRANSLATE2_CAPPED),
        Engine([*onnxruntime, "onnxruntime", folder], args.core),
        Engine([RTEN, *lengths, "rten", folder], args.core),
    ]
    if args.tract:
        started.append(Engine([args.tract, args.shape, *lengths, "deshi through tract"], args.core))
    return started


def measure(args):
    """Per variant: the median of each round, for the sentence and, if known, for its encoder."""
    started = engines(args)
    for engine in started:
        engine.time(args.sentences)
    rounds = {}
    for _ in range(args.rounds):
        for engine in started:
            for variant, times in engine.time(args.sentences).items():
                for part, values in times.items():
                    medians = rounds.setdefault(variant, {}).setdefault(part, [])
                    medians.append(round(statistics.median(values), 4))
    for engine in started:
        engine.close()
    return rounds, [engine.version for engine in started]


def of(rounds, variant, base, part="sentence_ms"):
    return spread(*ratios(rounds[variant][part], rounds[base][part]))


def base_of(variant):
    return "deshi" + CAPPED if CAPPED in variant else "deshi"


def table(rounds):
    lines = ["| engine | ms a sentence | encoder, ms | times deshi's | of its encoder |", "|---|---|---|---|---|"]
    for variant in sorted(rounds, key=lambda variant: (CAPPED in variant, order(rounds, variant))):
        parts, base = rounds[variant], base_of(variant)
        encoder = parts.get("encoder_ms")
        cells = [
            f"**{variant}**" if variant.startswith("deshi") else variant,
            f"{statistics.median(parts['sentence_ms']):.2f}",
            f"{statistics.median(encoder):.2f}" if encoder else "",
            of(rounds, variant, base),
            of(rounds, variant, base, "encoder_ms") if encoder else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


# Targets for the ratio of times: deshi's variant, the peer's variant, the part, the greatest ratio.
TARGETS = [
    ("deshi", "ctranslate2", "sentence_ms", 0.5),
    ("deshi, shortlist of 500", "ctranslate2", "sentence_ms", 0.25),
    ("deshi, shortlist of 1000", "ctranslate2", "sentence_ms", 0.25),
    ("deshi, shortlist of 500", "ctranslate2, map of 500", "sentence_ms", 0.5),
    ("deshi, shortlist of 1000", "ctranslate2, map of 1000", "sentence_ms", 0.5),
    ("deshi", "onnxruntime", "encoder_ms", 0.6),
    ("deshi (AVX2)", "ctranslate2 (AVX2)", "sentence_ms", 0.6),
]


def targets(rounds):
    lines = ["| deshi | against | measured | ratio | target |", "|---|---|---|---|---|"]
    for deshi, peer, part, most in TARGETS:
        low, middle, high = ratios(rounds[deshi][part], rounds[peer][part])
        what = part.removesuffix("_ms")
        reached = "reached" if middle <= most else "missed"
        lines.append(f"| {deshi} | {peer} | {what} | {spread(low, middle, high)} | {most}, {reached} |")
    return "\n".join(lines)


def order(rounds, variant):
    return statistics.median(rounds[variant]["sentence_ms"])


def run(args):
    if not PYTHON.exists():
        sys.exit("run `compare.py prepare` first")
    build("-p", "deshi-benches", "--bins")
    shape = write_graphs(args.shape)
    rounds, versions = measure(args)
    run_facts = {
        **facts(f"python3 benches/peers/compare.py {' '.join(sys.argv[1:])}", versions),
        "shape": shape,
        "lengths": {"source_tokens": args.source, "target_tokens": args.target, "rounds": args.rounds,
                    "sentences_a_round": args.sentences},
    }
    folder = args.out or results(run_facts)
    written = {kind: folder / f"peers-{args.shape}.{kind}" for kind in ("json", "md", "svg")}
    written["json"].write_text(json.dumps({**run_facts, "medians_by_round": rounds}, indent=1) + "\n")
    report = "\n\n".join([header(run_facts), table(rounds), targets(rounds), NOTES]) + "\n"
    written["md"].write_text(report)
    print(report)
    subprocess.run([PYTHON, HERE / "plot.py", written["json"], written["svg"]], check=True)


def header(run_facts):
    shape, lengths = run_facts["shape"], run_facts["lengths"]
    architecture = shape["architecture"]
    return (
        f"# {shape['name']}: {run_facts['machine']}, {run_facts['date']}, commit {run_facts['commit']}\n\n"
        f"`{run_facts['command']}`\n\n"
        f"{lengths['source_tokens']} source tokens, {lengths['target_tokens']} target tokens, batch 1, one thread, int8, "
        f"greedy; the shape \"{shape['name']}\" ({architecture['encoder_layers']} + {architecture['decoder_layers']} "
        f"layers, d_model {architecture['d_model']}, d_ff {architecture['d_ff']}, {architecture['n_heads']} heads, "
        f"V = {architecture['vocabulary_size']}) with random weights. "
        f"Medians of {lengths['rounds']} interleaved rounds of {lengths['sentences_a_round']} sentences; ratios with "
        f"the least and greatest round. Versions: {'; '.join(run_facts['versions'])}."
    )


NOTES = """CTranslate2 has no SSRU; it runs its standard decoder (self-attention with a cache) with the same dimensions. Its
map gives every source the same candidates. onnxruntime and rten run deshi's model (SSRU) as standard operators,
quantised by `onnxruntime.quantization.quantize_dynamic`; the graph includes the output layer and the argmax. "vocabulary
of 500" is a model with that small a vocabulary: the lower bound of a shortlist's cost, without the selection.
onnxruntime has no option to limit its instruction set. deshi runs the whole model with a shortlist that gives the
sentence exactly that many candidates; the encoder's time includes marking them and gathering their rows."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare")
    running = commands.add_parser("run")
    running.add_argument("--shape", choices=SHAPES, default=SHAPES[0], help="shape: the carried model's, or the larger tiny student's")
    running.add_argument("--rounds", type=int, default=15)
    running.add_argument("--sentences", type=int, default=20, help="sentences per round and variant")
    running.add_argument("--source", type=int, default=25, help="source tokens, the end included")
    running.add_argument("--target", type=int, default=25, help="target tokens")
    running.add_argument("--core", type=int, default=LAST_CORE, help="the core for all processes")
    running.add_argument("--tract", type=pathlib.Path, help="a variant of time-deshi that runs tract")
    running.add_argument("--out", type=pathlib.Path, help="folder for the results")
    args = parser.parse_args()
    prepare() if args.command == "prepare" else run(args)


if __name__ == "__main__":
    main()
