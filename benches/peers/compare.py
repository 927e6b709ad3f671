#!/usr/bin/env python3
"""Times deshi against other engines: the same shapes, random weights, int8, batch 1, one thread each, in one run.

    python3 compare.py prepare     # once: a venv beside this file, the two Rust programs, the graphs
    python3 compare.py run         # measures, and writes ../runs/DATE-MACHINE/

Every engine is a process of its own, on the same core; they are asked in turn, round after round, so that whatever
disturbs the machine disturbs all of them. A ratio is that of two medians of one round; the table gives the ratios'
median, and the least and greatest round.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
WORK = HERE / ".work"
PYTHON = WORK / "venv" / "bin" / "python"
GRAPHS = WORK / "graphs"
RTEN = WORK / "rten" / "release" / "time-rten"
DESHI = REPOSITORY / "target" / "release" / "time-deshi"
REQUIREMENTS = ["ctranslate2==4.8.5", "onnx==1.23.2", "onnxruntime==1.32.0", "numpy", "matplotlib"]

CAPPED = " (AVX2)"
# CTranslate2's own kernels and those of oneDNN, which multiplies for it on an AMD CPU, are capped apart.
CTRANSLATE2_CAPPED = {"CT2_FORCE_CPU_ISA": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2"}


def prepare():
    subprocess.run([sys.executable, "-m", "venv", WORK / "venv"], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
    build = ["cargo", "build", "--release"]
    subprocess.run([*build, "-p", "deshi-benches"], cwd=REPOSITORY, check=True)
    subprocess.run([*build, "--target-dir", WORK / "rten"], cwd=HERE / "rten", check=True)
    subprocess.run([PYTHON, HERE / "graphs.py", GRAPHS], check=True)


class Engine:
    """A worker: it answers how long so many sentences took."""

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
    shape = [args.source, args.target]
    ctranslate2 = [PYTHON, HERE / "with_ctranslate2.py", *shape]
    started = [
        Engine([DESHI, *shape, "deshi"], args.core),
        Engine([DESHI, *shape, "deshi" + CAPPED], args.core, {"DESHI_KERNELS": "avx2"}),
        Engine([*ctranslate2, "ctranslate2"], args.core),
        Engine([*ctranslate2, "ctranslate2" + CAPPED], args.core, CTRANSLATE2_CAPPED),
        Engine([PYTHON, HERE / "with_onnxruntime.py", *shape, "onnxruntime", GRAPHS], args.core),
        Engine([RTEN, *shape, "rten", GRAPHS], args.core),
    ]
    if args.tract:
        started.append(Engine([args.tract, *shape, "deshi through tract"], args.core))
    return started


def measure(args):
    """By variant: the median of each round, of the sentence and, where it is known, of the encoder."""
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


def ratios(rounds, variant, base, part="sentence_ms"):
    """Least, median and greatest of the rounds' ratios."""
    each = [a / b for a, b in zip(rounds[variant][part], rounds[base][part], strict=True)]
    return min(each), statistics.median(each), max(each)


def spread(low, middle, high):
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


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
            spread(*ratios(rounds, variant, base)),
            spread(*ratios(rounds, variant, base, "encoder_ms")) if encoder else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


# What issue 3 asks for: deshi's variant, the peer's, the part, and the ratio that it may have at most.
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
        low, middle, high = ratios(rounds, deshi, peer, part)
        what = part.removesuffix("_ms")
        reached = "reached" if middle <= most else "missed"
        lines.append(f"| {deshi} | {peer} | {what} | {spread(low, middle, high)} | {most}, {reached} |")
    return "\n".join(lines)


def order(rounds, variant):
    return statistics.median(rounds[variant]["sentence_ms"])


def machine():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.strip()


def run(args):
    if not PYTHON.exists():
        sys.exit("run `compare.py prepare` first")
    rounds, versions = measure(args)
    dirty = "-dirty" if git("status", "--porcelain", "--untracked-files=no") else ""
    facts = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "commit": git("rev-parse", "--short", "HEAD") + dirty,
        "command": f"python3 benches/peers/compare.py {' '.join(sys.argv[1:])}",
        "versions": versions,
        "shapes": {"source_tokens": args.source, "target_tokens": args.target, "rounds": args.rounds,
                   "sentences_a_round": args.sentences},
    }
    name = f"{facts['date']}-{'-'.join(facts['machine'].split())}".replace("(R)", "").replace("@", "at")
    folder = args.out or HERE.parent / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    raw = json.dumps({**facts, "medians_by_round": rounds}, indent=1)
    (folder / "peers.json").write_text(raw + "\n")
    report = "\n\n".join([describe(facts), table(rounds), targets(rounds), NOTES]) + "\n"
    (folder / "peers.md").write_text(report)
    print(report)
    subprocess.run([PYTHON, HERE / "plot.py", folder / "peers.json", folder / "peers.svg"], check=True)


def describe(facts):
    shapes = facts["shapes"]
    return (
        f"# {facts['machine']}, {facts['date']}, commit {facts['commit']}\n\n`{facts['command']}`\n\n"
        f"{shapes['source_tokens']} source tokens, {shapes['target_tokens']} target tokens, batch 1, one thread, int8, "
        f"greedy; the student \"tiny\" (6 + 2 layers, d_model 256, d_ff 1536, 8 heads, V = 8000) with random weights. "
        f"Medians of {shapes['rounds']} interleaved rounds of {shapes['sentences_a_round']} sentences; ratios with "
        f"the least and greatest round. Versions: {'; '.join(facts['versions'])}."
    )


NOTES = """CTranslate2 runs its standard decoder (self-attention with a cache) of the same dimensions: it has no SSRU. Its
map offers every source the same candidates. onnxruntime and rten run deshi's own model as standard operators (SSRU),
quantised by `onnxruntime.quantization.quantize_dynamic`; the output layer and the argmax are in the graph; "vocabulary
of 500" is a model with that small a vocabulary: what a shortlist would cost at best, without picking it. onnxruntime
has no switch that caps its instructions. deshi's shortlist is picked from the embedding for every sentence, within the
encoder's time."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare")
    running = commands.add_parser("run")
    running.add_argument("--rounds", type=int, default=15)
    running.add_argument("--sentences", type=int, default=20, help="sentences a round and variant")
    running.add_argument("--source", type=int, default=25, help="source tokens, the end included")
    running.add_argument("--target", type=int, default=25, help="target tokens")
    running.add_argument("--core", type=int, default=os.cpu_count() - 1, help="the core that all run on")
    running.add_argument("--tract", type=pathlib.Path, help="a program like time-deshi that runs tract")
    running.add_argument("--out", type=pathlib.Path, help="folder for the results")
    args = parser.parse_args()
    prepare() if args.command == "prepare" else run(args)


if __name__ == "__main__":
    main()
