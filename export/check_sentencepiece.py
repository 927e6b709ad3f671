#!/usr/bin/env python3
"""Compares deshi with PyPI's sentencepiece: encoding and decoding with SentencePiece's unigram and BPE vocabularies.

    python3 export/check_sentencepiece.py                                   # vocabularies and lines from this repository's texts
    python3 export/check_sentencepiece.py --vocabulary VOCAB.spm --lines TEXT --lines PAIRS.tsv.gz --most 100000 --pieces 8000
    python3 export/check_sentencepiece.py --golden export/tests/data        # writes the small files of export/tests/sentencepiece.rs

Vocabularies of both models are trained on the lines themselves: one like Firefox's (bytes, single digits, symbols), and one without bytes
that has only the commonest characters. Of the BPE vocabulary with bytes there is another, with a tenth of its pieces unused: merging goes
through them. Lines of random Unicode are added. Every line is encoded; every line's tokens, and as many random sequences
of tokens, are decoded. Each column of a .tsv file is a line; .gz files are decompressed.

If sentencepiece is not installed, pip installs it into target/python once.
Exit code: 0 if every line agrees, else 1.
"""

import argparse
import gzip
import io
import json
import os
import pathlib
import random
import subprocess
import sys

from python_packages import install

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "target" / "python"
REQUIREMENTS = {"sentencepiece": "sentencepiece>=0.2,<0.3"}
TEXTS = ["tests/data/sentences.en", "tests/data/prose.en", "docs/model/sentences.en", "docs/model/sentences.de", "README.md", "docs/train.md"]
CORPORA = ROOT / "trainer" / "corpora"
# Ranges of characters that are difficult for normalisation, words and bytes, and how often each is drawn.
ODD = [
    (0x0020, 0x007F, 30), (0x0001, 0x0020, 2), (0x0080, 0x0250, 8), (0x0300, 0x0370, 3), (0x0600, 0x0700, 2), (0x0900, 0x0980, 2),
    (0x0E00, 0x0E80, 2), (0x1100, 0x1200, 2), (0x2000, 0x2070, 4), (0x2070, 0x2200, 3), (0x2580, 0x2583, 3), (0x3000, 0x3100, 5),
    (0x3300, 0x3400, 2), (0x4E00, 0x5000, 5), (0xAC00, 0xAD00, 2), (0xE000, 0xE010, 1), (0xFB00, 0xFB50, 2), (0xFE00, 0xFE10, 1),
    (0xFF00, 0xFFF0, 4), (0x1F300, 0x1F700, 3), (0x10000, 0x110000, 1),
]  # fmt: skip
SYMBOLS = ["__source__", "__target__", "__done__", "__misc1__"]


install(PACKAGES, REQUIREMENTS)
import sentencepiece  # noqa: E402


