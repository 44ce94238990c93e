"""``seqtag info``."""

from __future__ import annotations

import argparse

from seqtag.api.model_files import read_card


def run(options: argparse.Namespace) -> int:
    """Print what a model is: its card."""
    print(read_card(options.run), end="")
    return 0
