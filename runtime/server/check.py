"""Tests a server with libretranslatepy, LibreTranslate's own client, and with JSON, which also has the flags.

    python3 check.py http://127.0.0.1:5000    # the server's key is "secret"
"""

import json
import pathlib
import sys
import urllib.error
import urllib.request

from libretranslatepy import LibreTranslateAPI

url = sys.argv[1]
client = LibreTranslateAPI(url, api_key="secret")


def refused(status, call):
    """The message of the error that the call gets."""
    try:
        result = call()
    except urllib.error.HTTPError as error:
        assert error.code == status, error
        return json.load(error)["error"]
    raise AssertionError(f"expected status {status}, got {result!r}")


def with_details(text):
    """The translation and its flags, asked for as JSON."""
    fields = {"q": text, "source": "en", "target": "de", "api_key": "secret", "details": True}
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/translate", json.dumps(fields).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        got = json.load(answer)
    return got["translatedText"], got["details"]["flags"]


assert client.translate("Where is the station?", "en", "de") == "Wo ist der Bahnhof?"
assert client.translate("Where is the station?\n\n🎉 & ä", "auto", "de").startswith("Wo ist der Bahnhof?\n\n")
assert client.detect("Where is the station?")[0]["language"] == "en"
assert client.detect("Wo ist der Bahnhof?")[0]["language"] == "de"
languages = {language["code"]: language for language in client.languages()}
assert languages["en"]["name"] == "English" and "de" in languages["en"]["targets"], languages

assert "xx is not supported" in refused(400, lambda: client.translate("x", "en", "xx"))
assert "Invalid API key" in refused(403, lambda: LibreTranslateAPI(url, "other").translate("x", "en", "de"))
assert "get an API key" in refused(400, lambda: LibreTranslateAPI(url).translate("x", "en", "de"))

# The cases that every face runs, as far as the interface has their options; tests/cases/cases.rs describes the table.
table = pathlib.Path(__file__).parents[2] / "tests" / "cases" / "cases.tsv"
escapes = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
compared = 0
for line in table.read_text("utf-8").removesuffix("\n").split("\n")[1:]:
    fields = []
    for field in line.split("\t"):
        characters = iter(field)
        fields.append("".join(escapes[next(characters)] if character == "\\" else character for character in characters))
    name, text, options, glossary, memory, translation, flags = fields
    if text and not options and not glossary and not memory:
        got = with_details(text)
        assert got == (translation, flags.split()), f"{name}: expected {translation!r} and {flags!r}, got {got!r}"
        # The client sends a form, in which the server reads every line end as a line feed.
        translation = translation.replace("\r\n", "\n")
        got = client.translate(text, "en", "de")
        assert got == translation, f"{name}: expected {translation!r}, got {got!r}"
        compared += 1
assert compared > 20, compared
print(f"libretranslatepy: {8 + compared} passed, 0 failed; {compared} with their flags, as JSON")
