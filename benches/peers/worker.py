"""Shared by the workers: one process per engine; compare.py lets them take turns.

A worker prints a line of JSON when it is ready, then reads numbers of sentences from standard input and answers
each with a line of JSON: per variant, the milliseconds of each sentence, and of its encoder if that is timed separately.
"""

import json
import sys
import time


def milliseconds():
    return time.perf_counter() * 1e3


def serve(ready, variants):
    """`variants`: for each name, a function that translates one sentence and returns its milliseconds and its encoder's
    (or None)."""
    for translate in variants.values():
        for _ in range(5):
            translate()
    print(json.dumps({"ready": ready}), flush=True)
    for line in sys.stdin:
        answer = {}
        for name, translate in variants.items():
            times = [translate() for _ in range(int(line))]
            answer[name] = {"sentence_ms": [sentence for sentence, _ in times]}
            if times and times[0][1] is not None:
                answer[name]["encoder_ms"] = [encoder for _, encoder in times]
        print(json.dumps(answer), flush=True)
