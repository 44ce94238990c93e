from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching.stream import SKIPPED, Lanes, WindowBatch, plan_windows
from seqtag.text.unit_base import END, PADDING, UNKNOWN


def stream(units: int) -> npt.NDArray[np.int32]:
    """Return a stream in which every unit is another one."""
    return np.arange(10, 10 + units, dtype=np.int32)


def check_shapes(batch: WindowBatch, lanes: int, steps: int) -> None:
    for name in ("inputs", "targets", "mask"):
        array = getattr(batch, name)
        assert array.shape == (lanes, steps)
        assert array.flags.c_contiguous
        assert array.dtype == (np.bool_ if name == "mask" else np.int64)


def test_lanes_are_stretches_of_the_stream() -> None:
    lanes = Lanes(stream(7), 3)
    assert lanes.steps == 3
    batch = lanes.batch(0, 2)
    assert batch.inputs.tolist() == [[END, 10], [12, 13], [15, PADDING]]
    assert batch.targets.tolist() == [[10, 11], [13, 14], [16, PADDING]]
    assert batch.mask.tolist() == [[True, True], [True, True], [True, False]]
    batch = lanes.batch(2, 3)
    assert batch.inputs.tolist() == [[11], [14], [PADDING]]
    assert batch.targets.tolist() == [[12], [15], [PADDING]]
    assert batch.mask.tolist() == [[True], [True], [False]]


def test_backward_lanes_begin_at_the_end() -> None:
    batch = Lanes(stream(4), 2, backward=True).batch(0, 2)
    assert batch.inputs.tolist() == [[END, 13], [12, 11]]
    assert batch.targets.tolist() == [[13, 12], [11, 10]]


def test_skipped_units_are_read_as_unknown_and_do_not_count() -> None:
    numbers = np.array([10, SKIPPED, SKIPPED, 13], dtype=np.int32)
    batch = Lanes(numbers, 1).batch(0, 4)
    assert batch.inputs.tolist() == [[END, 10, UNKNOWN, UNKNOWN]]
    assert batch.targets.tolist() == [[10, PADDING, PADDING, 13]]
    assert batch.mask.tolist() == [[True, False, False, True]]
    assert Lanes(numbers, 2).batch(0, 1).inputs.tolist() == [[END], [UNKNOWN]]


def test_steps_below_zero_are_those_in_front_of_a_lane() -> None:
    batch = Lanes(stream(6), 3).batch(-3, 0)
    assert batch.inputs.tolist() == [[PADDING] * 3, [PADDING, END, 10], [10, 11, 12]]
    assert batch.targets.tolist() == [[PADDING] * 3] * 3
    assert not batch.mask.any()


@given(
    st.integers(1, 60),
    st.integers(1, 9),
    st.integers(1, 20),
    st.booleans(),
    st.none() | st.integers(0, 99),
    st.sets(st.integers(0, 59)),
)
def test_every_unit_is_a_target_once_and_read_before_the_next(
    units: int, count: int, window: int, backward: bool, seed: int | None, skipped: set[int]
) -> None:
    numbers = stream(units)
    numbers[[place for place in skipped if place < units]] = SKIPPED
    order = numbers[::-1].tolist() if backward else numbers.tolist()
    lanes = Lanes(numbers, count, backward=backward)
    shuffle = None if seed is None else np.random.default_rng(seed)
    batches = []
    for begin, end in map(np.ndarray.tolist, plan_windows(lanes.steps, window, shuffle)):
        batch = lanes.batch(begin, end)
        check_shapes(batch, count, end - begin)
        batches.append(batch)
    inputs, targets, mask = (
        np.concatenate([getattr(batch, name) for batch in batches], axis=1).ravel().tolist()
        for name in ("inputs", "targets", "mask")
    )
    read = [UNKNOWN if number == SKIPPED else number for number in [END, *order[:-1]]]
    assert inputs == read + [PADDING] * (len(inputs) - units)
    counts = [number != SKIPPED for number in order]
    assert mask == counts + [False] * (len(inputs) - units)
    wanted = [number if count else PADDING for number, count in zip(order, counts, strict=True)]
    assert targets == wanted + [PADDING] * (len(inputs) - units)


@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 50))
def test_lanes_can_be_entered_from_what_is_before_them(units: int, count: int, back: int) -> None:
    lanes = Lanes(stream(units), count)
    before = lanes.batch(-back, 0).inputs
    first = lanes.batch(0, 1).inputs
    for lane in range(count):
        read = [number for number in before[lane].tolist() if number != PADDING]
        start = lane * lanes.steps
        if start < units:
            whole = [END, *stream(units).tolist()]
            assert read == whole[max(start - back, 0) : start]
            assert first[lane, 0] == whole[start]


def test_stream_is_not_copied() -> None:
    rows = stream(20)[:, None]
    rows.flags.writeable = False
    lanes = Lanes(rows[:, 0], 2, backward=True)
    assert np.shares_memory(lanes._numbers, rows)
    assert lanes.batch(0, 2).targets.tolist() == [[29, 28], [19, 18]]


def test_streams_and_steps_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="0 units"):
        Lanes(stream(0), 2)
    with pytest.raises(ValueError, match="0 lanes"):
        Lanes(stream(3), 0)
    for begin, end in ((0, 3), (2, 1)):
        with pytest.raises(ValueError, match="no steps"):
            Lanes(stream(4), 2).batch(begin, end)


def test_windows_are_of_the_same_length_but_the_last() -> None:
    windows = [window.tolist() for window in plan_windows(8, 3)]
    assert windows == [[0, 3], [3, 6], [6, 8]]
    assert plan_windows(0, 3) == []


def test_lengths_vary_around_the_window_and_rarely_half_of_it() -> None:
    windows = plan_windows(700_000, 70, np.random.default_rng(0))
    lengths = np.array([end - begin for begin, end in windows[:-1]])
    assert abs(lengths.mean() - (0.95 * 70 + 0.05 * 35)) < 0.5
    is_short = lengths < 52
    assert abs(is_short.mean() - 0.05) < 0.01
    assert abs(lengths[~is_short].std() - 5.0) < 0.3
    assert abs(np.median(lengths[is_short]) - 35) < 2


@pytest.mark.parametrize(("window", "least"), [(1, 1), (4, 4), (8, 5)])
def test_windows_are_not_shorter_than_they_must_be(window: int, least: int) -> None:
    windows = plan_windows(5000, window, np.random.default_rng(0))
    assert min(end - begin for begin, end in windows[:-1]) == least


def test_windows_end_elsewhere_in_each_epoch_and_the_same_from_the_same_seed() -> None:
    def plan(shuffle: np.random.Generator) -> list[list[int]]:
        return [window.tolist() for window in plan_windows(400, 35, shuffle)]

    shuffle = np.random.default_rng(1)
    first, second = plan(shuffle), plan(shuffle)
    assert first != second
    assert plan(np.random.default_rng(1)) == first
