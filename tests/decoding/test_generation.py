from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.config import SamplingConfig
from seqtag.decoding import Found, Prompts, Sampler, best_continuations
from seqtag.decoding.generation import LanguageNetwork
from seqtag.errors import ConfigError
from tests.decoding.texts import (
    END,
    PADDING,
    START,
    UNKNOWN,
    Dice,
    History,
    IntArray,
    Table,
    begin,
    discouraged,
    every_text,
    filtered,
)

Text: TypeAlias = list[tuple[int, float]]

NEVER = (PADDING, START)
SIZE = 7

WIDE = 256
"""More than there are texts of 3 units out of 5: 125."""

histories = st.lists(st.integers(1, SIZE - 1), min_size=1, max_size=6).map(tuple)
prompts = st.lists(histories, min_size=1, max_size=5)
networks = st.builds(Dice, st.just(SIZE), st.integers(0, 10**6), st.sampled_from([0, 0, 3]))
samplings = st.builds(
    SamplingConfig,
    temperature=st.sampled_from([0.0, 0.7, 1.0, 1.0, 1.5]),
    top_k=st.sampled_from([0, 0, 1, 3]),
    top_p=st.sampled_from([1.0, 1.0, 0.8]),
    min_p=st.sampled_from([0.0, 0.0, 0.1]),
    repetition_penalty=st.sampled_from([1.0, 1.4]),
    no_repeat_ngram=st.integers(0, 3),
    max_tokens=st.integers(1, 8),
)
searches = st.builds(
    SamplingConfig,
    beam=st.integers(1, 5),
    length_penalty=st.sampled_from([0.0, 0.7, 2.0]),
    repetition_penalty=st.sampled_from([1.0, 1.4]),
    no_repeat_ngram=st.integers(0, 3),
    max_tokens=st.integers(1, 5),
)


def firsts(allowed: Sequence[Sequence[int]]) -> npt.NDArray[np.bool_]:
    """Return (prompts, units) what may come first."""
    mask = np.zeros((len(allowed), SIZE), dtype=bool)
    for row, numbers in enumerate(allowed):
        mask[row, list(numbers)] = True
    return mask


def write(
    network: LanguageNetwork[Any],
    given: Prompts[Any],
    config: SamplingConfig,
    seeds: Sequence[int | Sequence[int]],
    end: int | None = END,
) -> list[Text]:
    """Return the units of each text with their log-probabilities, up to and with an end."""
    texts: list[Text] = [[] for _ in seeds]
    sampler = Sampler(network, given, config, seeds=seeds)
    for step in sampler:
        assert (np.diff(step.rows) > 0).all()
        for row, number, log in zip(
            step.rows.tolist(), step.numbers.tolist(), step.log_probabilities.tolist(), strict=True
        ):
            texts[row].append((number, log))
            if number == end:
                sampler.stop(row)
    return texts


def numbers_of(text: Text) -> History:
    return tuple(number for number, _ in text)


def chi_square(counts: Counter[int], expected: dict[int, float]) -> float:
    """Return how far counts are from their distribution, in standard deviations.

    The cube root of a chi-square, divided by its degrees of freedom, is nearly normal (Wilson and
    Hilferty 1931).
    """
    assert counts.keys() <= {number for number, share in expected.items() if share > 0.0}
    total = sum(counts.values())
    statistic = sum(
        (counts[number] - total * share) ** 2 / (total * share)
        for number, share in expected.items()
    )
    freedom = len(expected) - 1
    if not freedom:
        return 0.0
    spread = 2 / (9 * freedom)
    return float(((statistic / freedom) ** (1 / 3) - (1 - spread)) / spread**0.5)


TABLE = [
    [0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0],
    [0.0, 0.05, 0.0, 0.05, 0.3, 0.3, 0.2, 0.1],
    [0.1, 0.2, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1],
    [0.0, 0.02, 0.0, 0.08, 0.4, 0.25, 0.15, 0.1],
    [0.0, 0.1, 0.0, 0.2, 0.05, 0.35, 0.2, 0.1],
    [0.0, 0.01, 0.0, 0.3, 0.3, 0.09, 0.15, 0.15],
    [0.0, 0.1, 0.0, 0.1, 0.2, 0.2, 0.2, 0.2],
    [0.0, 0.2, 0.0, 0.2, 0.1, 0.1, 0.2, 0.2],
]


