from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from seqtag.report import significance
from seqtag.report.significance import paired_bootstrap


def naive(
    parts: npt.NDArray[np.int64], totals: npt.NDArray[np.int64], samples: int, seed: int
) -> list[tuple[float, ...]]:
    """Draw sentence by sentence, and score every draw from the beginning."""
    random = np.random.default_rng(seed)
    number, scores, _ = parts.shape

    def score(chosen: list[int], which: int, system: int) -> float:
        part = sum(int(parts[sentence, which, system]) for sentence in chosen)
        total = sum(int(totals[sentence, which, system]) for sentence in chosen)
        return part / total if total else 0.0

    draws = [[int(n) for n in random.integers(0, number, size=(number,))] for _ in range(samples)]
    results: list[tuple[float, ...]] = []
    for which in range(scores):
        first, second = (score(list(range(number)), which, system) for system in (0, 1))
        observed = second - first
        gains = [score(draw, which, 1) - score(draw, which, 0) for draw in draws]
        far = sum(abs(gain - observed) >= abs(observed) - 1e-12 for gain in gains)
        low, high = np.percentile(gains, [2.5, 97.5])
        results.append((first, second, low, high, (far + 1) / (samples + 1)))
    return results


def planted(
    random: np.random.Generator, sentences: int, rates: tuple[float, float]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return right and all tokens of two systems that are right at given rates."""
    lengths = random.integers(1, 30, size=sentences)
    totals = np.stack([lengths, lengths], axis=1)[:, None, :]
    return random.binomial(totals, rates), totals


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_draws_are_scored_as_by_hand(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """However many draws are in memory at a time."""
    random = np.random.default_rng(5)
    totals = random.integers(0, 9, size=(12, 3, 2))
    totals[:, 2] = 0  # a score that no sentence takes part in
    parts = random.integers(0, totals + 1)
    monkeypatch.setattr(significance, "_CELLS", at_once * len(parts))
    found = paired_bootstrap(parts, totals, samples=40, seed=3)
    expected = naive(parts, totals, 40, 3)
    for difference, values in zip(found, expected, strict=True):
        shown = (difference.first, difference.second, difference.low, difference.high)
        assert (*shown, difference.p_value) == pytest.approx(values)
        assert difference.gain == pytest.approx(values[1] - values[0])


def test_same_comparison_has_the_same_result() -> None:
    parts, totals = planted(np.random.default_rng(1), 50, (0.8, 0.85))
    assert paired_bootstrap(parts, totals) == paired_bootstrap(parts, totals)


def test_system_is_not_better_than_itself() -> None:
    parts, totals = planted(np.random.default_rng(1), 50, (0.8, 0.8))
    (difference,) = paired_bootstrap(parts[:, :, [0, 0]], totals, samples=500)
    assert (difference.gain, difference.low, difference.high) == (0, 0, 0)
    assert difference.p_value == 1


def test_exchanging_the_systems_turns_the_sign_only() -> None:
    parts, totals = planted(np.random.default_rng(2), 60, (0.8, 0.84))
    (there,) = paired_bootstrap(parts, totals, samples=2000)
    (back,) = paired_bootstrap(parts[:, :, ::-1], totals, samples=2000)
    assert back.gain == -there.gain
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert back.p_value == there.p_value


def test_planted_difference_is_found() -> None:
    parts, totals = planted(np.random.default_rng(3), 400, (0.80, 0.85))
    (difference,) = paired_bootstrap(parts, totals, samples=2000)
    assert difference.p_value < 0.001
    assert 0 < difference.low < 0.05 < difference.high


def test_equal_systems_differ_significantly_about_as_often_as_the_level_says() -> None:
    """Of pairs with the same true accuracy one in twenty, and the interval has the truth in it."""
    random = np.random.default_rng(4)
    trials = [
        paired_bootstrap(*planted(random, 150, (0.8, 0.8)), samples=400, seed=trial)[0]
        for trial in range(400)
    ]
    # Three standard deviations of a count of 400 at one in twenty are 13.
    assert 7 <= sum(difference.p_value < 0.05 for difference in trials) <= 33
    assert 7 <= sum(not d.low <= 0 <= d.high for d in trials) <= 33


def test_interval_is_that_of_the_normal_approximation_for_many_sentences() -> None:
    random = np.random.default_rng(6)
    totals = np.full((2000, 1, 2), 10)
    parts = random.binomial(totals, (0.7, 0.75))
    (difference,) = paired_bootstrap(parts, totals, samples=4000)
    gains = (parts[:, 0, 1] - parts[:, 0, 0]) / 10
    half = 1.96 * gains.std() / np.sqrt(len(gains))
    assert difference.low == pytest.approx(gains.mean() - half, abs=0.0008)
    assert difference.high == pytest.approx(gains.mean() + half, abs=0.0008)


@pytest.mark.parametrize("shape", [(0, 1, 2), (3, 1), (3, 1, 3)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="sentences, scores, 2"):
        paired_bootstrap(np.ones(shape), np.ones(shape))
