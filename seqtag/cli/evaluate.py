"""``seqtag evaluate``."""

from __future__ import annotations

import argparse
import json

from seqtag.api.evaluate import evaluate_file
from seqtag.api.load import load
from seqtag.config import RunConfig
from seqtag.report.tables import score_report


def run(options: argparse.Namespace) -> int:
    """Print the scores of a model on a file."""
    tagger = load(options.run, threads=RunConfig().threads)
    scores = evaluate_file(tagger, options.file, columns=options.columns)
    print(
        json.dumps(scores, ensure_ascii=False, indent=2) if options.json else score_report(scores)
    )
    return 0
