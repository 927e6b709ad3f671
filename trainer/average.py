#!/usr/bin/env python3
"""Averages two checkpoints of one architecture: (1 - share) * FIRST + share * SECOND, tensor by tensor.

A model that was trained further on new text, averaged with what it began as, is better on both texts than either
(Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"). For what a bundle holds as a checkpoint, train a model
with `initial = ["NAME.deshi"]` for one step at a learning rate of 0.

    python3 trainer/average.py FIRST.safetensors SECOND.safetensors OUT.safetensors --share 0.6
"""
import argparse
import array
import json
import os
import struct
import sys


def read(path):
    """The header as text and parsed, and the data."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    text = content[8 : 8 + length]
    return text, json.loads(text), content[8 + length :]


def layout(header):
    return {name: entry for name, entry in header.items() if name != "__metadata__"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("out")
    parser.add_argument("--share", type=float, required=True, help="the second's share, 0 to 1")
    args = parser.parse_args()
    _, first_header, first = read(args.first)
    text, second_header, second = read(args.second)
    if layout(first_header) != layout(second_header):
        sys.exit(f"{args.first} and {args.second} have different tensors")
    if sys.byteorder != "little" or any(entry["dtype"] != "F32" for entry in layout(second_header).values()):
        sys.exit("only f32 checkpoints, on a little-endian machine")
    a, b = array.array("f", first), array.array("f", second)
    mean = array.array("f", ((1 - args.share) * x + args.share * y for x, y in zip(a, b)))
    with open(args.out + ".part", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + mean.tobytes())
    os.replace(args.out + ".part", args.out)


if __name__ == "__main__":
    main()
