"""``seqtag translate``."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence

from seqtag.api.load import load_translator
from seqtag.api.translating import check_picture, translate_file, translation_text, write_pictures
from seqtag.config import RunConfig, SearchConfig
from seqtag.errors import ConfigError, SeqtagError
from seqtag.report.attention import MOST_PICTURES
from seqtag.report.numbers import things
from seqtag.text.translation import Translation


def run(options: argparse.Namespace) -> int:
    """Translate the lines of a file or a pipe to standard output."""
    if options.nbest > 1 and options.output != "jsonl":
        raise ConfigError("--nbest needs --output jsonl: a line of text holds one translation")
    if options.plot is not None:
        check_picture(options.plot)
    threads = RunConfig().threads
    translator = load_translator(options.run, threads=threads, device=options.device)
    if options.ensemble:
        others = [load_translator(run, device=options.device) for run in options.ensemble]
        translator = translator.with_others(others)
    names = [field.name for field in dataclasses.fields(SearchConfig)]
    given = {name: getattr(options, name) for name in names if hasattr(options, name)}
    settings = translator.search_settings(nbest=options.nbest, **given)
    # Bytes, since a text stream would change line ends and might be of another encoding.
    output = sys.stdout.buffer
    pictures = _Pictures(options.plot)
    try:
        for translations in translate_file(
            translator, options.file or "-", settings, nbest=options.nbest
        ):
            lines = [
                translation_text(translation, options.output, nbest=options.nbest > 1)
                for translation in translations
            ]
            output.write("".join(lines).encode("utf-8", "surrogatepass"))
            output.flush()
            pictures.add(translations)
    except Exception:
        pictures.draw_before_error()
        raise
    pictures.draw()
    return 0


class _Pictures:
    """Gathers translations whose attention is drawn, and draws it.

    Args:
        path: The file; None where nothing is to be drawn.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._shown: list[Translation] = []
        self._count = 0

    def add(self, translations: Sequence[Translation]) -> None:
        """Add translations, of which the first `MOST_PICTURES` are drawn."""
        self._count += len(translations)
        if self._path is not None:
            self._shown += translations[: MOST_PICTURES - len(self._shown)]

    def draw(self) -> None:
        """Draw them, and say where.

        Raises:
            SeqtagError: As for `write_pictures`.
        """
        if self._path is None:
            return
        if not self._shown:
            print("nothing was translated, so nothing is drawn", file=sys.stderr)
            return
        files = write_pictures(self._shown, self._path)
        named = f"{files[0]}" if len(files) == 1 else f"{files[0]} to {files[-1].name}"
        message = f"attention is drawn in {named}"
        if long := sum(not translation.attention.size for translation in self._shown):
            message += f"; {things(long, 'text')} too long to show it"
        if further := self._count - len(self._shown):
            message += f"; {things(further, 'further translation')} not drawn, past the first "
            message += f"{MOST_PICTURES}"
        print(message, file=sys.stderr)

    def draw_before_error(self) -> None:
        """Draw what there is when an error ends all, which remains the error that is told."""
        try:
            if self._shown:
                self.draw()
        except (SeqtagError, OSError) as error:
            print(f"attention is not drawn: {error}", file=sys.stderr)
