#!/usr/bin/env python3
"""Compares deshi with Bergamot's own engine (PyPI's bergamot 0.4.5) on the carried model in Marian's format: with one
vocabulary, with one for each language, and with an output layer that is not tied.

    cargo run --release --manifest-path export/oracle/Cargo.toml -- --only carried --write FOLDER
    python3.10 export/check_bergamot.py FOLDER

Bergamot's wheel exists only for CPython 3.10. pip installs it into target/python310 once. Only its engine is imported, because the
package itself opens network connections.
Exit code: 0 if Bergamot translates at least 99% of the sentences as deshi's reference does, both in float32, and deshi's int8 agrees with
float32 on at least as many sentences as Bergamot's int8; else 1.
"""

import argparse
import importlib.util
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "target" / "python310"
CONFIG = """
models: [{model}]
vocabs: [{source}, {target}]
beam-size: 1
normalize: 1.0
word-penalty: 0
max-length-break: 250
mini-batch-words: 1024
workspace: 256
max-length-factor: 2.0
skip-cost: true
cpu-threads: 0
quiet: true
quiet-translation: true
alignment: soft
ssplit-mode: sentence
gemm-precision: {precision}
"""


def engine():
    """Bergamot's engine, without its package."""
    if not list(PACKAGES.glob("bergamot/_bergamot*.so")):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*command, "--upgrade", "--target", str(PACKAGES), "bergamot==0.4.5"], check=True)
    library = next(PACKAGES.glob("bergamot/_bergamot*.so"))
    spec = importlib.util.spec_from_file_location("_bergamot", library)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def translate(bergamot, folder, model, precision, lines):
    service = bergamot.Service(bergamot.ServiceConfig(numWorkers=1, logLevel="off"))
    config = CONFIG.format(model=folder / model, source=folder / "source.spm", target=folder / "target.spm", precision=precision)
    loaded = service.modelFromConfig(config)
    responses = service.translate(loaded, bergamot.VectorString(lines), bergamot.ResponseOptions())
    return [response.target.text.replace("\n", " ") for response in responses]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path, help="what the oracle wrote")
    folder = parser.parse_args().folder.resolve()
    bergamot = engine()
    results = [check(bergamot, model) for model in sorted(folder.iterdir()) if model.is_dir()]
    sys.exit(not (results and all(results)))


def check(bergamot, folder):
    """Compares one form of the model. Returns whether the engines agree."""
    print(f"{folder.name}:")
    read = lambda name: (folder / name).read_text().split("\n")[:-1]  # noqa: E731
    lines, float32, int8 = read("source.txt"), read("float.txt"), read("int8.txt")

    def same(got, name):
        count = sum(a.strip() == b.strip() for a, b in zip(got, float32))
        for a, b in [(a, b) for a, b in zip(got, float32) if a.strip() != b.strip()][:2]:
            print(f"  {name}:\n    {a!r}\n    float32: {b!r}")
        return count

    counts = {
        "Bergamot, float32": same(translate(bergamot, folder, "float.bin", "float32", lines), "Bergamot, float32"),
        "Bergamot, int8": same(translate(bergamot, folder, "int8.alphas.bin", "int8shiftAll", lines), "Bergamot, int8"),
        "Bergamot, int8 with alphas": same(
            translate(bergamot, folder, "int8.alphas.bin", "int8shiftAlphaAll", lines), "Bergamot, int8 with alphas"
        ),
        "deshi, int8": same(int8, "deshi, int8"),
    }
    for name, count in counts.items():
        print(f"{name}: {count} of {len(lines)} sentences as in deshi's float32 reference")
    ok = counts["Bergamot, float32"] * 100 >= 99 * len(lines) and counts["deshi, int8"] >= counts["Bergamot, int8"]
    return ok


if __name__ == "__main__":
    main()
