"""Sentences as language models read them, for the states that these have at each token.

As Akbik et al. 2018 (https://aclanthology.org/C18-1139/) have them for characters, here for units
of any kind: the forward network's state behind a token's last unit, which has read all up to the
token, and the backward network's behind its first unit, which has read all from the token on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import FloatArray, IntArray, plan_batches
from seqtag.batching.featurizer import Dense
from seqtag.text.sentence import Sentence
from seqtag.text.unit_base import END, PADDING, UNKNOWN, Units

BATCH_UNITS = 2048
"""Padded units that are read at once."""

CHUNK_TOKENS = 4096
"""Tokens whose states are in memory together."""

UnitNetwork: TypeAlias = Callable[["UnitBatch"], FloatArray]
"""Returns the states (tokens, hidden) of a language model at the tokens of a batch."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class UnitBatch:
    """Texts that a language model reads in one direction.

    Attributes:
        model: Number of the language model.
        direction: Name of the direction.
        inputs: (texts, steps) numbers of units in the order of reading, an end in front.
        rows: (tokens,) in which text each token is.
        steps: (tokens,) by which step it has been read.
    """

    model: int
    direction: str
    inputs: IntArray
    rows: IntArray
    steps: IntArray

    def arrays(self) -> dict[str, IntArray]:
        """Return every array by its name."""
        return {"inputs": self.inputs, "rows": self.rows, "steps": self.steps}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How a language model reads.

    Attributes:
        units: Its units.
        directions: Names of its directions, and whether each of them reads from the end.
        size: Numbers of a state of one direction.
    """

    units: Units
    directions: Sequence[tuple[str, bool]]
    size: int


class ContextReader:
    """Gives the tokens of sentences the states of language models; threads may share one.

    A token is read as what stands between two spaces, wherever it is, so that its units do not
    depend on its neighbours. One that has no unit, such as a no-break space, is an unknown one.
    Every sentence is read by itself, whole.

    Args:
        readings: How each language model reads.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings

    @property
    def size(self) -> int:
        """Numbers of a token, all language models and directions together."""
        return sum(reading.size * len(reading.directions) for reading in self._readings)

    def read(
        self, sentences: Iterable[Sentence], network: UnitNetwork
    ) -> Iterator[npt.NDArray[np.float32]]:
        """Yield the states (tokens, size) of the tokens of some sentences at a time.

        Args:
            sentences: Any number; their tokens come one behind the other.
            network: Runs the language models.
        """
        chunk: list[Sentence] = []
        tokens = 0
        for sentence in sentences:
            if sentence.tokens:
                chunk.append(sentence)
                tokens += len(sentence.tokens)
            if tokens >= CHUNK_TOKENS:
                yield self._read(chunk, network)
                chunk, tokens = [], 0
        if chunk:
            yield self._read(chunk, network)

    def _read(self, sentences: Sequence[Sentence], network: UnitNetwork) -> npt.NDArray[np.float32]:
        """Return the states (tokens, size) of sentences with at least one token each."""
        count = sum(len(sentence.tokens) for sentence in sentences)
        found = np.empty((count, self.size), dtype=np.float32)
        column = 0
        for number, reading in enumerate(self._readings):
            texts = _TokenTexts.of(sentences, reading.units)
            for direction, is_backward in reading.directions:
                part = found[:, column : column + reading.size]
                for tokens, inputs, rows, steps in texts.batches(backward=is_backward):
                    part[tokens] = network(
                        UnitBatch(
                            model=number, direction=direction, inputs=inputs, rows=rows, steps=steps
                        )
                    )
                column += reading.size
        return found


def with_vectors(
    parts: Iterable[FloatArray], project: Callable[[FloatArray], FloatArray], dense: Dense | None
) -> Dense:
    """Return the vectors made of states, in front of what else is given of the same tokens.

    Args:
        parts: The states (tokens, states) of some tokens at a time, so that all of them need not be
            in memory.
        project: Makes vectors (tokens, size) of states.
        dense: (tokens, numbers) what else is given of all tokens; None for nothing.

    Returns:
        (tokens, size + numbers)
    """
    vectors = np.concatenate([project(part) for part in parts])
    return vectors if dense is None else np.hstack([vectors, dense])


@dataclass(frozen=True, eq=False, slots=True)
class _TokenTexts:
    """Sentences in the units of a language model.

    Attributes:
        numbers: (units,) the units of all sentences, one behind the other.
        ends: (sentences,) where each sentence's units end.
        lengths: (sentences,) how many there are.
        first: (tokens,) for each token the place of its first unit in its sentence.
        last: (tokens,) that of its last unit.
        counts: (sentences,) tokens of each sentence.
    """

    numbers: IntArray
    ends: IntArray
    lengths: IntArray
    first: IntArray
    last: IntArray
    counts: IntArray

    @classmethod
    def of(cls, sentences: Iterable[Sentence], units: Units) -> _TokenTexts:
        """Split sentences into units."""
        listed = [sentence.tokens for sentence in sentences]
        distinct = list(dict.fromkeys(chain.from_iterable(listed)))
        found = units.encode_many(distinct)
        known = {word: numbers or [UNKNOWN] for word, numbers in zip(distinct, found, strict=True)}
        separator = units.separator
        numbers: list[int] = []
        ends, first, last = [0], [], []
        for tokens in listed:
            start = ends[-1]
            for place, token in enumerate(tokens):
                if place:
                    numbers += separator
                first.append(len(numbers) - start)
                numbers += known[token]
                last.append(len(numbers) - start - 1)
            ends.append(len(numbers))
        arrays = [np.array(part, dtype=np.int64) for part in (numbers, ends, first, last)]
        counts = np.array([len(tokens) for tokens in listed], dtype=np.int64)
        return cls(arrays[0], arrays[1][1:], np.diff(arrays[1]), arrays[2], arrays[3], counts)

    def batches(self, *, backward: bool) -> Iterator[tuple[IntArray, IntArray, IntArray, IntArray]]:
        """Yield numbers of tokens (tokens,), and the inputs, rows and steps of a `UnitBatch`."""
        starts = np.cumsum(self.counts) - self.counts
        owner = np.repeat(np.arange(len(self.counts)), self.counts)
        steps = self.lengths[owner] - self.first if backward else self.last + 1
        for plan in plan_batches(self.lengths, BATCH_UNITS):
            lengths, counts = self.lengths[plan], self.counts[plan]
            inputs = np.full((len(plan), int(lengths.max()) + 1), PADDING, dtype=np.int64)
            inputs[:, 0] = END
            for row, (end, length) in enumerate(
                zip(self.ends[plan].tolist(), lengths.tolist(), strict=True)
            ):
                units = self.numbers[end - length : end]
                inputs[row, 1 : length + 1] = units[::-1] if backward else units
            behind = np.cumsum(counts)
            tokens = np.arange(behind[-1]) + np.repeat(starts[plan] - behind + counts, counts)
            yield tokens, inputs, np.repeat(np.arange(len(plan)), counts), steps[tokens]
