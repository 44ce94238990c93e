"""``seqtag info``."""

from __future__ import annotations

import argparse

from seqtag.api.model_files import read_card


def run(options: argparse.Namespace) -> int:
    """Print what a model is: its card."""
    card = read_card(options.run)
    # A model from elsewhere must not steer the terminal.
    print("".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in card), end="")
    return 0
