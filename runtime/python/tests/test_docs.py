"""The Python blocks of docs/python.md run as they are, in order, and print what their comments say."""

import io
import pathlib
import re
import shutil
import zipfile
from contextlib import redirect_stdout

ROOT = pathlib.Path(__file__).parents[3]
PAGE = ROOT / "docs" / "python.md"
# print(…)    # what it prints, and perhaps after a colon why
PRINT = re.compile(r"^print\(.*\) +# (.*)$", re.M)
TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Override PartName="/word/document.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:r><w:t>Where is the station?</w:t></w:r></w:p></w:body></w:document>"""


def printed(block, names):
    """Runs a block; gives the lines that it prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(block, str(PAGE), "exec"), names)
    return out.getvalue().splitlines()


def test_the_page_is_true(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("letter.docx", "w") as letter:
        letter.writestr("[Content_Types].xml", TYPES)
        letter.writestr("word/document.xml", DOCUMENT)
    shutil.copy(ROOT / "runtime" / "models" / "en-de.deshi", "fr-de.deshi")
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert len(blocks) == 4
    names, compared = {}, 0
    for block in blocks:
        lines = printed(block, names)
        for line, comment in zip(lines, PRINT.findall(block)):
            if comment.startswith("the mean probability"):
                assert 0 < float(line) <= 1
            else:
                assert line == comment.partition(": ")[0], comment
            compared += 1
    assert compared == 3
    assert pathlib.Path("brief.docx").is_file()
    assert "Wo ist der Bahnhof?" in zipfile.ZipFile("brief.docx").read("word/document.xml").decode()
    # The last block's translator has a glossary and a memory.
    assert str(names["translator"].translate("Where is the station? Yes.")).endswith("Haltepunkt? Jawohl.")
