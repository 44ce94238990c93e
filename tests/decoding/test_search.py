from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.config import SearchConfig
from seqtag.decoding import Candidates, Found, search
from seqtag.errors import ConfigError
from tests.decoding.sequences import (
    END,
    START,
    UNKNOWN,
    Dice,
    History,
    IntArray,
    Source,
    State,
    all_n_grams,
    attention_of,
    every_sequence,
    greedy,
    log_probability_of,
    plain_beam,
    score_of,
)

Array = npt.NDArray[np.float64]

WIDE = 256
"""More than there are sequences of 4 units out of 3 and the end: 121."""

sources = st.lists(
    st.builds(Source, st.integers(0, 10**6), st.integers(1, 4)), min_size=1, max_size=4
)
networks = st.builds(Dice, st.integers(1, 2), st.sampled_from([0, 0, 2]))


EXACT = st.just(0.0)
PRUNING = st.sampled_from([0.0, 0.5, 1.5, 3.0])


@st.composite
def configs(
    draw: st.DrawFn, beam: st.SearchStrategy[int], pruning: st.SearchStrategy[float] = EXACT
) -> SearchConfig:
    """Draw settings with each penalty and limit, and with their combinations."""
    least = draw(st.sampled_from([0, 0, 1, 3]))
    return SearchConfig(
        pruning=draw(pruning),
        beam=draw(beam),
        length_penalty=draw(st.sampled_from([0.0, 0.6, 1.0, 2.5])),
        coverage_penalty=draw(st.sampled_from([0.0, 0.0, 0.3, 2.0])),
        no_repeat_ngram=draw(st.integers(0, 3)),
        min_length=least,
        max_length=draw(st.integers(max(1, least), 4)),
    )


def find(
    network: Dice, given: Sequence[Source], config: SearchConfig, nbest: int = 1
) -> list[list[Found]]:
    lengths = [source.length for source in given]
    return search(network, network.begin(given), lengths, config, start=START, nbest=nbest)


def assert_same(first: Sequence[Found], second: Sequence[Found]) -> None:
    """Check that two searches found the same to the bit."""
    for one, other in zip(first, second, strict=True):
        assert one.numbers == other.numbers
        assert one.score == other.score
        assert one.log_probability == other.log_probability
        assert np.array_equal(one.attention, other.attention)


@settings(max_examples=60)
@given(networks, sources, configs(st.just(WIDE)), st.integers(1, 8))
def test_wide_beam_finds_the_best_of_all_sequences(
    network: Dice, given: list[Source], config: SearchConfig, nbest: int
) -> None:
    for source, found in zip(given[:2], find(network, given[:2], config, nbest), strict=True):
        every = list(every_sequence(network, source, config, config.max_length))
        expected = sorted((written.score for written in every), reverse=True)[:nbest]
        assert [one.score for one in found] == pytest.approx(expected, abs=1e-6)
        scores = {written.numbers: written.score for written in every}
        for one in found:
            assert one.score == pytest.approx(scores[tuple(one.numbers)], abs=1e-6)


@settings(max_examples=200)
@given(networks, sources, configs(st.integers(1, 6), PRUNING), st.integers(1, 6))
def test_narrow_beam_finds_what_a_plain_loop_finds(
    network: Dice, given: list[Source], config: SearchConfig, nbest: int
) -> None:
    nbest = min(nbest, config.beam)
    for source, found in zip(given, find(network, given, config, nbest), strict=True):
        expected = plain_beam(network, source, config, config.max_length, nbest)
        assert [tuple(one.numbers) for one in found] == [one.numbers for one in expected]
        scores = [one.score for one in expected]
        assert [one.score for one in found] == pytest.approx(scores, abs=1e-6)


@settings(max_examples=200)
@given(networks, sources, configs(st.just(1), PRUNING))
def test_beam_of_one_is_greedy(network: Dice, given: list[Source], config: SearchConfig) -> None:
    for source, found in zip(given, find(network, given, config), strict=True):
        expected = greedy(network, source, config, config.max_length)
        assert [tuple(one.numbers) for one in found] == [expected]


@settings(max_examples=100)
@given(networks, sources, configs(st.integers(1, 6), PRUNING), st.integers(1, 6))
def test_what_is_found_is_told_truly(
    network: Dice, given: list[Source], config: SearchConfig, nbest: int
) -> None:
    """Probabilities, scores and attention are those of the units; best first, none twice."""
    nbest = min(nbest, config.beam)
    for source, found in zip(given, find(network, given, config, nbest), strict=True):
        assert 1 <= len(found) <= nbest
        assert len({tuple(one.numbers) for one in found}) == len(found)
        scores = [one.score for one in found]
        assert scores == sorted(scores, reverse=True)
        for one in found:
            numbers = tuple(one.numbers)
            assert set(numbers) <= set(network.writable)
            assert np.array_equal(one.attention, attention_of(network, source, numbers))
            assert one.log_probability == pytest.approx(
                log_probability_of(network, source, numbers), abs=1e-6
            )
            assert one.score == pytest.approx(score_of(network, source, config, numbers), abs=1e-6)


