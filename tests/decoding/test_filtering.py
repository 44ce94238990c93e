from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.config import SamplingConfig
from seqtag.decoding.filtering import (
    NOTHING,
    ban,
    discourage,
    filter_logs,
    highest,
    keep_allowed,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    pad_histories,
    penalize_repetition,
    repeated,
    scale,
)
from tests.decoding.texts import History, filtered

Array: TypeAlias = npt.NDArray[np.float64]

NO_HISTORY = np.zeros((1, 0), dtype=np.int64)


def logs_of(*rows: list[float]) -> Array:
    """Return the logarithms of probabilities, -inf for 0."""
    with np.errstate(divide="ignore"):
        logs: Array = np.log(np.array(rows))
    return logs


def shares(logs: Array) -> list[list[float]]:
    """Return the probabilities that logs stand for, of a sum of 1."""
    powers = np.exp(logs)
    found: list[list[float]] = (powers / powers.sum(axis=1, keepdims=True)).tolist()
    return found


def kept(logs: Array) -> list[list[int]]:
    """Return the numbers of each row that are possible."""
    return [np.flatnonzero(row > -np.inf).tolist() for row in logs]


@st.composite
def distributions(draw: st.DrawFn) -> Array:
    """Draw some rows of log-probabilities, often with ties and with units that are impossible."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows, units = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    logits = rng.normal(0.0, draw(st.sampled_from([0.0, 1.0, 5.0, 300.0])), (rows, units))
    if draw(st.booleans()):
        logits = logits.round()
    impossible = rng.random((rows, units)) < draw(st.sampled_from([0.0, 0.0, 0.5]))
    impossible[np.arange(rows), rng.integers(0, units, rows)] = False
    logits[impossible] = -np.inf
    logits -= logits.max(axis=1, keepdims=True)
    found: Array = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return found


@st.composite
def problems(draw: st.DrawFn) -> tuple[Array, list[History]]:
    """Draw log-probabilities and a history for each row."""
    logs = draw(distributions())
    unit = st.integers(0, logs.shape[1] - 1)
    history = st.lists(unit, max_size=6).map(tuple)
    return logs, draw(st.lists(history, min_size=len(logs), max_size=len(logs)))


configs = st.builds(
    SamplingConfig,
    temperature=st.sampled_from([0.0, 0.3, 1.0, 1.0, 2.5, 1e-300]),
    top_k=st.sampled_from([0, 0, 1, 2, 5, 100]),
    top_p=st.sampled_from([1.0, 1.0, 0.9, 0.5, 0.1, 0.0]),
    min_p=st.sampled_from([0.0, 0.0, 0.05, 0.5, 1.0]),
    repetition_penalty=st.sampled_from([1.0, 1.3, 5.0]),
    no_repeat_ngram=st.integers(0, 3),
)

filters: list[Callable[[Array], Array]] = [
    lambda logs: scale(logs, 0.0),
    lambda logs: scale(logs, 0.2),
    lambda logs: scale(logs, 1e-320),
    lambda logs: keep_top_k(logs, 1),
    lambda logs: keep_top_k(logs, 3),
    lambda logs: keep_top_p(logs, 0.0),
    lambda logs: keep_top_p(logs, 0.6),
    lambda logs: keep_min_p(logs, 1.0),
    lambda logs: keep_min_p(logs, 0.3),
    lambda logs: penalize_repetition(logs, np.zeros((len(logs), 2), dtype=np.int64), 2.0),
    lambda logs: ban(logs, *np.nonzero(np.ones_like(logs))),
    lambda logs: keep_allowed(logs, np.zeros(logs.shape, dtype=bool)),
]


@given(distributions(), st.sampled_from(filters))
def test_something_always_stays_and_nothing_given_is_changed(
    logs: Array, function: Callable[[Array], Array]
) -> None:
    before = logs.copy()
    found = function(logs)
    assert np.array_equal(logs, before)
    assert (found > -np.inf).any(axis=1).all()
    assert not ((found > -np.inf) & (logs == -np.inf)).any()
    alone = [function(row[None])[0] for row in logs]
    assert np.array_equal(np.stack(alone), found)


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (1.0, [0.2, 0.4, 0.0, 0.4]),
        (0.5, [1 / 9, 4 / 9, 0.0, 4 / 9]),
        (0.0, [0.0, 1.0, 0.0, 0.0]),
        (1e-320, [0.0, 0.5, 0.0, 0.5]),
        (1e300, [1 / 3, 1 / 3, 0.0, 1 / 3]),
    ],
)
def test_temperature(temperature: float, expected: list[float]) -> None:
    found = scale(logs_of([0.2, 0.4, 0.0, 0.4]), temperature)
    assert shares(found)[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "expected"),
    [(0, [0, 1, 2, 3, 4]), (1, [1]), (2, [0, 1]), (3, [0, 1, 3]), (4, [0, 1, 3, 4]), (9, None)],
)
def test_top_k_keeps_lower_numbers_among_equals(k: int, expected: list[int] | None) -> None:
    logs = logs_of([0.2, 0.3, 0.1, 0.2, 0.2])
    assert kept(keep_top_k(logs, k)) == [[0, 1, 2, 3, 4] if expected is None else expected]


@given(distributions(), st.integers(1, 14))
def test_top_k_keeps_as_many_as_there_are_up_to_k(logs: Array, k: int) -> None:
    possible = (logs > -np.inf).sum(axis=1)
    found = keep_top_k(logs, k)
    assert ((found > -np.inf).sum(axis=1) == np.minimum(k, possible)).all()
    assert np.array_equal(found[found > -np.inf], logs[found > -np.inf])


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.0, [1]),
        (0.4, [1]),
        (0.41, [1, 3]),
        (0.7, [1, 3]),
        (0.71, [0, 1, 3]),
        (0.9, [0, 1, 3, 4]),
        (0.91, [0, 1, 2, 3, 4]),
        (1.0, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_nucleus_is_the_smallest_that_reaches_p(p: float, expected: list[int]) -> None:
    """0.4 and 0.3 are 0.7, with one more 0.8, and with two 0.9."""
    logs = logs_of([0.1, 0.4, 0.1 - 1e-12, 0.3, 0.1, 1e-12])
    assert kept(keep_top_p(logs, p)) == [expected]


@pytest.mark.parametrize("size", range(1, 60))
def test_nucleus_of_equals_has_the_lower_numbers(size: int) -> None:
    logs = logs_of([1 / size] * size)
    for count in range(1, size + 1):
        assert kept(keep_top_p(logs, count / size)) == [list(range(count))]
    assert kept(keep_top_p(logs, 0.0)) == [[0]]


def test_nucleus_goes_by_what_is_left() -> None:
    """Of 0.4, 0.3 and 0.1, the first two have seven eighths."""
    logs = logs_of([0.4, 0.3, 0.1, 0.0])
    assert kept(keep_top_p(logs, 0.87)) == [[0, 1]]
    assert kept(keep_top_p(logs, 0.88)) == [[0, 1, 2]]


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9, 0.99, 0.999999])
def test_nucleus_of_a_large_vocabulary_is_that_of_a_plain_loop(p: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0.0, 1.0, (3, 5000)) * np.array([[0.1], [2.0], [6.0]])
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    found = kept(keep_top_p(logs, p))
    for row, numbers in zip(logs, found, strict=True):
        order = np.argsort(-row, kind="stable")
        count = int(np.searchsorted(np.exp(row[order]).cumsum(), p)) + 1
        assert numbers == sorted(order[:count].tolist())


@pytest.mark.parametrize(
    ("p", "expected"),
    [(0.0, [0, 1, 2]), (0.25, [0, 1, 2]), (0.26, [0, 1]), (0.5, [0, 1]), (0.51, [1]), (1.0, [1])],
)
def test_min_p_goes_by_the_best(p: float, expected: list[int]) -> None:
    assert kept(keep_min_p(logs_of([0.2, 0.4, 0.1, 0.0]), p)) == [expected]


def test_repetition_makes_units_rarer_once() -> None:
    """Squared where the penalty is 2, however often a unit has been there."""
    history = pad_histories([(2, 2), (), (0,)])
    logs = logs_of([0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.0, 0.25, 0.75])
    found = np.exp(penalize_repetition(logs, history, 2.0))
    expected = [[0.5, 0.25, 0.0625], [0.5, 0.25, 0.25], [0.0, 0.25, 0.75]]
    assert found == pytest.approx(np.array(expected))
    assert np.array_equal(penalize_repetition(logs, history, 1.0), logs)


def test_histories_end_below_one_another() -> None:
    assert pad_histories([(4, 5), (), (6,)]).tolist() == [
        [4, 5],
        [NOTHING, NOTHING],
        [NOTHING, 6],
    ]
    assert pad_histories([]).shape == (0, 0)


@given(st.integers(1, 4), st.lists(st.lists(st.integers(0, 2), max_size=8), max_size=4))
def test_n_grams_that_would_come_again(n: int, histories: list[list[int]]) -> None:
    found = set(
        zip(*(part.tolist() for part in repeated(pad_histories(histories), n)), strict=True)
    )
    expected = set()
    for row, history in enumerate(histories):
        known = {tuple(history[place : place + n]) for place in range(len(history) - n + 1)}
        expected |= {
            (row, number) for number in range(3) if tuple([*history, number][-n:]) in known
        }
    assert found == expected


def test_ban_gives_way_where_nothing_would_be_left() -> None:
    logs = logs_of([0.5, 0.5, 0.0], [0.5, 0.25, 0.25])
    found = ban(logs, np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 0, 2]))
    assert kept(found) == [[0, 1], [1]]
    allowed = np.array([[False, False, True], [False, True, True]])
    assert kept(keep_allowed(logs, allowed)) == [[0, 1], [1, 2]]


def test_highest_are_in_order() -> None:
    logs = logs_of([0.2, 0.3, 0.1, 0.2, 0.2], [0.0, 0.0, 0.5, 0.0, 0.5])
    assert highest(logs, 1).tolist() == [[1], [2]]
    assert highest(logs, 3).tolist() == [[1, 0, 3], [2, 4, 0]]
    assert highest(logs, 9).tolist() == [[1, 0, 3, 4, 2], [2, 4, 0, 1, 3]]


@settings(max_examples=300)
@given(problems(), configs)
def test_all_filters_together_are_a_plain_loop(
    problem: tuple[Array, list[History]], config: SamplingConfig
) -> None:
    logs, histories = problem
    found = np.exp(filter_logs(logs, pad_histories(histories), config))
    assert found.sum(axis=1) == pytest.approx(np.ones(len(logs)))
    for row, history, line in zip(logs, histories, found, strict=True):
        expected = filtered(dict(enumerate(row.tolist())), history, config)
        assert np.flatnonzero(line > 1e-300).tolist() == sorted(
            number for number, share in expected.items() if share > 1e-300
        )
        assert line[list(expected)] == pytest.approx(np.array(list(expected.values())))


def test_temperature_comes_before_the_nucleus() -> None:
    """Squared, 0.5 and 0.3 out of 0.5, 0.3 and 0.2 have 34 of 38 parts."""
    logs = logs_of([0.5, 0.3, 0.2])
    found = filter_logs(logs, NO_HISTORY, SamplingConfig(temperature=0.5, top_p=0.89))
    assert shares(found)[0] == pytest.approx([25 / 34, 9 / 34, 0.0])


def test_top_k_comes_before_the_nucleus() -> None:
    """Of the best two, the first has five eighths, and half of everything."""
    logs = logs_of([0.5, 0.3, 0.2])
    found = filter_logs(logs, NO_HISTORY, SamplingConfig(top_k=2, top_p=0.6))
    assert shares(found) == [[1.0, 0.0, 0.0]]


def test_min_p_comes_last() -> None:
    logs = logs_of([0.5, 0.3, 0.2])
    found = filter_logs(logs, NO_HISTORY, SamplingConfig(top_p=0.6, min_p=0.55))
    assert shares(found)[0] == pytest.approx([5 / 8, 3 / 8, 0.0])
    found = filter_logs(logs, NO_HISTORY, SamplingConfig(temperature=0.5, min_p=0.4))
    assert shares(found) == [[1.0, 0.0, 0.0]]


def test_repetition_comes_before_the_temperature() -> None:
    """The penalty is one of probabilities, and not of what the temperature has made of them."""
    logs = logs_of([0.5, 0.25, 0.25])
    config = SamplingConfig(temperature=0.5, repetition_penalty=2.0)
    found = filter_logs(logs, np.array([[0]]), config)
    assert shares(found)[0] == pytest.approx([1 / 3, 1 / 3, 1 / 3])


def test_blocked_n_grams_make_room_for_others() -> None:
    logs = logs_of([0.5, 0.3, 0.2])
    config = SamplingConfig(no_repeat_ngram=2, top_k=2)
    found = filter_logs(logs, np.array([[1, 0, 1]]), config)
    assert shares(found)[0] == pytest.approx([0.0, 0.6, 0.4])
    assert kept(discourage(logs, np.array([[1, 0, 1]]), config)) == [[1, 2]]


def test_single_precision_is_made_double() -> None:
    logs = logs_of([0.5, 0.3, 0.2]).astype(np.float32)
    found = filter_logs(logs, NO_HISTORY, SamplingConfig())
    assert found.dtype == np.float64
    assert np.exp(found).sum() == pytest.approx(1.0, abs=1e-12)
