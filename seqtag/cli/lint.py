"""``seqtag lint``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from tqdm import tqdm

from seqtag.api.lint import LISTED, lint
from seqtag.report.lint import lint_report

CLEAN, PROBLEMS = 0, 2


def run(options: argparse.Namespace) -> int:
    """Print what annotated files hold and what is wrong in them, and return 2 if anything is."""
    parts = {name: getattr(options, name) for name in ("train", "dev", "test")}
    files = options.files
    if not files and not any(parts.values()):
        files = ["-"]
    # On a terminal, and only where it takes more than a second.
    with tqdm(
        unit="B", unit_scale=True, leave=False, delay=1, disable=None, file=sys.stderr
    ) as bar:
        report = lint(
            *files,
            **parts,
            columns=options.columns,
            format=options.input,
            comment=options.comment,
            limit=None if options.all else LISTED,
            progress=bar.update,
        )
    if options.json:
        print(json.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=2))
    else:
        print(lint_report(report, all_tags=options.all))
    return CLEAN if report.clean else PROBLEMS