@pytest.mark.parametrize(
    "config",
    [
        SamplingConfig(max_tokens=2),
        SamplingConfig(max_tokens=2, temperature=0.6),
        SamplingConfig(max_tokens=2, temperature=1.7),
        SamplingConfig(max_tokens=2, top_k=3),
        SamplingConfig(max_tokens=2, top_p=0.8),
        SamplingConfig(max_tokens=2, min_p=0.4),
        SamplingConfig(max_tokens=2, repetition_penalty=1.5),
        SamplingConfig(max_tokens=2, no_repeat_ngram=1),
        SamplingConfig(
            max_tokens=2,
            temperature=1.3,
            top_k=5,
            top_p=0.9,
            min_p=0.2,
            repetition_penalty=1.2,
            no_repeat_ngram=2,
        ),
    ],
)
def test_units_come_as_often_as_their_probability_says(config: SamplingConfig) -> None:
    """The first one does, and behind each first one the second."""
    network, count, prompt = Table(TABLE), 6000, (5, 4, 5, END)
    given = Prompts(
        states=None,
        tokens=np.full(count, END),
        histories=[prompt] * count,
        never=(UNKNOWN,),
    )
    texts = [numbers_of(text) for text in write(network, given, config, range(count), end=None)]

    def expected(last: int, history: History) -> dict[int, float]:
        logs = dict(enumerate(network.logs[last].tolist()))
        del logs[UNKNOWN]
        return filtered(logs, history, config)

    following = expected(END, prompt)
    assert chi_square(Counter(text[0] for text in texts), following) < 4.0
    for first in following:
        counts = Counter(text[1] for text in texts if text[0] == first)
        assert chi_square(counts, expected(first, (*prompt, first))) < 4.0


def test_chi_square_tells_distributions_apart() -> None:
    count = 6000
    given = Prompts(states=None, tokens=np.full(count, END))
    config = SamplingConfig(max_tokens=1, temperature=0.8)
    texts = write(Table(TABLE), given, config, range(count))
    counts = Counter(numbers_of(text)[0] for text in texts)
    logs = dict(enumerate(Table(TABLE).logs[END].tolist()))
    assert chi_square(counts, filtered(logs, (), config)) < 4.0
    assert chi_square(counts, filtered(logs, (), SamplingConfig())) > 4.0


@settings(max_examples=150)
@given(networks, prompts, samplings, st.data())
def test_other_texts_change_nothing(
    network: Dice, given: list[History], config: SamplingConfig, data: st.DataObject
) -> None:
    """To the bit, also as other texts end one by one."""
    allowed = firsts(data.draw(st.lists(histories, min_size=len(given), max_size=len(given))))
    seeds = data.draw(st.lists(st.integers(0, 99), min_size=len(given), max_size=len(given)))
    together = write(network, begin(given, never=NEVER, allowed=allowed), config, seeds)
    for row, prompt in enumerate(given):
        one = begin([prompt], never=NEVER, allowed=allowed[row : row + 1])
        assert write(network, one, config, [seeds[row]]) == [together[row]]


@settings(max_examples=150)
@given(networks, prompts, samplings)
def test_every_unit_is_one_of_those_left_and_has_its_own_probability(
    network: Dice, given: list[History], config: SamplingConfig
) -> None:
    found = write(network, begin(given, never=NEVER), config, range(len(given)))
    for prompt, text in zip(given, found, strict=True):
        assert 1 <= len(text) <= config.max_tokens
        assert END not in numbers_of(text)[:-1]
        assert len(text) == config.max_tokens or text[-1][0] == END
        history = prompt
        for number, log in text:
            logs = network.log_probabilities(history).astype(np.float64)
            assert log == logs[number]
            possible = {unit: float(logs[unit]) for unit in range(SIZE) if unit not in NEVER}
            assert filtered(possible, history, config)[number] > 0.0
            history = (*history, number)


@settings(max_examples=50)
@given(networks, prompts, st.integers(0, 3))
def test_at_temperature_0_the_best_unit_is_written(
    network: Dice, given: list[History], n: int
) -> None:
    config = SamplingConfig(temperature=0.0, no_repeat_ngram=n, max_tokens=6)
    found = write(network, begin(given, never=NEVER), config, range(len(given)))
    for prompt, text in zip(given, found, strict=True):
        history = prompt
        for number in numbers_of(text):
            logs = enumerate(network.log_probabilities(history).tolist())
            possible = {unit: log for unit, log in logs if unit not in NEVER}
            left = discouraged(possible, history, config)
            assert number == min(left, key=lambda unit: (-left[unit], unit))
            history = (*history, number)


