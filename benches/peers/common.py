"""Shared by the scripts: paths of programs and results, the shapes, and the facts that a result states about its run."""

import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
WORK = HERE / ".work"
PYTHON = WORK / "venv" / "bin" / "python"
RTEN = WORK / "rten" / "release" / "time-rten"
PROGRAMS = REPOSITORY / "target" / "release"
DESHI = PROGRAMS / "deshi"
TIME_DESHI = PROGRAMS / "time-deshi"
READ_BUNDLE = PROGRAMS / "read-bundle"
CARRIED_BUNDLE = REPOSITORY / "runtime" / "models" / "en-de.deshi"
LAST_CORE = os.cpu_count() - 1


def graphs(shape):
    return WORK / "graphs" / shape


def build(*arguments):
    subprocess.run(["cargo", "build", "--release", "--quiet", *arguments], cwd=REPOSITORY, check=True)


def describe(shape):
    """The description of a shape, from benches/src/bin/time-deshi.rs."""
    return json.loads(subprocess.run([TIME_DESHI, "--describe", shape], check=True, capture_output=True).stdout)


def ratios(numerators, denominators):
    """Least, median and greatest of the rounds' ratios."""
    each = [a / b for a, b in zip(numerators, denominators, strict=True)]
    return min(each), statistics.median(each), max(each)


def spread(low, middle, high):
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def machine():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.strip()


def facts(command, versions):
    """A run's date, machine and commit. Results of an earlier run do not make a tree dirty."""
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!benches/runs")
    return {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "commit": git("rev-parse", "--short", "HEAD") + ("-dirty" if changed else ""),
        "command": command,
        "versions": versions,
    }


def results(facts):
    """The folder of a run's results."""
    name = f"{facts['date']}-{'-'.join(facts['machine'].split())}".replace("(R)", "").replace("@", "at")
    folder = HERE.parent / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
