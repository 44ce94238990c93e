from __future__ import annotations

import json

import numpy as np

from seqtag.io.translation_results import translation_text
from seqtag.text.translation import Hypothesis, Translation

BEST = Hypothesis("ein Hund", ["ein", "Hund"], -0.1234567, -0.2, np.eye(3, dtype=np.float32))
OTHER = Hypothesis("Hund", ["Hund"], -1.5, -2.0, np.full((2, 3), 1 / 3, dtype=np.float32))
FOUND = Translation(
    source="a \tdog",
    text=BEST.text,
    tokens=BEST.tokens,
    source_tokens=["a", "dog"],
    score=BEST.score,
    log_probability=BEST.log_probability,
    attention=BEST.attention,
    nbest=[BEST, OTHER],
)


def test_text_is_the_translation_alone() -> None:
    assert translation_text(FOUND, "text") == "ein Hund\n"
    assert translation_text(FOUND, "text", nbest=True) == "ein Hund\n"


def test_json_tells_all() -> None:
    line = translation_text(FOUND, "jsonl")
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    assert json.loads(line) == {
        "source": "a \tdog",
        "text": "ein Hund",
        "score": -0.123457,
        "log_probability": -0.2,
        "tokens": ["ein", "Hund"],
        "source_tokens": ["a", "dog"],
        "attention": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    }


def test_n_best_are_told_if_asked_for() -> None:
    result = json.loads(translation_text(FOUND, "jsonl", nbest=True))
    assert result["nbest"] == [
        {"text": "ein Hund", "score": -0.123457, "log_probability": -0.2, "tokens": BEST.tokens},
        {"text": "Hund", "score": -1.5, "log_probability": -2.0, "tokens": ["Hund"]},
    ]


def test_characters_are_written_as_they_are() -> None:
    found = Translation("日\u2028本", 'é"\\', ['é"\\'], ["日"], -1.0, -1.0, np.eye(2))
    line = translation_text(found, "jsonl")
    assert "é" in line
    assert line.count("\n") == 1
    assert json.loads(line)["source"] == "日\u2028本"