def test_at_temperature_0_nothing_is_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numpy.random.default_rng", lambda seed: None)
    given = Prompts(states=None, tokens=np.array([4, 6]))
    found = write(Table(TABLE), given, SamplingConfig(temperature=0.0, max_tokens=3), [1, 2])
    assert [numbers_of(text) for text in found] == [(5, END), (4, 5, END)]


def test_same_seed_writes_the_same() -> None:
    network, config = Dice(50), SamplingConfig(max_tokens=20)
    given = begin([(4, 5)] * 4)
    seeds: list[int | Sequence[int]] = [7, 7, 8, (7, 1)]
    found = write(network, given, config, seeds, end=None)
    assert found[0] == found[1]
    assert len({numbers_of(text) for text in found}) == 3
    assert write(network, given, config, seeds, end=None) == found


def test_longer_text_begins_as_a_shorter_one() -> None:
    network, given = Dice(50), begin([(4, 5), (6,)])
    longer = write(network, given, SamplingConfig(max_tokens=20), [1, 2], end=None)
    shorter = write(network, given, SamplingConfig(max_tokens=5), [1, 2], end=None)
    assert [text[:5] for text in longer] == shorter
    assert [len(text) for text in longer] == [20, 20]


def test_only_texts_that_go_on_are_asked_about() -> None:
    network = Dice(9, spread=0.5)
    given = begin([(place % 5 + 4,) for place in range(40)])
    found = write(network, given, SamplingConfig(max_tokens=30), range(40))
    lengths = np.array([len(text) for text in found])
    assert network.asked == [int((lengths > step).sum()) for step in range(lengths.max())]
    assert len(set(network.asked)) > 5


def test_a_step_is_taken_when_it_is_asked_for() -> None:
    network = Dice(9)
    sampler = Sampler(network, begin([(4,), (5,), (6,)]), SamplingConfig(), seeds=[1, 2, 3])
    assert network.asked == []
    next(sampler)
    assert network.asked == [3]
    sampler.stop(1)
    sampler.stop(1)
    assert next(sampler).rows.tolist() == [0, 2]
    sampler.stop(1)
    sampler.stop(0)
    sampler.stop(2)
    assert list(sampler) == []
    assert network.asked == [3, 2]


def test_text_can_be_stopped_before_its_first_unit() -> None:
    allowed = firsts([[4], [5], [6]])
    given = begin([(4,), (5,), (6,)], allowed=allowed)
    sampler = Sampler(Dice(SIZE), given, SamplingConfig(), seeds=[1, 2, 3])
    sampler.stop(1)
    step = next(sampler)
    assert (step.rows.tolist(), step.numbers.tolist()) == ([0, 2], [4, 6])


@settings(max_examples=50)
@given(st.integers(0, 10**6), prompts, st.integers(1, 3))
def test_blocked_n_grams_never_come_again(seed: int, given: list[History], n: int) -> None:
    """Nor do those of the prompt."""
    network = Dice(40, seed)
    config = SamplingConfig(no_repeat_ngram=n, max_tokens=20)
    found = write(network, begin(given), config, range(len(given)), end=None)
    for prompt, text in zip(given, found, strict=True):
        history = (*prompt, *numbers_of(text))
        for last in range(len(prompt) + 1, len(history) + 1):
            n_gram = history[max(0, last - n) : last]
            assert all(history[end - n : end] != n_gram for end in range(n, last))


def test_penalty_counts_the_prompt() -> None:
    config = SamplingConfig(temperature=0.0, repetition_penalty=3.0, max_tokens=3)
    given = Prompts(
        states=None, tokens=np.array([4, 4]), histories=[(4,), (5, END, 4)], never=(UNKNOWN,)
    )
    found = write(Table(TABLE), given, config, [0, 0], end=None)
    # After 4 come 5, END and 6 with 0.35, 0.2 and 0.2; after 6 most are alike.
    assert [numbers_of(text)[0] for text in found] == [5, 6]


def test_without_histories_only_what_is_written_is_a_repetition() -> None:
    config = SamplingConfig(temperature=0.0, no_repeat_ngram=1, max_tokens=3)
    given = Prompts(states=None, tokens=np.array([5]), never=(UNKNOWN,))
    found = write(Table(TABLE), given, config, [0], end=None)
    # After 5 come END and 4 with 0.3, after END comes 4, and after 4 comes 5.
    assert numbers_of(found[0]) == (END, 4, 5)