def read(path):
    """The lines of a file."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    columns = ".tsv" in path.suffixes
    for line in data.decode().split("\n"):
        yield from line.split("\t") if columns else [line]


def odd_lines(count, rng):
    """Lines of random characters, with symbols and spaces among them."""
    weights = [weight for _, _, weight in ODD]
    for _ in range(count):
        line = ""
        for _ in range(rng.randrange(1, 40)):
            first, last, _ = rng.choices(ODD, weights)[0]
            character = chr(rng.randrange(first, last))
            if "\ud800" <= character <= "\udfff" or character in "\n\0":
                continue
            line += rng.choice([character, character, character * 3, character + " "])
            if rng.random() < 0.03:
                line += rng.choice([*SYMBOLS, "__sour", "  ", "\u2581", "\u2581\u2581 ", " \u3000 "])
        yield line


# Rules of a small character map: to another character, to a longer text, to a space, and to nothing; one begins like another.
RULES = [
    ("\uff21", "A"), ("\uff22", "B"), ("\ufb01", "fi"), ("\u2122", "TM"), ("\u3000", " "), ("\t", " "), ("\u00a0", " "),
    ("\u200b", ""), ("\u0001", ""), ("e\u0301", "\u00e9"), ("\u00a8", " \u0308"), ("\u2026", "..."),
    ("ab\u0302c", "ABC"), ("\u00bd", "1 2"),
]  # fmt: skip
GOLDEN = [
    "", " ", "  \u3000\t ", "The weather is nice today.", "  two  spaces   here  ", "\uff21\uff22 \ufb01sh \u2122 caf\u00e9 cafe\u0301", "a\u200bb \u0001",
    "\u200b \u200b", "x\u2026y \u00a8 z\u00a8", "ab\u0302c ab\u0302 abc", "3\u00bd and 12,345.67", "\u2581\u2581 a\u2581b \u2581", "__source__ a__source__b __sour",
    "__source____target__", "\U0001f600\U0001f600 \u65e5\u672c\u8a9e \u0416", "Wir haben gestern \u00fcber die Stra\u00dfe gesprochen.", "a" * 300, "\u65e5" * 300,
    "https://example.org/?q=1&r=%20", "\ue000 private \U0010ffff", "don\u2019t \u201cquote\u201d",
]  # fmt: skip


def write_golden(folder, lines):
    """Two small vocabularies, and what sentencepiece makes of some lines: texts, ids, and the ids' text."""
    folder.mkdir(parents=True, exist_ok=True)
    # The model stores the path of the rules, so it must be relative.
    os.chdir(folder)
    folder, rules = pathlib.Path("."), pathlib.Path("rules.tsv")
    number = lambda text: " ".join(f"{ord(character):X}" for character in text)  # noqa: E731
    rules.write_text("".join(f"{number(source)}\t{number(target)}\n" for source, target in RULES))
    with_bytes = dict(byte_fallback=True, split_digits=True, user_defined_symbols=SYMBOLS, character_coverage=0.99)
    for name, options in {
        "bytes": dict(size=420, **with_bytes),
        "unknown": dict(size=160, character_coverage=0.98),
        "bpe_bytes": dict(size=480, model_type="bpe", **with_bytes),
        "bpe_unknown": dict(size=240, model_type="bpe", character_coverage=0.98),
    }.items():
        # The lines that it learns from do not matter, and are not stored in the file.
        model = train(lines, normalization_rule_tsv=str(rules), **options)
        if name == "bpe_bytes":
            model = with_unused(model, random.Random(1))
        (folder / f"{name}.spm").write_bytes(model)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        rows = []
        for line in GOLDEN:
            ids = processor.encode(line)
            rows.append(json.dumps({"text": line, "ids": ids, "decoded": processor.decode(ids)}))
        (folder / f"{name}.jsonl").write_text("\n".join(rows) + "\n")
    rules.unlink()


def train(lines, size, model_type="unigram", **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type=model_type, vocab_size=size, unk_id=1, eos_id=0, bos_id=-1,
        pad_id=-1, hard_vocab_limit=False, num_threads=1, minloglevel=2, **options,
    )  # fmt: skip
    return model.getvalue()


def with_unused(model, rng):
    """The model with a tenth of its learnt pieces unused, as SentencePiece's `SetVocabulary` leaves those that a text lacks."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    kinds = [processor.is_control, processor.is_unknown, processor.is_byte]
    learnt = [id for id in range(processor.get_piece_size()) if not any(kind(id) for kind in kinds)]
    learnt = [id for id in learnt if processor.id_to_piece(id) not in [*SYMBOLS, "\u2581"]]
    chosen = set(rng.sample(learnt, len(learnt) // 10))
    # The model is a protocol buffer, whose field 1 is a list of pieces: what is appended to a piece changes it.
    out, at, id = b"", 0, 0
    while at < len(model):
        start = at
        key, at = varint(model, at)
        length, at = varint(model, at)
        assert key % 8 == 2, "every field of a model is a message"
        at += length
        if key == 1 << 3 | 2:
            # Field 3 is the piece's type; 5 is UNUSED.
            piece = model[at - length : at] + (b"\x18\x05" if id in chosen else b"")
            out += bytes([key]) + encode_varint(len(piece)) + piece
            id += 1
        else:
            out += model[start:at]
    marked = sentencepiece.SentencePieceProcessor(model_proto=out)
    assert sum(marked.is_unused(id) for id in learnt) == len(chosen) > 0
    return out


def varint(data, at):
    """A number of a protocol buffer, and the place after it."""
    number = shift = 0
    while True:
        byte = data[at]
        number, shift, at = number | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return number, at


def encode_varint(number):
    out = b""
    while number > 0x7F:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


def deshi(binary, mode, vocabulary, lines):
    """deshi's output for each line."""
    text = "".join(line + "\n" for line in lines)
    output = subprocess.run([binary, mode, vocabulary], input=text.encode(), stdout=subprocess.PIPE, check=True).stdout
    answers = output.decode().split("\n")
    assert answers.pop() == "" and len(answers) == len(lines), f"{len(lines)} lines, {len(answers)} answers"
    return answers


