"""A model's folder as files in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seqtag.errors import ModelError
from seqtag.io.model_bytes import from_files, to_files


def test_files_come_back_as_they_were() -> None:
    def save(folder: Path) -> None:
        folder.mkdir()
        (folder / "b.json").write_bytes(b"2")
        (folder / "a.bin").write_bytes(b"\x00\xff")

    files = to_files(save)
    assert list(files.items()) == [("a.bin", b"\x00\xff"), ("b.json", b"2")]
    read = from_files(files, lambda place: {p.name: p.read_bytes() for p in place.iterdir()})
    assert read == files


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("../a", b"", "a model has no file '../a'"),
        ("/a", b"", "a model has no file '/a'"),
        ("", b"", "a model has no file ''"),
        (".", b"", "a model has no file '.'"),
        ("..", b"", "a model has no file '..'"),
        (1, b"", "a model has no file 1"),
        ("a", "text", "the content of a model's file 'a' is no bytes"),
    ],
)
def test_what_no_model_has_is_refused(name: Any, content: Any, message: str) -> None:  # noqa: ANN401 - anything may come
    with pytest.raises(ModelError, match=message):
        from_files({name: content}, lambda place: place)
