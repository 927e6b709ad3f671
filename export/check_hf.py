#!/usr/bin/env python3
"""Compares imported MarianMT models with PyPI's transformers: random models of two shapes, made here.

    python3.10 export/check_hf.py

If a package is not installed, pip installs it into target/python310 once: torch 1.12.1 has the last wheel on PyPI that needs no packages of
CUDA, and it is for CPython 3.10. The models' vocabularies are trained on this repository's texts; some pieces are left out of vocab.json, so that <unk> occurs.
`deshi-export hf` makes a bundle of each, too. transformers may not choose <pad> and <unk>, which deshi never does.
Exit code: 0 if every source has the same ids, and for each model the float32 reference has the same greedy tokens as transformers in at
least 49 of 50 sentences; else 1. The int8 engine is only reported: random models are full of near ties.
"""

import argparse
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from python_packages import install

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "target" / "python310"
REQUIREMENTS = {
    "numpy": "numpy<2", "torch": "torch==1.12.1", "transformers": "transformers==4.40.2", "sentencepiece": "sentencepiece",
    "sacremoses": "sacremoses",
}


install(PACKAGES, REQUIREMENTS)
import sentencepiece  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

TEXTS = ["docs/model/sentences.en", "docs/model/sentences.de", "README.md", "docs/train.md"]
SENTENCES = 50
MOST = 40
SHAPES = {
    "relu": {"d_model": 64, "ffn": 128, "layers": (2, 2), "heads": 4, "activation_function": "relu", "codes": [">>deu<<", ">>fra<<"]},
    "swish": {"d_model": 128, "ffn": 512, "layers": (3, 4), "heads": 8, "activation_function": "swish", "codes": []},
}


def spm(lines, size):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="unigram", vocab_size=size, hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def write_vocabularies(folder, lines, codes):
    """source.spm, target.spm and vocab.json with the codes of languages; gives the number of pieces."""
    files = {"source.spm": spm(lines["en"], 700), "target.spm": spm(lines["de"], 700)}
    pieces = set()
    for name, model in files.items():
        (folder / name).write_bytes(model)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        own = [processor.id_to_piece(i) for i in range(processor.get_piece_size()) if not processor.is_control(i) and not processor.is_unknown(i)]
        pieces.update(own[:-40] if name == "source.spm" else own)
    vocabulary = ["</s>", "<unk>", *codes, *sorted(pieces), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({piece: id for id, piece in enumerate(vocabulary)}))
    return len(vocabulary)


def write_model(folder, shape, size, seed):
    """A random model whose translations differ: a large embedding, sharp attention, and signs that keep it from copying its last token."""
    config = transformers.MarianConfig(
        vocab_size=size, d_model=shape["d_model"], encoder_layers=shape["layers"][0], decoder_layers=shape["layers"][1],
        encoder_attention_heads=shape["heads"], decoder_attention_heads=shape["heads"], encoder_ffn_dim=shape["ffn"],
        decoder_ffn_dim=shape["ffn"], activation_function=shape["activation_function"], scale_embedding=True,
        max_position_embeddings=128, pad_token_id=size - 1, decoder_start_token_id=size - 1, eos_token_id=0,
        static_position_embeddings=True, normalize_before=False, normalize_embedding=False, add_final_layer_norm=False,
        # transformers 3 wrote it into OPUS-MT's configurations, where it has no effect.
        extra_pos_embeddings=size, tie_word_embeddings=shape.get("tied", True),
        **{"forced_eos_token_id": None, **shape.get("search", lambda pad: {})(size - 1)},
    )
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = transformers.MarianMTModel(config).eval()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if "embed_positions" in name:
                continue
            noise = torch.randn_like(tensor)
            if "layer_norm" in name or name.endswith(".bias"):
                tensor += 0.1 * noise
            else:
                spread = 3.0 if any(part in name for part in ["shared", "lm_head", "q_proj", "k_proj"]) else 1.0
                tensor.copy_(noise * spread / tensor.shape[-1] ** 0.5)
        last = model.model.decoder.layers[-1].final_layer_norm.weight
        last *= torch.sign(torch.randn_like(last))
        model.final_logits_bias.copy_(torch.randn_like(model.final_logits_bias) * 0.05)
        # So that some translations end before the bound.
        model.final_logits_bias[0, 0] = 5.0
        model.model.shared.weight[size - 1] = 0.0
    model.save_pretrained(folder, safe_serialization=True)
    return model


