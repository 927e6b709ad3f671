#!/usr/bin/env python3
"""What the text layer costs: the same lines with it and by the model alone (`--raw`), in turn, in user time.

    cargo build --release -p deshi-cli && python3 benches/layer.py shared/data/en-de/test.everyday.tsv
"""

import argparse
import os
import statistics
import subprocess

from peers.common import DESHI, LAST_CORE

LINES = 2000
COMMANDS = {"text layer": [], "model alone": ["--raw"]}


def user_seconds(arguments, lines):
    command = ["taskset", "-c", str(LAST_CORE), DESHI, "translate", "--threads", "1", "--quiet", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process.stdin.write(lines)
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return usage.ru_utime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="a line each: the source, a tab, anything")
    parser.add_argument("--rounds", type=int, default=11)
    args = parser.parse_args()
    with open(args.corpus, encoding="utf-8") as corpus:
        sources = [line.rstrip("\n").split("\t")[0] for line in corpus][:LINES]
    lines = "".join(source + "\n" for source in sources).encode()
    rounds = [
        {name: user_seconds(arguments, lines) for name, arguments in COMMANDS.items()}
        for _ in range(args.rounds)
    ]
    for name in COMMANDS:
        times = [measured[name] for measured in rounds]
        print(f"{name}: median {statistics.median(times):.2f} s ({min(times):.2f}-{max(times):.2f}), {len(sources)} lines")
    ratios = [measured["text layer"] / measured["model alone"] for measured in rounds]
    print(f"ratio: median {statistics.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f})")


if __name__ == "__main__":
    main()
