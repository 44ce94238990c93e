"""Faults in plain text."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from seqtag.errors import DataError
from seqtag.io.lint.plain_text import LONG_LINE, scan_plain_text
from seqtag.text.findings import Kind, Overlap


def found(path: Path, limit: int | None = None) -> list[tuple[str, int, Kind]]:
    problems = scan_plain_text(path, limit=limit).problems()
    return [(Path(problem.path).name, problem.line, problem.kind) for problem in problems]


def test_every_planted_problem_is_found_in_its_line_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    lines = [
        b"one line",
        b"a caf\xe9",
        b"a zero\0byte",
        "no\u00a0break".encode(),
        b"",
        b"bell\a",
        b"word " * (LONG_LINE + 1),
        b"word " * LONG_LINE,
        b"tab\tand end\r",
        "\N{WOMAN}\u200d\N{ROCKET} is fine".encode(),
        b"caf\xe9 again",
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")
    kinds: list[tuple[int, Kind]] = [
        (2, "encoding"),
        (3, "characters"),
        (4, "characters"),
        (6, "characters"),
        (7, "long-sentence"),
        (11, "encoding"),
    ]
    assert found(path) == [("x.txt", line, kind) for line, kind in kinds]
    assert len(found(path, limit=1)) == 3
    (tmp_path / "x.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert [line for _, line, _ in found(tmp_path / "x.gz")] == [line for line, _ in kinds]


def test_what_is_counted() -> None:
    text = "the <unk> king\n\na red @-@ tipped , 1 @,@ 000\nthe <unk>  king\n \nbah\n"
    scan = scan_plain_text(io.BytesIO(text.encode()))
    summary = scan.summary(None)
    assert (summary.lines, summary.blank, summary.repeated) == (6, 2, 1)
    assert (summary.tokens, summary.types) == (3 + 8 + 3 + 1, 12)
    assert summary.characters == len(text) - 6
    assert (summary.longest, summary.longest_line) == (8, 3)
    assert (summary.unknown, summary.marks) == (2, 2)
    assert summary.problems == {}
    assert summary.overlap is None


def test_a_part_is_held_against_train() -> None:
    train = scan_plain_text(io.BytesIO(b"the king sat\na b\n"))
    dev = scan_plain_text(io.BytesIO(b"the king  sat\na b\nthe cat sat\n"), known=train)
    assert dev.summary("dev").overlap == Overlap(sentences=1, of=2, unseen_tokens=1)
    assert dev.summary(None).overlap is None


def test_files_of_a_folder_are_one_text_with_lines_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one line\n")
    (tmp_path / "b.txt").write_bytes(b"one line\n\nno\xff\nthe longest line\n")
    assert found(tmp_path) == [("b.txt", 3, "encoding")]
    summary = scan_plain_text(tmp_path).summary(None)
    assert (summary.path, summary.lines, summary.repeated) == (str(tmp_path), 4, 1)
    assert (summary.longest_path, summary.longest_line) == (str(tmp_path / "b.txt"), 4)


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xff\n"])
def test_what_holds_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="holds no text that can be read"):
        scan_plain_text(io.BytesIO(content))


def test_another_encoding_is_refused() -> None:
    with pytest.raises(DataError, match="UTF-16"):
        scan_plain_text(io.BytesIO("one line\n".encode("utf-16")))
