"""What the person who runs the benchmark can put right."""

from __future__ import annotations


class BenchmarkError(Exception):
    """Tells in a line what is wrong and what to do; shown without a traceback."""
