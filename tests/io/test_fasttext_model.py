"""fastText's models are read as fastText reads them."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.errors import DataError
from tests.vector_files import holds_ngrams, map_vectors, read_vectors

WORDS = ["the", "Straße", "漢字かな", "a", "naïve", "running"]
UNSEEN = ["Straßenbahn", "runner", "theme", "漢字", "b", "x" * 40]
TOLERANCE = 2e-5  # numbers are kept in 16 bits


def write_model(
    path: Path,
    words: Sequence[str],
    matrix: npt.NDArray[np.float32],
    *,
    longest: int = 4,
    version: int = 12,
    model: int = 2,
    labels: Sequence[str] = (),
    pruned: int = -1,
    quantized: bool = False,
) -> bytes:
    """Write a model by fastText's description of its format, and return its bytes."""
    buckets = len(matrix) - len(words)
    data = struct.pack("<ii", 793712314, version)
    data += struct.pack(
        "<12id", *(matrix.shape[1], 5, 5, 1, 5, 1, 1, model), buckets, 2, longest, 100, 1e-4
    )
    entries = [(word, 0) for word in words] + [(label, 1) for label in labels]
    data += struct.pack("<3iqq", len(entries), len(words), len(labels), 1000, pruned)
    for word, kind in entries:
        data += word.encode() + b"\0" + struct.pack("<qb", 10, kind)
    data += struct.pack("<?qq", quantized, *matrix.shape) + matrix.astype("<f4").tobytes()
    data += b"what comes behind is not read"
    path.write_bytes(data)
    return data


def make_matrix(rows: int, size: int = 5) -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(rows, size)).astype(np.float32)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """Return a model of the floret library's, trained as fastText does, and its file.

    floret writes two arguments more than fastText; the file is the one that fastText would write.
    """
    floret = pytest.importorskip("floret", reason="needs the floret library: pip install floret")
    folder = tmp_path_factory.mktemp("floret")
    (folder / "text.txt").write_text(" ".join(WORDS * 50) + "\n", "utf-8")
    arguments = {"dim": 12, "bucket": 500, "minn": 2, "maxn": 5, "minCount": 1, "epoch": 2}
    model = floret.train_unsupervised(
        str(folder / "text.txt"), mode="fasttext", thread=1, verbose=0, **arguments
    )
    model.save_model(str(folder / "floret.bin"))
    data = (folder / "floret.bin").read_bytes()
    more = 8 + 4 * 11
    (folder / "fasttext.bin").write_bytes(data[:more] + data[more + 8 :])
    return model, folder


@pytest.mark.parametrize("name", ["fasttext.bin", "floret.bin"])
def test_vectors_are_those_that_the_library_gives(trained: tuple[Any, Path], name: str) -> None:
    model, folder = trained
    assert holds_ngrams(folder / name)
    store = map_vectors(folder / name)
    assert len(store) == len(WORDS) + 1  # and the end of a line
    for word in [*WORDS, *UNSEEN, "</s>"]:
        wanted = model.get_word_vector(word)
        assert word in ("b", "</s>") or np.abs(wanted).max() > 10 * TOLERANCE
        np.testing.assert_allclose(store.vectors([word])[0], wanted, atol=TOLERANCE)


def test_floret_s_own_numbering_is_told(trained: tuple[Any, Path], tmp_path: Path) -> None:
    data = bytearray((trained[1] / "floret.bin").read_bytes())
    data[8 + 4 * 11] = 2
    (tmp_path / "m.bin").write_bytes(data)
    with pytest.raises(DataError, match="a binary model of floret: give the vectors that its save"):
        map_vectors(tmp_path / "m.bin")


@pytest.mark.parametrize("block_rows", [1, 2, 3, 512])
def test_model_of_words_alone_is_read_like_a_text(
    tmp_path: Path, block_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqtag.io.fasttext_model.BLOCK_ROWS", block_rows)
    matrix = make_matrix(len(WORDS))
    write_model(tmp_path / "m.bin", WORDS, matrix, longest=0, labels=["__label__a"])
    assert not holds_ngrams(tmp_path / "m.bin")
    found = read_vectors(tmp_path / "m.bin")
    assert found.words == WORDS
    np.testing.assert_array_equal(found.array, matrix)
    found = read_vectors(tmp_path / "m.bin", {"a", "the"}.__contains__)
    assert found.words == ["the", "a"]
    np.testing.assert_array_equal(found.array, matrix[[0, 3]])


def test_n_grams_of_old_classifiers_are_none(tmp_path: Path) -> None:
    """Version 11 does not tell that a classifier has none."""
    write_model(tmp_path / "m.bin", WORDS, make_matrix(20), version=11, model=3)
    assert not holds_ngrams(tmp_path / "m.bin")
    write_model(tmp_path / "m.bin", WORDS, make_matrix(20), version=11, model=2)
    assert holds_ngrams(tmp_path / "m.bin")


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (
            lambda data: data[:30] + b"\xff" * 60 + data[90:],
            "its head tells no sizes: the model is",
        ),
        (lambda data: data[:30], "the file is cut short"),
        (lambda data: data[:130], "a word has no end: the model is damaged"),
        (lambda data: data[:-200], "the file is cut short: the model is damaged: fetch the file"),
        (lambda data: data[:4] + b"\x0d" + data[5:], "fastText's version 13 is unknown, 11 and 12"),
        (lambda data: data[:8] + b"\0" * 4 + data[12:], "vectors have 0 numbers"),
        (lambda data: data.replace(b"the\0", b"the_"), "the model is damaged"),
        (lambda data: data[:-33] + struct.pack("<f", np.nan) + data[-29:], "is no finite number"),
    ],
)
def test_damage_is_told(tmp_path: Path, damaged: Callable[[bytes], bytes], message: str) -> None:
    path = tmp_path / "m.bin"
    data = damaged(write_model(path, WORDS, make_matrix(20)))
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        map_vectors(path)
    assert caught.value.path == str(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantized": True}, "this model is quantized"),
        ({"pruned": 0}, "this model is quantized"),
        ({"version": 10}, "version 10 is unknown"),
    ],
)
def test_models_that_are_not_read_are_told(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    write_model(tmp_path / "m.bin", WORDS, make_matrix(20), **options)
    with pytest.raises(DataError, match=message):
        map_vectors(tmp_path / "m.bin")


@given(cut=st.integers(8, 600), place=st.integers(8, 600), value=st.integers(0, 255))
@settings(max_examples=300)
def test_any_damage_gives_vectors_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, cut: int, place: int, value: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.bin"
    data = bytearray(write_model(path, WORDS, make_matrix(20)))
    data[place] = value
    path.write_bytes(data[:cut] if value % 2 else data)
    with contextlib.suppress(DataError):
        assert map_vectors(path).vectors(["the"]).shape[0] == 1
