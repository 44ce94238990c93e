"""``seqtag classify``."""

from __future__ import annotations

import argparse
import os
import sys

from seqtag.api.label_files import classify_file, label_text
from seqtag.api.load import load_classifier
from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.text.label import Label
from seqtag.text.markup import as_terminal, visible


def run(options: argparse.Namespace) -> int:
    """Label the texts of a file or a pipe to standard output."""
    if options.explain and options.output is not None:
        raise ConfigError("--explain is for people and --output for programs: give one of them")
    classifier = load_classifier(
        options.run,
        threads=RunConfig().threads,
        engine=options.engine,
        precision=options.precision,
    )
    in_color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    # Bytes, since a text stream would change line ends and might be of another encoding.
    output = sys.stdout.buffer
    for labels in classify_file(
        classifier, options.file or "-", columns=options.columns, input=options.input
    ):
        if options.explain:
            lines = [_explained(label, color=in_color) for label in labels]
        else:
            lines = [label_text(label, options.output or "tsv") for label in labels]
        output.write("".join(lines).encode("utf-8", "surrogatepass"))
        output.flush()
    return 0


def _explained(label: Label, *, color: bool) -> str:
    """Return a label, its probability, and the text with its tokens coloured by weight."""
    name = visible(label.label)
    shown = f"\x1b[1m{name}\x1b[0m" if color else name
    return f"{shown} {label.score:6.1%}  {as_terminal(label.pieces, color=color)}\n"
