"""``seqtag report``."""

from __future__ import annotations

import argparse
import json

from seqtag.api.compare import compare_runs
from seqtag.api.report import report_run, write_page
from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.report.comparison import as_values
from seqtag.report.comparison_page import comparison_page
from seqtag.report.comparison_text import comparison_report
from seqtag.report.label_comparison import LabelComparison, label_comparison_report, label_values


def run(options: argparse.Namespace) -> int:
    """Print how two runs differ, or make the page of one anew and print its path."""
    threads = RunConfig().threads
    if options.other is None:
        if options.json or options.columns is not None:
            raise ConfigError("--json and --columns go with two runs: name another one")
        print(report_run(options.run, options.output, threads=threads))
        return 0
    comparison = compare_runs(
        options.run, options.other, options.file, columns=options.columns, threads=threads
    )
    if isinstance(comparison, LabelComparison):
        if options.output is not None:
            raise ConfigError("two classifiers are compared as text or as --json alone: drop -o")
        return _show_labels(comparison, as_json=options.json)
    # Before printing, which ends where nobody reads on.
    if options.output is not None:
        write_page(comparison_page(comparison), options.output)
    if options.json:
        print(json.dumps(as_values(comparison), ensure_ascii=False, indent=2))
    else:
        print(comparison_report(comparison))
    return 0


def _show_labels(comparison: LabelComparison, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(label_values(comparison), ensure_ascii=False, indent=2))
    else:
        print(label_comparison_report(comparison))
    return 0
