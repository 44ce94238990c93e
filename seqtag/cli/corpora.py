"""``seqtag corpora``."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtag.api.corpora import (
    find_corpus,
    get_corpus,
    list_corpora,
    readable_size,
    trainable_tasks,
)
from seqtag.cli.fetching import FetchBar

if TYPE_CHECKING:
    from seqtag.api.corpora import Recipe


def run(options: argparse.Namespace) -> int:
    """List public corpora, show one or fetch one."""
    if options.action == "get":
        return _get(options.name, options.output)
    if options.name is None:
        rows = [
            [recipe.name, recipe.task, recipe.language, readable_size(recipe.size), recipe.terms]
            for recipe in list_corpora()
        ]
        print("\n".join(_table(["name", "task", "language", "size", "licence"], rows)))
    else:
        print("\n".join(_description(find_corpus(options.name))))
    return 0


def _get(name: str, output: str | None) -> int:
    recipe = find_corpus(name)
    print(f"{recipe.title}; licence: {recipe.terms}", file=sys.stderr)
    # The usual handler ends the program where it is, which would leave an empty file.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with FetchBar() as bar:
        parts = get_corpus(name, output, bar.show)
    folder = next(iter(parts.values())).parent
    for file in recipe.files:
        print(folder / file.name)
    print(_use(recipe, None if output is None else parts))
    return 0


def _description(recipe: Recipe) -> Iterator[str]:
    """Yield the lines that tell all about a corpus."""
    yield f"{recipe.name}: {recipe.title}"
    yield ""
    address = f" ({recipe.licence_address})" if recipe.licence_address else ""
    facts = {
        "task": recipe.task,
        "language": recipe.language,
        "licence": f"{recipe.terms}{address}",
        "homepage": recipe.homepage,
        "citation": recipe.citation,
        "note": recipe.note,
        "settings": " ".join(f"{key}={value}" for key, value in _settings(recipe).items()),
    }
    for key, value in facts.items():
        if value:
            yield f"  {key:<10}{value}"
    for file in recipe.files:
        yield ""
        yield f"  {file.part}: {file.name}, {file.size:,} bytes"
        yield f"    sha256 {file.sha256}"
        for address in file.addresses:
            yield f"    {address}"
    yield ""
    yield f"  {_use(recipe)}"


def _use(recipe: Recipe, parts: dict[str, Path] | None = None) -> str:
    """Return how to train on a corpus, by its name or on its files."""
    if recipe.task not in trainable_tasks():
        return "seqtag does not train on this corpus yet"
    if parts is None:
        words = ["--train", f"corpus:{recipe.name}"]
    else:
        words = [] if recipe.task == "tag" else ["--task", recipe.task]
        for part in ("train", "dev", "test"):
            words += [f"--{part}", str(parts[part])] if part in parts else []
        settings = _settings(recipe)
        if columns := settings.pop("data.columns", None):
            words += ["--columns", columns]
        for side in ("source", "target"):
            if name := settings.pop(f"data.{side}", None):
                words += [f"--{side}", name]
        if settings:
            words += ["--set", *(f"{key}={value}" for key, value in settings.items())]
    return f"train on it: {shlex.join(['seqtag', 'train', *words, '-o', f'runs/{recipe.name}'])}"


def _settings(recipe: Recipe) -> dict[str, Any]:
    """Return the keys of a run that a recipe sets, by their full names."""
    return {
        f"{section}.{key}": value
        for section, values in recipe.run.items()
        for key, value in values.items()
    }


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table's lines, every column flush left but the size."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        cells = [
            cell.rjust(width) if title == "size" else cell.ljust(width)
            for title, cell, width in zip(header, row, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()
