r"""Lists of phrases: one a line, its tokens separated by spaces.

Behind a tab a line may tell the phrase's label (``New York\tLOC``); else it is the file's name
without its ending. Blank lines are ignored, and there are no comments, since a phrase may begin
with any character.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from seqtag.errors import ConfigError, DataError
from seqtag.io.lines import read_lines
from seqtag.text.gazetteer import MAX_LABELS, Gazetteer


def read_gazetteers(spec: str, *, ignore_case: bool = True) -> Gazetteer:
    """Read lists of phrases.

    Args:
        spec: The files, plain or gzipped, with commas between their paths. Phrases of the same
            label may come from several files.
        ignore_case: Whether the phrases match whatever their upper and lower case.

    Raises:
        ConfigError: There is no path before, between or behind the commas.
        DataError: A file cannot be read, holds no phrases or is not UTF-8, or a line has no phrase
            or no proper label (with the line).
    """
    paths = [path.strip(" ") for path in spec.split(",")]
    if not all(paths):
        raise ConfigError(f"gazetteers '{spec}': give paths of files with commas between them")
    return Gazetteer(_read_phrases(paths), ignore_case=ignore_case)


def _read_phrases(paths: list[str]) -> Iterator[tuple[list[str], str]]:
    labels: set[str] = set()
    for path in paths:
        stem = _stem(path)
        is_empty = True
        for line in read_lines(path):
            phrase, tab, label = line.text.partition("\t")
            tokens = [token for token in phrase.split(" ") if token]
            if not tokens and not tab:
                continue
            label = label.strip(" ") if tab else stem
            if not tokens:
                message = "there is no phrase before the tab; write it there"
                raise DataError(message, path=path, line=line.number)
            if label not in labels:
                _check_label(label, len(labels), path, line.number)
                labels.add(label)
            is_empty = False
            yield tokens, label
        if is_empty:
            raise DataError("the file holds no phrases; write one a line", path=path)


def _check_label(label: str, others: int, path: str, line: int) -> None:
    problem = None
    if not label:
        problem = "there is no label behind the tab; write one, or no tab"
    elif "\t" in label:
        problem = "there is more than one tab; write a phrase, a tab and a label"
    elif any(character.isspace() for character in label):
        problem = f"label '{label}' holds a space; write a label of one word behind a tab"
    elif others == MAX_LABELS:
        problem = f"'{label}' is one label too many; use at most {MAX_LABELS}"
    if problem is not None:
        raise DataError(problem, path=path, line=line)


def _stem(path: str) -> str:
    """Return a file's name without its ending, and without ``.gz`` before that."""
    name = PurePath(path).name
    return PurePath(name.removesuffix(".gz")).stem
