"""Runs the benchmark: ``python scripts/benchmark --help``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

# Started by its folder's path, Python looks for modules in that folder alone.
sys.path[0] = str(Path(__file__).resolve().parents[2])

if __name__ == "__main__":
    sys.exit(importlib.import_module("scripts.benchmark.cli").main(sys.argv[1:]))
