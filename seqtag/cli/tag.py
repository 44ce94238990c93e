"""``seqtag tag``."""

from __future__ import annotations

import argparse
import sys

from seqtag.api.files import tag_file
from seqtag.api.load import load_tagger
from seqtag.config import RunConfig


def run(options: argparse.Namespace) -> int:
    """Tag a file or a pipe to standard output."""
    results = tag_file(
        load_tagger(
            options.run,
            threads=RunConfig().threads,
            engine=options.engine,
            precision=options.precision,
        ),
        options.file or "-",
        columns=options.columns,
        input=options.input,
        output=options.output,
        nbest=options.nbest,
        confidence=options.confidence,
    )
    # Bytes, since a text stream would change line ends and might be of another encoding.
    output = sys.stdout.buffer
    for piece in results:
        output.write(piece.encode("utf-8", "surrogatepass"))
        output.flush()
    return 0