@settings(max_examples=100)
@given(networks, sources, configs(st.integers(2, 6)))
def test_first_of_the_n_best_is_the_best(
    network: Dice, given: list[Source], config: SearchConfig
) -> None:
    every = find(network, given, config, config.beam)
    for found, best in zip(every, find(network, given, config), strict=True):
        assert_same(found[:1], best)


@settings(max_examples=50)
@given(
    st.integers(0, 10**6),
    st.integers(1, 60),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.5]),
    st.integers(0, 2),
)
def test_other_sources_change_nothing(
    seed: int, count: int, width: int, coverage: float, ngram: int
) -> None:
    """Also as sources of other lengths, and so other limits, are dropped one by one."""
    network = Dice(3, spread=2.5)
    given = [Source(seed + place, 1 + (seed + place) % 5) for place in range(count)]
    config = SearchConfig(beam=width, coverage_penalty=coverage, no_repeat_ngram=ngram)
    together = find(network, given, config, width)
    for place in {0, count // 2, count - 1}:
        assert_same(together[place], find(network, [given[place]], config, width)[0])


@settings(max_examples=50)
@given(networks, sources, st.integers(1, 5), st.integers(0, 6), st.integers(6, 12))
def test_lengths_stay_within_their_limits(
    network: Dice, given: list[Source], width: int, least: int, most: int
) -> None:
    config = SearchConfig(beam=width, min_length=least, max_length=most)
    for found in find(network, given, config, width):
        assert all(least <= len(one.numbers) <= most for one in found)


class Endless(Dice):
    """Writes the same unit on and on."""

    def log_probabilities(self, source: Source, history: History) -> Array:
        del source, history
        logs = np.full(self.size, -20.0)
        logs[4] = 0.0
        return logs


@pytest.mark.parametrize("beam", [1, 3])
def test_limit_goes_by_the_source_where_none_is_set(beam: int) -> None:
    given = [Source(0, 1), Source(0, 5)]
    found = find(Endless(2), given, SearchConfig(beam=beam))
    assert [len(best[0].numbers) for best in found] == [20, 28]
    found = find(Endless(2), given, SearchConfig(beam=beam, min_length=25))
    assert [len(best[0].numbers) for best in found] == [25, 28]


def test_end_that_is_forced_costs_its_probability() -> None:
    found = find(Endless(2), [Source(0, 1)], SearchConfig(beam=1, max_length=3))[0][0]
    assert found.numbers == [4, 4, 4]
    assert found.log_probability == -20.0
    assert found.attention.shape == (4, 1)


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 4), st.integers(1, 2))
def test_blocked_n_grams_never_come_again(seed: int, width: int, n: int, units: int) -> None:
    network = Dice(units, spread=0.5)
    given = [Source(seed + place, 2) for place in range(4)]
    config = SearchConfig(beam=width, no_repeat_ngram=n, min_length=12, max_length=20)
    for found in find(network, given, config, width):
        for one in found:
            n_grams = all_n_grams(one.numbers, n)
            assert len(set(n_grams)) == len(n_grams)


def test_hypothesis_that_nothing_may_follow_ends_before_its_least_length() -> None:
    config = SearchConfig(beam=3, no_repeat_ngram=1, min_length=9, max_length=10)
    found = find(Dice(2), [Source(0, 1)], config, 3)[0]
    assert [sorted(one.numbers) for one in found] == [[UNKNOWN, 4, 5]] * 3


class Even(Dice):
    """Gives everything the same probability."""

    def log_probabilities(self, source: Source, history: History) -> Array:
        del source, history
        return np.full(self.size, -np.log(np.float32(self.size)), dtype=np.float32).astype(float)


def test_among_equals_the_end_and_then_lower_numbers_come_first() -> None:
    config = SearchConfig(beam=4, length_penalty=0.0, max_length=3)
    found = find(Even(3), [Source(0, 1)], config, 4)[0]
    # After the end come units 1, 4, 5 and 6; they make the next step's beam, and end in it.
    assert [one.numbers for one in found] == [[], [UNKNOWN], [4], [5]]
    config = SearchConfig(beam=1, min_length=2, max_length=3)
    assert find(Even(3), [Source(0, 1)], config)[0][0].numbers == [UNKNOWN, UNKNOWN]


class Broken(Dice):
    """Gives what is not a number, always or after some units."""

    def __init__(self, after: int) -> None:
        super().__init__(2)
        self.after = after

    def log_probabilities(self, source: Source, history: History) -> Array:
        logs = super().log_probabilities(source, history)
        logs[END] = -np.inf
        return logs if len(history) <= self.after else np.full(self.size, np.nan)


