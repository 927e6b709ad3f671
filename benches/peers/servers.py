#!/usr/bin/env python3
"""`deshi serve` and LibreTranslate under the same load on loopback, in turn: requests a second, and the 99th percentile of waiting.

    cargo build --release -p deshi-cli --features server
    cargo run --release --manifest-path export/oracle/Cargo.toml -- --only carried --write FOLDER   # its vocabulary
    python3.11 benches/peers/servers.py prepare FOLDER/vocab.spm
    python3.11 benches/peers/servers.py run

LibreTranslate (PyPI) runs CTranslate2 with random weights of the carried model's dimensions, int8, its own decoder (self-attention),
which ends each translation after as many tokens as deshi's has. spaCy's rules find sentences, because LibreTranslate's model for that
is not in its package. Needs wrk (apt install wrk).
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import time
import urllib.request

from common import CARRIED_BUNDLE, DESHI, WORK, ratios, spread

FOLDER = WORK / "libretranslate"
PYTHON = FOLDER / "venv" / "bin" / "python"
PACKAGES = FOLDER / "packages"
CACHE = FOLDER / "cache"
SENTENCES = [
    f"The {who} will meet again on {day} to discuss the {what} that was sent to all of its members last week."
    for who in ["committee", "council", "team", "group", "board"]
    for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    for what in ["proposal", "letter", "report", "question"]
]
CLIENTS = [1, 8, 64]

# Each request asks for another sentence than the one before: LibreTranslate remembers its last one.
SCRIPT = """
local sentences = {%s}
local next = 0
local thread = 0
function setup(it) it:set("next", thread * 7); thread = thread + 1 end
function request()
    next = next %% #sentences + 1
    local body = '{"q":"' .. sentences[next] .. '","source":"en","target":"de"}'
    return wrk.format("POST", "/translate", {["Content-Type"] = "application/json"}, body)
end
"""


def prepare(vocabulary):
    subprocess.run([sys.executable, "-m", "venv", FOLDER / "venv"], check=True)
    requirements = ["libretranslate==1.9.6", "spacy==3.8.18"]
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements], check=True)
    shutil.copy(vocabulary, FOLDER / "vocab.spm")
    shutil.rmtree(PACKAGES, ignore_errors=True)
    subprocess.run([PYTHON, __file__, "write"], check=True)
    # Where it looks whether a model for sentences was downloaded; the packages have one of their own.
    (CACHE / "argos-translate/spacy/senter/model").mkdir(parents=True, exist_ok=True)


def write():
    """Writes packages of Argos Translate, in LibreTranslate's Python."""
    import ctranslate2
    import numpy as np
    import sentencepiece
    import spacy
    from ctranslate2.specs import transformer_spec

    processor = sentencepiece.SentencePieceProcessor(model_file=str(FOLDER / "vocab.spm"))
    pieces = [processor.id_to_piece(index) for index in range(processor.get_piece_size())]
    [target] = deshi([SENTENCES[0]])
    length = len(processor.encode(target)) + 1
    random = np.random.default_rng(1)
    with tarfile.open(CARRIED_BUNDLE) as bundle:
        shape = json.load(bundle.extractfile("manifest.json"))["architecture"]
    width, inner = shape["d_model"], shape["d_ff"]

    def fill(spec):
        """Random weights for the parts of a spec that are still empty."""
        def linear(layer, outputs, inputs):
            layer.weight = random.normal(0, 0.02, (outputs, inputs)).astype(np.float32)
            layer.bias = np.zeros(outputs, np.float32)

        def norm(layer):
            layer.gamma, layer.beta = np.ones(width, np.float32), np.zeros(width, np.float32)

        for layer in spec.layer:
            for name, sizes in [("self_attention", [3 * width, width]), ("attention", [width, 2 * width, width])]:
                if hasattr(layer, name):
                    for part, size in zip(getattr(layer, name).linear, sizes, strict=True):
                        linear(part, size, width)
                    norm(getattr(layer, name).layer_norm)
            linear(layer.ffn.linear_0, inner, width)
            linear(layer.ffn.linear_1, width, inner)
            norm(layer.ffn.layer_norm)

    layers = (shape["encoder_layers"], shape["decoder_layers"])
    spec = transformer_spec.TransformerSpec.from_config(layers, shape["n_heads"], pre_norm=False)
    fill(spec.encoder)
    fill(spec.decoder)
    # The first dimension says that a translation ends: positions from `length` on have it, and only the end's row reads it.
    embedding = random.normal(0, width**-0.5, (len(pieces), width)).astype(np.float32)
    embedding[:, 0] = 0
    output = embedding.copy()
    end = pieces.index("</s>")
    output[end] = 0
    output[end, 0] = 10
    positions = np.zeros((512, width), np.float32)
    positions[length - 1 :, 0] = 100
    spec.encoder.embeddings[0].weight = spec.decoder.embeddings.weight = embedding
    spec.decoder.position_encodings.encodings = positions
    spec.decoder.projection.weight = output
    bias = np.zeros(len(pieces), np.float32)
    bias[end] = -60
    spec.decoder.projection.bias = bias
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    spec.validate()
    spec.optimize(quantization="int8")
    # Both directions: with fewer packages than two, it asks for others.
    for source, target in [("en", "de"), ("de", "en")]:
        package = PACKAGES / f"{source}_{target}"
        (package / "model").mkdir(parents=True)
        spec.save(str(package / "model"))
        shutil.copy(FOLDER / "vocab.spm", package / "sentencepiece.model")
        spacy.blank(source).to_disk(package / "spacy")
        names = {"en": "English", "de": "German"}
        metadata = {
            "package_version": "1.0", "argos_version": "1.9", "from_code": source, "from_name": names[source],
            "to_code": target, "to_name": names[target],
        }
        (package / "metadata.json").write_text(json.dumps(metadata))
    translator = ctranslate2.Translator(str(PACKAGES / "en_de" / "model"), compute_type="int8")
    for beam_size in (1, 4):
        [result] = translator.translate_batch([processor.encode(SENTENCES[0], out_type=str)], beam_size=beam_size)
        got = len(result.hypotheses[0]) + 1
        if got != length:
            raise SystemExit(f"beam {beam_size}: {got} tokens, not {length}")
    print(f"{length} tokens in a translation")


