"""The cases that every face of deshi runs; tests/cases/cases.rs describes the table."""

import pathlib

import deshi
import pytest

TABLE = pathlib.Path(__file__).parents[3] / "tests" / "cases" / "cases.tsv"
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
VALUES = {"paragraphs": bool, "minimum_confidence": float}


def read_field(field):
    characters = iter(field)
    return "".join(ESCAPES[next(characters)] if character == "\\" else character for character in characters)


def cases():
    head, *lines = TABLE.read_text("utf-8").removesuffix("\n").split("\n")
    names = head.split("\t")
    return [dict(zip(names, map(read_field, line.split("\t")), strict=True)) for line in lines]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_case(case, tmp_path):
    options = dict(option.split("=") for option in case["options"].split())
    options = {name: VALUES.get(name, str)(value) for name, value in options.items()}
    for resource in ["glossary", "memory"]:
        if case[resource]:
            options[resource] = tmp_path / f"{resource}.tsv"
            options[resource].write_text(case[resource], "utf-8")
    translation = deshi.Translator(**options).translate(case["text"])
    assert translation.text == case["translation"]
    assert translation.flags == set(case["flags"].split())
