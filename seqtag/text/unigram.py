"""A unigram language model of subwords, learnt with NumPy.

A part of a text has many segmentations, and a segmentation's probability is the product of those of
its subwords. The probabilities are learnt by expectation and maximization from a large stock of
subwords, of which those are dropped, a quarter at a time, that the texts would miss least (Kudo
2018, section 3.2, https://aclanthology.org/P18-1007/). As in SentencePiece, expected counts are
discounted as by a Dirichlet prior. The learner of ``tokenizers`` would not do: it sums in another
order in every process, and what it learns differs from run to run.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

MAX_LENGTH = 16
"""No subword has more characters."""

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]

_STOCK = 10  # times as many subwords as are asked for are there in the beginning
_MOST_PARTS = 200_000  # so many parts of texts are looked at, the commonest
_ROUNDS = 2  # of expectation and maximization between two times that subwords are dropped
_KEPT = 0.75
_DISCOUNT = 0.5  # exp(digamma(n)) is about n - 0.5
_LEAST = 0.01  # what is left of a count at least
_DECIMALS = 6


def learn_unigrams(
    parts: Mapping[str, int], characters: Collection[str], size: int
) -> tuple[list[str], list[float]]:
    """Learn subwords and their log-probabilities; the same parts give the same.

    Args:
        parts: Parts of texts and how often each occurs, made of the characters.
        characters: The known characters, all of which become subwords.
        size: How many subwords there are at most.

    Returns:
        The subwords, the most probable first, and the log-probability of each.
    """
    listed = sorted(parts, key=lambda part: (-parts[part], part))[:_MOST_PARTS]
    counts = np.array([parts[part] for part in listed], dtype=np.float64)
    stock = _first_stock({part: parts[part] for part in listed}, characters, size)
    items = sorted(stock)
    is_character = np.array([len(item) == 1 for item in items])
    scores = _log_shares(np.array([stock[item] for item in items], dtype=np.float64))
    lattice = _find_places(listed, items)
    inner = _find_places(items, items, whole=False)
    origins = np.arange(len(items))
    while True:
        for _ in range(_ROUNDS):
            expected = lattice.expected(scores, counts)
            scores = _log_shares(expected)
        if len(items) <= size:
            break
        # What the texts lose in likelihood if a subword is segmented into others.
        longer = np.flatnonzero(~is_character)
        losses = np.full(len(items), np.inf)
        others = inner.best(scores)[origins[longer]]
        losses[longer] = expected[longer] * (scores[longer] - others)
        kept = max(size, int(len(items) * _KEPT))
        chosen = np.sort(np.argsort(-losses, kind="stable")[:kept])
        lattice, inner, origins = lattice.keep(chosen), inner.keep(chosen), origins[chosen]
        items = [items[place] for place in chosen.tolist()]
        is_character, scores = is_character[chosen], scores[chosen]
    rounded = [round(score, _DECIMALS) for score in scores.tolist()]
    order = sorted(range(len(items)), key=lambda place: (-rounded[place], items[place]))
    return [items[place] for place in order], [rounded[place] for place in order]


def _first_stock(
    parts: Mapping[str, int], characters: Collection[str], size: int
) -> dict[str, int]:
    """Return the characters, and the substrings that account for most of the texts, counted."""
    found: Counter[str] = Counter(dict.fromkeys(characters, 0))
    for part, count in parts.items():
        for start in range(len(part)):
            for end in range(start + 1, min(start + MAX_LENGTH, len(part)) + 1):
                found[part[start:end]] += count
    longer = [item for item, count in found.items() if len(item) > 1 and count > 1]
    longer.sort(key=lambda item: (-found[item] * len(item), item))
    return {item: found[item] for item in [*characters, *longer[: _STOCK * size]]}


def _log_shares(counts: _Floats) -> _Floats:
    discounted = np.maximum(counts - _DISCOUNT, _LEAST)
    shares: _Floats = np.log(discounted / discounted.sum())
    return shares


class _Lattice:
    """Places where subwords occur in some texts.

    A text of n characters has n + 1 nodes, and a subword is an arc between two of them.

    Args:
        sizes: (texts,) how many characters each text has.
        starts: (arcs,) the nodes that the arcs begin at.
        ends: (arcs,) those that they end at.
        items: (arcs,) the numbers of their subwords.
    """

    def __init__(self, sizes: _Ints, starts: _Ints, ends: _Ints, items: _Ints) -> None:
        self._sizes, self._starts, self._ends, self._items = sizes, starts, ends, items
        self._firsts = np.cumsum(sizes + 1) - sizes - 1
        self._lasts = self._firsts + sizes
        self._owners = np.searchsorted(self._firsts, starts, side="right") - 1
        self._forward = _steps(ends, ends - self._firsts[self._owners])
        self._backward = _steps(starts, self._lasts[self._owners] - starts)

    def keep(self, chosen: _Ints) -> _Lattice:
        """Return what is left with some of the subwords.

        Args:
            chosen: (subwords,) their numbers, in order; they are numbered anew.
        """
        numbers = np.full(max(self._items.max(initial=0), chosen.max()) + 1, -1)
        numbers[chosen] = np.arange(len(chosen))
        left = numbers[self._items] >= 0
        items = numbers[self._items[left]]
        return _Lattice(self._sizes, self._starts[left], self._ends[left], items)

    def expected(self, scores: _Floats, counts: _Floats) -> _Floats:
        """Return how often each subword is expected in all segmentations of the texts.

        Args:
            scores: (subwords,) log-probabilities.
            counts: (texts,) how often each text occurs.

        Returns:
            (subwords,) the expected numbers.
        """
        weights = scores[self._items]
        before = self._sweep(self._firsts, self._forward, self._starts, weights, np.logaddexp)
        behind = self._sweep(self._lasts, self._backward, self._ends, weights, np.logaddexp)
        whole = before[self._lasts][self._owners]
        shares = np.exp(before[self._starts] + weights + behind[self._ends] - whole)
        found = np.zeros(len(scores))
        np.add.at(found, self._items, shares * counts[self._owners])
        return found

    def best(self, scores: _Floats) -> _Floats:
        """Return the log-probability of each text's best segmentation; -inf where it has none."""
        weights = scores[self._items]
        before = self._sweep(self._firsts, self._forward, self._starts, weights, np.maximum)
        best: _Floats = before[self._lasts]
        return best

    def _sweep(
        self,
        origins: _Ints,
        steps: Sequence[tuple[_Ints, _Ints, _Ints]],
        sources: _Ints,
        weights: _Floats,
        combine: np.ufunc,
    ) -> _Floats:
        """Return what has come to each node, from one end of all texts to the other."""
        values = np.full(int(self._lasts.max(initial=-1)) + 1, -np.inf)
        values[origins] = 0.0
        for arcs, groups, nodes in steps:
            values[nodes] = combine.reduceat(values[sources[arcs]] + weights[arcs], groups)
        return values


