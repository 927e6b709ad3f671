"""Documents, and what is left of them when something fails."""

import deshi
import pytest


@pytest.fixture(scope="module")
def translator():
    return deshi.Translator()


def test_a_document_keeps_its_form(translator, tmp_path):
    source, target = tmp_path / "film.srt", tmp_path / "film.de.srt"
    source.write_bytes(b"1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>Where is the station?</i>\r\n")
    report = translator.translate_file(source, str(target))
    assert target.read_bytes() == b"1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>Wo ist der Bahnhof?</i>\r\n"
    assert (report.segments, report.sentences, report.doubtful, report.flags) == (1, 1, 0, frozenset())
    assert 0 < report.confidence <= 1
    assert repr(report) == "FileTranslation(segments=1, sentences=1, doubtful=0)"


def test_the_format_can_be_said(translator, tmp_path):
    source = tmp_path / "page"
    source.write_text("<p>Where is the station?</p>")
    with pytest.raises(ValueError, match="extension"):
        translator.translate_file(source, tmp_path / "out")
    with pytest.raises(ValueError, match="rtf"):
        translator.translate_file(source, tmp_path / "out", format="rtf")
    translator.translate_file(source, tmp_path / "out", format="html")
    assert (tmp_path / "out").read_text() == "<p>Wo ist der Bahnhof?</p>"


def test_a_failure_leaves_nothing(translator, tmp_path):
    source = tmp_path / "film.srt"
    source.write_text("no subtitles")
    with pytest.raises(deshi.Error, match="not a valid srt file"):
        translator.translate_file(source, tmp_path / "out.srt")
    with pytest.raises(FileNotFoundError, match="none.srt"):
        translator.translate_file(tmp_path / "none.srt", tmp_path / "out.srt")
    text = tmp_path / "a.txt"
    text.write_text("Yes.")
    with pytest.raises(FileNotFoundError):
        translator.translate_file(text, tmp_path / "no folder" / "out.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "film.srt"]
