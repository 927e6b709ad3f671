from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Literal, final, overload

__all__ = ["Error", "FileTranslation", "Sentence", "Translation", "Translator", "__version__"]

__version__: str

class Error(Exception):
    """A model or a document that cannot be used, or a text that was not translated."""

@final
class Translator:
    """A model in memory, and texts through it.

    Threads may share a translator. A text's translation is the same alone or among others, and on any number of threads.
    While it works, other threads of Python run, and Ctrl-C stops it.

    Args:
        model: A bundle's file or bytes. Default: the model inside, English to German.
        threads: Threads that translate. Default: as many as the machine runs at once.
        batch_sentences: Sentences that each thread translates side by side, 1 to 64. Default: 8.
        kernels: The processor instructions to use, by name. Default: the fastest.
        shortlist: Whether to choose words among the model's likely ones: faster.
        glossary: Terms whose translation is fixed: a mapping, or a file (TBX, else a term, a tab and its translation
            on each line).
        do_not_translate: Terms that stay as they are.
        memory: Sentences whose translation is fixed: a mapping, or a file (TMX, else as for the glossary).
        paragraphs: Whether lines are hard-wrapped, so that a sentence can go on in the next line.
        minimum_confidence: A translation below it, from 0 to 1, is flagged.
        on_low_confidence: Whether such a translation is used ("mark") or the source is kept ("keep").
        on_foreign: What becomes of text that is not in the model's source language.

    Raises:
        OSError: A file cannot be read.
        ValueError: An argument is out of its range, or a glossary or memory is malformed.
        Error: The model is not a bundle that runs here.
    """

    def __new__(
        cls,
        model: str | PathLike[str] | bytes | None = None,
        *,
        threads: int | None = None,
        batch_sentences: int | None = None,
        kernels: str | None = None,
        shortlist: bool = True,
        glossary: Mapping[str, str] | str | PathLike[str] | None = None,
        do_not_translate: Iterable[str] | None = None,
        memory: Mapping[str, str] | str | PathLike[str] | None = None,
        paragraphs: bool = False,
        minimum_confidence: float = 0.0,
        on_low_confidence: Literal["mark", "keep"] = "mark",
        on_foreign: Literal["keep", "translate", "error"] = "keep",
    ) -> Translator: ...

    # A str is an iterable of str too, and the first of the two is chosen for it.
    @overload
    def translate(self, text: str) -> Translation:  # type: ignore[overload-overlap]
        """Translates a text, of any number of lines, or each of several: those run side by side.

        Raises:
            Error: The text is in another language, and on_foreign is "error".
        """

    @overload
    def translate(self, text: Iterable[str]) -> list[Translation]: ...
    def translate_file(
        self,
        source: str | PathLike[str],
        target: str | PathLike[str],
        *,
        format: str | None = None,
    ) -> FileTranslation:
        """Translates a document. Everything in it that is not text stays as it is.

        Args:
            source: The document.
            target: Where its translation goes: it appears whole, or not at all.
            format: One of txt, md, html, xhtml, srt, vtt, po, json, xliff, docx, odt, epub. Default: what the extension
                of the source says.

        Raises:
            OSError: A file cannot be read or written.
            ValueError: The format is unknown.
            Error: The document is malformed.
        """

    @property
    def source_language(self) -> str:
        """The language of the texts, such as "en"."""

    @property
    def target_language(self) -> str:
        """The language of the translations, such as "de"."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def threads(self) -> int:
        """Threads that translate."""

    @property
    def kernels(self) -> str:
        """The processor instructions that are used."""

@final
class Translation:
    """A translated text. `str(translation)` is the text."""

    @property
    def text(self) -> str:
        """The translation."""

    @property
    def source(self) -> str:
        """What was translated."""

    @property
    def confidence(self) -> float | None:
        """The mean probability of a token, from 0 to 1; None where the model was not asked."""

    @property
    def flags(self) -> frozenset[str]:
        """What to know of it: cut, truncated, repaired, repeated, passed_through, foreign, low_confidence, digits_differ,
        negation_differs, copied."""

    @property
    def doubtful(self) -> bool:
        """Whether a cautious reader should look at it again."""

    @property
    def sentences(self) -> list[Sentence]:
        """Its sentences, in order."""

@final
class Sentence:
    """One sentence of a text. `str(sentence)` is its translation."""

    @property
    def text(self) -> str:
        """Its translation."""

    @property
    def source(self) -> str:
        """The sentence."""

    @property
    def source_range(self) -> tuple[int, int]:
        """Where it is in the source: source[start:end]."""

    @property
    def target_range(self) -> tuple[int, int]:
        """Where its translation is in the text."""

    @property
    def confidence(self) -> float | None:
        """The mean probability of a token, from 0 to 1; None where the model was not asked."""

    @property
    def flags(self) -> frozenset[str]:
        """What to know of it."""

@final
class FileTranslation:
    """What is known of a file's translation."""

    @property
    def segments(self) -> int:
        """Paragraphs, headings, cells or subtitles that the document has."""

    @property
    def sentences(self) -> int:
        """Sentences."""

    @property
    def doubtful(self) -> int:
        """Sentences that a cautious reader should look at again."""

    @property
    def flags(self) -> frozenset[str]:
        """The sentences' flags together."""

    @property
    def confidence(self) -> float | None:
        """The mean probability of a token, from 0 to 1; None where the model was not asked."""
