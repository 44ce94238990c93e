"""For which task files are, as far as it can be told before they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from seqtag.api.corpora import SCHEME, corpus_task
from seqtag.config import TASK_FORMATS
from seqtag.io.columns import Format
from seqtag.io.docbin import is_docbin
from seqtag.io.labelled import LabelledFormat
from seqtag.io.labelled.columns import named_format
from seqtag.io.parallel import ParallelFormat

LintTask: TypeAlias = Literal["tag", "classify", "translate", "generate"]


def guess_lint_task(
    paths: Sequence[str], format: Format | LabelledFormat | ParallelFormat | None = None
) -> LintTask:
    """Return what files are for, as their format or their names tell.

    Args:
        paths: The files, of which one is enough; ``corpus:NAME/PART`` tells it as well. A name
            that ends in ``.tsv`` says nothing, since CoNLL files are called so too; nor does one in
            ``.spacy``, which may hold either.
        format: Their format; None to go by their names.
    """
    if format == "pairs" or (paths and all(map(_has_translations, paths))):
        return "translate"
    if format == "text" or (paths and all(map(_is_plain, paths))):
        return "generate"
    if format is not None:
        return "classify" if format in TASK_FORMATS["classify"] else "tag"
    return "classify" if any(map(_has_labels, paths)) else "tag"


def _has_labels(path: str) -> bool:
    """Tell whether a name is clearly one of labelled texts."""
    if path.startswith(SCHEME):
        return corpus_task(path) == "classify"
    return named_format(path) not in (None, "tsv") and not is_docbin(path)


def _has_translations(path: str) -> bool:
    """Tell whether a name is that of a public corpus of translations."""
    return path.startswith(SCHEME) and corpus_task(path) == "translate"


def _is_plain(path: str) -> bool:
    """Tell whether a name is that of a public corpus of plain text."""
    return path.startswith(SCHEME) and corpus_task(path) == "generate"
