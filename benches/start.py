#!/usr/bin/env python3
"""Times a process from its start to its translation, interleaved with a process that does nothing.

    cargo build --release -p deshi-cli && python3 benches/start.py
"""

import statistics
import subprocess
import time

from peers.common import DESHI, LAST_CORE

ROUNDS = 40
TRANSLATE = [DESHI, "translate", "Good morning."]
COMMANDS = {
    "native": TRANSLATE,
    "tract": [*TRANSLATE, "--executor", "tract"],
    "an empty process": ["true"],
}


def milliseconds(command):
    started = time.perf_counter()
    subprocess.run(["taskset", "-c", str(LAST_CORE), *command], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1e3


def main():
    rounds = [{name: milliseconds(command) for name, command in COMMANDS.items()} for _ in range(ROUNDS)]
    for name in COMMANDS:
        times = [measured[name] for measured in rounds]
        print(f"{name}: median {statistics.median(times):.1f} ms ({min(times):.1f}-{max(times):.1f})")


if __name__ == "__main__":
    main()
