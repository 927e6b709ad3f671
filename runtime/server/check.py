"""Tests a server with libretranslatepy, LibreTranslate's own client.

    python3 check.py http://127.0.0.1:5000    # the server's key is "secret"
"""

import json
import sys
import urllib.error

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


assert client.translate("Where is the station?", "en", "de") == "Wo ist der Bahnhof?"
assert client.translate("Where is the station?\n\n🎉 & ä", "auto", "de").startswith("Wo ist der Bahnhof?\n\n")
assert client.detect("Where is the station?")[0]["language"] == "en"
assert client.detect("Wo ist der Bahnhof?")[0]["language"] == "de"
languages = {language["code"]: language for language in client.languages()}
assert languages["en"]["name"] == "English" and "de" in languages["en"]["targets"], languages

assert "xx is not supported" in refused(400, lambda: client.translate("x", "en", "xx"))
assert "Invalid API key" in refused(403, lambda: LibreTranslateAPI(url, "other").translate("x", "en", "de"))
assert "get an API key" in refused(400, lambda: LibreTranslateAPI(url).translate("x", "en", "de"))
print("libretranslatepy: 8 passed, 0 failed")
