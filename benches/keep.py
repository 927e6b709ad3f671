#!/usr/bin/env python3
"""Runs the criterion benches, and writes their results to runs/DATE-MACHINE/criterion.md.

    python3 benches/keep.py            # some minutes, on an otherwise idle machine
    python3 benches/keep.py --quick    # a tenth of the time, for a first look
"""

import argparse
import json
import shutil
import subprocess

from peers.common import LAST_CORE, REPOSITORY, facts, results

MEASURED = REPOSITORY / "target" / "criterion"
# Seconds of warm-up and of measurement per bench.
THOROUGH, QUICK = (1, 3), (0.2, 0.4)

NOTES = """Medians of criterion's samples, on one core. A rate counts bytes, multiply-adds, or what the group's name says. The
groups named "limit" are this machine's limits: products with all data in registers, and reads from each level of
memory. Compare a linear layer's rate with the first, and a layer with one row with reading 4 MiB, one byte per
multiply-add."""


def seconds(value):
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def rate(throughput, value):
    [(kind, amount)] = (throughput or {"none": 0}).items()
    if not amount:
        return ""
    unit = "B/s" if kind.startswith("Bytes") else "/s"
    for prefix, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if amount / value >= factor:
            return f"{amount / value / factor:.3g} {prefix}{unit}"
    return f"{amount / value:.3g} {unit}"


def measurements():
    """Per group: name, median in seconds and throughput of each bench, in the order of the runs."""
    groups = {}
    files = MEASURED.glob("**/new/benchmark.json")
    for file in sorted(files, key=lambda file: file.stat().st_mtime):
        bench = json.loads(file.read_text())
        estimates = json.loads(file.with_name("estimates.json").read_text())
        median = estimates["median"]["point_estimate"] / 1e9
        row = bench["function_id"] or bench["value_str"], median, bench["throughput"]
        groups.setdefault(bench["group_id"], []).append(row)
    return groups


def table(rows):
    lines = ["| | time | rate |", "|---|---|---|"]
    lines += [f"| {name} | {seconds(median)} | {rate(throughput, median)} |" for name, median, throughput in rows]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--core", type=int, default=LAST_CORE)
    args = parser.parse_args()
    warming, measuring = QUICK if args.quick else THOROUGH
    shutil.rmtree(MEASURED, ignore_errors=True)
    bench = ["cargo", "bench", "--quiet", "-p", "deshi-benches"]
    subprocess.run([*bench, "--no-run"], cwd=REPOSITORY, check=True)
    options = ["--warm-up-time", str(warming), "--measurement-time", str(measuring)]
    pinned = ["taskset", "-c", str(args.core), *bench, "--", *options]
    subprocess.run(pinned, cwd=REPOSITORY, check=True)

    command = "python3 benches/keep.py" + (" --quick" if args.quick else "")
    run = facts(command, [])
    parts = [f"# Kernels and sentences: {run['machine']}, {run['date']}, commit {run['commit']}", f"`{command}`", NOTES]
    for group, rows in measurements().items():
        parts += [f"## {group}", table(rows)]
    file = results(run) / "criterion.md"
    file.write_text("\n\n".join(parts) + "\n")
    print(file)


if __name__ == "__main__":
    main()
