#!/usr/bin/env python3
"""`deshi serve` under load on loopback: requests a second, waiting times, and memory before and after.

    cargo build --release -p deshi-cli --features server && python3 benches/serve.py

Needs ab (apt install apache2-utils).
It runs on the same machine and takes its share of it.
"""

import argparse
import json
import re
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from peers.common import DESHI

TEXT = "The committee will meet again on Thursday to discuss the proposal that was sent to all of its members last week."


def memory(process):
    """Megabytes that the process has in memory, and had at most."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return [int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1000 for name in ("VmRSS", "VmHWM")]


def load(url, body, clients, requests):
    command = ["ab", "-q", "-k", "-c", str(clients), "-n", str(requests), "-p", body, "-T", "application/json"]
    output = subprocess.run([*command, f"{url}/translate"], check=True, capture_output=True, text=True).stdout
    number = lambda pattern: float(re.search(pattern, output)[1])
    # ab counts answers of another length than the first as failed: the translation is the same each time.
    failed = number(r"Failed requests:\s+(\d+)")
    if failed or "Non-2xx" in output:
        raise SystemExit(output)
    return number(r"Requests per second:\s+([\d.]+)"), number(r"50%\s+(\d+)"), number(r"99%\s+(\d+)")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help="for each number of clients")
    parser.add_argument("--threads", default="2")
    arguments = parser.parse_args()
    command = [DESHI, "serve", "--model", "en-de", "--listen", "127.0.0.1:0", "--threads", arguments.threads]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+", server.stderr.readline())[0]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as body:
            json.dump({"q": TEXT, "source": "en", "target": "de"}, body)
            body.flush()
            print(f"memory at the start: {memory(server)[0]:.1f} MB")
            load(url, body.name, 8, 200)
            print(f"memory after 200 requests: {memory(server)[0]:.1f} MB")
            for clients in (1, 8, 64):
                rate, median, p99 = load(url, body.name, clients, arguments.requests)
                now, most = memory(server)
                print(f"{clients} clients: {rate:.0f} requests/s, median {median:.0f} ms, p99 {p99:.0f} ms; "
                      f"memory {now:.1f} MB, {most:.1f} MB at most")
        with urllib.request.urlopen(f"{url}/metrics") as metrics:
            counted = re.search(r'endpoint="/translate",status="200"} (\d+)', metrics.read().decode())
        print(f"{counted[1]} requests")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
