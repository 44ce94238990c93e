"""Vectors in a mapped file are those of the file that it was made from."""

from __future__ import annotations

import contextlib
import gzip
import json
import struct
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from seqtag.errors import DataError
from seqtag.io.vector_blocks import VectorContents
from seqtag.io.vector_store import write_store
from seqtag.io.vectors import WordVectors, write_vectors
from seqtag.text.hashed_ngrams import HashedNgrams
from seqtag.text.vector_lookup import lookup_forms
from tests.helpers import ENVIRONMENT
from tests.vector_files import holds_ngrams, map_vectors, read_vectors

words_lists = st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=30, unique=True)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that every example of a property may write anew."""
    return tmp_path_factory.mktemp("store") / "vectors.safetensors"


def make_vectors(words: list[str], size: int = 5) -> WordVectors:
    array = np.random.default_rng(len(words)).normal(size=(len(words), size)).astype(np.float32)
    return WordVectors(words, array)


@given(words=words_lists, size=st.integers(1, 4))
def test_what_is_written_is_looked_up(scratch: Path, words: list[str], size: int) -> None:
    vectors = make_vectors(words, size)
    write_vectors(scratch, vectors)
    store = map_vectors(scratch)
    assert (len(store), store.size, store.has_ngrams) == (len(words), size, False)
    np.testing.assert_array_equal(store.vectors(words), vectors.array)
    listed = dict(zip(words, vectors.array, strict=True))
    for word in ["", "other", *(word.upper() for word in words)]:
        wanted = next((listed[form] for form in lookup_forms(word) if form in listed), None)
        found = store.vectors([word])[0]
        np.testing.assert_array_equal(found, np.zeros(size) if wanted is None else wanted)


def test_file_is_one_of_the_safetensors_library(tmp_path: Path) -> None:
    vectors = make_vectors(["a", "ü", "c d"])
    write_vectors(tmp_path / "v", vectors)
    with safe_open(tmp_path / "v", "np") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        assert file.metadata() == {"kind": "seqtag word vectors 1"}
    np.testing.assert_array_equal(arrays["vectors"], vectors.array)
    ends = arrays["ends"].tolist()
    text = arrays["text"].tobytes()
    assert [text[a:b].decode() for a, b in zip([0, *ends], ends, strict=False)] == vectors.words
    assert sorted(arrays["order"].tolist()) == [0, 1, 2]
    assert arrays["hashes"].tolist() == sorted(arrays["hashes"].tolist())


@pytest.mark.parametrize("packed", [False, True])
def test_text_is_mapped_in_16_bits(tmp_path: Path, packed: bool) -> None:
    vectors = make_vectors([f"w{number}" for number in range(2000)], 7)
    rows = zip(vectors.words, vectors.array.tolist(), strict=True)
    text = "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in rows)
    data = ("w3 " + " ".join(["9"] * 7) + "\n").join([text, ""]).encode()
    (tmp_path / "v.txt").write_bytes(gzip.compress(data) if packed else data)
    store = map_vectors(tmp_path / "v.txt")
    found = store.vectors(vectors.words)  # of w3, which comes twice, the first counts
    np.testing.assert_array_equal(found, vectors.array.astype(np.float16).astype(np.float32))


def test_temporary_file_is_gone_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "v.txt").write_text("a 1 2\nb 3 4\n", "utf-8")
    store = map_vectors(tmp_path / "v.txt")
    assert not any((tmp_path / "temporary").iterdir())
    assert store.vectors(["b"]).tolist() == [[3, 4]]


def test_store_is_copied_and_read_whole(tmp_path: Path) -> None:
    vectors = make_vectors([f"w{number}" for number in range(1500)])
    write_vectors(tmp_path / "v", vectors)
    store = map_vectors(tmp_path / "v")
    with (tmp_path / "copy").open("wb") as file:
        store.write(file)
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "v").read_bytes()
    found = read_vectors(tmp_path / "copy")
    assert found.words == vectors.words
    np.testing.assert_array_equal(found.array, vectors.array)
    assert read_vectors(tmp_path / "v", {"w7"}.__contains__).words == ["w7"]
    # As the file is replaced, who has it keeps what it held.
    write_vectors(tmp_path / "v", make_vectors(["other"]))
    np.testing.assert_array_equal(store.vectors(["w7"])[0], vectors.array[7])


def test_equal_hashes_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqtag.io.vector_store._hashed", lambda content: len(content))
    vectors = make_vectors(["aa", "bb", "c", "aa", "dd"])
    write_vectors(tmp_path / "v", vectors)
    store = map_vectors(tmp_path / "v")
    found = store.vectors(["aa", "bb", "c", "dd", "ee"])
    np.testing.assert_array_equal(found[:4], vectors.array[[0, 1, 2, 4]])
    assert not found[4].any()


@pytest.mark.parametrize("hash_count", [1, 2, 4])
def test_floret_s_vectors_are_those_that_the_library_gives(tmp_path: Path, hash_count: int) -> None:
    floret = pytest.importorskip("floret", reason="needs the floret library: pip install floret")
    # Of the word that is most frequent the library gives another vector than spaCy does.
    (tmp_path / "text.txt").write_text("most most the Straße 漢字 running a\n" * 50, "utf-8")
    arguments: dict[str, Any] = {"dim": 9, "bucket": 300, "minn": 3, "maxn": 5, "minCount": 1}
    model = floret.train_unsupervised(
        str(tmp_path / "text.txt"),
        **{"mode": "floret", "hashCount": hash_count, "epoch": 2, "thread": 1, "verbose": 0},
        **arguments,
    )
    model.save_floret_vectors(str(tmp_path / "v.floret"))
    assert holds_ngrams(tmp_path / "v.floret")
    store = map_vectors(tmp_path / "v.floret")
    assert len(store) == 0
    words = ["the", "The", "Straßenbahn", "漢字", "running", "runner", "b"]
    wanted = np.array([model.get_word_vector(word) for word in words])
    assert (np.abs(wanted).max(axis=1) > 1e-3).sum() >= 3  # what has no trained n-gram has zeros
    np.testing.assert_allclose(store.vectors(words), wanted, atol=2e-5)


FLORET = b"3 2 2 3 1 7 < >\n0 1 2\n1 3 4\n2 5 6\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (FLORET.replace(b"2 5 6\n", b""), "the header promises 3 rows, but the file has 2"),
        (
            FLORET.replace(b"1 3 4", b"2 3 4"),
            "row 1 is called '2', and rows of floret",
        ),
        (FLORET.replace(b"3 4", b"3 x"), "'x' is no finite number"),
        (FLORET + b"3 1 1\n", "the header promises 3 rows, but the file has 4"),
        (b"a 1 2\nb 1 70000\n", "a value is too large for 16 bits; scale the vectors"),
        (b"0 3\n", "the file holds no vectors; give another"),
    ],
)
def test_damaged_text_is_told(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "v.txt"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        map_vectors(path)
    assert caught.value.path == str(path)


@given(place=st.integers(0, 1400), value=st.binary(min_size=1, max_size=3), cut=st.booleans())
@settings(max_examples=300)
def test_any_damage_gives_vectors_or_a_data_error(
    scratch: Path, place: int, value: bytes, cut: bool
) -> None:
    write_vectors(scratch, make_vectors(["a", "b", "c", "d", "e"]))
    data = bytearray(scratch.read_bytes())
    if cut:
        del data[place:]
    else:
        data[place : place + len(value)] = value
    scratch.unlink()  # what is mapped must not change
    scratch.write_bytes(data)
    with contextlib.suppress(DataError):
        assert map_vectors(scratch).vectors(["a", "b", "f"]).shape[0] == 3


NGRAMS = json.dumps(asdict(HashedNgrams("floret", 5, 0, 10**18, 9)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda header: header.pop("ends"), "the header is damaged"),
        (lambda header: header["vectors"].update(dtype="F64"), "the header is damaged"),
        (lambda header: header["vectors"].update(shape=[5]), "the header is damaged"),
        (lambda header: header["vectors"].update(shape=[25]), "the header is damaged"),
        (lambda header: header["text"].update(data_offsets=[0, 9**9]), "does not fit the file"),
        (lambda header: header["order"].update(shape=[-5]), "the header is damaged"),
        (lambda header: header["order"].update(dtype="F32"), "the header is damaged"),
        (lambda header: header["hashes"].update(shape=[5, 1]), "the header is damaged"),
        (lambda header: header["ends"].update(shape=[]), "the header is damaged"),
        (lambda header: header["__metadata__"].update(ngrams=NGRAMS), "the header is damaged"),
        (lambda header: header["__metadata__"].update(ngrams="{}"), "the header is damaged"),
        (lambda header: header["vectors"].update(shape=[25, 1]), "vectors are not as many as the"),
    ],
)
def test_header_that_does_not_fit_is_told(tmp_path: Path, change: Any, message: str) -> None:  # noqa: ANN401 - a function of a header
    path = tmp_path / "v"
    write_vectors(path, make_vectors(["a", "b", "c", "d", "e"]))
    data = path.read_bytes()
    (length,) = struct.unpack("<q", data[:8])
    header = json.loads(data[8 : 8 + length])
    change(header)
    text = json.dumps(header, separators=(",", ":")).encode().ljust(length)
    path.unlink()
    path.write_bytes(data[:8] + text + data[8 + length :])
    with pytest.raises(DataError, match=message):
        map_vectors(path)


def test_number_that_is_none_is_told(tmp_path: Path) -> None:
    vectors = make_vectors(["a", "b"])
    vectors.array[1, 2] = np.nan
    path = tmp_path / "v"
    with path.open("wb") as file:
        contents = VectorContents(5, iter([(vectors.words, np.zeros((2, 5), np.float32))]))
        write_store(file, contents, "v", "v", half=False)
    data = bytearray(path.read_bytes())
    data[1024 : 1024 + vectors.array.nbytes] = vectors.array.tobytes()
    path.unlink()
    path.write_bytes(data)
    store = map_vectors(path)
    assert store.vectors(["a"]).any()
    for read in (lambda: store.vectors(["a", "b"]), lambda: read_vectors(path)):
        with pytest.raises(DataError, match="v: a value is no finite number; fetch the file anew"):
            read()


def test_packed_store_and_full_disk_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_vectors(tmp_path / "v", make_vectors(["a"]))
    (tmp_path / "v.gz").write_bytes(gzip.compress((tmp_path / "v").read_bytes()))
    for read in (map_vectors, read_vectors):
        with pytest.raises(DataError, match=r"seqtag's own files of vectors are mapped: unpack it"):
            read(tmp_path / "v.gz")
    (tmp_path / "t.txt").write_text("a 1 2\n", "utf-8")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="nowhere: cannot be written: no such file or folder"):
        map_vectors(tmp_path / "t.txt")


MEASURE = """
import sys
from seqtag.io.vectors import open_vectors

