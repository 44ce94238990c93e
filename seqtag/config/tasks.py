"""What each task reads and has a use for."""

from __future__ import annotations

from collections.abc import Mapping

TASK_FORMATS: Mapping[str, tuple[str, ...]] = {
    "tag": ("conll", "conllu"),
    "classify": ("tsv", "csv", "jsonl", "fasttext", "folder"),
    "translate": ("pairs", "tsv", "jsonl"),
    "generate": ("text",),
}
"""The formats of files for each task."""

SECTION_TASKS: Mapping[str, tuple[str, ...]] = {
    "head": ("tag",),
    "distillation": ("tag",),
    "pooling": ("classify",),
    "linear": ("classify",),
    "units": ("translate", "generate"),
    "decoder": ("translate",),
    "search": ("translate",),
    "language_model": ("generate",),
    "sampling": ("generate",),
}
"""The tasks of each section that not all have a use for."""

KEY_TASKS: Mapping[str, tuple[str, ...]] = {
    "data.source": ("translate",),
    "data.target": ("translate",),
    "data.max_units": ("translate",),
    "data.max_ratio": ("translate",),
    "data.artefacts": ("generate",),
    "data.more": ("generate",),
    "units.text": ("generate",),
    "units.source": ("translate",),
    "units.target": ("translate",),
    "units.joint": ("translate",),
    "units.dropout": ("translate",),
    "training.label_smoothing": ("tag", "classify", "translate"),
}
"""The tasks of each further key that not all have a use for."""
