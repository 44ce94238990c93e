from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import seqtag
from tests.helpers import TINY, files

KINDS = ["additive", "dot", "mean", "max", "last"]
TEXTS = ["I love the screen.", "dull", "The speaker is cold, and I cannot recommend it. " * 8, ""]


@pytest.mark.parametrize("ngrams", [0, 2], ids=["alone", "linear"])
@pytest.mark.parametrize("kind", KINDS)
def test_exported_classifier_gives_the_same_answers(
    kind: str, ngrams: int, labelled: Path, tmp_path: Path
) -> None:
    settings = {
        **TINY,
        "training.epochs": 1,
        "encoder.max_length": 16,
        "pooling.kind": kind,
        "pooling.size": 8,
        "pooling.heads": 2,
        "linear.word_ngrams": ngrams,
    }
    seqtag.train(task="classify", output=tmp_path / "run", **files(labelled, "tsv"), **settings)
    loaded = seqtag.load(tmp_path / "run")
    expected = list(loaded.classify_many(TEXTS))
    for int8, precision, tolerance in ((False, "fp32", 1e-5), (True, "int8", 0.05)):
        seqtag.export(tmp_path / "run", int8=int8)
        exported = seqtag.load(tmp_path / "run", engine="onnx", precision=precision)
        for label, wanted in zip(exported.classify_many(TEXTS), expected, strict=True):
            assert list(label.scores.values()) == pytest.approx(
                list(wanted.scores.values()), abs=tolerance
            )
            if kind != "max":  # where a hair decides which token has the largest value
                assert np.allclose(label.attention, wanted.attention, atol=tolerance)
            assert label.attention.sum() == pytest.approx(1.0 if label.tokens else 0.0)
            assert (label.evidence is None) == (ngrams == 0)


def test_exported_classifier_is_saved_and_opened_again(label_run: Path, tmp_path: Path) -> None:
    seqtag.load(label_run).save(tmp_path / "model")
    seqtag.export(tmp_path / "model")
    exported = seqtag.load(tmp_path / "model", engine="onnx")
    exported.save(tmp_path / "alone")
    assert not (tmp_path / "alone" / "weights.safetensors").exists()
    again = seqtag.load(tmp_path / "alone", engine="onnx")
    first, second = ([x.scores for x in m.classify_many(TEXTS)] for m in (exported, again))
    assert first == second
