"""The pairs of texts in a file of each format, and the places of which none can be made."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from seqtag.errors import ConfigError, DataError
from seqtag.io.block import plural
from seqtag.io.json_lines import Number, json_objects, kind_of, missing_key
from seqtag.io.labelled.columns import is_index
from seqtag.io.labelled.entries import Flaw, half_character_fault
from seqtag.io.lines import Lines, Source, source_name
from seqtag.io.parallel.layout import ParallelLayout, pair_paths
from seqtag.text.characters import shown
from seqtag.text.pairs import Pair

SOURCE_NAMES = frozenset(("source", "src", "input", "source_text", "original"))
TARGET_NAMES = frozenset(("target", "trg", "tgt", "output", "target_text", "translation"))
"""Names of columns (lower case) that tell a header."""

_NESTED = "translation"  # the key of an object whose keys are languages
_MOST_NAMES = 10  # that a message lists


def parallel_files(source: Source, layout: ParallelLayout) -> tuple[list[Source], list[str]]:
    """Return the file of parallel text, or the two of it, and what messages call them.

    Raises:
        ConfigError: Two files are to be read from standard input.
    """
    if layout.format != "pairs":
        return [source], [source_name(source)]
    if not isinstance(source, str | os.PathLike):
        raise ConfigError("two files of parallel text are read from their paths; give these")
    paths = pair_paths(source, layout)
    return [*paths], [*paths]


def parallel_entries(
    files: Sequence[Iterable[Lines]], layout: ParallelLayout, paths: Sequence[str]
) -> Iterable[Pair | Flaw]:
    """Return the pairs of parallel text, and the places of which none can be made.

    Args:
        files: The lines of each of the `parallel_files`.
        layout: How it is written.
        paths: What messages call them.
    """
    if layout.format == "pairs":
        return AlignedPairs(files[0], files[1], (paths[0], paths[1]))
    if layout.format == "tsv":
        return TablePairs(files[0], layout, paths[0])
    return json_pairs(files[0], layout)


class AlignedPairs:
    """The pairs of two files: line by line.

    Attributes:
        counts: How many lines each file has, once all pairs have been passed over.

    Args:
        sources: The lines of the one file.
        targets: Those of the other one.
        paths: What messages call them.
    """

    def __init__(
        self, sources: Iterable[Lines], targets: Iterable[Lines], paths: tuple[str, str]
    ) -> None:
        self.counts = [0, 0]
        self._sides = (sources, targets)
        self._paths = paths

    def __iter__(self) -> Iterator[Pair | Flaw]:
        """Yield the pairs, and at the end a flaw if one file has more lines."""
        sources, targets = self._texts(0), self._texts(1)
        for source in sources:
            target = next(targets, None)
            if target is None:
                break
            yield Pair(source, target, self.counts[0])
        for _ in sources:
            pass
        for _ in targets:
            pass
        if self.counts[0] != self.counts[1]:
            longer = int(self.counts[1] > self.counts[0])
            line = min(self.counts) + 1
            message = (
                f"line {line} has no partner: {self._paths[0]} has "
                f"{plural(self.counts[0], 'line')} and {self._paths[1]} has "
                f"{plural(self.counts[1], 'line')}; give each line of one a line of the other"
            )
            yield Flaw(line, "line-counts", message, self._paths[longer])

    def _texts(self, side: int) -> Iterator[str]:
        for lines in self._sides[side]:
            for text in lines.texts:
                self.counts[side] += 1
                yield text


class TablePairs:
    """The pairs of TSV, where a tab separates columns and nothing is quoted.

    Blank lines are passed over; all other ones have the same number of columns.

    Attributes:
        width: Number of columns; 0 before the first row.
        has_header: Whether the first row is a header.

    Args:
        groups: The lines of the file.
        layout: Which columns hold what.
        path: What messages call the file.
    """

    def __init__(self, groups: Iterable[Lines], layout: ParallelLayout, path: str) -> None:
        self.width = 0
        self.has_header = False
        self._groups = groups
        self._layout = layout
        self._path = path

    def __iter__(self) -> Iterator[Pair | Flaw]:
        """Yield the pairs in order, and a flaw for each row of another number of columns.

        Raises:
            DataError: There is no such column.
        """
        source = target = 0
        for lines in self._groups:
            for number, text in enumerate(lines.texts, lines.number):
                if not text.strip(" "):
                    continue
                cells = text.split("\t")
                if not self.width:
                    self.width = len(cells)
                    source = self._place("source", self._layout.source, cells, number)
                    target = self._place("target", self._layout.target, cells, number)
                    self.has_header = self._is_header(cells[source], cells[target])
                    if source == target:
                        raise DataError(
                            f"source and target are both column {source} of {self.width}; name "
                            "two with --source and --target",
                            path=self._path,
                            line=number,
                        )
                    if self.has_header:
                        continue
                if len(cells) != self.width:
                    message = f"the line has {plural(len(cells), 'column')}, others have "
                    message += f"{self.width}; give all lines the same"
                    yield Flaw(number, "columns", message)
                else:
                    yield Pair(cells[source], cells[target], number)

    def _is_header(self, source: str, target: str) -> bool:
        if self._layout.header != "auto":
            return self._layout.header == "yes"
        return self._layout.are_named or (
            source.strip().lower() in SOURCE_NAMES and target.strip().lower() in TARGET_NAMES
        )

    def _place(self, role: str, name: str, first: Sequence[str], line: int) -> int:
        """Return the index of a column.

        Raises:
            DataError: There is no such column.
        """
        names = [cell.strip() for cell in first]
        if is_index(name):
            if -len(first) <= int(name) < len(first):
                return int(name) % len(first)
            message = (
                f"there is no column {name} for the {role}: the line has "
                f"{plural(len(first), 'column')}; separate two with a tab, or name those that the "
                "file has with --source and --target"
            )
        elif names.count(name) == 1:
            return names.index(name)
        elif name in names:
            message = f"several columns have the name '{name}'; give the number of one"
        else:
            near = difflib.get_close_matches(name, names, n=1)
            message = f"there is no column '{name}'; the header names {_list(names)}"
            message += f": did you mean '{shown(near[0])}'?" if near else "; name one of them"
        raise DataError(message, path=self._path, line=line)


def json_pairs(groups: Iterable[Lines], layout: ParallelLayout) -> Iterator[Pair | Flaw]:
    """Yield the pairs of JSON Lines, an object a line; blank lines are passed over.

    The keys of the two texts are those of the object, or of an object that it holds under the key
    ``translation``, as in ``{"translation": {"en": "a dog", "de": "ein Hund"}}``.

    Args:
        groups: The lines of the file.
        layout: The keys.
    """
    for number, value in json_objects(groups):
        found = value if isinstance(value, str) else _texts(value, layout)
        if isinstance(found, str):
            yield Flaw(number, "json", found)
        else:
            yield Pair(*found, number)


def half_character(pair: Pair) -> Flaw | None:
    """Return what is wrong with a pair that holds half a character, which JSON can give; or None.

    Such a text can be neither written nor shown.
    """
    for role, text in (("source", pair.source), ("target", pair.target)):
        if fault := half_character_fault(text):
            return Flaw(pair.line, "characters", f"the {role}, {fault}")
    return None


def _texts(found: dict[str, Any], layout: ParallelLayout) -> tuple[str, str] | str:
    """Return the two texts of an object, or else what is wrong with it."""
    nested = found.get(_NESTED)
    texts = []
    for key in (layout.source, layout.target):
        holder = found
        if isinstance(nested, dict) and (key not in found or key == _NESTED):
            holder = nested
        if key not in holder:
            keys = [*found, *(nested if isinstance(nested, dict) else ())]
            return f"{missing_key(key, keys)}: name two with --source and --target"
        text = holder[key]
        if not isinstance(text, str) or isinstance(text, Number):
            return f"'{shown(key)}' is {kind_of(text)} and no text; write a string"
        texts.append(text)
    return texts[0], texts[1]


def _list(names: Sequence[str]) -> str:
    listed = [f"'{shown(name)}'" for name in names[:_MOST_NAMES]]
    return ", ".join([*listed, "..."] if len(names) > _MOST_NAMES else listed)
