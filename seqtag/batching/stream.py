"""A long stream of units in windows, each of which goes on where the one before it ended.

The stream is cut into as many stretches as a batch has rows, its lanes. They are read side by side,
a window of steps at a time, so that the states behind a window are those before the next one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import IntArray
from seqtag.text.unit_base import END, PADDING, UNKNOWN

SKIPPED = -1
"""Stands in a stream for a unit that is read as unknown, and is not to be foreseen."""

_FULL_SHARE = 0.95
"""Share of windows whose length is about the one asked for; others are half as long."""
_DEVIATION = 5.0
"""Standard deviation of lengths from these, in steps."""
_LEAST = 5
"""Steps of the shortest window; the last one has what is left."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowBatch:
    """Some steps of all lanes.

    Attributes:
        inputs: (lanes, steps) the unit before each target.
        targets: (lanes, steps) the unit to be foreseen; padding where none is.
        mask: (lanes, steps) True where one is.
    """

    inputs: IntArray
    targets: IntArray
    mask: npt.NDArray[np.bool_]


class Lanes:
    """A stream as stretches of the same length, read side by side.

    Lane k has the units from k times the steps on; the last lanes may have fewer or none. What is
    read first, before the stream's own units, is `END`.

    Attributes:
        steps: How many units a lane has.

    Args:
        numbers: (units,) the stream, in which `SKIPPED` may stand for units. It may be mapped from
            a file: only what is asked for is read.
        lanes: How many lanes there are.
        backward: Whether the stream is read from its end.

    Raises:
        ValueError: The stream is empty, or there is no lane.
    """

    def __init__(
        self, numbers: npt.NDArray[np.int32], lanes: int, *, backward: bool = False
    ) -> None:
        if lanes < 1 or not len(numbers):
            raise ValueError(f"a stream of {len(numbers)} units has no {lanes} lanes")
        self._numbers = numbers[::-1] if backward else numbers
        self.steps = -(-len(numbers) // lanes)
        self._starts = np.arange(lanes, dtype=np.int64)[:, None] * self.steps

    def batch(self, begin: int, end: int) -> WindowBatch:
        """Return the steps from ``begin`` to ``end`` (exclusive).

        Steps below 0 are those in front of a lane, for a network to come into the state in which it
        begins. They are the last ones of the lane before, whose targets these are; in front of
        the first lane there are none, and its inputs are padding.

        Raises:
            ValueError: The steps go beyond the lanes' ends.
        """
        if not begin <= end <= self.steps:
            raise ValueError(f"there are no steps from {begin} to {end}: lanes have {self.steps}")
        count = len(self._numbers)
        steps = np.arange(begin - 1, end)
        places = self._starts + steps
        units = self._numbers[places.clip(0, count - 1)].astype(np.int64)
        units[(places < -1) | (places >= count)] = PADDING
        units[places == -1] = END
        targets = units[:, 1:]
        mask = (targets != PADDING) & (targets != SKIPPED) & (steps[1:] >= 0)
        # What stands behind the last unit, alone, has nothing to foretell.
        is_read = places[:, :-1] < count - 1
        inputs = np.where(is_read, np.where(units == SKIPPED, UNKNOWN, units)[:, :-1], PADDING)
        return WindowBatch(inputs=inputs, targets=np.where(mask, targets, PADDING), mask=mask)


def plan_windows(
    steps: int, window: int, shuffle: np.random.Generator | None = None
) -> list[IntArray]:
    """Divide the steps of lanes into windows, in order.

    Args:
        steps: How many steps there are.
        window: Steps of a window.
        shuffle: Source of randomness: lengths vary, so that windows end elsewhere in each epoch
            (Merity et al. 2018, section 5, https://arxiv.org/abs/1708.02182). They are drawn from
            a normal distribution around ``window``, or rarely half of it. Without one, all
            windows but the last are of the same length.

    Returns:
        For each window its first step, and the one behind its last.
    """
    windows = []
    begin = 0
    while begin < steps:
        length = window if shuffle is None else _vary(window, shuffle)
        end = min(begin + length, steps)
        windows.append(np.array([begin, end], dtype=np.int64))
        begin = end
    return windows


def _vary(window: int, shuffle: np.random.Generator) -> int:
    mean = window if shuffle.random() < _FULL_SHARE else window / 2
    return max(min(_LEAST, window), round(shuffle.normal(mean, _DEVIATION)))
