"""Sentences from another program, each translated when it comes: `tail -f messages | python stream.py`"""

import sys

import deshi

translator = deshi.Translator(threads=1)
for line in sys.stdin:
    print(translator.translate(line.rstrip("\n")), flush=True)
