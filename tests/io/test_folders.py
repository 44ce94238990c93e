from __future__ import annotations

import os
from pathlib import Path

import pytest

from seqtag.errors import DataError
from seqtag.io import folders


def fill(folder: Path, content: str) -> None:
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").write_text(content, "utf-8")


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be made"):
        folders.make_folder(tmp_path / "file" / "run")


def test_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    fill(tmp_path / "new", "new")
    fill(tmp_path / "place", "old")
    folders.replace_folder(tmp_path / "new", tmp_path / "place")
    assert [path.name for path in tmp_path.iterdir()] == ["place"]
    assert (tmp_path / "place" / "inner" / "file").read_text("utf-8") == "new"


def test_folder_stays_where_its_successor_cannot_come(tmp_path: Path) -> None:
    fill(tmp_path / "place", "old")
    with pytest.raises(DataError, match="place: cannot be written: no such file or folder"):
        folders.replace_folder(tmp_path / "nowhere", tmp_path / "place")
    assert (tmp_path / "place" / "inner" / "file").read_text("utf-8") == "old"


def test_what_is_not_there_is_removed_already(tmp_path: Path) -> None:
    folders.remove_folder(tmp_path / "none")
    folders.discard(tmp_path / "none")
    folders.remove(tmp_path / "none")
    assert not any(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_what_a_link_leads_to_is_kept(tmp_path: Path) -> None:
    fill(tmp_path / "kept", "kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    folders.remove(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "inner" / "file").exists()
    folders.remove(tmp_path / "kept")
    assert not any(tmp_path.iterdir())
