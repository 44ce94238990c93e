"""How much a token counts in the loss, by its tag."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from seqtag.config import parse_class_weights
from seqtag.errors import ConfigError
from seqtag.text.schemes import split_tag
from seqtag.text.tag_column import TagColumn
from seqtag.training.spec import ClassifierSpec

HIGHEST_BALANCED = 10.0
"""Highest weight that balancing gives, lest the model learns single tokens by heart."""

Weights = npt.NDArray[np.float32]


def class_weights(
    setting: str, columns: Sequence[TagColumn], counts: Sequence[npt.NDArray[np.integer]]
) -> list[Weights | None]:
    """Return what a configuration's class weights are for each tag of each column.

    A weight named for a tag of the training scheme is that tag's; one named for a span's label is
    that of all its tags which are not named themselves.

    Args:
        setting: ``none``, ``balanced`` or weights such as ``PER=2,O=0.5``.
        columns: The tag columns.
        counts: For each column (tags,) how often training shows each tag.

    Returns:
        For each column (tags,) weights, or None where all are 1.

    Raises:
        ConfigError: There is no such tag or label.
    """
    if setting == "balanced":
        return [_balanced(*pair) for pair in zip(columns, counts, strict=True)]
    named = parse_class_weights(setting)
    _check_names(named, columns)
    weights = [_as_named(named, column) for column in columns]
    if any(values is not None and not values.any() for values in weights):
        raise ConfigError("training.class_weights is 0 for every tag, so that nothing is learnt")
    return weights


def label_weights(setting: str, spec: ClassifierSpec) -> Weights | None:
    """Return how much a text counts by its label (labels,); None where all do alike.

    Args:
        setting: As for `class_weights`.
        spec: The classifier.

    Raises:
        ConfigError: There is no such label.
    """
    column = TagColumn(name="label", tags=spec.labels, file_scheme=None, scheme=None, crf=False)
    (weights,) = class_weights(setting, [column], [np.array(spec.label_counts)])
    return weights


def _balanced(column: TagColumn, counts: npt.NDArray[np.integer]) -> Weights:
    """Weigh classes by the square root of how rare they are.

    A class with a share p of the tokens gets p^(-1/2), divided by the mean of that over all tokens;
    `HIGHEST_BALANCED` at most. Where tags are spans, all tags of a label are one class.
    """
    labels = [_label(column, tag) for tag in column.tags.items]
    totals: Counter[str] = Counter()
    for label, count in zip(labels, counts.tolist(), strict=True):
        totals[label] += count
    tokens = totals.total()
    mean = sum((total / tokens) ** 0.5 for total in totals.values())
    weights = [
        min(HIGHEST_BALANCED, (tokens / totals[label]) ** 0.5 / mean) if totals[label] else 1.0
        for label in labels
    ]
    return np.array(weights, dtype=np.float32)


def _as_named(named: Mapping[str, float], column: TagColumn) -> Weights | None:
    """Look up every tag of a column, and its label where it is not named itself."""
    weights = [named.get(t, named.get(_label(column, t), 1.0)) for t in column.tags.items]
    return None if set(weights) == {1.0} else np.array(weights, dtype=np.float32)


def _label(column: TagColumn, tag: str) -> str:
    """Return the label of a span's tag; any other tag as it is."""
    return tag if column.scheme is None else split_tag(tag)[1] or tag


def _check_names(names: Iterable[str], columns: Sequence[TagColumn]) -> None:
    """Refuse names that no column has."""
    known = {_label(column, tag): 0 for column in columns for tag in column.tags.items}
    known |= {tag: 0 for column in columns for tag in column.tags.items}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.5) or list(known)[:10]
            raise ConfigError(
                f"training.class_weights names {name!r}, but training has no such tag or label: "
                f"it has {', '.join(near)}{', …' if len(known) > len(near) else ''}"
            )
