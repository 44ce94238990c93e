"""``seqtag lint``."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator

from seqtag.api.lint import LISTED, lint
from seqtag.api.lint_task import LintTask, guess_lint_task
from seqtag.report.label_lint import label_lint_report
from seqtag.report.lint import lint_report
from seqtag.report.parallel_lint import parallel_lint_report
from seqtag.report.text_lint import text_lint_report
from seqtag.text.findings import LabelledReport, ParallelReport, TextReport

CLEAN, PROBLEMS = 0, 2


def run(options: argparse.Namespace) -> int:
    """Print what files to train on hold and what is wrong in them, and return 2 if anything is."""
    parts = {name: getattr(options, name) for name in ("train", "dev", "test")}
    files = options.files
    if not files and not any(parts.values()):
        files = ["-"]
    given = [*files, *filter(None, parts.values())]
    task: LintTask = options.task or guess_lint_task(given, options.input)
    if options.task is None and (options.source or options.target):
        task = "translate"
    with _progress() as show:
        report = lint(
            *files,
            task=task,
            **parts,
            columns=options.columns,
            source=options.source or "",
            target=options.target or "",
            format=options.input,
            comment=options.comment,
            header=options.header,
            limit=None if options.all else LISTED,
            progress=show,
        )
    if options.json:
        print(json.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=2))
    elif isinstance(report, LabelledReport):
        print(label_lint_report(report, all_labels=options.all))
    elif isinstance(report, ParallelReport):
        print(parallel_lint_report(report))
    elif isinstance(report, TextReport):
        print(text_lint_report(report))
    else:
        print(lint_report(report, all_tags=options.all))
    return CLEAN if report.clean else PROBLEMS


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int], object]]:
    """Give a function that shows on a terminal how much has been read, after a second."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda size: None
        return
    from tqdm import tqdm  # takes longer to import than a small file to read

    with tqdm(unit="B", unit_scale=True, leave=False, delay=1, file=sys.stderr) as bar:
        yield bar.update
