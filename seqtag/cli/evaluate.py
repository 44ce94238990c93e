"""``seqtag evaluate``."""

from __future__ import annotations

import argparse
import json

from seqtag.api.generator import Generator
from seqtag.api.load import load
from seqtag.api.report import examine_file, page_of_run, write_page
from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.report.label_tables import part_report


def run(options: argparse.Namespace) -> int:
    """Print the scores of a model on a file, and write a page about them where asked to."""
    model = load(
        options.run,
        threads=RunConfig().threads,
        engine=options.engine,
        precision=options.precision,
    )
    is_plain = options.input == "text"
    if is_plain and not isinstance(model, Generator):
        raise ConfigError("--input text is for language models: leave it out", path=options.run)
    evaluation = examine_file(model, options.file, columns=options.columns, is_plain=is_plain)
    # Before printing, which ends where nobody reads on.
    if options.report is not None:
        write_page(page_of_run(model, evaluation, options.run, options.file), options.report)
    scores = evaluation.scores
    print(json.dumps(scores, ensure_ascii=False, indent=2) if options.json else part_report(scores))
    return 0