def transformers_answers(folder, model, lines, code):
    """The ids of each source, and the greedy ones of its translation into the language of the code."""
    tokenizer = transformers.MarianTokenizer.from_pretrained(folder, source_lang="en", target_lang="de")
    pad = model.config.pad_token_id
    answers = []
    for line in lines:
        source = tokenizer(f"{code} {line}" if code and line else line)["input_ids"]
        assert source[-1] == 0, source
        with torch.no_grad():
            target = model.generate(
                torch.tensor([source]), num_beams=1, do_sample=False, max_new_tokens=MOST, bad_words_ids=[[pad], [1]],
                forced_eos_token_id=None,
            )[0].tolist()
        assert target[0] == pad, target
        target = target[1:]
        answers.append((source[:-1], target[: target.index(0)] if 0 in target else target))
    return answers


def deshi_answers(binary, folder, precision, lines, code):
    text = "".join(line + "\n" for line in lines)
    answer = subprocess.run([binary, folder, precision, str(MOST), *code], input=text, stdout=subprocess.PIPE, check=True, text=True).stdout
    ids = lambda text: [int(id) for id in text.split()]  # noqa: E731
    return [tuple(map(ids, line.split("\t"))) for line in answer.splitlines()]


def sentences():
    """The sentences to translate, and the lines that vocabularies are trained on."""
    texts = {pathlib.Path(text).suffix[1:]: [] for text in TEXTS}
    for text in TEXTS:
        lines = [line.strip() for line in (ROOT / text).read_text().splitlines()]
        texts[pathlib.Path(text).suffix[1:]] += [line for line in lines if line]
    vocabulary_lines = {"en": texts["en"] + texts["md"], "de": texts["de"] + texts["md"]}
    lines = texts["en"][:: max(1, len(texts["en"]) // (SENTENCES - 4))][: SENTENCES - 4]
    lines += ["", "漢字 in a line, and 漢字漢字.", "  spaces   and\ttabs ", "Ｆｕｌｌ ｗｉｄｔｈ ﬁ"]
    return lines, vocabulary_lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--target", type=pathlib.Path, help="the folder with greedy_hf and deshi-export (default: built here)")
    target = parser.parse_args().target
    if target is None:
        cargo = ["cargo", "build", "--release", "-p", "deshi-export", "--bin", "deshi-export", "--example", "greedy_hf"]
        subprocess.run(cargo, cwd=ROOT, check=True)
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    lines, vocabulary_lines = sentences()
    ok = True
    for seed, (name, shape) in enumerate(SHAPES.items()):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            code = shape["codes"][-1:]
            size = write_vocabularies(folder, vocabulary_lines, shape["codes"])
            model = write_model(folder, shape, size, seed)
            expected = transformers_answers(folder, model, lines, "".join(code))
            unknown = sum(source.count(1) for source, _ in expected)
            different = len({tuple(target) for _, target in expected})
            print(f"{name}: {size} pieces, {unknown} <unk> in the sources, {different} different translations of {len(lines)}")
            for precision in ["float", "int8"]:
                got = deshi_answers(target / "examples" / "greedy_hf", folder, precision, lines, code)
                sources = sum(a[0] == b[0] for a, b in zip(got, expected))
                targets = sum(a[1] == b[1] for a, b in zip(got, expected))
                first = sum(a[1][:1] == b[1][:1] for a, b in zip(got, expected))
                print(f"{name}: {precision}: {sources} sources, {targets} translations and {first} first tokens of {len(lines)} as transformers has them")
                for line, a, b in zip(lines, got, expected):
                    if a[0] != b[0] or (precision == "float" and a[1] != b[1]):
                        print(f"  {line!r}\n    deshi        {a}\n    transformers {b}")
                ok &= sources == len(lines) and len(got) == len(lines)
                ok &= precision != "float" or targets * 50 >= 49 * len(lines)
            bundle = folder / "random.deshi"
            command = [target / "deshi-export", "hf", folder, "-o", bundle, "--source", "en", "--target", "de"]
            command += [part for one in code for part in ("--target-code", one)]
            ok &= subprocess.run(command).returncode == 0 and bundle.stat().st_size > 0
    sys.exit(not ok)


if __name__ == "__main__":
    main()
