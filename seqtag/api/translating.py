"""Translating files and pipes: a line in, a line out, each as soon as it can be had."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqtag.api.corpora import corpus_path
from seqtag.api.streams import arrived
from seqtag.api.translator import Translator
from seqtag.config import SearchConfig
from seqtag.errors import ConfigError, DataError
from seqtag.io.files import write_whole
from seqtag.io.lines import read_lines, source_name
from seqtag.io.parallel.layout import named_parallel_format
from seqtag.io.run_folder import write_text
from seqtag.io.translation_results import translation_text as translation_text  # for writers
from seqtag.report.attention import attention_html, attention_png, attention_svg
from seqtag.text.translation import Translation

logger = logging.getLogger("seqtag")


def translate_file(
    translator: Translator, source: str, settings: SearchConfig, *, nbest: int = 1
) -> Iterator[list[Translation]]:
    """Translate the lines of a file or a pipe.

    Results are yielded as soon as what arrived so far has been translated; a file is read in large
    batches, a slow pipe line by line, with the same results.

    Args:
        translator: The translator.
        source: A path, ``corpus:NAME/PART``, or ``-`` for standard input; a text a line.
        settings: How to search, from `Translator.search_settings`.
        nbest: How many translations of each are wanted.

    Yields:
        The translations of the lines that have arrived, in order; an empty line has one too.

    Raises:
        DataError: The source cannot be read; or a line is too long, where long ones are refused:
            what stands before it has been yielded.
    """
    path = corpus_path(source, task="translate")
    if (format := named_parallel_format(path)) is not None:
        logger.warning(
            "%s is translated line by line, each line whole, though its name is that of %s: give "
            "a text a line",
            *(path, "TSV" if format == "tsv" else "JSON Lines"),
        )
    lines = (line.text for line in read_lines(path))
    first = 1
    for chunk in arrived(lines, _rough_units):
        try:
            yield translator.translate_batch(chunk, settings, nbest, first_line=first)
        except DataError as error:
            if error.line is None:
                raise
            before = chunk[: error.line - first]
            if before:
                yield translator.translate_batch(before, settings, nbest, first_line=first)
            raise DataError(error.message, path=source_name(path), line=error.line) from None
        first += len(chunk)


def _rough_units(text: str) -> int:
    """Return about how many units a text has, to know when enough has been read ahead."""
    return len(text) // 4


PICTURES = {".svg": "a picture", ".png": "a picture", ".html": "a page of all pictures"}
"""What can be drawn of attention, by the ending of a file's name."""


def check_picture(path: str) -> None:
    """Refuse a file's name that tells no kind of picture, before anything is translated.

    Raises:
        ConfigError: It tells none.
    """
    if Path(path).suffix.lower() not in PICTURES:
        raise ConfigError("give a name that ends in .svg, .png or .html", path=path)
    if not Path(path).parent.is_dir() or Path(path).is_dir():
        raise ConfigError("no file can be written there: give another name", path=path)


def write_pictures(translations: Sequence[Translation], path: str) -> list[Path]:
    """Draw the attention of translations.

    Args:
        translations: At least one. Those of texts so long that their attention is left out are
            passed over.
        path: ``.html`` for a page of all. Of ``.svg`` and ``.png`` each translation has a file: of
            several, the first is ``NAME.1.svg``.

    Returns:
        The files that were written.

    Raises:
        ConfigError: The name tells no kind of picture, or matplotlib, by which PNG is drawn, is
            not installed.
        DataError: A file cannot be written, or there is no attention to be drawn.
    """
    check_picture(path)
    with_attention = [translation for translation in translations if translation.attention.size]
    if not with_attention:
        raise DataError(
            "nothing is drawn: the texts are too long to show their attention", path=path
        )
    place, suffix = Path(path), Path(path).suffix.lower()
    if suffix == ".html":
        write_text(place, attention_html(with_attention))
        return [place]
    written = []
    for number, translation in enumerate(translations, 1):
        if not translation.attention.size:
            continue
        several = len(translations) > 1
        each = place.with_name(f"{place.stem}.{number}{place.suffix}") if several else place
        if suffix == ".svg":
            write_text(each, attention_svg(translation))
        else:
            with write_whole(each, "wb") as file:
                file.write(attention_png(translation))
        written.append(each)
    return written