def _find_places(texts: Sequence[str], items: Sequence[str], *, whole: bool = True) -> _Lattice:
    """Return all places where subwords occur in texts.

    Args:
        texts: The texts.
        items: The subwords.
        whole: Whether a subword may be a whole text.
    """
    numbers = {item: number for number, item in enumerate(items)}
    starts, ends, found = array("q"), array("q"), array("q")
    first = 0
    for text in texts:
        size = len(text)
        for start in range(size):
            for end in range(start + 1, min(start + MAX_LENGTH, size) + 1):
                number = numbers.get(text[start:end])
                if number is not None and (whole or end - start < size):
                    starts.append(first + start)
                    ends.append(first + end)
                    found.append(number)
        first += size + 1
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    return _Lattice(sizes, *(np.array(values, dtype=np.int64) for values in (starts, ends, found)))


def _steps(nodes: _Ints, depths: _Ints) -> list[tuple[_Ints, _Ints, _Ints]]:
    """Return the arcs by the distance of the node that they lead to from where all begins.

    Returns:
        For each distance the arcs, where among them those to another node begin, and these nodes.
    """
    order = np.lexsort((nodes, depths))
    steps = []
    for arcs in np.split(order, np.flatnonzero(np.diff(depths[order])) + 1):
        if len(arcs):
            groups = np.flatnonzero(np.diff(nodes[arcs], prepend=-1))
            steps.append((arcs, groups, nodes[arcs[groups]]))
    return steps
