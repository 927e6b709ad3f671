#!/usr/bin/env python3
"""`deshi serve` under load on loopback: requests a second, waiting times, and memory before and after; at the end once more beside
clients that behave badly.

    cargo build --release -p deshi-cli --features server && python3 benches/serve.py

Needs ab (apt install apache2-utils).
It runs on the same machine and takes its share of it.
"""

import argparse
import json
import re
import socket
import subprocess
import tempfile
import threading
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


class Bad:
    """Clients that behave badly, each in a thread, until the end of the `with`: 32 that send a byte every half second, 2 that send huge
    bodies, 2 that go away without waiting for the answer."""

    HEAD = b"POST /translate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

    def __init__(self, url, body):
        self.address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
        self.body = body
        self.ended = threading.Event()
        self.huge_refused = self.cut = 0
        kinds = [self.slow] * 32 + [self.huge] * 2 + [self.leave] * 2
        self.threads = [threading.Thread(target=self.again, args=[kind]) for kind in kinds]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def again(self, kind):
        while not self.ended.is_set():
            try:
                with socket.create_connection(self.address, timeout=60) as connection:
                    kind(connection)
            except (BrokenPipeError, ConnectionResetError):
                pass  # The server has closed it, as it should.
            self.ended.wait(0.1)

    def slow(self, connection):
        for byte in self.HEAD % 1000 + b"{" * 1000:
            if self.ended.wait(0.5):
                return
            connection.sendall(bytes([byte]))

    def huge(self, connection):
        connection.sendall(self.HEAD % 1_000_000_000)
        try:
            for _ in range(1000):
                connection.sendall(b"x" * 1_000_000)
        except (BrokenPipeError, ConnectionResetError):
            self.huge_refused += 1
            return
        raise SystemExit("the server has read a body of 1 GB")

    def leave(self, connection):
        connection.sendall(self.HEAD % len(self.body) + self.body)
        self.cut += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help="for each number of clients")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--text", default=TEXT, help="what each request translates")
    arguments = parser.parse_args()
    command = [DESHI, "serve", "--model", "en-de", "--listen", "127.0.0.1:0", "--threads", arguments.threads]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+", server.stderr.readline())[0]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as body:
            json.dump({"q": arguments.text, "source": "en", "target": "de"}, body)
            body.flush()
            print(f"memory at the start: {memory(server)[0]:.1f} MB")
            load(url, body.name, 8, 200)
            print(f"memory after 200 requests: {memory(server)[0]:.1f} MB")
            for clients in (1, 8, 64):
                rate, median, p99 = load(url, body.name, clients, arguments.requests)
                now, most = memory(server)
                print(f"{clients} clients: {rate:.0f} requests/s, median {median:.0f} ms, p99 {p99:.0f} ms; "
                      f"memory {now:.1f} MB, {most:.1f} MB at most")
            with Bad(url, Path(body.name).read_bytes()) as bad:
                rate, median, p99 = load(url, body.name, 8, arguments.requests)
            now, most = memory(server)
            print(f"8 clients beside bad ones ({bad.huge_refused} huge bodies refused, {bad.cut} went away): {rate:.0f} requests/s, "
                  f"median {median:.0f} ms, p99 {p99:.0f} ms; memory {now:.1f} MB, {most:.1f} MB at most")
        with urllib.request.urlopen(f"{url}/metrics") as metrics:
            counted = re.search(r'endpoint="/translate",status="200"} (\d+)', metrics.read().decode())
        print(f"{counted[1]} requests")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
