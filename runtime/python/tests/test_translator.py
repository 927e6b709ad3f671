"""The class Translator: what it translates, takes and refuses."""

import os
import pathlib
import signal
import threading
import time

import deshi
import pytest

STATION = "Where is the station?"
BAHNHOF = "Wo ist der Bahnhof?"
MODEL = pathlib.Path(__file__).parents[2] / "models" / "en-de.deshi"
LONG = [f"The committee will meet again on Thursday to discuss proposal {number}." for number in range(20_000)]


@pytest.fixture(scope="module")
def translator():
    return deshi.Translator()


def test_a_text(translator):
    translation = translator.translate(STATION)
    assert (str(translation), translation.text, translation.source) == (BAHNHOF, BAHNHOF, STATION)
    assert 0.1 < translation.confidence <= 1
    assert translation.flags == frozenset() and not translation.doubtful
    assert repr(translation) == f"Translation('{BAHNHOF}')"


def test_several_texts(translator):
    texts = (text for text in [STATION, "", "🎉", "Tom has 3 dogs."])
    translations = translator.translate(texts)
    assert [str(translation) for translation in translations][:3] == [BAHNHOF, "", "🎉"]
    assert translations[2].flags == {"passed_through"} and translations[2].confidence is None
    assert translator.translate([]) == []
    alone = translator.translate("Tom has 3 dogs.")
    assert (translations[3].text, translations[3].confidence) == (alone.text, alone.confidence)


@pytest.mark.parametrize("paragraphs", [False, True])
def test_sentences_stand_where_they_say(paragraphs):
    translator = deshi.Translator(paragraphs=paragraphs)
    translation = translator.translate(f"🎉 Ä: {STATION}\n\n  {STATION} Yes.")
    assert len(translation.sentences) >= 3
    for sentence in translation.sentences:
        assert translation.source[slice(*sentence.source_range)] == sentence.source
        assert translation.text[slice(*sentence.target_range)] == sentence.text == str(sentence)
    assert any(sentence.text == BAHNHOF for sentence in translation.sentences)


@pytest.mark.parametrize("model", [MODEL, str(MODEL), MODEL.read_bytes()], ids=["path", "str", "bytes"])
def test_a_model_of_ones_own(model):
    translator = deshi.Translator(model, threads=1, batch_sentences=2, kernels="plain")
    assert str(translator.translate(STATION)) == BAHNHOF
    assert (translator.source_language, translator.target_language) == ("en", "de")
    assert (translator.threads, translator.kernels) == (1, "plain")
    assert translator.name == deshi.Translator().name != ""
    assert repr(translator) == "Translator(en to de, threads=1)"


def test_glossary_and_memory(tmp_path):
    tsv = tmp_path / "terms.tsv"
    tsv.write_text("station\tHaltepunkt\n")
    tmx = tmp_path / "memory.tmx"
    unit = '<tu><tuv xml:lang="en"><seg>Yes.</seg></tuv><tuv xml:lang="de"><seg>Jawohl.</seg></tuv></tu>'
    tmx.write_text(f'<tmx version="1.4"><header/><body>{unit}</body></tmx>')
    for glossary, memory in [({"station": "Haltepunkt"}, {"Yes.": "Jawohl."}), (tsv, str(tmx))]:
        translator = deshi.Translator(glossary=glossary, memory=memory, do_not_translate=["Where"])
        assert "Haltepunkt" in str(translator.translate(STATION))
        assert "Where" in str(translator.translate(STATION))
        assert str(translator.translate("Yes.")) == "Jawohl."


def test_options_change_what_comes():
    german = "Der Ausschuss trifft sich am Donnerstag wieder, um den Vorschlag zu beraten."
    kept = deshi.Translator().translate(german)
    assert (str(kept), kept.flags >= {"foreign"}, kept.doubtful) == (german, True, True)
    with pytest.raises(deshi.Error, match="is in deu"):
        deshi.Translator(on_foreign="error").translate(german)
    unsure = deshi.Translator(minimum_confidence=1.0, on_low_confidence="keep").translate(STATION)
    assert (str(unsure), "low_confidence" in unsure.flags) == (STATION, True)
    wrapped = "The committee will meet again\non Thursday."
    assert "\n" not in str(deshi.Translator(paragraphs=True).translate(wrapped))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": "none.deshi"}, FileNotFoundError, "none.deshi"),
        ({"model": b"x"}, deshi.Error, "not a deshi bundle"),
        ({"model": 1}, TypeError, "."),
        ({"threads": 0}, ValueError, "threads must be 1 to 1024, got 0"),
        ({"threads": -1}, OverflowError, "."),
        ({"kernels": "magic"}, ValueError, "magic"),
        ({"on_foreign": "x"}, ValueError, "on_foreign must be one of keep, translate, error"),
        ({"glossary": 1}, TypeError, "glossary must be a mapping or a path, not int"),
        ({"glossary": {"a": 1}}, TypeError, "."),
        ({"glossary": "none.tsv"}, FileNotFoundError, "none.tsv"),
        ({"memory": __file__}, ValueError, "line 1"),
    ],
)
def test_what_is_wrong_is_said(arguments, error, message):
    with pytest.raises(error, match=message):
        deshi.Translator(**arguments)


@pytest.mark.parametrize("text", [1, None, ["a", 1], [b"a"]])
def test_texts_are_str(translator, text):
    with pytest.raises(TypeError):
        translator.translate(text)


def test_other_threads_run_meanwhile(translator):
    """The lock is released: this thread counts on while another translates."""
    done = threading.Event()

    def work():
        translator.translate(LONG[:2000])
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    turns = 0
    while not done.is_set():
        time.sleep(0.001)
        turns += 1
    thread.join()
    assert turns > 20


def test_threads_share_a_translator(translator):
    results = []
    threads = [threading.Thread(target=lambda: results.append(str(translator.translate(STATION)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [BAHNHOF] * 8


def test_ctrl_c_stops_it(translator):
    threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        translator.translate(LONG)
    assert time.monotonic() - started < 30
    assert str(translator.translate(STATION)) == BAHNHOF
