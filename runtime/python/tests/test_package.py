"""The package: its types, its size, its start, and the examples."""

import ast
import inspect
import pathlib
import subprocess
import sys

import deshi
import pytest

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"
PACKAGE = pathlib.Path(deshi.__file__).parent
USE = """
import deshi
translator = deshi.Translator(None, threads=2, glossary={"a": "b"})
one: deshi.Translation = translator.translate("a")
several: list[deshi.Translation] = translator.translate(["a"])
confidence: float | None = one.confidence
flags: frozenset[str] = one.flags
places: list[tuple[int, int]] = [sentence.source_range for sentence in one.sentences]
report: deshi.FileTranslation = translator.translate_file("a.txt", "b.txt")
"""


def mypy(*arguments):
    command = [sys.executable, "-m", "mypy", "--strict", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_types(tmp_path):
    file = tmp_path / "use.py"
    file.write_text(USE)
    result = mypy(str(file))
    assert result.returncode == 0, result.stdout
    file.write_text(USE + "translator.translate(1)\n")
    assert mypy(str(file)).returncode == 1


def test_the_stubs_are_what_the_module_has():
    result = subprocess.run([sys.executable, "-m", "mypy.stubtest", "deshi"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_documentation_is_that_of_the_stubs():
    documented = 0
    for stub in ast.parse((PACKAGE / "_deshi.pyi").read_text()).body:
        if not isinstance(stub, ast.ClassDef):
            continue
        there = getattr(deshi, stub.name)
        assert inspect.getdoc(there) == ast.get_docstring(stub), stub.name
        for member in stub.body:
            if isinstance(member, ast.FunctionDef) and ast.get_docstring(member):
                assert inspect.getdoc(getattr(there, member.name)) == ast.get_docstring(member), member.name
                documented += 1
    assert documented == 24


def test_size_and_start():
    assert sum(path.stat().st_size for path in PACKAGE.rglob("*") if path.is_file()) < 12_000_000
    measure = "import time; t = time.perf_counter(); import deshi; print(time.perf_counter() - t)"
    times = [float(subprocess.check_output([sys.executable, "-c", measure])) for _ in range(5)]
    assert min(times) < 0.05, times


def test_sentence_stream():
    lines = "Where is the station?\n\nYes.\n"
    example = [sys.executable, EXAMPLES / "stream.py"]
    result = subprocess.run(example, input=lines, capture_output=True, text=True, check=True)
    assert result.stdout == "Wo ist der Bahnhof?\n\nJa.\n"


def test_subtitles_in_a_folder(tmp_path):
    for name in ["a", "b"]:
        (tmp_path / f"{name}.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nWhere is the station?\n")
    (tmp_path / "a.de.srt").write_text("done before")
    subprocess.run([sys.executable, EXAMPLES / "subtitles.py", tmp_path], capture_output=True, check=True)
    assert (tmp_path / "a.de.srt").read_text() == "done before"
    assert "Wo ist der Bahnhof?" in (tmp_path / "b.de.srt").read_text()


def test_a_pandas_column():
    pytest.importorskip("pandas")
    result = subprocess.run([sys.executable, EXAMPLES / "column.py"], capture_output=True, text=True, check=True)
    assert "Wo ist der Bahnhof?" in result.stdout