def test_what_comes_first_may_be_limited() -> None:
    given = begin([(4,)] * 3, never=NEVER, allowed=firsts([[5], [PADDING], [START, UNKNOWN]]))
    found = write(Dice(SIZE, spread=0.1), given, SamplingConfig(max_tokens=60), [1, 2, 3], end=None)
    first = [numbers_of(text)[0] for text in found]
    assert (first[0], first[2]) == (5, UNKNOWN)
    assert first[1] not in NEVER  # nothing was left, so that everything else may come
    for text in found:
        assert set(numbers_of(text)[1:]) == set(range(SIZE)) - set(NEVER)


class Broken(Dice):
    """Gives what is not a number behind histories of a length, and with a 4 in front."""

    def log_probabilities(self, history: History) -> npt.NDArray[np.float32]:
        if len(history) >= 3 and history[0] == 4:
            return np.full(self.size, np.nan, dtype=np.float32)
        return super().log_probabilities(history)


def test_text_ends_where_nothing_is_possible() -> None:
    network = Broken(SIZE)
    given = [(4,), (5,), (4, 4, 4)]
    found = write(network, begin(given), SamplingConfig(max_tokens=5), [0, 0, 0], end=None)
    assert [len(text) for text in found] == [2, 5, 0]
    found = write(network, begin(given[:1]), SamplingConfig(max_tokens=5), [0], end=None)
    assert [len(text) for text in found] == [2]
    config = SamplingConfig(max_tokens=5, beam=3)
    best = best_continuations(network, begin(given), config)
    assert [len(one[0].numbers) for one in best] == [2, 5, 0]
    assert np.isfinite([one[0].score for one in best]).all()


def test_no_prompts_no_texts() -> None:
    given = begin([])
    assert write(Dice(SIZE), given, SamplingConfig(), []) == []
    assert best_continuations(Dice(SIZE), given, SamplingConfig(beam=3)) == []


def test_what_is_for_another_number_of_prompts_is_refused() -> None:
    with pytest.raises(ValueError, match="there are 1 seeds for 2 prompts"):
        Sampler(Dice(SIZE), begin([(4,), (5,)]), SamplingConfig(), seeds=[1])
    tokens = np.array([4, 5])
    with pytest.raises(ValueError, match="histories is for 1 prompts, and there are 2"):
        Prompts(states=None, tokens=tokens, histories=[(4,)])
    with pytest.raises(ValueError, match="allowed is for 3 prompts, and there are 2"):
        Prompts(states=None, tokens=tokens, allowed=np.ones((3, SIZE), dtype=bool))


@settings(max_examples=60)
@given(networks, prompts, searches, st.sampled_from([END, None]), st.booleans(), st.integers(1, 8))
def test_wide_beam_finds_the_best_of_all_texts(
    network: Dice,
    given: list[History],
    config: SamplingConfig,
    end: int | None,
    is_limited: bool,
    nbest: int,
) -> None:
    config = SamplingConfig(
        beam=WIDE,
        length_penalty=config.length_penalty,
        repetition_penalty=config.repetition_penalty,
        no_repeat_ngram=config.no_repeat_ngram,
        max_tokens=min(3, config.max_tokens),
    )
    given, first = given[:2], [3, 5, 6] if is_limited else range(SIZE)
    allowed = firsts([first] * len(given)) if is_limited else None
    asked = begin(given, never=NEVER, allowed=allowed)
    for prompt, found in zip(
        given, best_continuations(network, asked, config, end=end, nbest=nbest), strict=True
    ):
        every = list(every_text(network, prompt, config, end=end, never=NEVER, first=first))
        expected = sorted((text.score for text in every), reverse=True)[:nbest]
        assert [one.score for one in found] == pytest.approx(expected, abs=1e-6)
        texts = {text.numbers: text for text in every}
        for one in found:
            text = texts[tuple(one.numbers)]
            assert one.log_probability == pytest.approx(text.log_probability, abs=1e-6)
            assert one.score == pytest.approx(text.score, abs=1e-6)
            assert one.attention.shape == (len(one.numbers) + 1, 0)


@pytest.mark.parametrize("end", [END, None])
def test_all_texts_together_have_a_probability_of_one(end: int | None) -> None:
    config = SamplingConfig(beam=WIDE, max_tokens=3)
    network = Dice(5, spread=0.5)
    found = best_continuations(network, begin([(4, 4)]), config, end=end, nbest=WIDE)[0]
    assert len(found) == (1 + 4 + 16 + 64 if end else 125)
    assert sum(np.exp(one.log_probability) for one in found) == pytest.approx(1.0, abs=1e-5)


