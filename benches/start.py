#!/usr/bin/env python3
"""Times a process from its start to its translation, interleaved with a process that does nothing.

    cargo build --release -p deshi-cli && python3 benches/start.py

With `--features tract` it times that engine too.
"""

import statistics
import subprocess
import time

from peers.common import DESHI, LAST_CORE

ROUNDS = 40
TRANSLATE = [DESHI, "translate", "-q"]
COMMANDS = {
    "a sentence": [*TRANSLATE, "The weather is nice."],
    # Numbers and links are what the text layer looks for with regular expressions, which it compiles first.
    "a sentence with a number": [*TRANSLATE, "It costs 5 dollars."],
    "a sentence with a link": [*TRANSLATE, "See https://example.org/a now."],
    "an empty process": ["true"],
}
TRACT = [*TRANSLATE, "--executor", "tract", "The weather is nice."]


def milliseconds(command):
    started = time.perf_counter()
    subprocess.run(["taskset", "-c", str(LAST_CORE), *command], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1e3


def main():
    if subprocess.run(TRACT, capture_output=True).returncode == 0:
        COMMANDS["tract"] = TRACT
    rounds = [{name: milliseconds(command) for name, command in COMMANDS.items()} for _ in range(ROUNDS)]
    for name in COMMANDS:
        times = [measured[name] for measured in rounds]
        print(f"{name}: median {statistics.median(times):.1f} ms ({min(times):.1f}-{max(times):.1f})")


if __name__ == "__main__":
    main()