def compare(name, what, lines, expected, got):
    """Prints the first lines that differ. Returns how many differ."""
    different = [index for index, (a, b) in enumerate(zip(expected, got)) if a != b]
    for index in different[:3]:
        print(f"  {what} {lines[index]!r}:\n    expected {expected[index]!r}\n    got      {got[index]!r}")
    print(f"{name}: {what} {len(lines) - len(different)} of {len(lines)} lines like sentencepiece {sentencepiece.__version__}")
    return len(different)


def check(binary, name, path, lines, rng):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    ids = processor.encode(lines)
    expected = [" ".join(map(str, line)) for line in ids]
    different = compare(name, "encodes", lines, expected, deshi(binary, "encode", path, lines))
    # With bytes, no text has <unk>, and its id is deshi's start token.
    has_bytes = any(processor.is_byte(id) for id in range(processor.get_piece_size()))
    tokens = [id for id in range(processor.get_piece_size()) if not (has_bytes and id == 1)]
    ids += [[rng.choice(tokens) for _ in range(rng.randrange(20))] for _ in lines]
    # Runs of bytes, which random sequences rarely have.
    byte_ids = [id for id in tokens if processor.is_byte(id)]
    if byte_ids:
        ids += [[rng.choice(byte_ids) for _ in range(rng.randrange(12))] for _ in range(2000)]
    texts = processor.decode(ids)
    written = [" ".join(map(str, line)) for line in ids]
    # A line feed would start another line.
    kept = [index for index, text in enumerate(texts) if "\n" not in text]
    written, texts = [written[index] for index in kept], [texts[index] for index in kept]
    return different + compare(name, "decodes", written, texts, deshi(binary, "decode", path, written))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vocabulary", type=pathlib.Path, action="append", default=[], help="a .spm file; can be repeated")
    parser.add_argument("--lines", type=pathlib.Path, action="append", default=[], help="a text; can be repeated")
    parser.add_argument("--most", type=int, default=30_000, help="the most lines, drawn from all texts (default: 30000)")
    parser.add_argument("--pieces", type=int, default=2000, help="pieces of the vocabularies that are trained (default: 2000)")
    parser.add_argument("--golden", type=pathlib.Path, help="only write the small files for the Rust tests, into this folder")
    parser.add_argument("--segment", type=pathlib.Path, help="the built example `segment` (default: built by cargo)")
    arguments = parser.parse_args()
    if arguments.golden:
        write_golden(arguments.golden, [line for line in read(ROOT / TEXTS[0]) if line])
        return
    binary = arguments.segment
    if binary is None:
        subprocess.run(["cargo", "build", "--quiet", "--release", "-p", "deshi-export", "--example", "segment"], cwd=ROOT, check=True)
        binary = ROOT / "target" / "release" / "examples" / "segment"
    rng = random.Random(1)
    texts = arguments.lines or [*(ROOT / text for text in TEXTS), *sorted(CORPORA.rglob("*.tsv"))]
    lines = [line for path in texts for line in read(path)]
    if len(lines) > arguments.most:
        lines = rng.sample(lines, arguments.most)
    folder = ROOT / "target" / "sentencepiece"
    folder.mkdir(parents=True, exist_ok=True)
    sample = [line for line in lines if line][:20_000]
    with_bytes = dict(byte_fallback=True, split_digits=True, user_defined_symbols=SYMBOLS, character_coverage=0.995)
    trained = {
        "bytes": dict(size=arguments.pieces, **with_bytes),
        "unknown": dict(size=arguments.pieces * 3 // 5, character_coverage=0.98),
        "bpe-bytes": dict(size=arguments.pieces, model_type="bpe", **with_bytes),
        "bpe-unknown": dict(size=arguments.pieces * 3 // 5, model_type="bpe", character_coverage=0.98),
    }
    vocabularies = [(path.name, path) for path in arguments.vocabulary]
    for name, options in trained.items():
        path = folder / f"{name}.spm"
        model = train(sample, **options)
        path.write_bytes(model)
        vocabularies.append((path.name, path))
        if name == "bpe-bytes":
            path = folder / "bpe-unused.spm"
            path.write_bytes(with_unused(model, rng))
            vocabularies.append((path.name, path))
    lines += odd_lines(max(2000, len(lines) // 10), rng)
    # The program reads lines, so none may have a line feed; and lines that no file has.
    lines = [line.replace("\0", "") for line in lines] + ["", " ", "\u3000", "a" * 5000, "日本語" * 900, "ab " * 3000]
    different = sum(check(binary, name, path, lines, rng) for name, path in vocabularies)
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