@settings(max_examples=100)
@given(st.integers(0, 10**6), prompts, searches)
def test_beam_of_one_writes_what_temperature_0_writes(
    seed: int, given: list[History], config: SamplingConfig
) -> None:
    network = Dice(SIZE, seed)
    config = SamplingConfig(
        temperature=0.0,
        repetition_penalty=config.repetition_penalty,
        no_repeat_ngram=config.no_repeat_ngram,
        max_tokens=config.max_tokens,
    )
    asked = begin(given, never=NEVER)
    for end in (END, None):
        greedy = write(network, asked, config, range(len(given)), end=end)
        for text, found in zip(
            greedy, best_continuations(network, asked, config, end=end), strict=True
        ):
            numbers = numbers_of(text)
            if end is not None and numbers[-1] == end:
                numbers = numbers[:-1]
            assert tuple(found[0].numbers) == numbers


@settings(max_examples=100)
@given(networks, prompts, searches, st.sampled_from([END, None]))
def test_other_prompts_change_nothing_in_a_search(
    network: Dice, given: list[History], config: SamplingConfig, end: int | None
) -> None:
    def told(found: list[Found]) -> list[tuple[list[int], float, float]]:
        return [(one.numbers, one.log_probability, one.score) for one in found]

    nbest = config.beam
    together = best_continuations(network, begin(given, never=NEVER), config, end=end, nbest=nbest)
    for prompt, found in zip(given, together, strict=True):
        one = begin([prompt], never=NEVER)
        alone = best_continuations(network, one, config, end=end, nbest=nbest)[0]
        assert told(found) == told(alone)
        assert 1 <= len(found) <= nbest
        assert len({tuple(each.numbers) for each in found}) == len(found)
        scores = [each.score for each in found]
        assert scores == sorted(scores, reverse=True)


def test_wider_beam_finds_what_is_better_than_the_best_steps() -> None:
    """The likelier first unit has nothing likely behind it."""
    table = np.full((6, 6), 1 / 6)
    table[3] = [0.0, 0.0, 0.0, 0.0, 0.6, 0.4]
    table[5] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    given = Prompts(states=None, tokens=np.array([3]))
    for beam, numbers, probability in ((1, [4, 0], 0.1), (2, [5, 3], 0.4)):
        config = SamplingConfig(beam=beam, max_tokens=2)
        found = best_continuations(Table(table), given, config)[0][0]
        assert found.numbers == numbers
        assert np.exp(found.log_probability) == pytest.approx(probability)


def test_places_without_a_hypothesis_go_on_from_any_other() -> None:
    """Where a beam is wider than the choice; a network is only told of texts that it has."""
    network = Dice(SIZE)
    kept: list[list[int]] = []

    class Watched(Dice):
        def select(self, states: list[History], rows: IntArray) -> list[History]:
            kept.append(rows.tolist())
            return super().select(states, rows)

    config = SamplingConfig(beam=4, max_tokens=3)
    given = begin([(4,), (5,)], allowed=firsts([[5, 6], [4]]))
    found = best_continuations(Watched(SIZE), given, config, nbest=4)
    assert kept[0] == [0] * 4 + [1] * 4  # two hypotheses of the first prompt, one of the other
    for prompt, first, texts in zip([(4,), (5,)], [[5, 6], [4]], found, strict=True):
        every = every_text(network, prompt, config, end=None, never=(), first=first)
        possible = {text.numbers: text.log_probability for text in every}
        for text in texts:
            assert text.log_probability == pytest.approx(possible[tuple(text.numbers)], abs=1e-6)


def test_search_asks_for_no_step_behind_the_last() -> None:
    network = Dice(SIZE)
    best_continuations(network, begin([(4,), (5,)]), SamplingConfig(beam=3, max_tokens=4))
    assert network.asked == [2, 6, 6, 6]


@pytest.mark.parametrize("nbest", [0, 4])
def test_more_texts_than_the_beam_is_wide_are_refused(nbest: int) -> None:
    with pytest.raises(ConfigError, match=f"nbest is {nbest}: .* sampling.beam, which is 3"):
        best_continuations(Dice(SIZE), begin([(4,)]), SamplingConfig(beam=3), nbest=nbest)
