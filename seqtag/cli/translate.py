"""``seqtag translate``."""

from __future__ import annotations

import argparse
import sys

from seqtag.api.load import load_translator
from seqtag.api.translating import check_picture, translate_file, translation_text, write_pictures
from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.text.translation import Translation

MOST_PICTURES = 100
"""Translations whose attention is drawn."""

_SEARCH = (
    *("length_penalty", "coverage_penalty", "no_repeat_ngram"),
    *("min_length", "max_length", "long"),
)


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
    settings = translator.search_settings(
        beam=options.beam, nbest=options.nbest, **{name: getattr(options, name) for name in _SEARCH}
    )
    # Bytes, since a text stream would change line ends and might be of another encoding.
    output = sys.stdout.buffer
    drawn: list[Translation] = []
    source = options.file or "-"
    for translations in translate_file(translator, source, settings, nbest=options.nbest):
        lines = [
            translation_text(translation, options.output, nbest=options.nbest > 1)
            for translation in translations
        ]
        output.write("".join(lines).encode("utf-8", "surrogatepass"))
        output.flush()
        if options.plot is not None:
            drawn += translations[: MOST_PICTURES - len(drawn)]
    if drawn:
        files = write_pictures(drawn, options.plot)
        named = f"{files[0]}" if len(files) == 1 else f"{files[0]} to {files[-1].name}"
        print(f"attention is drawn in {named}", file=sys.stderr)
    return 0
