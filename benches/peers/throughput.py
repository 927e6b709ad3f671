"""Sentences per second on one core: deshi with its own batching, and CTranslate2 with its best batch size.

    .work/venv/bin/python throughput.py TEST.tsv --teacher CHECKPOINT      # after `compare.py prepare`

deshi translates the first column with the bundle. CTranslate2 translates the same tokens with the bundle's teacher, which
has the same dimensions and a decoder with self-attention. All batchings of CTranslate2 are tried; the best one then takes
turns with deshi. Writes ../runs/DATE-MACHINE/throughput.*
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial

import ctranslate2
import sacrebleu

import teacher
from common import CARRIED_BUNDLE, DESHI, LAST_CORE, READ_BUNDLE, build, facts, ratios, results, spread

BATCHINGS = [("examples", size) for size in (1, 8, 16, 32, 64, 128)]
BATCHINGS += [("tokens", size) for size in (512, 1024, 2048)]


class Deshi:
    """The command, one process per run. Its time includes start, loading, segmentation and files."""

    def __init__(self, bundle, source, output, *options):
        self.output = output
        files = ["--input", source, "--output", output]
        self.command = [DESHI, "translate", "--raw", "--threads", "1", "--model", bundle, *files, *options]

    def seconds(self):
        started = time.perf_counter()
        subprocess.run(self.command, check=True)
        return time.perf_counter() - started

    def lines(self):
        """The output of `deshi translate --raw --jsonl` for each line."""
        subprocess.run([*self.command, "--jsonl"], check=True)
        return [json.loads(line) for line in self.output.read_text().split("\n")[:-1]]


class CTranslate2:
    """The teacher, in this process. Its time is only that of `translate_batch`, from tokens to tokens."""

    def __init__(self, model, sources, longest, use_vmap):
        self.translator = ctranslate2.Translator(
            str(model), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
        )
        self.sources = sources
        self.options = {"beam_size": 1, "max_decoding_length": longest, "use_vmap": use_vmap}
        tried = {batching: min(self.time(batching) for _ in range(2)) for batching in BATCHINGS}
        self.best = min(tried, key=tried.get)
        self.tried = {f"{size} {kind}": round(seconds, 3) for (kind, size), seconds in tried.items()}

    def translate(self, batching):
        """Translates all sources; CTranslate2 sorts them by length itself."""
        kind, size = batching
        return self.translator.translate_batch(self.sources, batch_type=kind, max_batch_size=size, **self.options)

    def time(self, batching):
        started = time.perf_counter()
        self.translate(batching)
        return time.perf_counter() - started

    def seconds(self):
        return self.time(self.best)

    def tokens(self):
        return [[int(token) for token in result.hypotheses[0]] for result in self.translate(self.best)]


def read_tsv(path, most):
    """The first columns: sources, references."""
    return list(zip(*(line.split("\t")[:2] for line in path.read_text().split("\n")[:-1][:most])))


def read_bundle(bundle, *arguments, text=None):
    """The output of read-bundle."""
    return subprocess.run([READ_BUNDLE, bundle, *arguments], input=text, check=True, capture_output=True, text=True).stdout


def decode(bundle, lists):
    return read_bundle(bundle, "decode", text="".join(f"{json.dumps(ids)}\n" for ids in lists)).split("\n")[:-1]


def measure(args, folder):
    """Per engine: seconds of each round, output tokens and BLEU; and the time of each batching of CTranslate2."""
    sources, references = read_tsv(args.tsv, args.lines)
    bundle = json.loads(read_bundle(args.bundle))
    (folder / "source").write_text("".join(f"{line}\n" for line in sources))
    teacher.convert(args.teacher, bundle, folder / "teacher")

    deshi = partial(Deshi, args.bundle, folder / "source", folder / "output")
    rivals = {"deshi": deshi(), "deshi, whole vocabulary": deshi("--no-shortlist")}
    outputs = {name: rival.lines() for name, rival in rivals.items()}
    measured = {
        name: quality([line["tokens"] for line in lines], [line["translation"] for line in lines], references)
        for name, lines in outputs.items()
    }
    tokens = teacher.encode([line["source_tokens"] for line in outputs["deshi"]], bundle)
    longest = max(bundle["maximum_tokens"][len(line)] for line in tokens)
    for name, use_vmap in [("ctranslate2", False), ("ctranslate2, map", True)]:
        rivals[name] = CTranslate2(folder / "teacher", tokens, longest, use_vmap)
        found = rivals[name].tokens()
        best = {"batching": "{1} {0}".format(*rivals[name].best), "batchings_s": rivals[name].tried}
        measured[name] = {**quality(found, decode(args.bundle, found), references), **best}
    for _ in range(args.rounds):
        for name, rival in rivals.items():
            measured[name].setdefault("seconds", []).append(round(rival.seconds(), 4))
    return measured, len(sources), sum(map(len, tokens))


def quality(tokens, texts, references):
    bleu = sacrebleu.corpus_bleu(texts, [references]).score
    return {"output_tokens": sum(map(len, tokens)), "bleu": round(bleu, 1)}


def table(measured, sentences):
    lines = ["| engine | batches | sentences/s | output tokens | output tokens/s | BLEU |", "|---|---|---|---|---|---|"]
    for name, values in measured.items():
        seconds = statistics.median(values["seconds"])
        cells = [
            f"**{name}**" if name.startswith("deshi") else name,
            values.get("batching", "its own"),
            f"{sentences / seconds:.0f}",
            f"{values['output_tokens']}",
            f"{values['output_tokens'] / seconds:.0f}",
            f"{values['bleu']}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


# The target for the least ratio: as many sentences per second on one core as CTranslate2 with its best batch size.
PAIRS = [
    ("deshi", "ctranslate2"), ("deshi", "ctranslate2, map"), ("deshi, whole vocabulary", "ctranslate2"),
]
TARGET = 1.0


def comparison(measured):
    lines = ["| deshi | against | sentences/s | output tokens/s | target of sentences/s |", "|---|---|---|---|---|"]
    for ours, theirs in PAIRS:
        low, middle, high = ratios(measured[theirs]["seconds"], measured[ours]["seconds"])
        tokens = measured[ours]["output_tokens"] / measured[theirs]["output_tokens"]
        by_token = spread(tokens * low, tokens * middle, tokens * high)
        reached = "reached" if middle >= TARGET else "missed"
        lines.append(f"| {ours} | {theirs} | {spread(low, middle, high)} | {by_token} | {TARGET}, {reached} |")
    return "\n".join(lines)


NOTES = """deshi is the command with the bundle's student (an SSRU decoder), one process per round; its time includes start,
loading, segmentation and files. CTranslate2 runs the bundle's teacher, with the same dimensions but self-attention in the
decoder, as int8; its time is that of `translate_batch`, from the same source tokens to target tokens, with the model
loaded. It sorts by length itself; its best batching is the fastest of those below (seconds, the better of two). Its map
has the candidates of deshi's shortlist. Output tokens and BLEU show that the work was done."""


