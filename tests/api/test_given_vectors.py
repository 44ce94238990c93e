"""Word vectors in memory, in place of a file."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import seqtag
from seqtag.api.given_vectors import word_vectors
from seqtag.api.train import Interrupted
from seqtag.errors import ConfigError, DataError
from seqtag.io.vectors import WordVectors
from tests.api.runs import SMALL, stop_after
from tests.helpers import assert_same_run, contents, files
from tests.vector_files import read_vectors

ARRAY = np.array([[1, 2.5], [3, 4], [5, 6]], dtype=np.float32)
WORDS = ["the", "Rome", "x"]
NUMBERS = {"Rome": 1, "": 2, "the": 0}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (WordVectors(WORDS, ARRAY), WORDS),
        (dict(zip(WORDS, ARRAY.tolist(), strict=True)), WORDS),
        ({word: torch.tensor(row) for word, row in zip(WORDS, ARRAY, strict=True)}, WORDS),
        (SimpleNamespace(stoi=NUMBERS, vectors=torch.tensor(ARRAY)), ["Rome", "the"]),
        (dict(zip(WORDS, map(torch.nn.Parameter, torch.tensor(ARRAY)), strict=True)), WORDS),
        (SimpleNamespace(key_to_index=NUMBERS, vectors=ARRAY), ["Rome", "the"]),
    ],
    ids=["word vectors", "lists", "tensors", "torchtext", "weights", "gensim"],
)
def test_vectors_of_each_kind_are_taken(given: object, wanted: list[str]) -> None:
    found = word_vectors(given)
    assert found.words == wanted
    np.testing.assert_array_equal(found.array, ARRAY[[WORDS.index(word) for word in wanted]])


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (3, ConfigError, "embedding.vectors is of type int: give the name of a file, or word"),
        ([1.0], ConfigError, "embedding.vectors is of type list"),
        ({}, DataError, "the dict holds no word; give other vectors"),
        ({"": [1.0]}, DataError, "the dict holds no word"),
        ({"a": [1.0], "b": [1.0, 2.0]}, DataError, "the vectors of the dict are no table of"),
        ({3: [1.0]}, DataError, "the dict holds the word 3, which is no text"),
        ({"a\ud800": [1.0]}, DataError, "the dict holds the word .*, which is no text"),
        ({"a": 1.0}, DataError, "the vectors of the dict are no table of numbers"),
        ({"a": []}, DataError, "the vectors of the dict are no table of numbers"),
        ({"a": ["x"]}, DataError, "the vectors of the dict are no table of numbers"),
        ({"a": [1e39]}, DataError, "the vector of 'a' holds a value that is no finite number"),
        ({"a": [1.0], "b": [np.nan]}, DataError, "the vector of 'b' holds a value that is no fin"),
        (SimpleNamespace(stoi={"a": 7}, vectors=ARRAY), DataError, "are no table of numbers"),
    ],
)
def test_what_is_wrong_is_told(given: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        word_vectors(given)


@pytest.fixture(scope="module")
def vectors(small: Path) -> dict[str, list[float]]:
    """Return a vector for each word of the small corpus's training part."""
    lines = (small / "train.conll").read_text("utf-8").splitlines()
    words = sorted({line.split()[0] for line in lines if line})
    rows = np.random.default_rng(0).normal(size=(len(words), 4)).astype(np.float32)
    return dict(zip(words, rows.tolist(), strict=True))


@pytest.mark.parametrize("kept", ["all", "mapped"])
def test_run_is_that_of_the_file_and_is_repeated_and_resumed(
    small: Path, vectors: dict[str, list[float]], tmp_path: Path, kept: str
) -> None:
    settings: dict[str, Any] = {**files(small, "conll"), **SMALL}
    settings["embedding.vectors_words"] = kept
    given: dict[str, Any] = {"embedding.vectors": vectors}
    other: dict[str, Any] = {"embedding.vectors": {**vectors, "new": [0.0, 0.0, 0.0, 1.0]}}
    folder = tmp_path / "run"
    tagger = seqtag.train(output=folder, **settings, **given)
    path = folder / "data" / "vectors.safetensors"
    assert read_vectors(path).words == list(vectors)
    named = seqtag.train(output=tmp_path / "named", **(settings | {"embedding.vectors": str(path)}))
    np.testing.assert_array_equal(
        tagger.tag(["Lake", "Ossel"]).marginals, named.tag(["Lake", "Ossel"]).marginals
    )
    seqtag.train(folder / "config.toml", output=tmp_path / "again")
    assert_same_run(tmp_path / "named", tmp_path / "again")
    with pytest.raises(Interrupted):
        seqtag.train(output=tmp_path / "cut", should_stop=stop_after(5), **settings, **given)
    with pytest.raises(ConfigError, match="this is other data than the run was begun with"):
        seqtag.train(output=tmp_path / "cut", resume=True, **settings, **other)
    seqtag.train(output=tmp_path / "cut", resume=True, **settings, **given)
    weights = "model/weights.safetensors"
    assert (tmp_path / "cut" / weights).read_bytes() == (folder / weights).read_bytes()
    # A run that replaces it and reads no such vectors keeps none.
    seqtag.train(output=tmp_path / "cut", force=True, **files(small, "conll"), **SMALL)
    assert not [name for name in contents(tmp_path / "cut") if "vectors" in name]


def test_vectors_that_fit_no_word_are_called_by_what_gave_them(small: Path) -> None:
    settings: dict[str, Any] = {"embedding.vectors": {"qqqqq": [1.0, 2.0]}}
    with pytest.raises(ConfigError, match="^<embedding.vectors>: none of the corpus's words has a"):
        seqtag.train(**files(small, "conll"), **SMALL, **settings)