@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize("after", [0, 2])
def test_every_source_gets_an_answer_even_from_a_broken_network(beam: int, after: int) -> None:
    for found in find(Broken(after), [Source(0, 2), Source(1, 3)], SearchConfig(beam=beam)):
        assert [len(one.numbers) for one in found] == [after]
        assert found[0].score == -np.inf


def test_no_sources_no_answers() -> None:
    assert find(Dice(2), [], SearchConfig()) == []


@pytest.mark.parametrize("nbest", [0, 4])
def test_more_answers_than_the_beam_is_wide_are_refused(nbest: int) -> None:
    with pytest.raises(ConfigError, match=f"nbest is {nbest}: .* search.beam, which is 3"):
        find(Dice(2), [Source(0, 1)], SearchConfig(beam=3), nbest)


class Counted(Dice):
    """Counts the hypotheses that it is asked about, and how often it has to select."""

    def __init__(self) -> None:
        super().__init__(4, spread=3.0)
        self.asked: list[int] = []
        self.selected = 0

    def advance(
        self,
        states: State,
        tokens: IntArray,
        *,
        count: int,
        banned: tuple[IntArray, IntArray, IntArray] | None,
    ) -> Candidates[State]:
        self.asked.append(tokens.size)
        return super().advance(states, tokens, count=count, banned=banned)

    def select(self, states: State, sources: IntArray, rows: IntArray) -> State:
        self.selected += 1
        return super().select(states, sources, rows)


def test_sources_that_are_done_are_dropped() -> None:
    network = Counted()
    found = find(network, [Source(place, 3) for place in range(64)], SearchConfig(beam=2))
    ends = np.array([len(best[0].numbers) for best in found])
    assert network.asked[-1] < network.asked[1] / 4
    assert len(network.asked) > ends.mean() + 1


class Early(Dice):
    """Knows two sequences: none at all, and a long one that is likely for its length."""

    def log_probabilities(self, source: Source, history: History) -> Array:
        """Return those of the end at once, or of going on with one unit; or only of the latter."""
        logs = np.full(self.size, -60.0)
        if len(history) == 1:
            logs[END], logs[4] = -2.0, -0.95
        else:
            logs[5 if len(history) < 25 else END] = -0.2
        return logs


@pytest.mark.parametrize("pruning", [0.0, 3.0])
def test_a_short_sequence_that_has_ended_drops_no_longer_one(pruning: float) -> None:
    """By length the longer one may still be the better one."""
    config = SearchConfig(beam=3, pruning=pruning, max_length=40)
    (found,) = find(Early(2), [Source(0, 12)], config)
    assert len(found[0].numbers) == 24
    assert found[0].log_probability < -2.0 - 3.0


def test_greedy_search_selects_only_to_drop_sources() -> None:
    network = Counted()
    find(network, [Source(3, 3)], SearchConfig(beam=1))
    assert network.selected == 0
    find(network, [Source(place, 3) for place in range(64)], SearchConfig(beam=1))
    assert 0 < network.selected <= 64


class Unending:
    """A network of which no hypothesis ends, and which notes the calls between two of its steps.

    Args:
        sources: How many sources it is for.
    """

    def __init__(self, sources: int) -> None:
        rng = np.random.default_rng(0)
        shape = (sources, 5, 5)
        self.logs = -np.sort(rng.exponential(2.0, shape), axis=2).astype(np.float32)
        self.numbers = rng.integers(4, 8000, shape)
        self.end = np.full(shape[:2], -1e6, dtype=np.float32)
        self.attention = np.full((sources, 5, 30), 1 / 30, dtype=np.float32)
        self.calls: list[int] = []
        self._count = 0

    def note(self, frame: FrameType, event: str, argument: object) -> None:
        """Count a call, as `sys.setprofile` tells it."""
        del frame, argument
        self._count += event in ("call", "c_call")

    def advance(
        self, states: None, tokens: IntArray, *, count: int, banned: object
    ) -> Candidates[None]:
        del states, count, banned
        self.calls.append(self._count)
        width = tokens.shape[1]
        # Other numbers each time, so that the beam does not settle.
        found = Candidates(
            numbers=self.numbers[:, :width],
            log_probabilities=np.roll(self.logs, len(self.calls), axis=0)[:, :width],
            end=self.end[:, :width],
            attention=self.attention[:, :width],
            states=None,
        )
        self._count = 0
        return found

    def select(self, states: None, sources: IntArray, rows: IntArray) -> None:
        del states, sources, rows


def test_steps_have_no_loop_over_sources() -> None:
    calls = []
    for sources in (10, 100):
        network = Unending(sources)
        sys.setprofile(network.note)
        try:
            config = SearchConfig(max_length=40, coverage_penalty=0.2, pruning=0.0)
            search(network, None, np.full(sources, 30), config, start=START)
        finally:
            sys.setprofile(None)
        assert len(network.calls) == 41
        calls.append(network.calls[2:])
    assert calls[0] == calls[1]
    assert max(calls[1]) < 100
