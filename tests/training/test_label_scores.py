from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.report.analysis import calibrate as calibrate_for_pages
from seqtag.training.label_scores import BINS, calibrate, score_labels
from seqtag.training.scores import dev_score, summarize_seeds

LABELS = ["good", "bad", "odd"]


def test_scores_of_a_hand_case() -> None:
    gold = ["good", "good", "bad", "bad", "good"]
    probabilities = np.array(
        [[0.8, 0.1, 0.1], [0.3, 0.65, 0.05], [0.1, 0.9, 0.0], [0.2, 0.2, 0.6], [0.95, 0.05, 0.0]]
    )
    scores = score_labels(LABELS, gold, probabilities)
    assert scores["accuracy"] == 3 / 5
    assert scores["by_label"] == {
        "good": {"precision": 1.0, "recall": 2 / 3, "f1": pytest.approx(0.8), "support": 3},
        "bad": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2},
        "odd": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0},
    }
    assert scores["macro_f1"] == pytest.approx((0.8 + 0.5 + 0.0) / 3)
    assert scores["confusion"] == {"good": {"good": 2, "bad": 1}, "bad": {"bad": 1, "odd": 1}}
    logs = [math.log(p) for p in (0.8, 0.3, 0.9, 0.2, 0.95)]
    assert scores["nll"] == pytest.approx(-sum(logs) / 5)
    # One text in each of five bins but two above 0.9.
    error = abs(0.8 - 1) + abs(0.65 - 0) + abs(0.9 + 0.95 - 2) + abs(0.6 - 0)
    assert scores["calibration"]["error"] == pytest.approx(error / 5)


def test_labels_that_training_never_shows_count_as_wrong() -> None:
    scores = score_labels(LABELS, ["new", "good"], np.array([[0.9, 0.1, 0.0], [1.0, 0.0, 0.0]]))
    assert scores["accuracy"] == 0.5
    assert scores["by_label"]["new"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}
    assert list(scores["by_label"]) == ["good", "new"]
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)
    assert scores["confusion"] == {"good": {"good": 1}, "new": {"good": 1}}
    assert scores["nll"] == pytest.approx(0.0)
    assert score_labels(LABELS, ["new"], np.array([[1.0, 0.0, 0.0]]))["nll"] is None


def test_certain_mistakes_have_a_finite_likelihood() -> None:
    scores = score_labels(LABELS, ["bad"], np.array([[1.0, 0.0, 0.0]]))
    assert 20 < scores["nll"] < 50
    assert scores["calibration"]["error"] == 1.0


def _f1(gold: list[str], given: list[str], label: str) -> float:
    """Return a label's F1 as the harmonic mean of precision and recall, counted one by one."""
    both = sum(a == b == label for a, b in zip(gold, given, strict=True))
    if not both:
        return 0.0
    return statistics.harmonic_mean([both / given.count(label), both / gold.count(label)])


@given(
    st.lists(st.tuples(st.sampled_from([*LABELS, "new"]), st.integers(0, 2)), min_size=1),
    st.integers(0, 1000),
)
def test_scores_agree_with_counting_one_by_one(pairs: list[tuple[str, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    gold = [label for label, _ in pairs]
    probabilities = rng.dirichlet(np.ones(3), len(pairs))
    for row, (_, number) in zip(probabilities, pairs, strict=True):
        best = row.argmax()
        row[[best, number]] = row[[number, best]]
    given_ = [LABELS[number] for _, number in pairs]
    scores = score_labels(LABELS, gold, probabilities)
    named = {*gold, *given_}
    assert scores["accuracy"] == pytest.approx(
        sum(a == b for a, b in zip(gold, given_, strict=True)) / len(gold)
    )
    assert scores["by_label"].keys() == named
    for label in named:
        assert scores["by_label"][label]["f1"] == pytest.approx(_f1(gold, given_, label))
        assert scores["by_label"][label]["support"] == gold.count(label)
    assert scores["macro_f1"] == pytest.approx(
        statistics.fmean(_f1(gold, given_, label) for label in named)
    )
    counted = sum(n for row in scores["confusion"].values() for n in row.values())
    assert counted == len(gold)
    for wanted, row in scores["confusion"].items():
        for other, n in row.items():
            assert n == list(zip(gold, given_, strict=True)).count((wanted, other)) > 0


@given(st.lists(st.tuples(st.floats(0.0, 1.0, width=32), st.booleans()), min_size=1, max_size=60))
def test_calibration_agrees_with_counting_and_with_pages(pairs: list[tuple[float, bool]]) -> None:
    confidence = np.array([value for value, _ in pairs])
    right = np.array([hit for _, hit in pairs])
    found = calibrate(confidence, right)
    error = 0.0
    for low in range(BINS):
        inside = [
            (value, hit)
            for value, hit in pairs
            if low <= value * BINS < low + 1 or (low == BINS - 1 and value == 1.0)
        ]
        if inside:
            values, hits = zip(*inside, strict=True)
            error += abs(sum(values) - sum(hits)) / len(pairs)
    assert found["error"] == pytest.approx(error, abs=1e-9)
    assert found["error"] == pytest.approx(calibrate_for_pages(confidence, right).error, abs=1e-9)
    assert sum(part["count"] for part in found["bins"]) == len(pairs)
    for part in found["bins"]:
        assert part["low"] - 1e-9 <= part["confidence"] <= part["high"] + 1e-9


def test_many_texts_in_single_precision_lose_no_digits() -> None:
    confidence = np.full(3_000_000, 0.7, np.float32)
    right = np.arange(3_000_000) % 10 < 7
    assert calibrate(confidence, right)["error"] < 1e-6


def test_seeds_are_compared_in_all_but_confusions_and_bins() -> None:
    runs = {}
    for name, shift in (("seed-1", 0.0), ("seed-2", 0.25)):
        probabilities = np.array([[0.6 + shift, 0.4 - shift, 0.0], [0.7, 0.3, 0.0]])
        runs[name] = {"dev": score_labels(LABELS, ["good", "bad"], probabilities)}
    runs["seed-2"]["dev"]["accuracy"] = 0.75
    found = summarize_seeds(runs)
    assert found["best"] == "seed-2"
    assert dev_score(runs["seed-2"]["dev"]) == 0.75
    assert found["mean"]["dev"]["accuracy"] == 0.625
    assert found["mean"]["dev"]["by_label"]["good"]["recall"] == 1.0
    errors = [runs[name]["dev"]["calibration"]["error"] for name in runs]
    assert found["mean"]["dev"]["calibration"] == {"error": pytest.approx(sum(errors) / 2)}
    assert found["deviation"]["dev"]["calibration"]["error"] > 0
    assert "confusion" not in found["mean"]["dev"]
    assert found["seeds"]["seed-1"]["dev"]["calibration"] == {"error": errors[0]}
