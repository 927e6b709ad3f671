"""The subtitles in a folder: film.srt to film.de.srt, where that is not there yet: `python subtitles.py FOLDER`"""

import pathlib
import sys

import deshi

translator = deshi.Translator()
suffix = f".{translator.target_language}.srt"
for source in sorted(pathlib.Path(sys.argv[1]).rglob("*.srt")):
    target = source.with_name(source.stem + suffix)
    if source.name.endswith(suffix) or target.exists():
        continue
    try:
        report = translator.translate_file(source, target)
    except deshi.Error as error:
        print(f"{source}: {error}", file=sys.stderr)
        continue
    print(f"{target}: {report.sentences} sentences, {report.doubtful} to look at again")
