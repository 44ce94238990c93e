"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from seqtag.errors import DataError
from seqtag.io.files import os_data_error, write_whole


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    with write_whole(tmp_path / "a") as file:
        file.write("é\r\n\n")
    assert contents(tmp_path) == {"a": "é\r\n\n".encode()}


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    with write_whole(tmp_path / "a", "wb") as file:
        file.write(b"\xff\r\n")
    assert contents(tmp_path) == {"a": b"\xff\r\n"}


def test_the_old_content_stands_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with write_whole(path) as file:
        file.write("new")
        file.flush()
        assert path.read_text() == "old"
    assert contents(tmp_path) == {"a": b"new"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(error), write_whole(path) as file:  # noqa: PT012
        file.write("new")
        raise error
    assert contents(tmp_path) == {"a": b"old"}


def test_a_full_disk_is_reported_and_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(DataError, match="cannot be written: the disk is full") as caught:  # noqa: PT012, SIM117
        with write_whole(path) as file:
            file.write("new")
    assert caught.value.path == str(path)
    assert contents(tmp_path) == {"a": b"old"}


def write_to(path: Path) -> None:
    with write_whole(path) as file:
        file.write("new")


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written: no such file or folder; check"):
        write_to(tmp_path / "none" / "a")


def test_folder_as_target(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="this is a folder"):
        write_to(tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_file_as_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(DataError, match="a part of the path is a file"):
        write_to(tmp_path / "a" / "b")


def test_device_as_target_is_left_alone() -> None:
    with pytest.raises(DataError, match="not a regular file"):
        write_to(Path(os.devnull))
    assert not Path(os.devnull).is_file()


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    write_to(tmp_path / ("a" * 255))
    with pytest.raises(DataError, match="the name is too long"):
        write_to(tmp_path / ("a" * 256))


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    write_to(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_text() == "new"


def test_rights_follow_the_users_mask(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write_to(tmp_path / "a")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_another_files_error_is_not_taken_for_ones_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), write_whole(tmp_path / "a"):
        (tmp_path / "other").open()


def test_an_unusual_error_keeps_the_systems_words() -> None:
    message = str(os_data_error(OSError(errno.EIO, "Input/output error"), "a", "read"))
    assert message == "a: cannot be read: Input/output error; check the path"
