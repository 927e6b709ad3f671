"""For mdBook: a page's link to a file outside docs/ becomes one to the repository; a picture from there becomes part of the page.

The repository's address is the one in Cargo.toml. Reads and writes mdBook's JSON:
https://rust-lang.github.io/mdBook/for_developers/preprocessors.html
"""

import base64
import json
import re
import sys
import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parent
LINK = re.compile(r"(!?)\[([^\]]*)\]\(((?:\.\./)[^)#\s]*)(#[^)\s]*)?\)")


def outside(page, repository):
    """A function that gives what takes the place of a link of the page."""
    def replace(match):
        picture, text, link, place = match[1], match[2], match[3], match[4] or ""
        file = (page.parent / link).resolve()
        if file.is_relative_to(DOCS):
            return match[0]
        if picture:
            data = base64.b64encode(file.read_bytes()).decode()
            return f"![{text}](data:image/svg+xml;base64,{data})"
        return f"[{text}]({repository}/blob/main/{file.relative_to(DOCS.parent)}{place})"
    return replace


def chapters(items):
    for item in items:
        if chapter := isinstance(item, dict) and item.get("Chapter"):
            yield chapter
            yield from chapters(chapter["sub_items"])


def main():
    if sys.argv[1:2] == ["supports"]:
        raise SystemExit(sys.argv[2] != "html")
    _, book = json.load(sys.stdin)
    repository = tomllib.loads((DOCS.parent / "Cargo.toml").read_text())["workspace"]["package"]["repository"]
    for chapter in chapters(book["items"]):
        if chapter["source_path"]:
            replace = outside(DOCS / chapter["source_path"], repository)
            chapter["content"] = LINK.sub(replace, chapter["content"])
    json.dump(book, sys.stdout)


main()