def kilobytes(name):
    with open("/proc/self/status", encoding="utf-8") as file:
        return int(next(line for line in file if line.startswith(name)).split()[1])

words = [f"w{5 * number}" for number in range(20_000)]
wanted = set(words)
with open("/proc/self/clear_refs", "w", encoding="utf-8") as file:
    file.write("5")  # the peak is counted from here
before = kilobytes("VmRSS")
if sys.argv[2] == "mapped":
    found = open_vectors(sys.argv[1], mapped=True).vectors(words)
else:
    found = open_vectors(sys.argv[1], wanted.__contains__).array
print(found.shape, (found != 0).any(axis=1).all(), (kilobytes("VmHWM") - before) // 1000)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("kind", ["mapped", "needed"])
def test_memory_goes_by_the_words_that_are_wanted(tmp_path: Path, kind: str) -> None:
    """A file of 120 MB, of which a fifth is wanted that lies all over it."""
    rows = np.random.default_rng(0).normal(size=(500, 300)).astype(np.float32)
    blocks = (
        ([f"w{n}" for n in range(start, start + 500)], rows) for start in range(0, 10**5, 500)
    )
    path = tmp_path / "v"
    with path.open("wb") as file:
        write_store(file, VectorContents(300, blocks), "v", "v", half=False)
    assert path.stat().st_size > 120e6
    command = [sys.executable, "-c", MEASURE, str(path), kind]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    shape, megabytes = done.stdout.rsplit(" ", 1)
    assert shape == "(20000, 300) True"
    assert 20 < int(megabytes) < 70  # what is wanted are 24 MB
