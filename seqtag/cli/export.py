"""``seqtag export``."""

from __future__ import annotations

import argparse

from seqtag.api.export import export


def run(options: argparse.Namespace) -> int:
    """Export a model's network, and print its file and size."""
    path = export(options.run, format=options.format, int8=options.int8)
    print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return 0