def deshi(lines):
    command = [DESHI, "translate", "--model", "en-de", *lines]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def servers():
    """Each server's command, environment and address."""
    found = {}
    port = free_port()
    found["deshi"] = ([DESHI, "serve", "--model", "en-de", "--listen", f"127.0.0.1:{port}", "--threads", "2"], {}, port)
    for beam_size in (1, 4):
        port = free_port()
        environment = {
            "ARGOS_PACKAGES_DIR": PACKAGES, "XDG_CACHE_HOME": CACHE, "XDG_DATA_HOME": FOLDER / "data", "XDG_CONFIG_HOME": FOLDER / "config",
            "ARGOS_CHUNK_TYPE": "SPACY", "ARGOS_COMPUTE_TYPE": "int8", "ARGOS_BEAM_SIZE": beam_size,
            # As many translations at once as there are processors, one thread each: more than with its defaults.
            "ARGOS_INTER_THREADS": 2, "ARGOS_INTRA_THREADS": 1, "OMP_NUM_THREADS": 1,
        }
        command = [FOLDER / "venv/bin/libretranslate", "--host", "127.0.0.1", "--port", str(port), "--disable-web-ui", "--threads", "8"]
        found[f"LibreTranslate, beam of {beam_size}"] = (command, {name: str(value) for name, value in environment.items()}, port)
    return found


def translate(port):
    body = json.dumps({"q": SENTENCES[0], "source": "en", "target": "de"}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/translate", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)["translatedText"]


def wait(name, process, port):
    for _ in range(240):
        if process.poll() is not None:
            raise SystemExit(f"{name} ended with {process.returncode}")
        try:
            return print(f"{name}: {translate(port)[:60]!r}", file=sys.stderr)
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{name} does not answer")


def load(port, clients, seconds, script):
    # Long enough for several answers to each client.
    seconds = max(seconds, 3 * clients // 8)
    command = ["wrk", "--latency", "--timeout", "60s", "-t1", f"-c{clients}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{port}"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(output)
    # The requests whose clients have left are still in a queue, and would slow the next server down.
    translate(port)
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", output).groups()
    p99 = float(number) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    if not rate:
        raise SystemExit(f"{clients} clients: no answer in {seconds} s")
    return rate, p99


def run(rounds, seconds):
    script = FOLDER / "requests.lua"
    script.write_text(SCRIPT % ", ".join(f'"{sentence}"' for sentence in SENTENCES))
    started = {}
    try:
        for name, (command, environment, port) in servers().items():
            log = open(FOLDER / "log", "w")
            started[name] = subprocess.Popen(list(map(str, command)), env=os.environ | environment, stdout=log, stderr=log), port
            wait(name, *started[name])
        print(f"{rounds} rounds of {seconds} s\n")
        print("| clients | server | requests/s | deshi's, of it | p99, ms | deshi's, of it |\n|---|---|---|---|---|---|")
        for clients in CLIENTS:
            results = {name: [] for name in started}
            for _ in range(rounds):
                for name, (_, port) in started.items():
                    results[name].append(load(port, clients, seconds, script))
            ours = list(zip(*results["deshi"], strict=True))
            for name, measured in results.items():
                theirs = list(zip(*measured, strict=True))
                cells = [f"{statistics.median(values):.0f} | {spread(*ratios(mine, values))}" for mine, values in zip(ours, theirs, strict=True)]
                print(f"| {clients} | {name} | {' | '.join(cells)} |", flush=True)
    finally:
        for process, _ in started.values():
            process.terminate()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare").add_argument("vocabulary", help="SentencePiece's, of the carried model")
    commands.add_parser("write", help="part of prepare")
    running = commands.add_parser("run")
    running.add_argument("--rounds", type=int, default=5)
    running.add_argument("--seconds", type=int, default=10, help="for each server and number of clients, at least")
    args = parser.parse_args()
    if args.command == "prepare":
        prepare(args.vocabulary)
    elif args.command == "write":
        write()
    else:
        run(args.rounds, args.seconds)


if __name__ == "__main__":
    main()