def tried(measured):
    """The time of each batching, in seconds."""
    lines = []
    for name, values in measured.items():
        if "batchings_s" in values:
            times = ", ".join(f"{batching} {seconds}" for batching, seconds in values["batchings_s"].items())
            lines.append(f"- {name}: {times}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tsv", type=pathlib.Path, help="lines of source and reference")
    parser.add_argument("--teacher", type=pathlib.Path, required=True, help="deshi-train's checkpoint")
    parser.add_argument("--bundle", type=pathlib.Path, default=CARRIED_BUNDLE, help="the student's bundle, with a shortlist")
    parser.add_argument("--lines", type=int, help="use only the first LINES lines")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--core", type=int, default=LAST_CORE, help="the core for all processes")
    parser.add_argument("--out", type=pathlib.Path, help="folder for the results")
    args = parser.parse_args()
    build("-p", "deshi-benches", "--bins")
    build("-p", "deshi-cli", "--no-default-features")
    # Applies to this process and its children.
    os.sched_setaffinity(0, {args.core})
    with tempfile.TemporaryDirectory() as folder:
        measured, sentences, source_tokens = measure(args, pathlib.Path(folder))
    write(args, measured, sentences, source_tokens)


def write(args, measured, sentences, source_tokens):
    # Without this machine's folders.
    shown = [pathlib.Path(argument).name if argument.startswith("/") else argument for argument in sys.argv[1:]]
    command = f"python benches/peers/throughput.py {' '.join(shown)}"
    run = {**facts(command, [f"ctranslate2 {ctranslate2.__version__}"]), "sentences": sentences, "source_tokens": source_tokens}
    folder = args.out or results(run)
    (folder / "throughput.json").write_text(json.dumps({**run, "measured": measured}, indent=1) + "\n")
    header = (
        f"# Throughput: {run['machine']}, {run['date']}, commit {run['commit']}\n\n`{command}`\n\n"
        f"{sentences} sentences of {args.tsv.name}, {source_tokens} source tokens with their ends; int8, greedy, one thread on "
        f"one core; medians of {args.rounds} interleaved rounds, ratios with the least and greatest round. "
        f"Versions: {'; '.join(run['versions'])}."
    )
    parts = [header, table(measured, sentences), comparison(measured), NOTES, tried(measured)]
    report = "\n\n".join(parts) + "\n"
    (folder / "throughput.md").write_text(report)
    print(report)


if __name__ == "__main__":
    main()
